use crate::observe::DecisionId;

/// How good the answer to a call was, told later by its decision's id.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Feedback {
    /// The decision, which is the answer's request id.
    pub decision: DecisionId,
    /// 0 (useless) to 1 (as good as can be).
    pub score: f64,
    /// Who says so.
    pub source: Source,
}

impl Feedback {
    /// An explicit score.
    pub const fn new(decision: DecisionId, score: f64) -> Self {
        Self {
            decision,
            score,
            source: Source::Explicit,
        }
    }

    /// From another source.
    #[must_use]
    pub const fn source(mut self, source: Source) -> Self {
        self.source = source;
        self
    }
}

/// Who says how good an answer was, which is how much it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The app, or a person.
    Explicit,
    /// Whether the answer fits the schema that was asked for.
    Schema,
    /// Whether the calls of tools in it are valid.
    ToolCall,
    /// The answer was cut at the limit of its length.
    Length,
    /// The model refused.
    Refusal,
    /// The same was asked again at once.
    AskedAgain,
    /// How far another model's answer agrees.
    Shadow,
}

impl Source {
    /// The word for records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::Schema => "schema",
            Self::ToolCall => "tool_call",
            Self::Length => "length",
            Self::Refusal => "refusal",
            Self::AskedAgain => "asked_again",
            Self::Shadow => "shadow",
        }
    }

    /// How much a label of this source counts beside an explicit one, 0..=1.
    pub const fn weight(self) -> f64 {
        match self {
            Self::Explicit => 1.0,
            Self::Schema | Self::ToolCall => 0.5,
            Self::Shadow => 0.3,
            Self::Refusal => 0.25,
            Self::Length | Self::AskedAgain => 0.15,
        }
    }
}

/// Why feedback was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedbackError {
    /// No such decision is known any more, or it is another tenant's.
    #[error("no such decision, or it is not known any more")]
    Unknown,
    /// The score is no number from 0 to 1.
    #[error("`score` must be a number from 0 to 1")]
    Score,
    /// Nobody has answered the call (yet), so there is nothing to score.
    #[error("the call has no answer to be scored")]
    Unanswered,
    /// This source has scored the answer already, or somebody has explicitly, which stands.
    #[error("the answer was scored already")]
    Twice,
    /// The tenant has given as many scores as it may for now: in a minute, or of what tenants learn from together.
    #[error("too many scores were given; later ones count again")]
    TooMany,
}
