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
use pin_project_lite::pin_project;
use tower::{Service, ServiceExt, util::Oneshot};

use super::{
    CacheStatus, Entry, Lookup, ResponseBody,
    answer::Form,
    flight::{Answered, Driver, Follow, Part, Reader, Slot},
    question::{Question, refused},
    served,
};
use crate::query::{Query, Refusal, RefusalKind};

pin_project! {
    /// Response future of [`Cache`](super::Cache).
    ///
    /// Dropping it leaves the call to those who wait for the same answer; when nobody is left, it is cancelled.
    pub struct ResponseFuture<S, B, R>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, R, S::Error>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, B, R, E>
    where
        S: Service<Request<B>>,
    {
        Answered { response: Option<Response<ResponseBody<R>>> },
        Around { #[pin] future: Oneshot<S, Request<B>>, status: Option<CacheStatus> },
        Looking { later: Pin<Box<dyn Future<Output = Option<Arc<Entry>>> + Send>>, call: Option<Box<Call<S, B>>> },
        Leading { led: Option<Led<R, E>> },
        Following { reader: Option<Reader>, call: Option<Box<Call<S, B>>> },
    }
}

/// A call that may have to be made.
struct Call<S, B> {
    service: S,
    request: Request<B>,
    question: Question,
}

/// A call that is made, for this caller and for those who join.
struct Led<R, E> {
    reader: Reader,
    slot: Arc<Slot<R, E>>,
    status: CacheStatus,
    query: Arc<Query>,
}

impl<S, B, R> ResponseFuture<S, B, R>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// The inner service's own answer; nothing is said of a cache where there is none.
    pub(super) fn around(service: S, request: Request<B>, status: Option<CacheStatus>) -> Self {
        Self {
            state: State::around(service, request, status),
        }
    }

    pub(super) fn ask(service: S, request: Request<B>, question: Question) -> Self {
        let lookup = if question.directives.no_cache {
            Lookup::Ready(None)
        } else {
            question.terms.config.store.get(&question.terms.key)
        };
        let call = Box::new(Call {
            service,
            request,
            question,
        });
        Self {
            state: match lookup {
                Lookup::Ready(entry) => State::looked(call, entry),
                Lookup::Later(later) => State::Looking {
                    later,
                    call: Some(call),
                },
            },
        }
    }
}

impl<S, B, R> State<S, B, R, S::Error>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn around(service: S, request: Request<B>, status: Option<CacheStatus>) -> Self {
        Self::Around {
            future: service.oneshot(request),
            status,
        }
    }

    /// Asks for this caller and for nobody else.
    fn alone(call: Call<S, B>, status: CacheStatus) -> Self {
        served::trace(status, call.question.query.model());
        Self::around(call.service, call.request, Some(status))
    }

    /// The store has said what it has.
    fn looked(call: Box<Call<S, B>>, entry: Option<Arc<Entry>>) -> Self {
        let question = &call.question;
        let status = match entry {
            Some(entry) => match question.hit(&entry) {
                Ok(response) => return Self::answered(response),
                Err(status) => status,
            },
            None if question.directives.no_cache => CacheStatus::Refreshed,
            None => CacheStatus::Miss,
        };
        if question.directives.only_if_cached {
            return Self::answered(question.not_cached());
        }
        let join = !question.directives.no_cache;
        let look = || match question.terms.config.store.get(&question.terms.key) {
            Lookup::Ready(entry) => entry.filter(|entry| question.is_fresh(entry)),
            Lookup::Later(_) => None,
        };
        match question.flights.board(&question.terms, join, look) {
            Part::Lead(reader) => Self::lead(*call, reader, status),
            Part::Follow(reader) => Self::Following {
                reader: Some(reader),
                call: Some(call),
            },
            Part::Answered(entry) => match question.hit(&entry) {
                Ok(response) => Self::answered(response),
                Err(status) => Self::alone(*call, status),
            },
        }
    }

    fn answered(response: Response<ResponseBody<R>>) -> Self {
        Self::Answered {
            response: Some(response),
        }
    }

    /// Makes the call, for all who join.
    fn lead(call: Call<S, B>, reader: Reader, status: CacheStatus) -> Self {
        let Question {
            wanted,
            query,
            context,
            ..
        } = call.question;
        served::trace(status, query.model());
        let slot = Arc::new(Slot::new());
        let future = call.service.oneshot(call.request);
        reader.put(
            Driver::new(future, Arc::clone(&slot), context),
            wanted == Form::Stream { usage: true },
        );
        Self::Leading {
            led: Some(Led {
                reader,
                slot,
                status,
                query,
            }),
        }
    }
}

impl<R, E> Led<R, E> {
    /// The answer's head is here, or what there is instead.
    fn answer(self) -> Result<Response<ResponseBody<R>>, E> {
        let api = self.query.api();
        let mut response = match self.slot.take() {
            Some(Answered::Failed(error)) => return Err(error),
            Some(Answered::Whole(response)) => response.map(ResponseBody::inner),
            Some(Answered::Head(parts)) => {
                Response::from_parts(*parts, ResponseBody::shared(self.reader, None, api))
            }
            // Another caller's task was at it when the inner service panicked.
            None => refused(
                Refusal::new(
                    RefusalKind::Upstream,
                    "the call broke off while it was made",
                )
                .response(api),
            ),
        };
        served::say(&mut response, self.status);
        Ok(response)
    }
}

impl<S, B, R> Future for ResponseFuture<S, B, R>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Answered { response } => {
                    return Poll::Ready(Ok(response.take().expect(TWICE)));
                }
                StateProj::Around { future, status } => {
                    let mut response = ready!(future.poll(cx))?.map(ResponseBody::inner);
                    if let Some(status) = *status {
                        served::say(&mut response, status);
                    }
                    return Poll::Ready(Ok(response));
                }
                StateProj::Looking { later, call } => {
                    let entry = ready!(later.as_mut().poll(cx));
                    State::looked(call.take().expect(TWICE), entry)
                }
                StateProj::Leading { led } => {
                    ready!(led.as_mut().expect(TWICE).reader.poll_head(cx));
                    return Poll::Ready(led.take().expect(TWICE).answer());
                }
                StateProj::Following { reader, call } => {
                    let wanted = call.as_ref().expect(TWICE).question.wanted;
                    let follow = ready!(reader.as_mut().expect(TWICE).poll_follow(cx, wanted));
                    let (reader, call) = (reader.take().expect(TWICE), call.take().expect(TWICE));
                    match follow {
                        Follow::Along(head) => {
                            return Poll::Ready(Ok(call.question.along(&head, reader)));
                        }
                        Follow::Lead => State::lead(*call, reader, CacheStatus::Miss),
                        Follow::Whole(entry) => {
                            match call.question.give(&entry, CacheStatus::Collapsed) {
                                Some(response) => return Poll::Ready(Ok(response)),
                                None => State::alone(*call, CacheStatus::Miss),
                            }
                        }
                        Follow::Alone => State::alone(*call, CacheStatus::Miss),
                    }
                }
            };
            this.state.set(next);
        }
    }
}

const TWICE: &str = "polled after completion";

impl<S, B, R> fmt::Debug for ResponseFuture<S, B, R>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
