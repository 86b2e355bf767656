use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Collected, Limited, combinators::Collect};
use pin_project_lite::pin_project;
use tower::Service;

use super::{
    Key, ResponseBody,
    answer::Head,
    draft::{Authority, Draft, refused},
};
use crate::{
    Body,
    budget::Opening,
    query::{Api, Refusal, RefusalKind},
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
        Key { later: Key, draft: Option<Box<Draft>>, service: Option<S> },
        Hold { #[pin] opening: Opening, prepared: Option<(Box<Draft>, Authority)>, service: Option<S> },
        Calling { #[pin] future: F, sending: Option<Box<Head>> },
        Reading { #[pin] body: Collect<Limited<B>>, head: Option<Box<Head>> },
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<Body>>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    pub(super) fn refused(api: Api, refusal: Refusal) -> Self {
        let response = refusal.response(api).map(ResponseBody::plain);
        Self {
            state: State::Answered {
                response: Some(response),
            },
        }
    }

    pub(super) fn passing(future: S::Future) -> Self {
        Self {
            state: State::Passing { future },
        }
    }

    pub(super) fn prepare(draft: Draft, authority: Result<Authority, Key>, service: S) -> Self {
        let (draft, service) = (Box::new(draft), Some(service));
        match authority {
            Err(later) => Self {
                state: State::Key {
                    later,
                    draft: Some(draft),
                    service,
                },
            },
            Ok(authority) => match draft.hold() {
                Err(refusal) => Self::refused(draft.api, refusal),
                Ok(opening) => {
                    let prepared = Some((draft, authority));
                    Self {
                        state: State::Hold {
                            opening,
                            prepared,
                            service,
                        },
                    }
                }
            },
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
            let refuse = |api: Api, refusal: Refusal| State::Answered {
                response: Some(refusal.response(api).map(ResponseBody::plain)),
            };
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
                    let key = match later {
                        Key::Later(future) => ready!(future.as_mut().poll(cx)),
                        Key::Ready(key) => Ok(key.clone()),
                        Key::Missing(why) => Err(why.clone()),
                    };
                    let draft = draft.take().expect("polled after completion");
                    let held = key
                        .map_err(|why| Refusal::new(RefusalKind::Misconfigured, why))
                        .and_then(|key| Ok((draft.hold()?, key)));
                    match held {
                        Err(refusal) => refuse(draft.api, refusal),
                        Ok((opening, key)) => {
                            let prepared = Some((draft, Authority::Ours(key)));
                            State::Hold {
                                opening,
                                prepared,
                                service: service.take(),
                            }
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
                    let api = draft.api;
                    let sending = hold
                        .map_err(|why| refused(&why))
                        .and_then(|hold| draft.write(authority, hold));
                    match sending {
                        Err(refusal) => refuse(api, refusal),
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
                    let response = ready!(future.poll(cx));
                    let mut head = sending.take().expect("polled after completion");
                    match response {
                        Err(error) => {
                            head.failed(&error);
                            return Poll::Ready(Err(error));
                        }
                        Ok(response) => {
                            let (parts, body) = response.into_parts();
                            head.answered(parts);
                            if head.is_stream() {
                                return Poll::Ready(Ok(head.into_stream(Body::new(body))));
                            }
                            let body = Limited::new(body, head.limit()).collect();
                            State::Reading {
                                body,
                                head: Some(head),
                            }
                        }
                    }
                }
                StateProj::Reading { body, head } => {
                    let read = ready!(body.poll(cx)).map(Collected::to_bytes);
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
