use std::fmt;

use super::test::Steps;

/// What of a candidate has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum What {
    /// How good its answers are, by their scores, 0..=1.
    Quality,
    /// The share of attempts that fail for the provider's fault, 0..=1.
    Errors,
    /// The share of answers that refuse, 0..=1.
    Refusals,
    /// How long it takes: to the first content where answers are streamed, else for a hundred tokens. In seconds, the
    /// geometric mean.
    Latency,
    /// How long its answers are, in tokens, the geometric mean.
    Length,
    /// Which model answers, by its provider's word.
    Model,
}

impl What {
    /// The word for events and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quality => "quality",
            Self::Errors => "errors",
            Self::Refusals => "refusals",
            Self::Latency => "latency",
            Self::Length => "length",
            Self::Model => "model",
        }
    }

    /// What is looked for. Shares are tested as shares of what is well, times and lengths as eighths of octaves.
    pub(super) const fn steps(self) -> Steps {
        let (sizes, least, inflated) = match self {
            Self::Quality | Self::Model => ([0.05, 0.1, 0.2], 0.025, 1.0),
            Self::Errors | Self::Refusals => ([0.03, 0.1, 0.3], 0.02, 1.0),
            // Half an octave is a factor of 1.4. Neighbours in time are alike, so that they say less than so many.
            Self::Latency | Self::Length => ([0.0625, 0.125, 0.25], 0.05, 2.0),
        };
        Steps {
            sizes,
            least,
            inflated,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
