use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::money::Usd;

/// More digits than any amount has that is meant.
const MOST_DIGITS: u32 = 36;

/// An amount as a provider writes it, number or text, by its decimal digits: no float comes between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Amount {
    /// Not there, or null.
    #[default]
    Absent,
    Of(Decimal),
    /// Negative, or no number.
    Invalid,
}

/// `digits` times ten to the `exponent`, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: u128,
    exponent: i32,
}

impl Amount {
    /// Takes what a member says; one that is there twice is no amount.
    pub(crate) fn put(&mut self, amount: Self) {
        *self = match *self {
            Self::Absent => amount,
            Self::Of(_) | Self::Invalid => Self::Invalid,
        };
    }

    /// In dollars where one of it is ten to the `power` dollars, rounded up to a nano-dollar.
    pub(crate) fn usd(self, power: i32) -> Option<Usd> {
        Usd::from_nanos(self.ceil(power + 9)?)
    }

    /// As a count of units, of which a part counts whole.
    pub(crate) fn count(self) -> Option<u64> {
        // No call uses a trillion of anything.
        self.ceil(0).filter(|count| *count < 1 << 40)
    }

    /// Times ten to the `power`, rounded up.
    fn ceil(self, power: i32) -> Option<u64> {
        let Self::Of(Decimal { digits, exponent }) = self else {
            return None;
        };
        let power = exponent.checked_add(power)?;
        let scale = 10_u128.checked_pow(power.unsigned_abs());
        let scaled = if digits == 0 {
            0
        } else if power < 0 {
            // Less than any unit is one unit.
            scale.map_or(1, |scale| digits.div_ceil(scale))
        } else {
            digits.checked_mul(scale?)?
        };
        u64::try_from(scaled).ok()
    }

    fn parse(text: &str) -> Self {
        match decimal(text) {
            Some(decimal) => Self::Of(decimal),
            None => Self::Invalid,
        }
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    if !(-1_000..=1_000).contains(&exponent) {
        return None;
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut digits: u128 = 0;
    let mut count = 0;
    let mut dropped = 0;
    let mut rest = false;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let digit = byte.is_ascii_digit().then(|| u128::from(byte - b'0'))?;
        if count < MOST_DIGITS {
            digits = digits * 10 + digit;
            count += u32::from(digits > 0);
        } else {
            rest |= digit > 0;
            dropped += 1;
        }
    }
    let fraction = i32::try_from(fraction.len()).ok()?;
    Some(Decimal {
        // What is cut off counts up.
        digits: digits + u128::from(rest),
        exponent: exponent.checked_sub(fraction)?.checked_add(dropped)?,
    })
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if raw == "null" {
            return Ok(Self::Absent);
        }
        let text = raw
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        Ok(Self::parse(text.unwrap_or(raw)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Amount {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_digit_counts_and_rounds_up() {
        for (json, power, nanos) in [
            ("0.000102", 0, 102_000),
            ("1.1165000000000002e-05", 0, 11_166),
            ("1e-30", 0, 1),
            ("\"0.25\"", 0, 250_000_000),
            ("30920000", -10, 3_092_000),
            ("30920001", -10, 3_092_001),
            ("4.5", -2, 45_000_000),
            ("0", 0, 0),
            ("0e5", 0, 0),
            ("12E1", 0, 120_000_000_000),
        ] {
            assert_eq!(read(json).usd(power).unwrap().nanos(), nanos, "{json}");
        }
        let third = format!("0.{}", "3".repeat(400));
        assert_eq!(read(&third).usd(0).unwrap().nanos(), 333_333_334);
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for json in [
            "-1",
            "-0.0",
            "\"NaN\"",
            "\"inf\"",
            "\"\"",
            "\".\"",
            "\"1,5\"",
            "true",
            "[]",
            "{}",
            "1e99",
            "1e400",
            "\"1e99999999999\"",
        ] {
            assert_eq!(read(json).usd(0), None, "{json}");
        }
        assert_eq!(read("null"), Amount::Absent);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[0-9eE+.-]{0,50}", power in -40i32..40) {
            let _ = Amount::parse(&text).usd(power);
        }

        #[test]
        fn what_floats_print_comes_back(nanos in 0u64..1 << 50) {
            let read = Amount::parse(&format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000));
            prop_assert_eq!(read.usd(0).unwrap().nanos(), nanos);
        }
    }
}
