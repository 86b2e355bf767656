use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Collected, Limited, combinators::Collect};
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};
use tower::Service;

use super::{
    KeyFuture, ResponseBody,
    answer::Head,
    draft::{Authority, Choice, Draft, Facts, Passed},
    refused,
    writing::Written,
};
use crate::{
    Body,
    budget::Opening,
    observe::{Failure, FailureClass},
    query::{Api, Refusal},
    select::Plan,
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

pin_project! {
    /// Response future of [`Dispatch`](super::Dispatch).
    ///
    /// Dropping it cancels the call and settles its hold: released before the request was handed to the client, at
    /// the bound after that.
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<Body>>,
        B: HttpBody<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        #[pin]
        state: State<S, S::Future, B>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, F, B>
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        Answered { response: Option<Response<ResponseBody>> },
        Passing { #[pin] future: F },
        Key { later: KeyFuture, draft: Option<Box<Draft>>, service: Option<S> },
        Hold { #[pin] opening: Opening, prepared: Option<(Box<Draft>, Authority)>, service: Option<S> },
        Calling { #[pin] future: F, sending: Option<Box<Head>> },
        Reading { #[pin] body: Collect<Limited<B>>, head: Option<Box<Head>>, late: Option<Pin<Box<Sleep>>> },
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<Body>>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    pub(super) fn refused(api: Api, refusal: Refusal) -> Self {
        Self {
            state: State::refuse(
                &Facts {
                    api,
                    plan: Plan::pass_through(),
                    provider: None,
                    elsewhere: false,
                },
                refusal,
            ),
        }
    }

    pub(super) fn passing(future: S::Future) -> Self {
        Self {
            state: State::Passing { future },
        }
    }

    pub(super) fn prepare(draft: Draft, service: S) -> Self {
        Self {
            state: State::choose(Box::new(draft), Some(service)),
        }
    }
}

impl<S, F, B> State<S, F, B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    /// Goes on along the plan to a candidate that can be asked.
    fn choose(mut draft: Box<Draft>, service: Option<S>) -> Self {
        match draft.choose() {
            Err(Passed { refusal, class }) => Self::fail(&draft.facts(), refusal, class),
            Ok(Choice::Ready(authority)) => Self::hold(draft, authority, service),
            Ok(Choice::Later(later)) => Self::Key {
                later,
                draft: Some(draft),
                service,
            },
        }
    }

    fn hold(mut draft: Box<Draft>, authority: Authority, service: Option<S>) -> Self {
        if draft.is_doubted() {
            draft.skip(Passed::doubted());
            return Self::choose(draft, service);
        }
        if let Err(passed) = draft.admit(&authority) {
            draft.skip(passed);
            return Self::choose(draft, service);
        }
        match draft.speak() {
            Ok(Written::Ready) => {}
            Ok(Written::Answered(response)) => {
                let response = draft.facts().named(response);
                return Self::Answered {
                    response: Some(response.map(ResponseBody::plain)),
                };
            }
            Err(refusal) => return Self::refuse(&draft.facts(), refusal),
        }
        match draft.hold() {
            Err(refusal) => Self::refuse(&draft.facts(), refusal),
            Ok(opening) => Self::Hold {
                opening,
                prepared: Some((draft, authority)),
                service,
            },
        }
    }

    fn refuse(facts: &Facts, refusal: Refusal) -> Self {
        let class = refused::class(refusal.kind());
        Self::fail(facts, refusal, class)
    }

    fn fail(facts: &Facts, refusal: Refusal, class: FailureClass) -> Self {
        let after = refusal
            .retry_after()
            .filter(|_| class == FailureClass::Busy);
        let mut response = facts.named(refusal.response(facts.api));
        if let Some(provider) = &facts.provider {
            let failure = Failure::new(class, Arc::clone(provider)).unsent();
            let failure = failure
                .with_retry_after(after)
                .with_elsewhere(facts.elsewhere);
            response.extensions_mut().insert(failure);
        }
        Self::Answered {
            response: Some(response.map(ResponseBody::plain)),
        }
    }
}

impl<S, B> Future for ResponseFuture<S, B>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Answered { response } => {
                    return Poll::Ready(Ok(response.take().expect("polled after completion")));
                }
                StateProj::Passing { future } => {
                    let response = ready!(future.poll(cx))?;
                    return Poll::Ready(Ok(response.map(|b| ResponseBody::plain(Body::new(b)))));
                }
                StateProj::Key {
                    later,
                    draft,
                    service,
                } => {
                    let key = ready!(later.as_mut().poll(cx));
                    let mut draft = draft.take().expect("polled after completion");
                    match key {
                        Ok(key) => State::hold(draft, Authority::Ours(key), service.take()),
                        Err(why) => {
                            draft.skip(Passed::misconfigured(why));
                            State::choose(draft, service.take())
                        }
                    }
                }
                StateProj::Hold {
                    opening,
                    prepared,
                    service,
                } => {
                    let hold = ready!(opening.poll(cx));
                    let (draft, authority) = prepared.take().expect("polled after completion");
                    let facts = draft.facts();
                    let sending = hold
                        .map_err(|why| refused::passed(&why))
                        .and_then(|hold| draft.write(authority, hold).map_err(Passed::refused));
                    match sending {
                        Err(Passed { refusal, class }) => State::fail(&facts, refusal, class),
                        Ok(mut sending) => {
                            let mut service = service.take().expect("polled after completion");
                            let request = std::mem::take(&mut sending.request);
                            let span = sending.meter.span().clone();
                            let _entered = span.enter();
                            sending.meter.sent();
                            let future = service.call(request);
                            State::Calling {
                                future,
                                sending: Some(Box::new(Head::new(sending))),
                            }
                        }
                    }
                }
                StateProj::Calling { future, sending } => {
                    let span = sending.as_ref().map(|head| head.span().clone());
                    let _entered = span.as_ref().map(tracing::Span::enter);
                    let polled = future.poll(cx);
                    let busy = polled.is_pending() && sending.as_ref().is_some_and(|s| s.is_busy());
                    if polled.is_pending() && !busy {
                        return Poll::Pending;
                    }
                    let mut head = sending.take().expect("polled after completion");
                    match polled {
                        Poll::Pending => State::Answered {
                            response: Some(head.busy()),
                        },

                        Poll::Ready(Err(error)) => {
                            head.failed(&error);
                            return Poll::Ready(Err(error));
                        }
                        Poll::Ready(Ok(response)) => {
                            let (parts, body) = response.into_parts();
                            head.answered(parts);
                            if head.is_stream() {
                                return Poll::Ready(Ok(head.into_stream(Body::new(body))));
                            }
                            let body = Limited::new(body, head.limit()).collect();
                            let late = head.longest().map(|most| Box::pin(sleep(most)));
                            State::Reading {
                                body,
                                head: Some(head),
                                late,
                            }
                        }
                    }
                }
                StateProj::Reading { body, head, late } => {
                    let read = match (body.poll(cx), late) {
                        (Poll::Ready(read), _) => read.map(Collected::to_bytes),
                        // What an error says in more words is not waited for.
                        (Poll::Pending, Some(late)) => {
                            ready!(late.as_mut().poll(cx));
                            Ok(Bytes::new())
                        }
                        (Poll::Pending, None) => return Poll::Pending,
                    };
                    let head = head.take().expect("polled after completion");
                    return Poll::Ready(Ok(head.into_whole(read)));
                }
            };
            this.state.set(next);
        }
    }
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<Body>>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
