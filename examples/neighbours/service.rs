//! The whole, from the outside in: tower's and tower-http's layers around a gateway, and around its client.

use std::time::Duration;

use axum::{BoxError, Router, error_handling::HandleErrorLayer};
use http::{
    HeaderName, HeaderValue, Request, StatusCode,
    header::{AUTHORIZATION, USER_AGENT},
};
use hyper_util::{client::legacy, rt::TokioExecutor};
use tower::{Service, ServiceBuilder};
use tower_genai::{
    Body,
    budget::{Budget, BudgetLayer},
    catalog::{Catalog, Provider},
    dispatch::PerProvider,
    stack::{Stack, Tenants},
};
use tower_http::{
    ServiceBuilderExt,
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    decompression::{DecompressionLayer, RequestDecompressionLayer},
    limit::RequestBodyLimitLayer,
    request_id::MakeRequestUuid,
    set_header::SetRequestHeaderLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

/// What a caller's request and its answer have in common. Answers have an `x-request-id` of their own: the decision's.
pub(crate) const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

/// What may take how much.
pub(crate) struct Most {
    /// Requests that are served at once.
    pub(crate) at_once: usize,
    /// Calls to each provider at once.
    pub(crate) at_a_provider: usize,
    /// Bytes of a request, unpacked.
    pub(crate) bytes: usize,
    /// Until the head of an answer.
    pub(crate) wait: Duration,
}

pub(crate) fn service(catalog: Catalog, tenants: Tenants, budget: Budget, most: &Most) -> Router {
    let stack = Stack::server(client(most.at_a_provider), catalog, tenants);
    let keys = ["x-api-key", "x-goog-api-key"].map(HeaderName::from_static);
    let layers = ServiceBuilder::new()
        // Before anything is logged.
        .sensitive_request_headers([&[AUTHORIZATION], &keys[..]].concat().into())
        // Known to the spans of `TraceLayer`, and told to the caller also where a layer further in has refused.
        .set_request_id(CORRELATION, MakeRequestUuid)
        .propagate_request_id(CORRELATION)
        .layer(TraceLayer::new_for_http())
        // Inside, so that a panic is logged as the 500 that it becomes.
        .layer(CatchPanicLayer::new())
        // By default neither streams of events nor gRPC are packed.
        .layer(CompressionLayer::new())
        // Whoever has too much to do says so at once. A permit is given back with the head of an answer: streams are
        // not counted, so the providers' own limits are inside.
        .layer(HandleErrorLayer::new(busy))
        .load_shed()
        .concurrency_limit(most.at_once)
        // The head must be there by then; what it has cost until then is settled.
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            most.wait,
        ))
        // What was packed small may be large: the limit is for what comes out.
        .layer(RequestDecompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(most.bytes))
        // Innermost of all that can refuse: only what gets this far opens a budget.
        .layer(BudgetLayer::new(budget));
    Router::new()
        .fallback_service(stack.service())
        .layer(layers)
}

/// Under Dispatch: a limit for each provider, a header on every request, and answers that are packed although nobody has
/// asked for that.
fn client(
    at_a_provider: usize,
) -> impl Service<
    Request<Body>,
    Response = http::Response<
        impl http_body::Body<Data = bytes::Bytes, Error = impl Into<BoxError>> + Send + 'static,
    >,
    Error = legacy::Error,
    Future: Send,
> + Clone
+ Send
+ Sync
+ 'static {
    let http = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let name = HeaderValue::from_static("neighbours/1.0");
    PerProvider::new(move |_: Option<&Provider>| {
        ServiceBuilder::new()
            .concurrency_limit(at_a_provider)
            .layer(SetRequestHeaderLayer::if_not_present(
                USER_AGENT,
                name.clone(),
            ))
            .layer(DecompressionLayer::new())
            .service(http.clone())
    })
}

async fn busy(_: BoxError) -> (StatusCode, &'static str) {
    (StatusCode::SERVICE_UNAVAILABLE, "too many requests at once")
}
