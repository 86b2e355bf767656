use std::str::FromStr;

use thiserror::Error;

/// Whether a budget refuses what exceeds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Refuses.
    #[default]
    Enforce,
    /// Counts, and notes what it would have refused.
    Observe,
}

/// The word names no [`Mode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no such mode; there are enforce and observe")]
pub struct UnknownMode;

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "enforce" => Ok(Self::Enforce),
            "observe" => Ok(Self::Observe),
            _ => Err(UnknownMode),
        }
    }
}
