use std::{fmt, str::FromStr};

use super::{GenaiPrices, ImportError, Imported, LiteLlm, ModelsDev, json::Document};

/// Whose list a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// LiteLLM's `model_prices_and_context_window.json`.
    LiteLlm,
    /// models.dev's `api.json`.
    ModelsDev,
    /// genai-prices' `data.json`, version 2.
    GenaiPrices,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::LiteLlm, Self::ModelsDev, Self::GenaiPrices];

    /// The name, as its makers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LiteLlm => "LiteLLM",
            Self::ModelsDev => "models.dev",
            Self::GenaiPrices => "genai-prices",
        }
    }

    /// Which of them a file is, by its shape; `None` for anything else.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let document = Document::read("", bytes).ok()?;
        if let Some(items) = document.root().items() {
            let provider = items.first()?.members()?;
            let has = |key: &str| provider.iter().any(|(name, _)| name == key);
            return (has("id") && has("models")).then_some(Self::GenaiPrices);
        }
        let members = document.root().members()?;
        // A stray entry does not hide what the others are.
        members.iter().take(20).find_map(|(_, entry)| {
            let entry = entry.members()?;
            let of = |key: &str| entry.iter().find(|(name, _)| name == key);
            if of("litellm_provider").is_some() {
                Some(Self::LiteLlm)
            } else {
                of("models")
                    .filter(|(_, models)| models.is_object())
                    .map(|_| Self::ModelsDev)
            }
        })
    }

    /// Reads a list of this kind.
    ///
    /// # Errors
    /// When the file is no such list, with the place.
    pub fn read(self, name: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
        match self {
            Self::LiteLlm => LiteLlm.read(name, bytes),
            Self::ModelsDev => ModelsDev.read(name, bytes),
            Self::GenaiPrices => GenaiPrices.read(name, bytes),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Reads the name in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.name().eq_ignore_ascii_case(text))
            .ok_or(UnknownFormat)
    }
}

/// No list has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such list; known are litellm, models.dev and genai-prices")]
pub struct UnknownFormat;
