//! Who says how far two answers agree.
//!
//! | judge | two answers agree where |
//! |---|---|
//! | [`Exact`] | they are the same text, case and white space around it aside |
//! | [`Json`] | they are the same JSON value, the order of keys and the form of numbers aside |
//! | [`Number`] | the last number in them is the same, within a relative tolerance |
//! | [`Label`] | the first of some labels in them is the same |
//! | [`TextOverlap`] | by the words that they share, from 0 to 1 |
//! | [`Model`] | a model says so, from 0 to 1 |
//! | a closure | it says so |
//!
//! ```
//! use tower_genai::{
//!     query::{Prompt, Query},
//!     shadow::{Comparison, Judge, Verdict, judge::Number},
//!     transcript::Said,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let query = Query::of_prompt("auto", Prompt::new("How much is 6 x 7?"));
//! let (one, other) = (Said::new("6 x 7 is 42."), Said::new("It is 42.0"));
//! let comparison = Comparison::new(&query, &one, &other);
//! let verdict = Number::new().judge(&comparison).await;
//! assert_eq!(verdict.map(|verdict| verdict.agreement()), Some(1.0));
//!
//! // Of one's own: the longer one is half as long at least.
//! let lengths = |both: &Comparison<'_>| {
//!     let (one, other) = (both.answer().text().len(), both.other().text().len());
//!     Some(Verdict::new(f64::from(one.min(other) * 2 >= one.max(other))))
//! };
//! assert!(lengths.judge(&comparison).await.is_some());
//! # }
//! ```

mod comparison;
mod exact;
mod json;
#[expect(clippy::module_inception)]
mod judge;
mod label;
mod model;
mod number;
mod overlap;
#[cfg(test)]
mod tests;

pub use self::{
    comparison::Comparison,
    exact::Exact,
    json::Json,
    judge::{Judge, JudgeFuture, Verdict},
    label::Label,
    model::Model,
    number::Number,
    overlap::TextOverlap,
};
