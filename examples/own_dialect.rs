//! A dialect of one's own: Cohere's chat, which this crate does not speak, answers clients of OpenAI, Anthropic and
//! Google.
//!
//! `cargo run --example own_dialect`: Cohere is a function in this program, so no key is needed. The format is that of
//! docs.cohere.com/v2/reference/chat, as far as texts go.

use std::convert::Infallible;

use bytes::Bytes;
use http::{
    HeaderMap, Request, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, InvalidHeaderValue},
};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tower::{ServiceExt, service_fn};
use tower_genai::{
    Body,
    catalog::{Catalog, Usage},
    chat::{Content, Delta, Finish, Role, Sink},
    dispatch::{Answer, Dialect, Encoded, Outgoing, Secret, Seen, Step, Unreadable},
    query::{Feature, Features, Query, Refusal, RefusalKind},
    stack::Stack,
};

const CATALOG: &str = r#"
    [[provider]]
    name = "cohere"
    dialect = "cohere"
    base_url = "https://api.cohere.com"

    [[model]]
    name = "command-a"
    provider = "cohere"
    id = "command-a-03-2025"
    price = { input = "2.50", output = "10.00" }
"#;

/// Cohere's chat.
#[derive(Debug)]
struct Cohere;

impl Dialect for Cohere {
    fn name(&self) -> &str {
        "cohere"
    }

    /// A call that says anything else goes to another candidate, or is refused with the field's name.
    fn expresses(&self) -> Features {
        Features::NONE
            .with(Feature::Temperature)
            .with(Feature::TopP)
            .with(Feature::Stop)
            .with(Feature::LateSystem)
    }

    fn request(&self, call: &Outgoing<'_>) -> Result<Encoded, Refusal> {
        // No caller's API has this format, so every request comes read.
        let Some(asked) = call.request else {
            let why = "Cohere's own format has no callers here";
            return Err(Refusal::new(RefusalKind::Unsupported, why));
        };
        let messages = asked.messages.iter().map(|message| {
            let role = match message.role {
                Role::System => "system",
                Role::Assistant => "assistant",
                _ => "user",
            };
            let texts = message.parts.iter().filter_map(|part| match &part.content {
                Content::Text(text) => Some(&**text),
                _ => None,
            });
            json!({ "role": role, "content": texts.collect::<Vec<_>>().join("\n") })
        });
        let mut body = json!({
            "model": call.candidate.model().id(),
            "messages": messages.collect::<Vec<_>>(),
            "stream": asked.stream,
        });
        if let Some(most) = call.most_output() {
            body["max_tokens"] = most.into();
        }
        if let Some(temperature) = &asked.sampling.temperature {
            body["temperature"] = temperature.clone().into();
        }
        if let Some(share) = &asked.sampling.top_p {
            body["p"] = share.clone().into();
        }
        if !asked.sampling.stop.is_empty() {
            body["stop_sequences"] = asked.sampling.stop.iter().map(|stop| &**stop).collect();
        }
        let mut encoded = Encoded::json("/v2/chat", Body::from(body.to_string()));
        if asked.sampling.seed.is_some() {
            encoded.dropped.push("seed".into());
        }
        Ok(encoded)
    }

    fn authorize(&self, key: &Secret, headers: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        headers.insert(AUTHORIZATION, key.header("Bearer")?);
        Ok(())
    }

    fn answer(&self, _: &Query) -> Box<dyn Answer> {
        Box::new(CohereAnswer(Seen::default()))
    }
}

