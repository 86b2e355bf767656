//! What a translation takes: a conversation of 40 KB with tools, and a stream of 1 000 events, from every caller's API to
//! every provider's dialect and back, each beside plain `serde_json` that parses and writes the same bytes.
//!
//! Requests are what the dialect alone takes. Streams go through dispatch, with its event reader and its meter.
//!
//! ```sh
//! cargo bench --bench translate
//! ```

mod requests;
mod streams;
#[allow(
    dead_code,
    unused_imports,
    reason = "each bench uses a part of what they share"
)]
#[path = "../support/mod.rs"]
mod support;

use std::{convert::Infallible, hint::black_box, sync::Arc};

use bytes::Bytes;
use criterion::{Criterion, Throughput};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use serde_json::Value;
use support::{ask, criterion, here};
use tower::{Service, service_fn};
use tower_genai::{
    Body,
    catalog::{Candidate, Catalog},
    chat,
    dispatch::{Dialect, Outgoing, anthropic::Anthropic, gemini::Gemini, openai::OpenAi},
    query::{Api, Query},
    stack::Stack,
};

/// A vendor's format on both sides.
struct Format {
    name: &'static str,
    api: Api,
    path: &'static str,
    request: fn() -> Vec<u8>,
    stream: fn() -> String,
}

const FORMATS: [Format; 3] = [
    Format {
        name: "openai",
        api: Api::OpenAiChat,
        path: "/v1/chat/completions",
        request: requests::openai,
        stream: streams::openai,
    },
    Format {
        name: "anthropic",
        api: Api::AnthropicMessages,
        path: "/v1/messages",
        request: requests::anthropic,
        stream: streams::anthropic,
    },
    Format {
        name: "gemini",
        api: Api::GeminiStream,
        path: "/v1beta/models/m:streamGenerateContent?alt=sse",
        request: requests::gemini,
        stream: streams::gemini,
    },
];

fn dialect(name: &str) -> Box<dyn Dialect> {
    match name {
        "anthropic" => Box::new(Anthropic::new()),
        "gemini" => Box::new(Gemini::new()),
        _ => Box::new(OpenAi::new()),
    }
}

fn catalog(dialect: &str) -> Catalog {
    let toml = format!(
        r#"
        [[provider]]
        name = "p"
        dialect = "{dialect}"
        base_url = "http://p.test"

        [[model]]
        name = "m"
        provider = "p"
        price = {{ input = "1.00", output = "2.00" }}
        max_output = 4096
        "#
    );
    Catalog::from_toml(&toml).unwrap()
}

fn main() {
    let runtime = here();
    let _entered = runtime.enter();
    let mut criterion = criterion();
    requests_of_40_kb(&mut criterion);
    streams_of_1000(&mut criterion);
    criterion.final_summary();
}

fn requests_of_40_kb(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    for caller in &FORMATS {
        let bytes = Bytes::from((caller.request)());
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("plain {}", caller.name), |bencher| {
            bencher.iter(|| {
                let value: Value = serde_json::from_slice(black_box(&bytes)).unwrap();
                black_box(serde_json::to_vec(&value).unwrap())
            });
        });
        let query = Query::read_for(caller.api, Some("m"), &bytes).unwrap();
        for provider in FORMATS.iter().filter(|other| other.name != caller.name) {
            let snapshot = catalog(provider.name).snapshot();
            let candidate = Candidate::new(Arc::clone(snapshot.model("m").unwrap()));
            let dialect = dialect(provider.name);
            let name = format!("{} to {}", caller.name, provider.name);
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    let asked = chat::Request::read(caller.api, black_box(&bytes)).unwrap();
                    let call = Outgoing::new(&query, &bytes, &candidate).translated(&asked);
                    black_box(dialect.request(&call).unwrap())
                });
            });
        }
    }
    group.finish();
}

fn streams_of_1000(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream");
    group.throughput(Throughput::Elements(streams::EVENTS as u64));
    for provider in &FORMATS {
        let stream = (provider.stream)();
        group.bench_function(format!("plain {}", provider.name), |bencher| {
            let events = streams::events(&stream);
            bencher.iter(|| {
                let mut out = Vec::with_capacity(stream.len());
                for event in black_box(&events) {
                    let value: Value = serde_json::from_str(event).unwrap();
                    serde_json::to_writer(&mut out, &value).unwrap();
                    out.extend_from_slice(b"\n\n");
                }
                black_box(out)
            });
        });
        for caller in &FORMATS {
            let service = Stack::client_with(replaying(&stream), catalog(provider.name)).service();
            let body = asking(caller.name);
            let name = format!("{} to {}", provider.name, caller.name);
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    let request = Request::post(format!("http://caller.test{}", caller.path));
                    let request = request.body(Full::from(body)).unwrap();
                    black_box(ask(&service, request))
                });
            });
        }
    }
    group.finish();
}

/// A short question, streamed.
fn asking(format: &str) -> &'static str {
    match format {
        "anthropic" => {
            r#"{"model":"m","max_tokens":2000,"stream":true,"messages":[{"role":"user","content":"Why?"}]}"#
        }
        "gemini" => r#"{"contents":[{"role":"user","parts":[{"text":"Why?"}]}]}"#,
        _ => {
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Why?"}]}"#
        }
    }
}

/// A provider that has said it all already, event by event.
fn replaying(
    stream: &str,
) -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let events = stream.split_inclusive("\n\n");
    let events: Vec<Bytes> = events.map(|event| event.to_owned().into()).collect();
    service_fn(move |_: Request<Body>| {
        let frames = events.clone().into_iter().map(Frame::data);
        async move {
            let frames = futures::stream::iter(frames.map(Ok::<_, Infallible>));
            let response = Response::builder()
                .header("content-type", "text/event-stream")
                .body(Body::new(StreamBody::new(frames)));
            Ok(response.unwrap_or_default())
        }
    })
}
