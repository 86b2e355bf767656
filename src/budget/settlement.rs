use super::End;

/// How a hold ends, and what the attempt has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    end: End,
    tokens: Option<u64>,
}

impl Settlement {
    /// Ends so; how many tokens were used is not known, so that all that were taken stay taken.
    pub const fn new(end: End) -> Self {
        Self { end, tokens: None }
    }

    /// So many tokens were used: a rate limit gets the others back.
    #[must_use]
    pub const fn tokens(mut self, tokens: u64) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// The end.
    pub const fn end(self) -> End {
        self.end
    }

    /// How many tokens were used: none where the hold was released, `None` where it is not known.
    pub const fn used(self) -> Option<u64> {
        match (self.end, self.tokens) {
            (End::Released, None) => Some(0),
            (_, tokens) => tokens,
        }
    }
}

impl From<End> for Settlement {
    fn from(end: End) -> Self {
        Self::new(end)
    }
}
