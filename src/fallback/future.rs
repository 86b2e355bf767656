use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower::{Service, ServiceExt, util::Oneshot};

use super::{
    ResponseBody,
    alarm::Alarm,
    call::{Call, Times, ask},
    lane::{Ended, Lane},
    recover::Recover,
    resume::Standby,
    turn::Turn,
};
use crate::query::Classified;

pin_project! {
    /// Response future of [`Fallback`](super::Fallback).
    ///
    /// Dropping it cancels what is under way, and nothing follows.
    pub struct ResponseFuture<S, B, ResB>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        lane: Lane<Oneshot<S, Request<B>>, ResB>,
        #[pin]
        alarm: Alarm,
        state: State<S, B, ResB, S::Error>,
    }
}

/// How far the call is. While nothing has failed and nobody is late, nothing is boxed.
#[allow(
    clippy::large_enum_variant,
    reason = "a box for every call is what this is to spare"
)]
enum State<S, B, ResB, E>
where
    S: Service<Request<B>>,
{
    /// Its only attempt is made, and passed on as it comes.
    Passing,
    /// Its first attempt: asked, and then the front of its answer is held back.
    First(First<S, B>),
    /// Something has failed, or taken long.
    Recover(Box<Recover<S, B, ResB, E>>),
    Over,
}

/// The first attempt, and what another would need.
pub(super) struct First<S, B> {
    pub(super) call: Call<S, B>,
    pub(super) turn: Turn,
    pub(super) times: Times,
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
            lane: Lane::asking(future),
            alarm: Alarm::new(),
            state: State::Passing,
        }
    }

    /// Begins with this service, head and body.
    pub(super) fn first(call: Call<S, B>, service: S, head: Parts, body: B) -> Self {
        let mut turn = Turn::first(call.plan.as_ref());
        let attempt = turn.attempt;
        let attempt = attempt.map(|attempt| attempt.ending(call.until));
        turn.attempt = attempt.map(|attempt| attempt.resumable(call.rule.resume));
        let times = call.times(turn.candidate());
        Self {
            lane: Lane::asking(ask(service, head, body, &turn)),
            alarm: Alarm::new(),
            state: State::First(First { call, turn, times }),
        }
    }
}

impl Times {
    /// When the next of them is.
    fn next(self) -> Option<tokio::time::Instant> {
        self.late.into_iter().chain(self.hedge).min()
    }
}

impl<S, B, ResB> Future for ResponseFuture<S, B, ResB>
where
    S: Service<Request<B>, Response = Response<ResB>> + Clone + Send + 'static,
    S::Future: Send,
    B: Classified + Send + 'static,
    ResB: HttpBody<Data = Bytes> + Unpin + 'static,
{
    type Output = Result<Response<ResponseBody<ResB>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let failed = match this.state {
            State::Over => unreachable!("polled after completion"),
            State::Passing => {
                let answer = ready!(this.lane.as_mut().poll_passing(cx));
                this.lane.set(Lane::Idle);
                *this.state = State::Over;
                return Poll::Ready(answer);
            }
            State::First(First { call, turn, times }) => {
                let past_filters = call.rule.past_filters;
                match this.lane.as_mut().poll(cx, turn, past_filters) {
                    Poll::Ready(Ended::Begun(response)) => {
                        if let Some(monitor) = call.rule.monitor.as_ref()
                            && !call.rule.resume
                        {
                            monitor.first_try(turn.provider(), call.again());
                        }
                        let state = std::mem::replace(this.state, State::Over);
                        return Poll::Ready(Ok(match state {
                            State::First(first) if first.call.rule.resume => {
                                Standby::first(first.call, first.turn).behind(response)
                            }
                            _ => response,
                        }));
                    }
                    Poll::Ready(Ended::Failed(fault)) => Some(fault),
                    Poll::Pending => {
                        let Some(next) = times.next() else {
                            return Poll::Pending;
                        };
                        ready!(this.alarm.as_mut().poll(next, cx));
                        None
                    }
                }
            }
            State::Recover(_) => None,
        };
        if let State::First(_) = this.state
            && let State::First(first) = std::mem::replace(this.state, State::Over)
        {
            *this.state = State::Recover(Box::new(Recover::new(first, failed)));
        }
        let State::Recover(recover) = this.state else {
            unreachable!("it is in one of these states");
        };
        let answer = ready!(recover.poll(this.lane.as_mut(), this.alarm, cx));
        // Whatever is under way yet is not needed.
        this.lane.set(Lane::Idle);
        let state = std::mem::replace(this.state, State::Over);
        Poll::Ready(match state {
            State::Recover(recover) => answer.map(|response| (*recover).behind(response)),
            _ => answer,
        })
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
