use std::{fmt, sync::Arc, time::Duration};

use tower::Layer;

use super::{Classifier, Classify, Trained};
use crate::query::ClassifyFn;

/// Layer that reads a call's body once: what is asked, and how hard it is.
///
/// See the [module docs](crate::classify) for an example.
#[derive(Clone)]
pub struct ClassifyLayer {
    classify: Arc<ClassifyFn>,
    limits: Limits,
}

/// How much is read, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) max_body: usize,
    pub(super) read_timeout: Duration,
}

impl ClassifyLayer {
    /// The largest body that is read without another setting: 32 MiB.
    pub const MAX_BODY: usize = 32 * 1024 * 1024;
    /// How long a body may take without another setting: a minute.
    pub const READ_TIMEOUT: Duration = Duration::from_secs(60);

    /// With the built-in classifier, [`Trained`].
    pub fn new() -> Self {
        Self {
            classify: classify(Trained::new()),
            limits: Limits {
                max_body: Self::MAX_BODY,
                read_timeout: Self::READ_TIMEOUT,
            },
        }
    }

    /// With another classifier.
    #[must_use]
    pub fn classifier(mut self, classifier: impl Classifier + 'static) -> Self {
        self.classify = classify(classifier);
        self
    }

    /// The largest body that is read, in bytes; a larger one is refused with 413.
    #[must_use]
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.limits.max_body = bytes;
        self
    }

    /// How long the body may take to come; later it is refused with 408. The inner service that was ready is kept
    /// meanwhile. Counts on tokio's clock: within a
    /// tokio runtime its timers must be enabled; without a runtime there is no limit.
    #[must_use]
    pub const fn read_timeout(mut self, most: Duration) -> Self {
        self.limits.read_timeout = most;
        self
    }
}

fn classify(classifier: impl Classifier + 'static) -> Arc<ClassifyFn> {
    Arc::new(move |query| classifier.classify(query))
}

impl Default for ClassifyLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ClassifyLayer {
    type Service = Classify<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Classify::with(inner, Arc::clone(&self.classify), self.limits)
    }
}

impl fmt::Debug for ClassifyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClassifyLayer")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
