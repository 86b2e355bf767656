//! Numbers, which Google's servers also take as texts.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, Visitor},
};
use serde_json::Number;

/// A number, or nothing.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Number>, D::Error> {
    from.deserialize_any(Either)
}

/// A whole number, however it is written, or nothing.
pub(super) fn whole<'de, D, N>(from: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: TryFrom<i64>,
{
    let Some(number) = number(from)? else {
        return Ok(None);
    };
    let count = number.as_i64().or_else(|| exact(number.as_f64()?));
    let count = count.and_then(|count| N::try_from(count).ok());
    count
        .map(Some)
        .ok_or_else(|| D::Error::custom("no whole number that can be"))
}

/// A count that was written as a float is a count all the same.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the number is whole and far below what a float can hold"
)]
fn exact(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
}

struct Either;

impl Visitor<'_> for Either {
    type Value = Option<Number>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let number = serde_json::from_str(text);
        number.map(Some).map_err(|_| E::custom("no number"))
    }
}
