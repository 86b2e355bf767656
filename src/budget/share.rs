use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::money::Usd;

/// A part of a whole, from none to all of it, as whole numbers: `1/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    parts: u32,
    of: u32,
}

impl Share {
    /// One sixteenth, the default of [`Budget::max_share`](super::Budget::max_share).
    pub const SIXTEENTH: Self = Self { parts: 1, of: 16 };

    /// A half.
    pub const HALF: Self = Self { parts: 1, of: 2 };

    /// Four fifths: eighty percent.
    pub const FOUR_FIFTHS: Self = Self { parts: 4, of: 5 };

    /// All of it.
    pub const WHOLE: Self = Self { parts: 1, of: 1 };

    /// `parts` of `of` equal parts.
    ///
    /// # Errors
    /// When it would be more than the whole, or parts of nothing.
    pub const fn new(parts: u32, of: u32) -> Result<Self, InvalidShare> {
        if of == 0 || parts > of {
            Err(InvalidShare)
        } else {
            Ok(Self { parts, of })
        }
    }

    /// So many millionths: `62_500` for a sixteenth.
    ///
    /// # Errors
    /// When it is more than a million.
    pub const fn per_million(parts: u32) -> Result<Self, InvalidShare> {
        Self::new(parts, 1_000_000)
    }

    /// In hundredths of the whole, for people.
    pub fn percent(self) -> f64 {
        f64::from(self.parts) * 100.0 / f64::from(self.of)
    }

    /// In millionths of the whole, rounded down.
    pub(crate) fn millionths(self) -> u32 {
        let millionths = u64::from(self.parts) * 1_000_000 / u64::from(self.of);
        // Not more than the whole, so it fits.
        u32::try_from(millionths).unwrap_or(1_000_000)
    }

    /// The least amount, in nano-dollars, that is this share of the whole or more.
    pub(crate) fn reached_at(self, whole: Usd) -> u128 {
        let parts = u128::from(whole.nanos()) * u128::from(self.parts);
        parts.div_ceil(u128::from(self.of))
    }

    /// Whether `part` of `whole` is this share or more. Of nothing, everything is all of it.
    pub(crate) fn is_reached(self, part: u128, whole: Usd) -> bool {
        part.saturating_mul(u128::from(self.of))
            >= u128::from(whole.nanos()) * u128::from(self.parts)
    }

    /// This share of an amount, rounded down to a nano-dollar.
    pub fn of(self, amount: Usd) -> Usd {
        let nanos = u128::from(amount.nanos()) * u128::from(self.parts) / u128::from(self.of);
        // Not more than the amount itself, so it fits.
        u64::try_from(nanos)
            .ok()
            .and_then(Usd::from_nanos)
            .unwrap_or(amount)
    }
}

impl Default for Share {
    fn default() -> Self {
        Self::SIXTEENTH
    }
}

impl FromStr for Share {
    type Err = InvalidShare;

    /// Reads a decimal such as `0.0625`, with at most nine decimals.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WHOLE: u32 = 1_000_000_000;
        // An amount of one dollar has as many nano-dollars.
        let parts = text.parse::<Usd>().map_err(|_| InvalidShare)?.nanos();
        Self::new(u32::try_from(parts).map_err(|_| InvalidShare)?, WHOLE)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.parts, self.of)
    }
}

/// A share is between none and the whole, as a fraction or a decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a share is at least zero and at most the whole")]
pub struct InvalidShare;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_down_and_never_beyond_the_whole() {
        let nanos = |n| Usd::from_nanos(n).unwrap();
        assert_eq!(Share::SIXTEENTH.of(nanos(31)), nanos(1));
        assert_eq!(Share::per_million(62_500).unwrap().of(nanos(32)), nanos(2));
        assert_eq!(
            Share::new(u32::MAX, u32::MAX).unwrap().of(Usd::MAX),
            Usd::MAX
        );
        assert_eq!(Share::new(0, 1).unwrap().of(Usd::MAX), Usd::ZERO);
        let read = "0.0625".parse::<Share>().unwrap();
        assert_eq!(read.of(Usd::MAX), Share::SIXTEENTH.of(Usd::MAX));
        for text in ["1.000000001", "99", "1/16", "-0.1", ""] {
            assert_eq!(text.parse::<Share>(), Err(InvalidShare), "{text}");
        }
        assert_eq!(Share::new(2, 1), Err(InvalidShare));
        assert_eq!(Share::new(0, 0), Err(InvalidShare));
    }
}
