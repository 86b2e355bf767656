use std::{fmt, sync::Arc};

use tower::Layer;

use super::{Select, Selector, warned::Warned};
use crate::observe::Observer;

/// Layer that decides which candidates are to answer a call, and in which order.
///
/// See the [module docs](crate::select) for an example.
#[derive(Clone)]
pub struct SelectLayer {
    selector: Arc<Selector>,
    observer: Option<Arc<dyn Observer>>,
    warned: Arc<Warned>,
}

impl SelectLayer {
    /// With a selector.
    pub fn new(selector: Selector) -> Self {
        Self {
            selector: Arc::new(selector),
            observer: None,
            warned: Arc::default(),
        }
    }

    /// Who is told of decisions.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }
}

impl<S> Layer<S> for SelectLayer {
    type Service = Select<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let selector = Arc::clone(&self.selector);
        Select::with(
            inner,
            selector,
            self.observer.clone(),
            Arc::clone(&self.warned),
        )
    }
}

impl fmt::Debug for SelectLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectLayer")
            .field("selector", &self.selector)
            .finish_non_exhaustive()
    }
}
