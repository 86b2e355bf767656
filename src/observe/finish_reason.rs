use std::fmt;

/// Why a model stopped writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinishReason {
    /// It had said all.
    Stop,
    /// The limit of output or the context was reached.
    Length,
    /// It waits for the results of tool calls.
    ToolCalls,
    /// The provider's filter stopped it.
    ContentFilter,
    /// The model refused.
    Refusal,
    /// Anything else.
    Other,
}

impl FinishReason {
    const ALL: [Self; 6] = [
        Self::Stop,
        Self::Length,
        Self::ToolCalls,
        Self::ContentFilter,
        Self::Refusal,
        Self::Other,
    ];

    /// The word for spans and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Refusal => "refusal",
            Self::Other => "other",
        }
    }
}

/// The reasons that the choices of an answer give.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct FinishReasons(u8);

impl FinishReasons {
    /// None yet.
    pub const NONE: Self = Self(0);

    /// With one more.
    #[must_use]
    pub const fn with(self, reason: FinishReason) -> Self {
        Self(self.0 | 1 << reason as u8)
    }

    /// Whether a choice gives this reason.
    pub const fn has(self, reason: FinishReason) -> bool {
        self.0 & 1 << reason as u8 != 0
    }

    /// Whether no choice has given a reason.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The reasons given, each once.
    pub fn iter(self) -> impl Iterator<Item = FinishReason> {
        let all = FinishReason::ALL.into_iter();
        all.filter(move |reason| self.has(*reason))
    }
}

impl fmt::Debug for FinishReasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_from_the_others() {
        for reason in FinishReason::ALL {
            let only = FinishReasons::NONE.with(reason).with(reason);
            assert_eq!(only.iter().collect::<Vec<_>>(), [reason]);
        }
        assert!(FinishReasons::NONE.is_empty());
    }
}
