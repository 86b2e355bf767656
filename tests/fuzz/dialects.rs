//! Fuzz targets of translation: any bytes as a caller's request, written for every dialect; any bytes as a provider's answer,
//! read for callers of every API.
//!
//! Nothing panics, what is written is JSON, chunks do not matter, and what was used is told as it was metered.

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use std::{
    convert::Infallible,
    sync::{Arc, LazyLock},
};
use tower::{ServiceExt, service_fn};
use tower_genai::{
    Body,
    catalog::{Candidate, Catalog, Usage},
    chat,
    dispatch::{Dialect, Outgoing, anthropic::Anthropic, gemini::Gemini, openai::OpenAi},
    fallback::FallbackLayer,
    observe::Outcome,
    query::{Api, Query, Vendor},
    stack::Stack,
};

/// The dialects, by their names and by whose they are.
pub(crate) const DIALECTS: [(&str, Vendor); 3] = [
    ("openai", Vendor::OpenAi),
    ("anthropic", Vendor::Anthropic),
    ("gemini", Vendor::Google),
];

fn spoken(vendor: Vendor) -> Box<dyn Dialect> {
    match vendor {
        Vendor::Anthropic => Box::new(Anthropic::new()),
        Vendor::Google => Box::new(Gemini::new()),
        _ => Box::new(OpenAi::new()),
    }
}

fn catalog(vendor: Vendor) -> Catalog {
    static READ: LazyLock<Vec<Catalog>> = LazyLock::new(|| {
        let read = |(name, _): (&str, Vendor)| {
            let text = format!(
                r#"
                [[provider]]
                name = "acme"
                dialect = "{name}"
                base_url = "https://acme.test"

                [[model]]
                name = "m"
                provider = "acme"
                max_output = 4_096
                price = {{ input = "1.00", output = "2.00" }}
                can = ["tools", "vision", "audio", "files", "json_object", "json_schema", "reasoning", "stream", "n"]
                "#
            );
            Catalog::from_toml(&text).unwrap()
        };
        DIALECTS.into_iter().map(read).collect()
    });
    let at = DIALECTS.iter().position(|(_, of)| *of == vendor);
    READ[at.expect("one of three")].clone()
}

/// A request of a vendor's caller, in each of its APIs.
pub(crate) fn request(caller: Vendor, data: &[u8]) {
    let apis: &[Api] = match caller {
        Vendor::Anthropic => &[Api::AnthropicMessages, Api::AnthropicCountTokens],
        Vendor::Google => &[
            Api::GeminiGenerate,
            Api::GeminiStream,
            Api::GeminiCountTokens,
        ],
        _ => &[Api::OpenAiChat],
    };
    let bytes = Bytes::copy_from_slice(data);
    for api in apis {
        let Ok(query) = Query::read_for(*api, Some("m"), data) else {
            // It has been refused; who reads it all the same must not be hurt.
            let _ = chat::Request::read(*api, data);
            continue;
        };
        let asked = chat::Request::read(*api, data);
        for (_, vendor) in DIALECTS {
            let snapshot = catalog(vendor).snapshot();
            let candidate = Candidate::new(Arc::clone(snapshot.model("m").unwrap()));
            let dialect = spoken(vendor);
            for limit in [None, Some(77)] {
                let outgoing = Outgoing::new(&query, &bytes, &candidate).max_output(limit);
                let encoded = if dialect.is_native(*api) {
                    dialect.request(&outgoing)
                } else if let Ok(asked) = &asked {
                    dialect.request(&outgoing.translated(asked))
                } else {
                    continue;
                };
                let Ok(encoded) = encoded else { continue };
                let body = encoded.body.collect().now_or_never().unwrap().unwrap();
                let body = body.to_bytes();
                // As grammar goes: numbers beyond a double, and any depth, are their reader's matter.
                let read = serde_json::from_slice::<serde::de::IgnoredAny>(&body);
                assert!(
                    read.is_ok() && body.trim_ascii_start().starts_with(b"{"),
                    "{api:?} to {vendor:?}: {body:?}"
                );
            }
        }
    }
}

/// What a caller got of an answer.
#[derive(Debug, PartialEq)]
struct Got {
    status: u16,
    text: String,
    broken: bool,
}

