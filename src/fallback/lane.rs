use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::SystemTime,
};

use bytes::Bytes;
use http::Response;
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;

use super::{
    ResponseBody,
    peek::{Peek, Peeked},
    turn::Turn,
};
use crate::{
    dispatch::{Attempt, retry_after},
    observe::{Failure, FailureClass, Outcome},
};

pin_project! {
    /// Where one attempt at a time runs, until its answer begins or it fails.
    #[project = LaneProj]
    #[project_replace = LaneWas]
    pub(super) enum Lane<F, ResB> {
        Idle,
        /// The head of the answer is not there.
        Asking { #[pin] future: F },
        /// It is, and its content is not.
        Peeking { peek: Peek<ResB> },
    }
}

/// What came of an attempt.
pub(super) enum Ended<ResB, E> {
    Begun(Response<ResponseBody<ResB>>),
    Failed(Fault<ResB, E>),
}

/// How an attempt failed.
pub(super) struct Fault<ResB, E> {
    pub(super) failure: Failure,
    pub(super) outcome: Option<Outcome>,
    /// What there is to show for it.
    pub(super) shows: Option<Result<Response<ResponseBody<ResB>>, E>>,
}

impl<F, ResB> Lane<F, ResB> {
    pub(super) const fn asking(future: F) -> Self {
        Self::Asking { future }
    }

    /// What is known of the answer, whose head is there.
    pub(super) fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Peeking { peek } => Some(peek.outcome()),
            Self::Idle | Self::Asking { .. } => None,
        }
    }

    /// Whether something of the answer has come, be it not for the caller's eyes.
    pub(super) fn lives(&self) -> bool {
        matches!(self, Self::Peeking { peek } if peek.lives())
    }

    /// The answer to a request that is made once and not minded.
    pub(super) fn poll_passing<E>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Response<ResponseBody<ResB>>, E>>
    where
        F: Future<Output = Result<Response<ResB>, E>>,
    {
        let LaneProj::Asking { future } = self.project() else {
            unreachable!("polled after completion");
        };
        let response = ready!(future.poll(cx))?;
        Poll::Ready(Ok(response.map(ResponseBody::whole)))
    }

    /// What comes of the attempt; the lane is idle then.
    pub(super) fn poll<E>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        turn: &Turn,
        past_filters: bool,
    ) -> Poll<Ended<ResB, E>>
    where
        F: Future<Output = Result<Response<ResB>, E>>,
        ResB: HttpBody<Data = Bytes> + Unpin,
    {
        loop {
            let ended = match self.as_mut().project() {
                LaneProj::Idle => return Poll::Pending,
                LaneProj::Asking { future } => match ready!(future.poll(cx)) {
                    Err(error) => Ended::Failed(Fault::unanswered(error, turn)),
                    Ok(response) => {
                        let outcome = response.extensions().get::<Outcome>().cloned();
                        match (failure_of(&response, turn, past_filters), outcome) {
                            (Some(failure), outcome) => Ended::Failed(Fault {
                                failure,
                                outcome,
                                shows: Some(Ok(response.map(ResponseBody::whole))),
                            }),
                            (None, Some(outcome)) if outcome.get().is_none() => {
                                let peek = Peek::new(response, outcome);
                                self.set(Self::Peeking { peek });
                                continue;
                            }
                            (None, _) => Ended::Begun(response.map(ResponseBody::whole)),
                        }
                    }
                },
                LaneProj::Peeking { peek } => {
                    let peeked = ready!(peek.poll(cx));
                    let LaneWas::Peeking { peek } = self.as_mut().project_replace(Self::Idle)
                    else {
                        return Poll::Pending;
                    };
                    return Poll::Ready(peek.ended(peeked, turn, past_filters));
                }
            };
            self.set(Self::Idle);
            return Poll::Ready(ended);
        }
    }
}

impl<ResB, E> Fault<ResB, E> {
    /// The client has failed.
    fn unanswered(error: E, turn: &Turn) -> Self {
        let failure = Failure::new(FailureClass::Provider, turn.provider());
        let failure = failure.with_elsewhere(turn.elsewhere());
        let unseen = turn.attempt.as_ref().and_then(Attempt::unseen);
        Self {
            failure: match unseen {
                Some(_) => failure.unsent(),
                None => failure,
            },
            outcome: None,
            shows: Some(Err(error)),
        }
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> Peek<B> {
    /// What its front means for the attempt. What is not shown is dropped here, so that what it has cost is known.
    fn ended<E>(self, peeked: Peeked, turn: &Turn, past_filters: bool) -> Ended<B, E> {
        let outcome = self.outcome().clone();
        let failure = outcome.failure().cloned();
        let filtered = failure
            .as_ref()
            .is_some_and(|failure| failure.class == FailureClass::Filtered);
        match peeked {
            Peeked::Begun => Ended::Begun(self.into_response()),
            Peeked::Failed if filtered && !past_filters => Ended::Begun(self.into_response()),
            Peeked::Failed => Ended::Failed(Fault {
                failure: failure
                    .unwrap_or_else(|| Failure::new(FailureClass::Provider, turn.provider())),
                shows: filtered.then(|| Ok(self.into_response())),
                outcome: Some(outcome),
            }),
        }
    }
}

/// How an answer says that it is none.
fn failure_of<B>(response: &Response<B>, turn: &Turn, past_filters: bool) -> Option<Failure> {
    if let Some(failure) = response.extensions().get::<Failure>() {
        // An answer that was filtered is an answer, unless another may be asked for one.
        let filtered = failure.class == FailureClass::Filtered && response.status().is_success();
        return (!filtered || past_filters).then(|| failure.clone());
    }
    let status = response.status();
    let fails = status.is_client_error() || status.is_server_error();
    // Over somebody's own service there is nothing but the head.
    let unread = response.extensions().get::<Outcome>().is_none();
    (fails && unread).then(|| {
        let after = retry_after(response.headers(), SystemTime::now());
        let failure = Failure::new(FailureClass::of_status(status), turn.provider());
        failure.with_retry_after(after)
    })
}
