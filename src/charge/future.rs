use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::{Request, Response, request::Parts};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower::Service;

use super::{ChargeBody, Tariff, ended::Ended, rules::Rules};
use crate::{
    Body,
    body::RefusedOr,
    budget::{CutRule, Hold, Opening},
    context,
    dispatch::Sent,
    query::{Api, Refusal, RefusalKind, api},
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

pin_project! {
    /// Response future of [`Charge`](super::Charge). Dropped before the request is handed on, it costs nothing; after
    /// that, the price.
    pub struct ChargeFuture<S, F, T, B> {
        service: S,
        rules: Rules<T>,
        context: context::Context,
        api: Api,
        head: Option<Parts>,
        #[pin]
        step: Step<F, B>,
    }
}

pin_project! {
    #[project = StepProj]
    enum Step<F, B> {
        /// The body is read, so many bytes at most.
        Reading { #[pin] body: B, bytes: BytesMut, most: usize },
        /// The price is held, where there is one.
        Holding { opening: Option<Opening>, body: Option<Body> },
        /// The inner service answers.
        Calling { #[pin] future: F, hold: Option<Hold> },
        Refused { refusal: Option<Refusal> },
    }
}

impl<S, F, T, B> ChargeFuture<S, F, T, B>
where
    T: Tariff,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    pub(super) fn new(
        service: S,
        rules: Rules<T>,
        context: context::Context,
        head: Parts,
        body: B,
    ) -> Self {
        let step = match rules.tariff.reads(&head) {
            0 => Step::hold(&*rules.tariff, &context, &head, &[], Body::new(body)),
            most => Step::Reading {
                body,
                bytes: BytesMut::new(),
                most,
            },
        };
        Self {
            service,
            rules,
            context,
            api: api::of(&head),
            head: Some(head),
            step,
        }
    }
}

impl<F, B> Step<F, B> {
    /// Asks what the call costs, and for the money.
    fn hold(
        tariff: &impl Tariff,
        context: &context::Context,
        head: &Parts,
        read: &[u8],
        body: Body,
    ) -> Self {
        let toll = match tariff.toll(head, read) {
            Ok(toll) => toll,
            Err(refusal) => return Self::refused(refusal),
        };
        let opening = toll.map(|toll| {
            let (price, label) = (toll.price(), toll.label().clone());
            Hold::open(context.scopes(), price, label, CutRule::Bound).requests(1)
        });
        Self::Holding {
            opening,
            body: Some(body),
        }
    }

    fn refused(refusal: Refusal) -> Self {
        Self::Refused {
            refusal: Some(refusal),
        }
    }
}

/// Takes the next piece of a body; `None` where it is not all there yet.
fn read<B>(
    body: Pin<&mut B>,
    bytes: &mut BytesMut,
    most: usize,
    cx: &mut Context<'_>,
) -> Poll<Result<Option<Bytes>, Refusal>>
where
    B: HttpBody<Data = Bytes>,
{
    Poll::Ready(match ready!(body.poll_frame(cx)) {
        None => Ok(Some(std::mem::take(bytes).freeze())),
        Some(Ok(frame)) => match frame.into_data() {
            Ok(data) if data.len() > most - bytes.len() => {
                let why = format!("the body has more than {most} bytes");
                Err(Refusal::new(RefusalKind::TooLarge, why))
            }
            Ok(data) => {
                bytes.extend_from_slice(&data);
                Ok(None)
            }
            Err(_) => Ok(None),
        },
        Some(Err(_)) => {
            let why = "the body broke off before its end";
            Err(Refusal::new(RefusalKind::Malformed, why))
        }
    })
}

impl<S, T, B, ResB> Future for ChargeFuture<S, S::Future, T, B>
where
    S: Service<Request<Body>, Response = Response<ResB>>,
    S::Error: 'static,
    T: Tariff,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<RefusedOr<ChargeBody<ResB>>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.step.as_mut().project() {
                StepProj::Reading { body, bytes, most } => {
                    match ready!(read(body, bytes, *most, cx)) {
                        Ok(None) => continue,
                        Ok(Some(bytes)) => {
                            let head = this.head.as_ref().expect("polled after completion");
                            Step::hold(
                                &*this.rules.tariff,
                                this.context,
                                head,
                                &bytes.clone(),
                                Body::from(bytes),
                            )
                        }
                        Err(refusal) => Step::refused(refusal),
                    }
                }
                StepProj::Holding { opening, body } => {
                    let held = match opening {
                        Some(opening) => ready!(Pin::new(opening).poll(cx)).map(Some),
                        None => Ok(None),
                    };
                    match held {
                        Err(refused) => Step::refused(Refusal::from(&refused)),
                        Ok(mut hold) => {
                            let head = this.head.take().expect("polled after completion");
                            let body = body.take().expect("polled after completion");
                            if let Some(hold) = &mut hold {
                                hold.sent();
                            }
                            let request = Request::from_parts(head, body);
                            Step::Calling {
                                future: this.service.call(request),
                                hold,
                            }
                        }
                    }
                }
                StepProj::Calling { future, hold } => {
                    let answer = ready!(future.poll(cx));
                    let hold = hold.take();
                    return Poll::Ready(answered(answer, hold, this.rules));
                }
                StepProj::Refused { refusal } => {
                    let refusal = refusal.take().expect("polled after completion");
                    return Poll::Ready(Ok(RefusedOr::refused(refusal.response(*this.api))));
                }
            };
            this.step.set(next);
        }
    }
}

/// Ends the hold where the answer's head tells how it went.
fn answered<T, B, E: 'static>(
    answer: Result<Response<B>, E>,
    mut hold: Option<Hold>,
    rules: &Rules<T>,
) -> Result<Response<RefusedOr<ChargeBody<B>>>, E> {
    let response = match answer {
        Ok(response) => response,
        Err(error) => {
            if let Some(hold) = hold.take()
                && rules.sent(&error) == Sent::Never
            {
                hold.release();
            }
            return Err(error);
        }
    };
    let (head, body) = response.into_parts();
    if let Some(ended) = Ended::of_head(&head)
        && let Some(hold) = hold.take()
    {
        ended.end(hold);
    }
    let body = RefusedOr::inner(ChargeBody::new(body, hold));
    Ok(Response::from_parts(head, body))
}

impl<S, F, T, B> fmt::Debug for ChargeFuture<S, F, T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChargeFuture").finish_non_exhaustive()
    }
}
