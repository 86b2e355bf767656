use std::{fmt, iter::Sum, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{ParseMoneyError, decimal};

const DECIMALS: u32 = 9;
const ONE: u64 = 1_000_000_000;

/// An amount of US dollars: whole nano-dollars (10^-9 USD), never negative, at most [`Usd::MAX`] (about 9.2 billion).
///
/// Arithmetic is checked or saturating by name; nothing wraps. Reads from and prints as decimal text, in serde too.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount, `i64::MAX` nano-dollars.
    pub const MAX: Self = Self(i64::MAX as u64);

    /// An amount of nano-dollars; `None` above [`Usd::MAX`].
    pub const fn from_nanos(nanos: u64) -> Option<Self> {
        if nanos > Self::MAX.0 {
            None
        } else {
            Some(Self(nanos))
        }
    }

    /// Whole nano-dollars.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The sum, or `None` where it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        // Two values up to i64::MAX cannot wrap a u64.
        Self::from_nanos(self.0 + other.0)
    }

    /// The difference, or `None` where it would be negative.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }

    /// The sum, at most [`Usd::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        match self.checked_add(other) {
            Some(sum) => sum,
            None => Self::MAX,
        }
    }

    /// The difference, at least zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Dollars as a float, for display and for policies that weigh quality against cost. Never for accounts.
    #[allow(clippy::cast_precision_loss)]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Self::saturating_add)
    }
}

impl FromStr for Usd {
    type Err = ParseMoneyError;

    /// Reads decimal dollars with at most nine decimals, such as `10.00`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let nanos = decimal::parse(text, DECIMALS)?;
        Self::from_nanos(nanos).ok_or_else(|| ParseMoneyError::TooLarge(text.into()))
    }
}

impl fmt::Display for Usd {
    /// Decimal dollars, at least two decimals and no zeros beyond: `10.00`, `0.00825`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:09}", self.0 / ONE, self.0 % ONE);
        let kept = text.trim_end_matches('0').len();
        let least = text.len() - 7;
        f.pad(&text[..kept.max(least)])
    }
}

impl fmt::Debug for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} USD")
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// What an attempt can cost, as far as it is known before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cost {
    /// Exactly this.
    Known(Usd),
    /// At most this.
    Bounded(Usd),
    /// No bound can be given: the price is unknown, or the request has a field whose cost has no limit.
    Unknown,
}

impl Cost {
    /// The most it can be; `None` where that is unknown.
    pub const fn bound(self) -> Option<Usd> {
        match self {
            Self::Known(usd) | Self::Bounded(usd) => Some(usd),
            Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_reads() {
        for (text, shown) in [
            ("10", "10.00"),
            ("0.00825", "0.00825"),
            ("0.000000001", "0.000000001"),
            ("0", "0.00"),
        ] {
            assert_eq!(text.parse::<Usd>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn stops_at_its_ends() {
        assert_eq!(Usd::MAX.checked_add(Usd(1)), None);
        assert_eq!(Usd::MAX.saturating_add(Usd::MAX), Usd::MAX);
        assert_eq!(Usd::ZERO.checked_sub(Usd(1)), None);
        assert_eq!(Usd::ZERO.saturating_sub(Usd(1)), Usd::ZERO);
        assert!("9223372036.854775807".parse::<Usd>().is_ok());
        assert!("9223372036.854775808".parse::<Usd>().is_err());
    }

    #[test]
    fn serde_is_text_only() {
        assert_eq!(serde_json::to_string(&Usd(5)).unwrap(), r#""0.000000005""#);
        assert!(serde_json::from_str::<Usd>("0.5").is_err());
    }
}
