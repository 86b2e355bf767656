use std::{
    fmt, mem,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::Service;

use super::{ChargeBody, ChargeFuture, Tariff, rules::Rules};
use crate::{Body, body::RefusedOr, context};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Service that charges each call by a [`Tariff`]. See the [module docs](crate::charge).
pub struct Charge<S, T> {
    inner: S,
    rules: Rules<T>,
}

impl<S, T> Charge<S, T> {
    pub(super) const fn with(inner: S, rules: Rules<T>) -> Self {
        Self { inner, rules }
    }

    /// Charges calls of `inner`.
    pub fn new(inner: S, tariff: T) -> Self {
        Self::with(inner, Rules::new(tariff))
    }

    /// The inner service.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, T, B, ResB> Service<Request<B>> for Charge<S, T>
where
    S: Service<Request<Body>, Response = Response<ResB>> + Clone,
    S::Error: 'static,
    T: Tariff,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<RefusedOr<ChargeBody<ResB>>>;
    type Error = S::Error;
    type Future = ChargeFuture<S, S::Future, T, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        // The hold may have to be waited for, and is taken from the scopes that are open now.
        let context = context::Context::capture(&mut head.extensions);
        // The clone may not be ready; the one that was polled is.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        ChargeFuture::new(ready, self.rules.clone(), context, head, body)
    }
}

impl<S: Clone, T> Clone for Charge<S, T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            rules: self.rules.clone(),
        }
    }
}

