use std::{fmt, sync::Arc};

use tower::Layer;

use super::Charge;

/// Charges each call by a [`Tariff`](super::Tariff). See the [module docs](crate::charge).
pub struct ChargeLayer<T> {
    tariff: Arc<T>,
}

impl<T> ChargeLayer<T> {
    /// By this tariff.
    pub fn new(tariff: T) -> Self {
        Self {
            tariff: Arc::new(tariff),
        }
    }
}

impl<S, T> Layer<S> for ChargeLayer<T> {
    type Service = Charge<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        Charge::with(inner, Arc::clone(&self.tariff))
    }
}

impl<T> Clone for ChargeLayer<T> {
    fn clone(&self) -> Self {
        Self {
            tariff: Arc::clone(&self.tariff),
        }
    }
}

impl<T> fmt::Debug for ChargeLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChargeLayer").finish_non_exhaustive()
    }
}
