use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::Response;
use sync_wrapper::SyncWrapper;

use super::{Asked, Asking, Others};
use crate::{
    dispatch::Baton,
    observe::{Failure, FailureClass, Outcome},
};

/// Stands by while an answer is passed on, and finds somebody who goes on with it, once, should it break off.
pub(in super::super) struct Resume<B> {
    baton: Baton,
    outcome: Outcome,
    others: SyncWrapper<Box<dyn Others<B>>>,
    asking: Option<SyncWrapper<Asking<B>>>,
}

/// What comes of an answer that has broken off.
pub(in super::super) enum Resumed<B> {
    /// Somebody goes on.
    By(B),
    /// Nobody does: what tells the caller so.
    Nobody(Option<Bytes>),
}

impl<B> Resume<B> {
    pub(in super::super) fn new(
        baton: Baton,
        outcome: Outcome,
        others: Box<dyn Others<B>>,
    ) -> Self {
        Self {
            baton,
            outcome,
            others: SyncWrapper::new(others),
            asking: None,
        }
    }

    /// Whether the answer has broken off where somebody can go on.
    pub(in super::super) fn is_needed(&self) -> bool {
        self.baton.is_handed()
    }

    pub(in super::super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Resumed<B>> {
        loop {
            let (failure, outcome) = match &mut self.asking {
                None => {
                    let provider = self.outcome.candidate().model().provider().name();
                    let failure = self.outcome.failure().cloned();
                    let failure =
                        failure.unwrap_or_else(|| Failure::new(FailureClass::Provider, provider));
                    (failure, Some(self.outcome.clone()))
                }
                Some(asking) => match ready!(Pin::new(asking.get_mut()).poll(cx)) {
                    Asked::Answer(response) if self.is_taken(&response) => {
                        // Should it break off before it has said anything, yet another may go on.
                        self.asking = None;
                        if let Some(outcome) = response.extensions().get::<Outcome>() {
                            self.outcome = outcome.clone();
                        }
                        return Poll::Ready(Resumed::By(response.into_body()));
                    }
                    Asked::Answer(response) => {
                        let outcome = response.extensions().get::<Outcome>().cloned();
                        let mut failure = self.failure_of(&response);
                        // What it does not take was put together here.
                        if failure.class == FailureClass::Caller {
                            failure.class = FailureClass::Unsupported;
                        }
                        (failure, outcome)
                    }
                    Asked::Failed(failure) => (failure, None),
                },
            };
            let others = self.others.get_mut();
            match others.next(failure, outcome, &self.baton) {
                Some(asking) => self.asking = Some(SyncWrapper::new(asking)),
                None => return Poll::Ready(Resumed::Nobody(self.baton.tell())),
            }
        }
    }

    /// Whether an answer goes on with the one before: then it has taken what was left to it.
    fn is_taken(&self, response: &Response<B>) -> bool {
        response.status().is_success() && !self.baton.is_handed()
    }

    fn failure_of(&self, response: &Response<B>) -> Failure {
        let failure = response.extensions().get::<Failure>().cloned();
        failure.unwrap_or_else(|| {
            let outcome = response.extensions().get::<Outcome>();
            let asked = outcome.unwrap_or(&self.outcome).candidate();
            let provider = asked.model().provider().name();
            Failure::new(FailureClass::Malformed, provider)
        })
    }
}

impl<B> fmt::Debug for Resume<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resume")
            .field("baton", &self.baton)
            .field("asking", &self.asking.is_some())
            .finish_non_exhaustive()
    }
}
