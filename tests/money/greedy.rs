//! A provider that makes and bills all that a request lets it, by its own reading of the bytes.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::Service;
use tower_genai::Body;

/// 1 000 nano-dollars a token of input, 2 000 one of output; ten times that with priority.
#[derive(Clone, Debug, Default)]
pub(crate) struct Greedy(Arc<State>);

#[derive(Debug, Default)]
struct State {
    billed: AtomicU64,
    calls: AtomicU64,
}

impl Greedy {
    pub(crate) fn billed(&self) -> u64 {
        self.0.billed.load(Ordering::SeqCst)
    }

    pub(crate) fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    async fn answer(self, request: Request<Body>) -> io::Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        // Of members that are there twice the last one counts here.
        let asked: Value = serde_json::from_slice(&bytes).unwrap();
        let number = |name: &str| asked[name].as_u64();
        let limit = number("max_completion_tokens").max(number("max_tokens"));
        let choices = number("n").or(number("best_of")).unwrap_or(1).max(1);
        let output = limit.unwrap_or(30_000) * choices * number("multiplier").unwrap_or(1);
        // A token for every byte that it reads.
        let prompt = bytes.len() as u64;
        let tier = asked["service_tier"].as_str().unwrap_or("default");
        let factor = if tier == "priority" { 10 } else { 1 };
        let nanos = (prompt * 1_000 + output * 2_000) * factor;
        self.0.billed.fetch_add(nanos, Ordering::SeqCst);
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let usage = format!(
            r#""service_tier":"{tier}","usage":{{"prompt_tokens":{prompt},"completion_tokens":{output}}}"#
        );
        let stream = asked["stream"] == true;
        let told = asked["stream_options"]["include_usage"] == true;
        let text = if stream {
            let last = match told {
                true => format!("data: {{\"choices\":[],{usage}}}\n\n"),
                false => String::new(),
            };
            format!(
                "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"x\"}},\"finish_reason\":\"stop\"}}]}}\n\n{last}data: [DONE]\n\n"
            )
        } else {
            format!(
                r#"{{"choices":[{{"index":0,"message":{{"content":"x"}},"finish_reason":"stop"}}],{usage}}}"#
            )
        };
        let kind = match stream {
            true => "text/event-stream",
            false => "application/json",
        };
        let mut response = Response::builder().header("content-type", kind);
        // Whoever lets it, gets what nobody can read.
        let encoding = parts.headers.get("accept-encoding");
        let mut text = text.into_bytes();
        if encoding.is_some_and(|value| value != "identity") {
            response = response.header("content-encoding", "gzip");
            text.iter_mut().for_each(|byte| *byte = !*byte);
        }
        Ok(response.body(Body::from(bytes::Bytes::from(text))).unwrap())
    }
}

impl Service<Request<Body>> for Greedy {
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Response<Body>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}
