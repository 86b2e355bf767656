use tower::Layer;

use super::{Budget, Budgeted};

/// Opens a [`Budget`]'s scope for every request that passes.
///
/// See the [module docs](crate::budget) for an example.
#[derive(Clone, Debug)]
pub struct BudgetLayer {
    budget: Budget,
}

impl BudgetLayer {
    /// Opens scopes of this budget.
    pub fn new(budget: Budget) -> Self {
        Self { budget }
    }
}

impl<S> Layer<S> for BudgetLayer {
    type Service = Budgeted<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Budgeted::new(inner, self.budget.clone())
    }
}
