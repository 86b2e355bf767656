use std::sync::Arc;

use crate::query::{Classification, Query};

/// Says what a query asks for and how hard it is.
///
/// Runs on the caller's way to a model, so it must neither block nor wait; a classifier that needs to should be
/// consulted elsewhere and its answer kept. To itself a query is not classified yet; a clone of it would be classified
/// anew, without end. Closures (with their argument's type written, `|query: &Query| …`), `Arc<C>` and `Box<dyn
/// Classifier>` are classifiers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` classifies no queries",
    label = "not a `Classifier`",
    note = "implement `Classifier` for it, or pass a closure with its type written: `|query: &Query| Classification::new(..)`"
)]
pub trait Classifier: Send + Sync {
    /// Reads the query. Must not panic on any text.
    fn classify(&self, query: &Query) -> Classification;
}

impl<F> Classifier for F
where
    F: Fn(&Query) -> Classification + Send + Sync,
{
    fn classify(&self, query: &Query) -> Classification {
        self(query)
    }
}

impl<C: Classifier + ?Sized> Classifier for Arc<C> {
    fn classify(&self, query: &Query) -> Classification {
        (**self).classify(query)
    }
}

// Not for every `Box<C>`: a box of a closure is itself a closure.
impl Classifier for Box<dyn Classifier> {
    fn classify(&self, query: &Query) -> Classification {
        (**self).classify(query)
    }
}
