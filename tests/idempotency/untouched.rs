//! What a call without a key pays for the layer.

use std::{alloc::System, convert::Infallible};

use futures::FutureExt;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_genai::{Body, classify::ClassifyLayer, idempotency::IdempotencyLayer, query::QueryBody};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

async fn answer(_: Request<QueryBody>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::from("{}".to_owned())))
}

/// The fewest allocations of many calls: other threads only add to them.
fn allocations<S, B>(service: &S) -> usize
where
    S: Service<Request<Full<bytes::Bytes>>, Response = Response<B>, Error = Infallible> + Clone,
    B: http_body::Body<Data = bytes::Bytes>,
{
    let question = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#;
    let counts = (0..2_000).map(|_| {
        let request = Request::post("/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Full::from(question))
            .unwrap();
        let region = Region::new(COUNTING);
        let response = service.clone().oneshot(request).now_or_never().unwrap();
        let body = response.unwrap().into_body().collect();
        assert!(body.now_or_never().unwrap().is_ok());
        let change = region.change();
        change.allocations + change.reallocations
    });
    counts.min().unwrap()
}

#[test]
fn a_call_without_a_key_allocates_nothing_for_the_layer() {
    let without = ClassifyLayer::new().layer(service_fn(answer));
    let without = allocations(&without);
    for layer in [IdempotencyLayer::new(), IdempotencyLayer::off()] {
        let with = ClassifyLayer::new().layer(layer.layer(service_fn(answer)));
        assert_eq!(allocations(&with), without);
    }
}
