use std::sync::Arc;

use super::{Quote, notice::Notice};
use crate::{
    catalog::{Candidate, Snapshot},
    money::Usd,
    observe::Decision,
    query::Pace,
};

/// Where a call is to go, as a request extension from Select to Fallback and Dispatch.
#[derive(Clone, Debug)]
pub struct Plan(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    way: Way,
    most: Option<Usd>,
    decision: Option<Arc<Decision>>,
    snapshot: Option<Arc<Snapshot>>,
    notice: Option<Box<Notice>>,
    pace: Pace,
}

#[derive(Debug)]
enum Way {
    Route(Vec<Planned>),
    PassThrough,
}

/// A candidate of a [`Plan`], with what the call costs there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Planned {
    /// The model at an effort.
    pub candidate: Candidate,
    /// What the call can cost there.
    pub quote: Quote,
    /// It stands in for the one before it, and is asked only where that turns out to be gone.
    pub only_if_gone: bool,
}

impl Plan {
    pub(crate) fn route(
        route: Vec<Planned>,
        most: Option<Usd>,
        decision: Arc<Decision>,
        snapshot: Arc<Snapshot>,
    ) -> Self {
        let way = Way::Route(route);
        Self(Arc::new(Inner {
            way,
            most,
            decision: Some(decision),
            snapshot: Some(snapshot),
            notice: None,
            pace: Pace::default(),
        }))
    }

    /// On to where the caller addressed it, untouched.
    pub(crate) fn pass_through() -> Self {
        Self(Arc::new(Inner {
            way: Way::PassThrough,
            most: None,
            decision: None,
            snapshot: None,
            notice: None,
            pace: Pace::default(),
        }))
    }

    /// With what is to be told of a model's end; only before it is shared.
    pub(super) fn with_notice(mut self, notice: Option<Box<Notice>>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.notice = notice;
        }
        self
    }

    /// With how its answer is waited for; only before it is shared.
    pub(super) fn with_pace(mut self, pace: Pace) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.pace = pace;
        }
        self
    }

    /// How the answer is waited for.
    pub fn pace(&self) -> Pace {
        self.0.pace
    }

    pub(super) fn notice(&self) -> Option<&Notice> {
        self.0.notice.as_deref()
    }

    /// The candidates in the order in which they are to be tried; empty where the call passes through.
    pub fn candidates(&self) -> &[Planned] {
        match &self.0.way {
            Way::Route(route) => route,
            Way::PassThrough => &[],
        }
    }

    /// Whether the call goes on untouched to where its caller addressed it.
    pub fn passes_through(&self) -> bool {
        matches!(self.0.way, Way::PassThrough)
    }

    /// Whether nothing follows from a failure: nobody waits for the answer.
    pub(crate) fn is_once(&self) -> bool {
        self.decision().is_some_and(|decision| decision.is_shadow())
    }

    /// The most that all attempts of the call together may cost.
    pub(crate) fn most(&self) -> Option<Usd> {
        self.0.most
    }

    /// Why; `None` where nothing was decided.
    pub fn decision(&self) -> Option<&Arc<Decision>> {
        self.0.decision.as_ref()
    }

    /// The catalog as it was when the call was planned; hold and settlement go by it.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.0.snapshot.as_ref()
    }
}
