use std::{fmt, sync::Arc, time::Duration};

use tower::Layer;

use super::{Backoff, Fallback, Patience, rule::Rule};
use crate::{health::Monitor, observe::Observer};

/// Layer that goes on to the next candidate, or tries again, until an answer begins.
///
/// See the [module docs](crate::fallback) for an example.
#[derive(Clone, Default)]
pub struct FallbackLayer {
    rule: Arc<Rule>,
    observer: Option<Arc<dyn Observer>>,
}

impl FallbackLayer {
    /// Asks each candidate of a plan once, up to eight of them, and a short plan's again until three attempts were
    /// made; waits at most 10 s before it asks one again; without timeouts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how often providers may be asked for one call, the first time included; 100 at most. An attempt that is
    /// refused before it is sent, for want of money or of a key, does not count, and one that nobody has seen does not
    /// either, as often as there are candidates. 1, without a timeout, is no
    /// fallback at all: streams are not held back, and Dispatch takes the first candidate for which there is a key.
    #[must_use]
    pub fn attempts(self, most: u32) -> Self {
        self.with(|rule| rule.attempts = Some(most.max(1)))
    }

    /// Sets how long a streamed answer may take until it begins, which is its first content. Thinking that is shown is
    /// content; where something else of the answer comes in time, such as thinking that is not shown, it may take
    /// longer. Answers that are not streamed obey the [total](Self::total_timeout) only. Default: for ever.
    #[must_use]
    pub fn first_content_timeout(self, most: impl Into<Patience>) -> Self {
        self.with(|rule| rule.first_content_timeout = most.into())
    }

    /// Sets how long a call may take: all attempts together, pauses included, and the answer to its last byte. An
    /// answer that has begun by then is cut by [Dispatch](crate::dispatch): its caller gets an error in its own dialect,
    /// and the body fails. `None`, the default, is for ever.
    #[must_use]
    pub fn total_timeout(self, most: impl Into<Option<Duration>>) -> Self {
        self.with(|rule| rule.total_timeout = most.into())
    }

    /// Sets after how long without content the next candidate is asked besides the one that is, or the same once more
    /// where there is no other. The first whose content comes answers, and the other is cancelled; both are paid for,
    /// as far as they came, and each has a hold of its own. There are never more than two at a time, and only as long
    /// as nothing was passed on. Default: never.
    ///
    /// Not where a budget may not have enough for both, where the call carries data labels or leans on something that
    /// is kept at a provider (a file, a cached prompt), without a plan, and not more often than
    /// [`attempts`](Self::attempts) and the retry budget of the provider that is slow have room for.
    #[must_use]
    pub fn hedge_after(self, after: impl Into<Patience>) -> Self {
        self.with(|rule| rule.hedge_after = after.into())
    }

    /// Sets the longest pause before a candidate is asked again; one that asks for more is not, and one that was not
    /// asked since it is busy for longer is asked at once, where nobody else is left. Default: 10 s.
    #[must_use]
    pub fn longest_wait(self, most: Duration) -> Self {
        self.with(|rule| rule.longest_wait = most)
    }

    /// Sets how long a candidate that has failed is left alone.
    #[must_use]
    pub fn backoff(self, backoff: Backoff) -> Self {
        self.with(|rule| rule.backoff = backoff)
    }

    /// Sets whether another candidate may answer what one has filtered or refused to read. Default: no.
    #[must_use]
    pub fn past_filters(self, go_on: bool) -> Self {
        self.with(|rule| rule.past_filters = go_on)
    }

    /// Sets whether a streamed answer that breaks off after its beginning was passed on is gone on with, once, by another
    /// candidate: see [how](crate::fallback#resuming). Default: no.
    #[must_use]
    pub fn resume(self, resume: bool) -> Self {
        self.with(|rule| rule.resume = resume)
    }

    /// Who is told of failures that are met with another attempt.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Who knows whether a provider may be asked once more, and how long answers take. Share it with
    /// [`DispatchLayer::monitor`](crate::dispatch::DispatchLayer::monitor). Default: nobody, and nothing bounds the
    /// attempts of all calls together.
    #[must_use]
    pub fn monitor(self, monitor: Monitor) -> Self {
        self.with(|rule| rule.monitor = Some(monitor))
    }

    fn with(mut self, change: impl FnOnce(&mut Rule)) -> Self {
        change(Arc::make_mut(&mut self.rule));
        self
    }
}

impl<S> Layer<S> for FallbackLayer {
    type Service = Fallback<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Fallback::with(inner, Arc::clone(&self.rule), self.observer.clone())
    }
}

impl fmt::Debug for FallbackLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FallbackLayer")
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}