impl<S: fmt::Debug, T> fmt::Debug for Charge<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Charge")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, io, sync::Mutex};

    use futures::stream;
    use http::{HeaderMap, StatusCode, request::Parts};
    use http_body::Frame;
    use http_body_util::{BodyExt, StreamBody};
    use tower::{Layer, ServiceExt, service_fn};

    use super::*;
    use crate::{
        budget::{Budget, Window},
        charge::{ChargeLayer, Toll},
        context::Context,
        dispatch::Sent,
        money::Usd,
        query::{Refusal, RefusalKind},
    };

    fn budget() -> Budget {
        Budget::new("b").limit("0.03".parse().unwrap(), Window::Day)
    }

    fn toll(price: &str) -> Toll {
        Toll::new(price.parse().unwrap(), "model", "provider")
    }

    fn request(budget: &Budget, body: &'static str) -> Request<Body> {
        let mut request = Request::new(Body::from(Bytes::from_static(body.as_bytes())));
        let context = Context::new().with_scope(budget.scope());
        request.extensions_mut().insert(context);
        request
    }

    /// What is spent, and what is held.
    fn account(budget: &Budget) -> (Usd, Usd) {
        let allowance = budget.scope().allowance().unwrap();
        (allowance.spent(), allowance.held())
    }

    fn usd(amount: &str) -> Usd {
        amount.parse().unwrap()
    }

    fn grpc(head: &[(&'static str, &'static str)], body: Answered) -> Response<Answered> {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert("content-type", "application/grpc".parse().unwrap());
        for (name, value) in head {
            headers.insert(*name, value.parse().unwrap());
        }
        response
    }

    type Answered = http_body_util::combinators::BoxBody<Bytes, Infallible>;

    /// A message, and how it went.
    fn frames(trailers: Option<&'static str>) -> Answered {
        let message = Frame::data(Bytes::from("message"));
        answer(vec![message], trailers)
    }

    /// How it went, without a message.
    fn ended(trailers: Option<&'static str>) -> Answered {
        answer(Vec::new(), trailers)
    }

    fn answer(mut frames: Vec<Frame<Bytes>>, trailers: Option<&'static str>) -> Answered {
        frames.extend(trailers.map(|code| {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", code.parse().unwrap());
            Frame::trailers(trailers)
        }));
        StreamBody::new(stream::iter(frames.into_iter().map(Ok))).boxed()
    }

    #[tokio::test]
    async fn answers_are_charged_by_what_they_say() {
        let http = |status: u16| {
            let mut response = Response::new(frames(None));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        };
        for (name, response, charged) in [
            ("200", http(200), "0.01"),
            ("204", http(204), "0.01"),
            ("302", http(302), "0"),
            ("400", http(400), "0"),
            ("503", http(503), "0"),
            ("504", http(504), "0.01"),
            ("grpc ok", grpc(&[], frames(Some("0"))), "0.01"),
            ("grpc unavailable", grpc(&[], ended(Some("14"))), "0"),
            ("grpc in vain", grpc(&[], ended(Some("4"))), "0.01"),
            ("grpc after words", grpc(&[], frames(Some("14"))), "0.01"),
            ("grpc without an end", grpc(&[], frames(None)), "0.01"),
            (
                "grpc refused at once",
                grpc(&[("grpc-status", "8")], frames(None)),
                "0",
            ),
        ] {
            let budget = budget();
            let response = Mutex::new(Some(response));
            let inner = service_fn(|_: Request<Body>| {
                let response = response.lock().unwrap().take().unwrap();
                async { Ok::<_, Infallible>(response) }
            });
            let service = Charge::new(inner, |_: &Parts| Some(toll("0.01")));
            let answer = service.oneshot(request(&budget, "")).await.unwrap();
            drop(answer.into_body().collect().await.unwrap());
            assert_eq!(account(&budget), (usd(charged), Usd::ZERO), "{name}");
        }
    }

    #[tokio::test]
    async fn a_price_that_does_not_fit_is_refused_and_nothing_is_sent() {
        let budget = budget();
        let inner = service_fn(|_: Request<Body>| async {
            panic!("it is sent");
            #[expect(unreachable_code)]
            Ok::<_, Infallible>(Response::new(Body::empty()))
        });
        let service = Charge::new(inner, |_: &Parts| Some(toll("0.04")));
        let answer = service.oneshot(request(&budget, "")).await.unwrap();
        assert_eq!(answer.status(), 429);
        let refusal = answer.extensions().get::<Refusal>().unwrap();
        assert_eq!(
            (refusal.kind(), refusal.scope()),
            (RefusalKind::Spent, Some("b"))
        );
        assert_eq!(account(&budget), (usd("0"), Usd::ZERO));
    }

    #[tokio::test]
    async fn errors_cost_the_price_unless_nothing_was_sent() {
        for (kind, charged) in [
            (io::ErrorKind::ConnectionRefused, "0"),
            (io::ErrorKind::ConnectionReset, "0.01"),
        ] {
            let budget = budget();
            let inner = service_fn(|_: Request<Body>| async move {
                Err::<Response<Body>, _>(io::Error::from(kind))
            });
            let service = Charge::new(inner, |_: &Parts| Some(toll("0.01")));
            let error = service.oneshot(request(&budget, "")).await.unwrap_err();
            assert_eq!(error.kind(), kind, "it passes");
            assert_eq!(account(&budget), (usd(charged), Usd::ZERO), "{kind}");
        }
    }

    #[tokio::test]
    async fn an_app_that_knows_its_client_s_errors_says_what_was_sent() {
        #[derive(Debug)]
        struct Unsent;
        let budget = budget();
        let inner = service_fn(|_: Request<Body>| async { Err::<Response<Body>, _>(Unsent) });
        let layer = ChargeLayer::new(|_: &Parts| Some(toll("0.01")));
        let service = layer.clone().layer(inner);
        let Unsent = service.oneshot(request(&budget, "")).await.unwrap_err();
        assert_eq!(account(&budget), (usd("0.01"), Usd::ZERO), "nobody says so");
        let layer = layer.sent_by(|Unsent: &Unsent| Sent::Never);
        let service = layer.layer(inner);
        let Unsent = service.oneshot(request(&budget, "")).await.unwrap_err();
        assert_eq!(account(&budget), (usd("0.01"), Usd::ZERO));
    }

    #[tokio::test]
    async fn leaving_costs_the_price_once_it_was_handed_on() {
        let budget = budget();
        let inner = service_fn(|_: Request<Body>| {
            std::future::pending::<Result<Response<Body>, Infallible>>()
        });
        let service = Charge::new(inner, |_: &Parts| Some(toll("0.01")));
        let mut call = Box::pin(service.oneshot(request(&budget, "")));
        assert!(futures::poll!(&mut call).is_pending());
        assert_eq!(account(&budget), (Usd::ZERO, usd("0.01")));
        drop(call);
        assert_eq!(account(&budget), (usd("0.01"), Usd::ZERO));

        let inner = service_fn(|_: Request<Body>| async {
            Ok::<_, Infallible>(grpc(&[], frames(Some("14"))))
        });
        let service = Charge::new(inner, |_: &Parts| Some(toll("0.01")));
        let answer = service.oneshot(request(&budget, "")).await.unwrap();
        drop(answer);
        assert_eq!(
            account(&budget),
            (usd("0.02"), Usd::ZERO),
            "its end was not waited for"
        );
    }

    /// So much per byte of the body.
    struct ByByte;

    impl Tariff for ByByte {
        fn toll(&self, _: &Parts, body: &[u8]) -> Result<Option<Toll>, Refusal> {
            match body {
                b"" => Ok(None),
                b"what?" => Err(Refusal::new(RefusalKind::UnknownModel, "no price")),
                body => Ok(Some(toll(&format!("0.00{}", body.len())))),
            }
        }

        fn reads(&self, _: &Parts) -> usize {
            8
        }
    }

    #[tokio::test]
    async fn a_tariff_reads_bodies_that_arrive_whole() {
        for (body, status, charged) in [
            ("", 200, "0"),
            ("1234", 200, "0.004"),
            ("12345678", 200, "0.008"),
            ("123456789", 413, "0"),
            ("what?", 404, "0"),
        ] {
            let budget = budget();
            let inner = service_fn(|request: Request<Body>| async {
                Ok::<_, Infallible>(Response::new(request.into_body()))
            });
            let pieces = body.as_bytes().chunks(3).map(Bytes::from_static);
            let pieces = pieces.map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
            let request = request(&budget, "");
            let request = request.map(|_| StreamBody::new(stream::iter(pieces)));
            let answer = Charge::new(inner, ByByte).oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{body}");
            let bytes = answer.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(account(&budget), (usd(charged), Usd::ZERO), "{body}");
            if status == 200 {
                assert_eq!(bytes, body);
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_not_sent() {
        let budget = budget();
        let inner = service_fn(|_: Request<Body>| async {
            Ok::<_, Infallible>(Response::new(Body::empty()))
        });
        let pieces = [Ok(Frame::data(Bytes::from("12"))), Err("gone")];
        let request = request(&budget, "").map(|_| StreamBody::new(stream::iter(pieces)));
        let answer = Charge::new(inner, ByByte).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 400);
        assert_eq!(account(&budget), (usd("0"), Usd::ZERO));
    }
}
