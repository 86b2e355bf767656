use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Collected, LengthLimitError, Limited, combinators::Collect};
use pin_project_lite::pin_project;
use tokio::{
    runtime::Handle,
    time::{Instant, Sleep},
};
use tower::Service;

use super::{ResponseBody, layer::Limits, service::too_large};
use crate::{
    Body,
    query::{Api, ClassifyFn, Query, QueryBody, Refusal, RefusalKind, Vendor, api},
};

pin_project! {
    /// Response future of [`Classify`](super::Classify).
    ///
    /// Dropping it while the body is read changes nothing: the inner service was not called yet.
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<QueryBody>>,
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
        Reading { #[pin] body: Collect<Limited<B>>, reading: Option<Reading<S>> },
        Called { #[pin] future: F },
        Refused { response: Option<Response<Body>> },
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

struct Reading<S> {
    head: Parts,
    api: Api,
    classify: Arc<ClassifyFn>,
    limits: Limits,
    inner: S,
    late: Option<Pin<Box<Sleep>>>,
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<QueryBody>>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    pub(super) fn reading(
        head: Parts,
        body: B,
        api: Api,
        classify: Arc<ClassifyFn>,
        limits: Limits,
        inner: S,
    ) -> Self {
        let reading = Some(Reading {
            head,
            api,
            classify,
            limits,
            inner,
            late: None,
        });
        let body = Limited::new(body, limits.max_body).collect();
        Self {
            state: State::Reading { body, reading },
        }
    }

    pub(super) const fn called(future: S::Future) -> Self {
        Self {
            state: State::Called { future },
        }
    }

    pub(super) const fn refused(response: Response<Body>) -> Self {
        Self {
            state: State::Refused {
                response: Some(response),
            },
        }
    }
}

impl<S> Reading<S> {
    /// Ready when the body has taken too long. The timer is only made for a body that has to be waited for.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.late.is_none() && Handle::try_current().is_ok() {
            self.late = Some(Box::pin(tokio::time::sleep(self.limits.read_timeout)));
        }
        match &mut self.late {
            Some(late) => late.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }

    fn slow(&self) -> Refusal {
        let most = self.limits.read_timeout;
        let message = format!("the request's body did not come within {most:?}");
        Refusal::new(RefusalKind::Slow, message)
    }

    /// Reads and classifies. A body that is no valid query goes on with what is wrong with it: whoever decides may
    /// still let it pass.
    fn query(&self, bytes: &Bytes) -> Query {
        // Google's callers have it in the path.
        let model = match self.api.vendor() {
            Vendor::Google => api::model_in(self.head.uri.path()),
            _ => None,
        };
        match Query::read_for(self.api, model.as_deref(), bytes) {
            Ok(query) => query.classified_by(Arc::clone(&self.classify)),
            Err(defect) => Query::defective(self.api, defect),
        }
    }
}

impl<S, B, ResB> Future for ResponseFuture<S, B>
where
    S: Service<Request<QueryBody>, Response = Response<ResB>>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<ResB>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Called { future } => {
                    let response = ready!(future.poll(cx))?;
                    return Poll::Ready(Ok(response.map(ResponseBody::inner)));
                }
                StateProj::Refused { response } => {
                    let response = response.take().expect("polled after completion");
                    return Poll::Ready(Ok(ResponseBody::refused(response)));
                }
                StateProj::Reading { body, reading } => {
                    let Poll::Ready(read) = body.poll(cx) else {
                        let waiting = reading.as_mut().expect("polled after completion");
                        ready!(waiting.poll_late(cx));
                        let refusal = waiting.slow().response(waiting.api);
                        this.state.set(State::Refused {
                            response: Some(refusal),
                        });
                        continue;
                    };
                    let read = read.map(Collected::to_bytes);
                    let mut reading = reading.take().expect("polled after completion");
                    match read {
                        Ok(bytes) => {
                            let here = Instant::now();
                            let query = reading.query(&bytes);
                            let body = QueryBody::read(query, bytes, here);
                            let request = Request::from_parts(reading.head, body);
                            State::Called {
                                future: reading.inner.call(request),
                            }
                        }
                        Err(error) => {
                            let refusal = if error.is::<LengthLimitError>() {
                                too_large(reading.limits.max_body)
                            } else {
                                let message = "the request's body broke off";
                                Refusal::new(RefusalKind::Malformed, message)
                            };
                            State::Refused {
                                response: Some(refusal.response(reading.api)),
                            }
                        }
                    }
                }
            };
            this.state.set(next);
        }
    }
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<QueryBody>>,
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
