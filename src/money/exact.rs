use std::{fmt, ops::Add};

use super::{ParseMoneyError, Usd, decimal};

const PICO_PER_NANO: u128 = 1_000;

/// A price: whole pico-dollars (10^-12 USD) per unit, read from decimal text.
///
/// One micro-dollar per million tokens is one pico-dollar per token, so every price that lists give per million is
/// exact with up to six decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPrice(u64);

impl UnitPrice {
    /// Costs nothing.
    pub const FREE: Self = Self(0);

    /// From dollars per million units: `"2.50"` for $2.50 per million tokens.
    ///
    /// # Errors
    /// When the text is no decimal, is negative, has more than six decimals, or is too large.
    pub fn per_million(text: &str) -> Result<Self, ParseMoneyError> {
        decimal::parse(text, 6).map(Self)
    }

    /// From dollars per unit: `"0.04"` for an image at four cents.
    ///
    /// # Errors
    /// When the text is no decimal, is negative, has more than twelve decimals, or is too large.
    pub fn per_unit(text: &str) -> Result<Self, ParseMoneyError> {
        decimal::parse(text, 12).map(Self)
    }

    /// From pico-dollars.
    pub const fn from_pico(pico: u64) -> Self {
        Self(pico)
    }

    /// Whole pico-dollars per unit.
    pub const fn pico(self) -> u64 {
        self.0
    }

    /// This price times `per_mille` / 1000, rounded up to a whole pico-dollar: `1100` for a surcharge of ten percent.
    #[must_use]
    pub fn scaled(self, per_mille: u32) -> Self {
        let scaled = (u128::from(self.0) * u128::from(per_mille)).div_ceil(1_000);
        Self(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for UnitPrice {
    /// Dollars per million units.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        let kept = text.trim_end_matches('0').len();
        f.pad(&text[..kept.max(text.len() - 4)])
    }
}

/// A sum before rounding: pico-dollars in 128 bits. Saturates, and then rounds to `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(u128);

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `units` at `price`. Cannot overflow: both are 64 bits.
    pub fn of(units: u64, price: UnitPrice) -> Self {
        Self(u128::from(units) * u128::from(price.0))
    }

    /// Up to whole nano-dollars; `None` above [`Usd::MAX`]. Call it once per attempt.
    pub fn round_up(self) -> Option<Usd> {
        u64::try_from(self.0.div_ceil(PICO_PER_NANO))
            .ok()
            .and_then(Usd::from_nanos)
    }
}

impl Add for Exact {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_million_calls_of_one_small_token_err_upward_by_less_than_a_nano_each() {
        let price = UnitPrice::per_million("0.0025").unwrap();
        let each = Exact::of(1, price).round_up().unwrap();
        assert_eq!(each.nanos(), 3, "2.5 nano-dollars, rounded up once");
    }

    #[test]
    fn what_does_not_fit_is_none() {
        let dear = Exact::of(u64::MAX, UnitPrice::from_pico(u64::MAX));
        assert_eq!(dear.round_up(), None);
        assert_eq!((dear + dear).round_up(), None);
    }

    #[test]
    fn prices_print_per_million() {
        assert_eq!(
            UnitPrice::per_million("0.0375").unwrap().to_string(),
            "0.0375"
        );
        assert_eq!(UnitPrice::per_million("5").unwrap().to_string(), "5.00");
        assert_eq!(
            UnitPrice::per_million("5")
                .unwrap()
                .scaled(1_100)
                .to_string(),
            "5.50"
        );
    }

    proptest! {
        #[test]
        fn rounding_is_up_and_by_less_than_one(units in 0u64..1 << 40, pico in 0u64..1 << 40) {
            let exact = u128::from(units) * u128::from(pico);
            if let Some(usd) = Exact::of(units, UnitPrice::from_pico(pico)).round_up() {
                let rounded = u128::from(usd.nanos()) * 1_000;
                prop_assert!(rounded >= exact && rounded - exact < 1_000);
            }
        }
    }
}
