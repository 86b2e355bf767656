use std::str::FromStr;

use thiserror::Error;

/// What an enforcing budget does with a call while its ledger does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// Refuses it: the budget fails closed.
    #[default]
    Refuse,
    /// Lets it pass: the budget fails open. What it costs is counted as soon as the ledger answers again, also above the
    /// limit.
    Admit,
}

/// The word names no [`OnFailure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no such way to fail; there are refuse and admit")]
pub struct UnknownOnFailure;

impl FromStr for OnFailure {
    type Err = UnknownOnFailure;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "refuse" => Ok(Self::Refuse),
            "admit" => Ok(Self::Admit),
            _ => Err(UnknownOnFailure),
        }
    }
}
