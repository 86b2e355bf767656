use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

/// A number as Google's parsers take one: also as a string, and a whole one also with an exponent; or null.
pub(super) struct Number;

impl<'de> DeserializeSeed<'de> for Number {
    type Value = Option<f64>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<f64>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "whole numbers that matter here are far below 2^53"
)]
impl Visitor<'_> for Number {
    type Value = Option<f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<f64>, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<f64>, E> {
        Ok(Some(number as f64))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Option<f64>, E> {
        Ok(Some(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Option<f64>, E> {
        Ok(Some(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<f64>, E> {
        let number = text.parse().map_err(|_| E::custom("no number"))?;
        Ok(Some(number))
    }
}

/// A whole number of 32 bits, without a sign or with one.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the number is whole and within bounds"
)]
pub(super) fn whole<E: Error>(number: Option<f64>) -> Result<Option<i64>, E> {
    match number {
        None => Ok(None),
        Some(number) if number.fract() == 0.0 && number.abs() <= f64::from(u32::MAX) => {
            Ok(Some(number as i64))
        }
        Some(_) => Err(E::custom("no whole number")),
    }
}
