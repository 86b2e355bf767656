use std::fmt;

/// How a caller waits for its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pace {
    /// Somebody waits: of a streamed answer for its first content, and then no faster than people read; of any other for
    /// the whole of it.
    #[default]
    Interactive,
    /// Nobody does: what it costs comes first, and how long it takes hardly counts. Nobody is asked besides because an
    /// answer takes long to begin, and none is given up for that.
    Batch,
}

impl Pace {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Interactive, Self::Batch];

    /// The word for it, as in the header `x-genai-pace`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Batch => "batch",
        }
    }

    /// The pace of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pace| pace.as_str() == word)
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
