use std::{fmt, str::FromStr};

/// One thing that a request needs and a model may be able to do; the words of a catalog's `can`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Capability {
    /// Calls functions that the caller offers.
    Tools,
    /// Sees images.
    Vision,
    /// Hears audio.
    Audio,
    /// Speaks: gives audio out.
    AudioOutput,
    /// Reads files and documents.
    Files,
    /// Answers in JSON of any shape.
    JsonObject,
    /// Answers in JSON of a given schema. Includes [`JsonObject`](Self::JsonObject).
    JsonSchema,
    /// Takes a reasoning effort.
    Reasoning,
    /// Acts on a screen.
    ComputerUse,
    /// Streams its answer.
    Stream,
    /// Gives several choices for one prompt (`n`).
    N,
    /// Gives log probabilities of tokens.
    Logprobs,
    /// Takes a predicted output.
    Prediction,
    /// Searches the web on the provider's side.
    WebSearch,
}

impl Capability {
    /// All of them, in the order of a catalog's documentation.
    pub const ALL: [Self; 14] = [
        Self::Tools,
        Self::Vision,
        Self::Audio,
        Self::AudioOutput,
        Self::Files,
        Self::JsonObject,
        Self::JsonSchema,
        Self::Reasoning,
        Self::ComputerUse,
        Self::Stream,
        Self::N,
        Self::Logprobs,
        Self::Prediction,
        Self::WebSearch,
    ];

    /// The word in a catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Vision => "vision",
            Self::Audio => "audio",
            Self::AudioOutput => "audio_output",
            Self::Files => "files",
            Self::JsonObject => "json_object",
            Self::JsonSchema => "json_schema",
            Self::Reasoning => "reasoning",
            Self::ComputerUse => "computer_use",
            Self::Stream => "stream",
            Self::N => "n",
            Self::Logprobs => "logprobs",
            Self::Prediction => "prediction",
            Self::WebSearch => "web_search",
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u8
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|c| c.as_str() == word)
            .ok_or(UnknownCapability)
    }
}

/// The word names no [`Capability`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such capability")]
pub struct UnknownCapability;

/// A set of capabilities: what a request needs, or what a model can.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Capabilities(u32);

impl Capabilities {
    /// None.
    pub const NONE: Self = Self(0);

    /// All.
    pub const ALL: Self = Self(u32::MAX);

    /// With one more, and what it includes.
    #[must_use]
    pub const fn with(self, capability: Capability) -> Self {
        let included = match capability {
            Capability::JsonSchema => Capability::JsonObject.bit(),
            _ => 0,
        };
        Self(self.0 | capability.bit() | included)
    }

    /// Whether it is in the set.
    pub const fn has(self, capability: Capability) -> bool {
        self.0 & capability.bit() != 0
    }

    /// What of this set `other` lacks.
    #[must_use]
    pub const fn missing_from(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in the set.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |c| self.has(*c))
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(iter: I) -> Self {
        iter.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Capability::as_str))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for capability in Capability::ALL {
            assert_eq!(capability.as_str().parse(), Ok(capability));
        }
        assert!("visoin".parse::<Capability>().is_err());
    }

    #[test]
    fn a_schema_includes_json() {
        let can = Capabilities::NONE.with(Capability::JsonSchema);
        let needs = Capabilities::NONE
            .with(Capability::JsonObject)
            .with(Capability::Vision);
        assert_eq!(
            needs.missing_from(can),
            Capabilities::NONE.with(Capability::Vision)
        );
    }
}
