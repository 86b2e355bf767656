use std::borrow::Cow;

use crate::observe::FinishReason;

/// Why a choice ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Finish {
    /// It was complete.
    Stop,
    /// It came to one of the caller's stop texts.
    StopText,
    /// It came to the limit of output tokens.
    Length,
    /// It came to the end of the model's context.
    Context,
    /// It calls tools.
    ToolCalls,
    /// A filter stopped it.
    Filtered,
    /// The model declined.
    Refused,
    /// The provider paused it: the turn is to be sent back to go on.
    Paused,
    /// The provider, or the model, failed; no answer of it is one.
    Fault,
}

impl Finish {
    /// The word of records.
    pub(crate) const fn reason(self) -> FinishReason {
        match self {
            Self::Stop | Self::StopText => FinishReason::Stop,
            Self::Length | Self::Context => FinishReason::Length,
            Self::ToolCalls => FinishReason::ToolCalls,
            Self::Filtered => FinishReason::ContentFilter,
            Self::Refused => FinishReason::Refusal,
            Self::Paused | Self::Fault => FinishReason::Other,
        }
    }
}

/// The end of a choice.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended<'a> {
    /// Why.
    pub finish: Finish,
    /// The stop text that it came to, where the provider tells.
    pub stop: Option<Cow<'a, str>>,
    /// The provider's words on why it was filtered or refused.
    pub explanation: Option<Cow<'a, str>>,
}

impl<'a> Ended<'a> {
    /// An end of which no more is known.
    pub const fn new(finish: Finish) -> Self {
        Self {
            finish,
            stop: None,
            explanation: None,
        }
    }
}

impl From<Finish> for Ended<'_> {
    fn from(finish: Finish) -> Self {
        Self::new(finish)
    }
}