/// An answer of a dialect's provider, to every caller.
pub(crate) fn answer(dialect: Vendor, data: &[u8]) {
    // A stream of events, or a body: what it begins with tells.
    let whole = data.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let callers: &[(Vendor, &str, &str)] = &[
        (
            Vendor::OpenAi,
            "/v1/chat/completions",
            r#"{"model":"m","messages":[{"role":"user","content":"?"}],"stream":S,"stream_options":{"include_usage":true}}"#,
        ),
        (
            Vendor::Anthropic,
            "/v1/messages",
            r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":"?"}],"stream":S}"#,
        ),
        (
            Vendor::Google,
            "/v1beta/models/m:generateContent",
            r#"{"contents":[{"parts":[{"text":"?"}]}]}"#,
        ),
        (
            Vendor::Google,
            "/v1beta/models/m:streamGenerateContent",
            r#"{"contents":[{"parts":[{"text":"?"}]}]}"#,
        ),
        (
            Vendor::Google,
            "/v1beta/models/m:streamGenerateContent?alt=sse",
            r#"{"contents":[{"parts":[{"text":"?"}]}]}"#,
        ),
    ];
    for (caller, path, body) in callers {
        if *caller == Vendor::Google && path.ends_with(":generateContent") != whole {
            continue;
        }
        let body = if whole {
            body.replace(
                r#""stream":S,"stream_options":{"include_usage":true}"#,
                r#""stream":false"#,
            )
        } else {
            body.to_string()
        };
        let body = body.replace('S', if whole { "false" } else { "true" });
        let (at_once, usage) = call(dialect, path, &body, data, usize::MAX, whole);
        for step in [1, 7] {
            if data.len() / step > 4_096 {
                continue;
            }
            let (cut, _) = call(dialect, path, &body, data, step, whole);
            assert_eq!(cut, at_once, "{dialect:?} to {path} in pieces of {step}");
        }
        if let Some(usage) = usage
            && *caller != dialect
            && at_once.status == 200
            && !at_once.broken
        {
            conserved(*caller, &at_once.text, &usage);
        }
    }
}

/// Sends an answer in pieces of a size, and gives what the caller got and what was metered.
fn call(
    dialect: Vendor,
    path: &str,
    body: &str,
    data: &[u8],
    step: usize,
    whole: bool,
) -> (Got, Option<Usage>) {
    let pieces: Vec<Bytes> = data
        .chunks(step.min(data.len().max(1)))
        .map(Bytes::copy_from_slice)
        .collect();
    let provider = service_fn(move |_: Request<Body>| {
        let frames = pieces
            .clone()
            .into_iter()
            .map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
        let kind = if whole {
            "application/json"
        } else {
            "text/event-stream"
        };
        let response = Response::builder().header("content-type", kind);
        let response = response.body(StreamBody::new(futures::stream::iter(frames)));
        async move { Ok::<_, Infallible>(response.unwrap()) }
    });
    let stack = Stack::client_with(provider, catalog(dialect));
    let stack = stack.fallback(FallbackLayer::new().attempts(1)).boxed();
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.header("anthropic-version", "2023-06-01");
    let request = request
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async move {
        let response = stack.oneshot(request).await.unwrap();
        let outcome = response.extensions().get::<Outcome>().cloned();
        let (head, mut body) = response.into_parts();
        let (mut text, mut broken) = (Vec::new(), false);
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => text.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
                Err(_) => broken = true,
            }
        }
        drop(body);
        let usage = match outcome {
            Some(outcome) => outcome.finished().await.usage.clone(),
            None => None,
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let got = Got {
            status: head.status.as_u16(),
            text: without_draws(&text),
            broken,
        };
        (got, usage)
    })
}

/// An answer's text without what is drawn anew for each call, and the time.
fn without_draws(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let marks = [
            "\"created\":",
            "gen_",
            "msg_",
            "chatcmpl-",
            "call_",
            "tgs1.",
            "\"request_id\":\"",
            "\"responseId\":\"",
        ];
        let first = marks
            .iter()
            .filter_map(|mark| rest.find(mark).map(|at| at + mark.len()))
            .min();
        let Some(at) = first else {
            out.push_str(rest);
            return out;
        };
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let drawn = |byte: char| !(byte.is_ascii_alphanumeric() || byte == '_' || byte == '-');
        rest = &after[after.find(drawn).unwrap_or(after.len())..];
    }
}

/// The tokens that a caller is told are those that were metered, where it is told any.
fn conserved(caller: Vendor, text: &str, usage: &Usage) {
    let found = text.rmatch_indices(match caller {
        Vendor::Anthropic => "\"output_tokens\":",
        Vendor::Google => "\"totalTokenCount\":",
        _ => "\"total_tokens\":",
    });
    let Some((at, name)) = found.into_iter().next() else {
        return;
    };
    let digits: String = text[at + name.len()..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let told: u64 = digits.parse().unwrap_or(u64::MAX);
    let expected = match caller {
        Vendor::Anthropic => usage.answer(),
        _ => usage.prompt().saturating_add(usage.answer()),
    };
    assert!(
        told == expected || told == 0,
        "{told} told, {expected} metered: {text}"
    );
}
