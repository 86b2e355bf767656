use std::{fmt, sync::Arc};

use tower::Layer;

use super::{Charge, rules::Rules};
use crate::dispatch::Sent;

/// Charges each call by a [`Tariff`](super::Tariff). See the [module docs](crate::charge).
pub struct ChargeLayer<T> {
    rules: Rules<T>,
}

impl<T> ChargeLayer<T> {
    /// By this tariff.
    pub fn new(tariff: T) -> Self {
        Self {
            rules: Rules::new(tariff),
        }
    }

    /// Reads from errors of the client's own type whether a failed call was sent: what was not costs nothing. Default:
    /// [`Sent::of`], which does not know tonic's, for one; [`Sent::by_sources`] reads those.
    #[must_use]
    pub fn sent_by<E: 'static>(
        mut self,
        read: impl Fn(&E) -> Sent + Send + Sync + 'static,
    ) -> Self {
        self.rules.sent_by = Some(Arc::new(move |error| error.downcast_ref().map(&read)));
        self
    }
}

impl<S, T> Layer<S> for ChargeLayer<T> {
    type Service = Charge<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        Charge::with(inner, self.rules.clone())
    }
}

impl<T> Clone for ChargeLayer<T> {
    fn clone(&self) -> Self {
        Self {
            rules: self.rules.clone(),
        }
    }
}

impl<T> fmt::Debug for ChargeLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChargeLayer").finish_non_exhaustive()
    }
}
