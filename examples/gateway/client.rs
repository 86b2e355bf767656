use std::{
    future::{Ready, ready},
    task::{Context, Poll},
    time::Duration,
};

use futures::future::{Either, FutureExt, Map};
use http::{
    Request, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
    uri::Scheme,
};
use hyper_util::{
    client::legacy::{Client, Error, ResponseFuture, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tower::Service;
use tower_genai::Body;

/// The client that calls providers. It speaks no TLS, and says so in place of those that want it.
#[derive(Clone, Debug)]
pub(crate) struct ProviderClient {
    plain: Client<HttpConnector, Body>,
}

impl ProviderClient {
    pub(crate) fn new(connect_timeout: Option<Duration>) -> Self {
        let mut connector = HttpConnector::new();
        // Small events would wait for an acknowledgement otherwise.
        connector.set_nodelay(true);
        connector.set_connect_timeout(connect_timeout);
        let plain = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(60))
            .build(connector);
        Self { plain }
    }
}

type Answer = Result<Response<Body>, Error>;
type Boxed = fn(Result<Response<hyper::body::Incoming>, Error>) -> Answer;

impl Service<Request<Body>> for ProviderClient {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Either<Map<ResponseFuture, Boxed>, Ready<Answer>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.plain.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if request.uri().scheme() == Some(&Scheme::HTTPS) {
            return Either::Right(ready(Ok(no_tls())));
        }
        let boxed: Boxed = |answer| answer.map(|response| response.map(Body::new));
        Either::Left(self.plain.call(request).map(boxed))
    }
}

/// Nothing was sent, so nothing is to pay: an error status says so to the gateway.
fn no_tls() -> Response<Body> {
    let body = r#"{"error":{"message":"this provider is reached by https, and this gateway was built without TLS","type":"server_error","param":null,"code":"no_tls"}}"#;
    let mut response = Response::new(Body::from(String::from(body)));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-should-retry", HeaderValue::from_static("false"));
    response
}
