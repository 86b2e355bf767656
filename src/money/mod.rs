//! Money as integers: amounts in nano-dollars, prices in pico-dollars per unit, one rounding per attempt.
//!
//! ```
//! use tower_genai::money::{Exact, UnitPrice, Usd};
//!
//! let input = UnitPrice::per_million("2.50")?;
//! let output = UnitPrice::per_million("15")?;
//! let cost = (Exact::of(1_200, input) + Exact::of(350, output)).round_up().unwrap();
//! assert_eq!(cost, "0.00825".parse::<Usd>()?);
//! assert_eq!(cost.to_string(), "0.00825");
//! # Ok::<(), tower_genai::money::ParseMoneyError>(())
//! ```
//!
//! No floating point anywhere: a price list's decimal text is read digit by digit, products are exact in 128 bits,
//! and [`Exact::round_up`] is the only place that rounds. Sums never wrap: an amount that does not fit is `None`,
//! which callers treat as "too dear".

mod decimal;
mod exact;
mod usd;

pub use self::{
    decimal::ParseMoneyError,
    exact::{Exact, UnitPrice},
    usd::{Cost, Usd},
};
