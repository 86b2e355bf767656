use std::sync::Arc;

use thiserror::Error;

use super::notice::Notice;
use crate::{observe::Decision, query::Refusal};

/// A call for which there is no plan: the refusal, and who was considered for it.
#[derive(Clone, Debug, Error)]
#[error("{}", refusal.message())]
pub struct Unplanned {
    refusal: Refusal,
    decision: Option<Arc<Decision>>,
    notice: Option<Box<Notice>>,
}

impl Unplanned {
    pub(super) const fn new(refusal: Refusal, decision: Arc<Decision>) -> Self {
        Self {
            refusal,
            decision: Some(decision),
            notice: None,
        }
    }

    /// With what is to be told of a model's end.
    pub(super) fn with_notice(mut self, notice: Option<Box<Notice>>) -> Self {
        self.notice = notice;
        self
    }

    pub(super) fn notice(&self) -> Option<&Notice> {
        self.notice.as_deref()
    }

    /// What the caller is told.
    pub const fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// Who was considered and why each dropped out; `None` where nobody was.
    pub const fn decision(&self) -> Option<&Arc<Decision>> {
        self.decision.as_ref()
    }
}

impl From<Refusal> for Unplanned {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            decision: None,
            notice: None,
        }
    }
}
