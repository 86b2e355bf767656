use std::{fmt, sync::Arc, time::Duration};

use http::StatusCode;

/// How an attempt failed, as an extension of the answer that tells of it.
///
/// Where a stream fails after its head was sent, [`Outcome::failure`](super::Outcome::failure) has it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure.
    pub class: FailureClass,
    /// What the provider says about when to try again.
    pub retry_after: Option<Duration>,
    /// Whether the same candidate may be asked again; a provider can say that it is not to be.
    pub again: bool,
    /// Whether the same candidate can be asked at another of its provider's deployments, at which this call has not been.
    pub elsewhere: bool,
    /// Whether the provider may have seen the request.
    pub sent: bool,
    /// The provider's name.
    pub provider: Arc<str>,
}

impl Failure {
    /// Of a request that the provider may have seen, without a word on when to try again.
    pub fn new(class: FailureClass, provider: impl Into<Arc<str>>) -> Self {
        Self {
            class,
            retry_after: None,
            again: true,
            elsewhere: false,
            sent: true,
            provider: provider.into(),
        }
    }

    /// Sets when to try again.
    #[must_use]
    pub const fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after;
        self
    }

    /// Sets whether the same candidate may be asked again.
    #[must_use]
    pub const fn with_again(mut self, again: bool) -> Self {
        self.again = again;
        self
    }

    /// Sets whether another deployment can be asked.
    #[must_use]
    pub const fn with_elsewhere(mut self, elsewhere: bool) -> Self {
        self.elsewhere = elsewhere;
        self
    }

    /// Says that the provider has not seen the request.
    #[must_use]
    pub const fn unsent(mut self) -> Self {
        self.sent = false;
        self
    }
}

/// Kinds of failure, by what helps against them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureClass {
    /// The request is at fault; no other provider would take it either.
    Caller,
    /// This model does not take a field of the request; another may.
    Unsupported,
    /// The prompt is too long for this model; one with a larger context may take it.
    ContextTooLong,
    /// The prompt or the answer was filtered or refused there.
    Filtered,
    /// The key, the quota or the balance at this provider.
    Credential,
    /// Too many requests there, for now.
    Rate,
    /// Overloaded, failing, or not reached.
    Provider,
    /// The model is not there any more.
    ModelGone,
    /// Something came that is no answer.
    Malformed,
    /// The budget does not have what the call can cost there.
    Budget,
    /// The budget's own limit of requests, or a ledger that does not answer: whoever else is asked does not help.
    Limit,
    /// It is not to be asked now, and was not: it has failed too often, or its limits are used up.
    Busy,
    /// The attempt took longer than it may.
    Timeout,
}

impl FailureClass {
    /// By the status alone, where nothing says more; what is no error is [`Malformed`](Self::Malformed).
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            // 407 is a proxy's on the way there; 434 is Z.ai's for a key that may not.
            401..=403 | 407 | 434 => Self::Credential,
            404 | 410 => Self::ModelGone,
            // What a request's head says is not the caller's: its method and path, its types, its version.
            405 | 406 | 411 | 415 | 426 | 501 | 505 => Self::Unsupported,
            // 409 and 425 pass by themselves; 421 is the connection's; 499 is a proxy's or Google's for a call that was
            // given up on the way.
            408 | 409 | 421 | 425 | 499 | 500.. => Self::Provider,
            429 => Self::Rate,
            // What is too large here (413, Z.ai's 435) is so for its size, which nobody else makes smaller.
            400..=499 => Self::Caller,
            _ => Self::Malformed,
        }
    }

    /// The word for spans and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Unsupported => "unsupported",
            Self::ContextTooLong => "context_too_long",
            Self::Filtered => "filtered",
            Self::Credential => "credential",
            Self::Rate => "rate",
            Self::Provider => "provider",
            Self::ModelGone => "model_gone",
            Self::Malformed => "malformed",
            Self::Budget => "budget",
            Self::Limit => "limit",
            Self::Busy => "busy",
            Self::Timeout => "timeout",
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