/// Reads Cohere's answers: makes pieces of them, from which metering takes what it needs to know.
struct CohereAnswer(Seen);

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Event {
    MessageStart {
        id: String,
    },
    ContentDelta {
        delta: Part,
    },
    MessageEnd {
        delta: End,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Part {
    message: PartMessage,
}

#[derive(Deserialize)]
struct PartMessage {
    content: Text,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct Whole {
    id: String,
    message: WholeMessage,
    #[serde(flatten)]
    end: End,
}

#[derive(Deserialize)]
struct WholeMessage {
    content: Vec<Text>,
}

#[derive(Deserialize)]
struct End {
    finish_reason: String,
    usage: Option<Billed>,
}

#[derive(Deserialize)]
struct Billed {
    billed_units: Units,
}

#[derive(Deserialize)]
struct Units {
    input_tokens: u64,
    output_tokens: u64,
}

impl CohereAnswer {
    fn say(&mut self, delta: Delta<'_>, out: &mut dyn Sink) {
        self.0.note(&delta);
        out.take(delta);
    }

    fn begin(&mut self, id: String, out: &mut dyn Sink) {
        let (id, model) = (Some(id.into()), None);
        self.say(Delta::Begin { id, model }, out);
    }

    fn text(&mut self, text: String, out: &mut dyn Sink) {
        let (choice, text) = (0, text.into());
        self.say(Delta::Text { choice, text }, out);
    }

    /// Whether it is one that can be believed.
    fn end(&mut self, end: End, out: &mut dyn Sink) -> Result<(), Unreadable> {
        let finish = match end.finish_reason.as_str() {
            "COMPLETE" => Finish::Stop,
            "STOP_SEQUENCE" => Finish::StopText,
            "MAX_TOKENS" => Finish::Length,
            _ => return Err(Unreadable),
        };
        if let Some(Billed { billed_units }) = end.usage {
            let usage = Usage::text(billed_units.input_tokens, billed_units.output_tokens);
            self.say(Delta::Usage(usage), out);
        }
        let (choice, ended) = (0, finish.into());
        self.say(Delta::End { choice, ended }, out);
        self.0.done = true;
        Ok(())
    }
}

impl Answer for CohereAnswer {
    fn event(&mut self, data: &[u8], out: &mut dyn Sink) -> Step {
        match serde_json::from_slice(data) {
            Ok(Event::MessageStart { id }) => self.begin(id, out),
            Ok(Event::ContentDelta { delta }) => self.text(delta.message.content.text, out),
            Ok(Event::MessageEnd { delta }) => {
                return self.end(delta, out).map_or(Step::Garbage, |()| Step::Done);
            }
            Ok(Event::Other) => {}
            Err(_) => return Step::Garbage,
        }
        Step::Pass
    }

    fn whole(&mut self, body: &[u8], out: &mut dyn Sink) -> Result<(), Unreadable> {
        let whole: Whole = serde_json::from_slice(body).map_err(|_| Unreadable)?;
        self.begin(whole.id, out);
        for part in whole.message.content {
            self.text(part.text, out);
        }
        self.end(whole.end, out)
    }

    fn seen(&self) -> &Seen {
        &self.0
    }
}

/// Stands for Cohere: says how many messages it got.
async fn cohere(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let body = request.into_body().collect().await;
    let bytes = body.map(|body| body.to_bytes()).unwrap_or_default();
    let asked: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let count = asked["messages"].as_array().map_or(0, Vec::len);
    let words = format!("I have read {count} messages.");
    let end = json!({
        "finish_reason": "COMPLETE",
        "usage": { "billed_units": { "input_tokens": 20, "output_tokens": 6 } },
    });
    let (kind, body) = if asked["stream"] == true {
        let events = [
            json!({ "type": "message-start", "id": "c14c80c3" }),
            json!({ "type": "content-start", "index": 0 }),
            json!({ "type": "content-delta", "delta": { "message": { "content": { "text": words } } } }),
            json!({ "type": "message-end", "delta": end }),
        ];
        let events = events.map(|event| {
            format!(
                "event: {}\ndata: {event}\n\n",
                event["type"].as_str().unwrap_or_default()
            )
        });
        ("text/event-stream", events.concat())
    } else {
        let mut whole = end;
        whole["id"] = "c14c80c3".into();
        whole["message"] =
            json!({ "role": "assistant", "content": [{ "type": "text", "text": words }] });
        ("application/json", whole.to_string())
    };
    let mut response = Response::new(Body::from(body));
    if let Ok(kind) = kind.parse() {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    Ok(response)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let catalog = Catalog::from_toml(CATALOG)?;
    let stack = Stack::client_with(service_fn(cohere), catalog).dialect(Cohere);
    let service = stack.boxed();
    for (path, body) in [
        (
            "/v1/chat/completions",
            r#"{"model": "command-a", "messages": [
                {"role": "system", "content": "Count."}, {"role": "user", "content": "How many?"}]}"#,
        ),
        (
            "/v1/messages",
            r#"{"model": "command-a", "max_tokens": 64, "stream": true, "system": "Count.",
                "messages": [{"role": "user", "content": "How many?"}]}"#,
        ),
        (
            "/v1beta/models/command-a:generateContent",
            r#"{"systemInstruction": {"parts": [{"text": "Count."}]},
                "contents": [{"role": "user", "parts": [{"text": "How many?"}]}]}"#,
        ),
    ] {
        let request = Request::post(format!("http://localhost{path}"))
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(Bytes::from_static(body.as_bytes())))?;
        let (head, body) = service.clone().oneshot(request).await?.into_parts();
        let text = String::from_utf8(body.collect().await?.to_bytes().into())?;
        println!("POST {path}\n{}\n\n{}\n", head.status, text.trim_end());
    }
    Ok(())
}
