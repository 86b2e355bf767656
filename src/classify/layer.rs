use std::{fmt, sync::Arc};

use tower::Layer;

use super::{Classifier, Classify, Heuristics};

/// Layer that reads a call's body once: what is asked, and how hard it is.
///
/// See the [module docs](crate::classify) for an example.
#[derive(Clone)]
pub struct ClassifyLayer {
    classifier: Arc<dyn Classifier>,
    max_body: usize,
}

impl ClassifyLayer {
    /// The largest body that is read without another setting: 32 MiB.
    pub const MAX_BODY: usize = 32 * 1024 * 1024;

    /// With the built-in [`Heuristics`].
    pub fn new() -> Self {
        Self {
            classifier: Arc::new(Heuristics::new()),
            max_body: Self::MAX_BODY,
        }
    }

    /// With another classifier.
    #[must_use]
    pub fn classifier(mut self, classifier: impl Classifier + 'static) -> Self {
        self.classifier = Arc::new(classifier);
        self
    }

    /// The largest body that is read, in bytes; a larger one is refused with 413.
    #[must_use]
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }
}

impl Default for ClassifyLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ClassifyLayer {
    type Service = Classify<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Classify::new(inner, Arc::clone(&self.classifier), self.max_body)
    }
}

impl fmt::Debug for ClassifyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClassifyLayer")
            .field("max_body", &self.max_body)
            .finish_non_exhaustive()
    }
}
