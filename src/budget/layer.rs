use std::sync::Arc;

use arc_swap::ArcSwap;
use tower::Layer;

use super::{Budget, Budgeted};

/// Opens a [`Budget`]'s scope for every request that passes.
///
/// Clones, and the services that they made, share one budget. See the [module docs](crate::budget) for an example.
#[derive(Clone, Debug)]
pub struct BudgetLayer {
    budget: Arc<ArcSwap<Budget>>,
}

impl BudgetLayer {
    /// Opens scopes of this budget.
    pub fn new(budget: Budget) -> Self {
        Self {
            budget: Arc::new(ArcSwap::from_pointee(budget)),
        }
    }

    /// Requests that come from now on open scopes of `budget`, also in services that exist; for reloads.
    ///
    /// The ledger stays the one there was, whatever `budget` names. So under the same name, what is spent and held stays.
    pub fn replace(&self, budget: Budget) {
        // Read and written in one step: of two that replace at a time, both keep the ledger.
        self.budget.rcu(|before| budget.clone().within(before));
    }
}

impl<S> Layer<S> for BudgetLayer {
    type Service = Budgeted<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Budgeted::shared(inner, Arc::clone(&self.budget))
    }
}
