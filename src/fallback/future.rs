use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tower::{Service, ServiceExt, util::Oneshot};

use super::{
    ResponseBody, Tried,
    calls::Calls,
    peek::{Peek, Peeked},
    result::{Failed, unanswered},
    told::Told,
    walk::{Step, Walk},
};
use crate::{
    dispatch::retry_after,
    observe::{Failure, FailureClass, Outcome},
    query::{Api, Classified},
};

pin_project! {
    /// Response future of [`Fallback`](super::Fallback).
    ///
    /// Dropping it cancels the attempt that is under way, and no other follows.
    pub struct ResponseFuture<S, B, ResB>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<Oneshot<S, Request<B>>, ResB>,
        walking: Option<Box<Walking<S, B, ResB, S::Error>>>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F, ResB> {
        Passing { #[pin] future: F },
        Asking { #[pin] future: F },
        Peeking { peek: Option<Peek<ResB>> },
        Resting { pause: Pin<Box<Sleep>> },
    }
}

/// What lasts from attempt to attempt.
struct Walking<S, B, ResB, E> {
    calls: Calls<S, B>,
    walk: Walk,
    told: Told,
    api: Api,
    /// When the attempt under way has to be answered.
    late: Option<Pin<Box<Sleep>>>,
    /// The failure that is told if there is no answer.
    failed: Option<Failed<ResB, E>>,
}

/// Where the call goes after a failure.
enum Next<ResB, E> {
    Attempt(Duration),
    Answer(Result<Response<ResponseBody<ResB>>, E>),
}

impl<S, B, ResB> ResponseFuture<S, B, ResB>
where
    S: Service<Request<B>, Response = Response<ResB>> + Clone,
    B: Classified,
    ResB: HttpBody<Data = Bytes> + Unpin,
{
    pub(super) fn passing(service: S, request: Request<B>) -> Self {
        let future = service.oneshot(request);
        Self {
            state: State::Passing { future },
            walking: None,
        }
    }

    pub(super) fn walking(
        calls: Calls<S, B>,
        body: B,
        mut walk: Walk,
        told: Told,
        api: Api,
    ) -> Self {
        let future = calls.first(body, walk.turn());
        let mut walking = Walking {
            calls,
            walk,
            told,
            api,
            late: None,
            failed: None,
        };
        walking.set_timer();
        Self {
            state: State::Asking { future },
            walking: Some(Box::new(walking)),
        }
    }
}

impl<S, B, ResB, E> Walking<S, B, ResB, E>
where
    ResB: HttpBody<Data = Bytes> + Unpin,
{
    fn set_timer(&mut self) {
        let until = self.walk.until(Instant::now());
        self.late = until.map(|until| Box::pin(sleep_until(until)));
    }

    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.late {
            Some(late) => late.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }

    /// The attempt has failed with this to show for it.
    fn failed(
        &mut self,
        result: Result<Response<ResponseBody<ResB>>, E>,
        failure: Failure,
        outcome: Option<Outcome>,
    ) -> Next<ResB, E> {
        let from = self.walk.candidate().cloned();
        let step = self.walk.failed(failure.clone(), outcome, Instant::now());
        let next = match step {
            Step::Go(after) => Some((self.walk.candidate(), after)),
            Step::Stop => None,
        };
        self.told.failed(from.as_ref(), &failure, next);
        let failed = Failed::new(result, failure);
        let stops = matches!(
            failed.class(),
            FailureClass::Caller | FailureClass::Filtered
        );
        match step {
            Step::Go(after) => {
                self.failed = Some(failed.or(self.failed.take()));
                Next::Attempt(after)
            }
            // What no attempt can mend is what the caller is to know.
            Step::Stop if stops => Next::Answer(failed.finish(self.tried())),
            Step::Stop => {
                let failed = failed.or(self.failed.take());
                Next::Answer(failed.finish(self.tried()))
            }
        }
    }

    fn unanswered(&mut self, failure: Failure, outcome: Option<Outcome>) -> Next<ResB, E> {
        let response = unanswered(self.api, &self.told, &failure, outcome.as_ref());
        self.failed(Ok(response), failure, outcome)
    }

    fn tried(&mut self) -> Tried {
        Tried::new(self.walk.take_tries())
    }

    /// The answer has begun.
    fn begun(
        &mut self,
        mut response: Response<ResponseBody<ResB>>,
    ) -> Response<ResponseBody<ResB>> {
        let tries = self.walk.take_tries();
        if !tries.is_empty() {
            response.extensions_mut().insert(Tried::new(tries));
        }
        response
    }
}

/// How an answer says that it is none.
fn failure_of<B>(response: &Response<B>, walk: &Walk) -> Option<Failure> {
    if let Some(failure) = response.extensions().get::<Failure>() {
        // An answer that was filtered is an answer, unless another may be asked for one.
        let filtered = failure.class == FailureClass::Filtered && response.status().is_success();
        return (!filtered || walk.goes_past_filters()).then(|| failure.clone());
    }
    let status = response.status();
    let fails = status.is_client_error() || status.is_server_error();
    // Over somebody's own service there is nothing but the head.
    let unread = response.extensions().get::<Outcome>().is_none();
    (fails && unread).then(|| {
        let after = retry_after(response.headers(), SystemTime::now());
        let failure = Failure::new(FailureClass::of_status(status), walk.provider());
        failure.with_retry_after(after)
    })
}

impl<S, B, ResB> Future for ResponseFuture<S, B, ResB>
where
    S: Service<Request<B>, Response = Response<ResB>> + Clone,
    B: Classified,
    ResB: HttpBody<Data = Bytes> + Unpin,
{
    type Output = Result<Response<ResponseBody<ResB>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let walking = match this.walking.as_deref_mut() {
                Some(walking) => walking,
                None => {
                    let StateProj::Passing { future } = this.state.as_mut().project() else {
                        unreachable!("polled after completion");
                    };
                    let response = ready!(future.poll(cx))?;
                    return Poll::Ready(Ok(response.map(ResponseBody::whole)));
                }
            };
            let next = match this.state.as_mut().project() {
                StateProj::Passing { .. } => unreachable!("only without a walk"),
                StateProj::Asking { future } => match future.poll(cx) {
                    Poll::Pending => {
                        ready!(walking.poll_late(cx));
                        let failure = walking.walk.too_late();
                        walking.unanswered(failure, None)
                    }
                    Poll::Ready(Err(error)) => {
                        let failure = Failure::new(FailureClass::Provider, walking.walk.provider());
                        walking.failed(Err(error), failure, None)
                    }
                    Poll::Ready(Ok(response)) => {
                        let outcome = response.extensions().get::<Outcome>().cloned();
                        let failure = failure_of(&response, &walking.walk);
                        match (failure, outcome) {
                            (Some(failure), outcome) => {
                                let response = response.map(ResponseBody::whole);
                                walking.failed(Ok(response), failure, outcome)
                            }
                            (None, Some(outcome)) if outcome.get().is_none() => {
                                let peek = Some(Peek::new(response, outcome));
                                this.state.set(State::Peeking { peek });
                                continue;
                            }
                            (None, _) => {
                                let response = walking.begun(response.map(ResponseBody::whole));
                                return Poll::Ready(Ok(response));
                            }
                        }
                    }
                },
                StateProj::Peeking { peek } => {
                    let peeking = peek.as_mut().expect("polled after completion");
                    let peeked = match peeking.poll(cx) {
                        Poll::Ready(peeked) => Some(peeked),
                        Poll::Pending => {
                            ready!(walking.poll_late(cx));
                            None
                        }
                    };
                    let outcome = peeking.outcome().clone();
                    let failure = outcome.failure().cloned();
                    let filtered = failure
                        .as_ref()
                        .is_some_and(|failure| failure.class == FailureClass::Filtered);
                    let peek = peek.take().expect("polled after completion");
                    match peeked {
                        None => {
                            let failure = walking.walk.too_late();
                            drop(peek);
                            walking.unanswered(failure, Some(outcome))
                        }
                        Some(Peeked::Failed) if filtered && !walking.walk.goes_past_filters() => {
                            return Poll::Ready(Ok(walking.begun(peek.into_response())));
                        }
                        Some(Peeked::Begun) => {
                            return Poll::Ready(Ok(walking.begun(peek.into_response())));
                        }
                        Some(Peeked::Failed) => {
                            let provider = walking.walk.provider();
                            let failure = failure
                                .unwrap_or_else(|| Failure::new(FailureClass::Provider, provider));
                            if filtered {
                                let response = peek.into_response();
                                walking.failed(Ok(response), failure, Some(outcome))
                            } else {
                                drop(peek);
                                walking.unanswered(failure, Some(outcome))
                            }
                        }
                    }
                }
                StateProj::Resting { pause } => {
                    ready!(pause.as_mut().poll(cx));
                    Next::Attempt(Duration::ZERO)
                }
            };
            match next {
                Next::Answer(answer) => return Poll::Ready(answer),
                Next::Attempt(Duration::ZERO) => {
                    let turn = walking.walk.turn();
                    let future = walking.calls.again(turn);
                    walking.set_timer();
                    let future = future.expect("a body that was replayed once is replayed again");
                    this.state.set(State::Asking { future });
                }
                Next::Attempt(after) => {
                    let pause = Box::pin(sleep(after));
                    this.state.set(State::Resting { pause });
                }
            }
        }
    }
}

impl<S, B, ResB> fmt::Debug for ResponseFuture<S, B, ResB>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
