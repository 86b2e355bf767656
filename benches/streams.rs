//! What streams in flight hold: 10 000 of them that have begun and wait for more, in one process, through the whole
//! stack, without the client's and the server's own connections.
//!
//! ```sh
//! cargo bench --bench streams
//! ```

use std::{
    alloc::System,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Full};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::{ServiceExt, service_fn};
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::Catalog,
    fallback::FallbackLayer,
    stack::Stack,
};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const STREAMS: usize = 10_000;

const CATALOG: &str = r#"
    [[provider]]
    name = "p"
    dialect = "openai"
    base_url = "http://p.test/v1"
    on_disconnect = "stops"

    [[model]]
    name = "m"
    provider = "p"
    price = { input = "1", output = "2" }
    context = 200_000
    max_output = 16_384
    can = ["stream"]
    prefix = "prefix_flag"
"#;

const FRONT: &str = concat!(
    "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"},\"finish_reason\":null}]}\n\n",
);

/// Begins, and says nothing more.
struct Idle(Option<Bytes>);

impl HttpBody for Idle {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.take() {
            Some(front) => Poll::Ready(Some(Ok(Frame::data(front)))),
            None => Poll::Pending,
        }
    }
}

fn request(path: &str) -> Request<Full<Bytes>> {
    let body = r#"{"model":"m","stream":true,"max_tokens":300,"messages":[{"role":"user","content":"Hello?"}]}"#;
    let request = Request::post(path).header("content-type", "application/json");
    request.body(Full::from(body)).unwrap()
}

async fn measure(name: &str, path: &str, idle_timeout: Option<Duration>, resume: bool) {
    let client = service_fn(|_: Request<Body>| {
        let response = Response::builder().header("content-type", "text/event-stream");
        let body = Idle(Some(Bytes::from_static(FRONT.as_bytes())));
        std::future::ready(Ok::<_, Infallible>(response.body(body).unwrap()))
    });
    let catalog = Catalog::from_toml(CATALOG).unwrap();
    let budget = Budget::new("org").limit("1000000".parse().unwrap(), Window::Total);
    let stack = Stack::client_with(client, catalog)
        .fallback(FallbackLayer::new().resume(resume))
        .idle_timeout(idle_timeout)
        .budget(budget)
        .boxed();
    let open = async |many: usize| {
        let mut bodies = Vec::with_capacity(many);
        for _ in 0..many {
            let response = stack.clone().oneshot(request(path)).await.unwrap();
            let mut body = Box::pin(response.into_body());
            // What has come is read, and more is waited for, as a server does it.
            while let Poll::Ready(frame) = futures::poll!(body.frame()) {
                frame.expect("it goes on").expect("it is well");
            }
            bodies.push(body);
        }
        bodies
    };
    // Tables that grow have grown.
    drop(open(STREAMS).await);
    let region = Region::new(COUNTING);
    let bodies = open(STREAMS).await;
    let change = region.change();
    let held = change.bytes_allocated.saturating_sub(change.bytes_deallocated);
    println!("{name:<44} {:>7} bytes a stream", held / STREAMS);
    drop(bodies);
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let minute = Some(Duration::from_secs(60));
    runtime.block_on(async {
        measure("passed on", "/v1/chat/completions", None, false).await;
        measure("passed on, idle timeout", "/v1/chat/completions", minute, false).await;
        measure("translated, idle timeout", "/v1/messages", minute, false).await;
        measure("resumable, idle timeout", "/v1/chat/completions", minute, true).await;
    });
}
