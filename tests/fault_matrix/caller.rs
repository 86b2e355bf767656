//! What a vendor's client asks, and what it makes of an answer.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Gate};

use crate::cell::Cell;

pub(crate) fn request(addr: &str, cell: &Cell) -> Request<Full<Bytes>> {
    let messages = json!([{"role": "user", "content": "Hello there"}]);
    let schema =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let (name, about) = ("weather", "Says what the weather is.");
    let (path, mut body, tools) = match cell.caller {
        Dialect::Anthropic => (
            "/v1/messages",
            json!({"model": "auto", "max_tokens": 300, "messages": messages, "stream": cell.streamed}),
            json!([{"name": name, "description": about, "input_schema": schema}]),
        ),
        Dialect::Gemini => {
            let path = match cell.streamed {
                true => "/v1beta/models/auto:streamGenerateContent?alt=sse",
                false => "/v1beta/models/auto:generateContent",
            };
            let contents = json!([{"role": "user", "parts": [{"text": "Hello there"}]}]);
            let body = json!({"contents": contents, "generationConfig": {"maxOutputTokens": 300}});
            let function = json!({"name": name, "description": about, "parameters": schema});
            (path, body, json!([{"functionDeclarations": [function]}]))
        }
        _ => {
            let function = json!({"name": name, "description": about, "parameters": schema});
            (
                "/v1/chat/completions",
                json!({"model": "auto", "max_tokens": 300, "messages": messages, "stream": cell.streamed}),
                json!([{"type": "function", "function": function}]),
            )
        }
    };
    if cell.fault.tools {
        body["tools"] = tools;
    }
    Request::post(format!("http://{addr}{path}"))
        .header("content-type", "application/json")
        .header("anthropic-version", "2023-06-01")
        .body(Full::from(body.to_string()))
        .unwrap()
}

/// What came, to the last byte that did.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) text: String,
    /// The body ended with an error.
    pub(crate) broken: bool,
}

/// Opens the gate once anything of the answer has come.
pub(crate) async fn read(response: http::Response<Incoming>, gate: &Gate) -> Got {
    let status = response.status().as_u16();
    let (mut bytes, mut broken) = (Vec::new(), false);
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        gate.open_all();
        match frame {
            Ok(frame) => bytes.extend(frame.into_data().unwrap_or_default()),
            Err(_) => {
                broken = true;
                break;
            }
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Got {
        status,
        text,
        broken,
    }
}

impl Got {
    /// Whether a model of this name has answered.
    pub(crate) fn is_from(&self, model: &str) -> bool {
        self.text.contains(&format!("\"{model}\""))
    }

    /// The events of a stream: their names and what they say.
    fn events(&self) -> Vec<(String, String)> {
        let text = self.text.trim_start_matches('\u{feff}');
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let events = text.split("\n\n").map(|event| {
            let of = |field: &str| {
                let lines = event.lines().filter_map(|line| line.strip_prefix(field));
                let lines: Vec<&str> = lines.map(str::trim_start).collect();
                lines.join("\n")
            };
            (of("event:"), of("data:"))
        });
        events.filter(|(_, data)| !data.is_empty()).collect()
    }

    /// An answer that its caller takes for complete. Without `marked`, one that has no end marker is too.
    pub(crate) fn is_whole(&self, caller: Dialect, streamed: bool, marked: bool) -> bool {
        if self.status != 200 || self.broken {
            return false;
        }
        let has_end = |event: &Value| match caller {
            Dialect::Anthropic => event["stop_reason"].is_string(),
            Dialect::Gemini => event["candidates"][0]["finishReason"].is_string(),
            _ => event["choices"][0]["finish_reason"].is_string(),
        };
        if !streamed {
            let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
            return body.get("error").is_none() && has_end(&body);
        }
        let events = self.events();
        let json = |data: &str| serde_json::from_str::<Value>(data).unwrap_or_default();
        if events
            .iter()
            .any(|(_, data)| json(data).get("error").is_some())
        {
            return false;
        }
        let last = events
            .last()
            .map(|(_, data)| data.as_str())
            .unwrap_or_default();
        let closed = match caller {
            Dialect::Anthropic => json(last)["type"] == "message_stop",
            Dialect::Gemini => has_end(&json(last)),
            _ => last == "[DONE]",
        };
        closed || !marked
    }

    /// An error in the caller's form: the whole of it, or the last event of a stream that breaks off after it.
    pub(crate) fn is_error(&self, caller: Dialect) -> bool {
        let (name, data) = match self.status {
            200 => self.events().pop().unwrap_or_default(),
            _ => (String::new(), self.text.clone()),
        };
        let body: Value = serde_json::from_str(&data).unwrap_or_default();
        let error = &body["error"];
        let says = error["message"]
            .as_str()
            .is_some_and(|said| !said.is_empty());
        says && match caller {
            Dialect::Anthropic => {
                let named = self.status != 200 || name == "error";
                named && body["type"] == "error" && error["type"].is_string()
            }
            Dialect::Gemini => error["code"].as_u64() >= Some(400) && error["status"].is_string(),
            _ => error["type"].is_string() && error.get("code").is_some(),
        }
    }

    /// Whether anything in it says that it is complete.
    pub(crate) fn claims_an_end(&self, caller: Dialect) -> bool {
        let ends = |(_, data): &(String, String)| match caller {
            Dialect::Anthropic => data.contains("message_stop"),
            Dialect::Gemini => data.contains("\"finishReason\""),
            _ => data == "[DONE]",
        };
        self.events().iter().any(ends)
    }
}
