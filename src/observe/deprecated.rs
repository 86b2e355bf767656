use std::sync::Arc;

use super::Decision;
use crate::{catalog::Model, context::Tenant};

/// A call that names a model that is deprecated, gone, or about to be, or that is routed to one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Deprecated<'a> {
    /// The model; its [`lifecycle`](Model::lifecycle) has the dates.
    pub model: &'a Arc<Model>,
    /// Who takes over from it: the first of its successors that is in service. `None` where nobody does.
    pub successor: Option<&'a Arc<Model>>,
    /// Who is calling, where that is known.
    pub tenant: Option<&'a Tenant>,
    /// Whether the caller named the model; else it was first in the route of an alias.
    pub named: bool,
    /// Where the call goes, or that it goes nowhere; `None` where nobody was considered.
    pub decision: Option<&'a Arc<Decision>>,
}
