//! The same in every dialect.

use http::Method;
use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Fault, Manner, Model, Provider, Server, Times};

use crate::client::{PNG, send, text, whole};

const ALL: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];

async fn start(dialect: Dialect, model: Model) -> Server {
    let provider = Provider::new("acme").dialect(dialect).model(model);
    provider.start().await.unwrap()
}

fn path(dialect: Dialect, stream: bool) -> &'static str {
    match (dialect, stream) {
        (Dialect::OpenAi, _) => "/v1/chat/completions",
        (Dialect::Anthropic, _) => "/v1/messages",
        (_, false) => "/v1beta/models/m1:generateContent",
        (_, true) => "/v1beta/models/m1:streamGenerateContent?alt=sse",
    }
}

/// A plain question in the words of a dialect.
fn question(dialect: Dialect, said: &str, stream: bool) -> Value {
    match dialect {
        Dialect::OpenAi => json!({
            "model": "m1", "stream": stream, "messages": [{"role": "user", "content": said}],
        }),
        Dialect::Anthropic => json!({
            "model": "m1", "max_tokens": 4_000, "stream": stream,
            "messages": [{"role": "user", "content": said}],
        }),
        _ => json!({"contents": [{"role": "user", "parts": [{"text": said}]}]}),
    }
}

async fn post(
    server: &Server,
    body: &Value,
    stream: bool,
) -> http::Response<hyper::body::Incoming> {
    let version = [("anthropic-version", "2023-06-01")];
    let path = path(server.dialect(), stream);
    send(server, Method::POST, path, &version, body).await
}

fn said(dialect: Dialect, answer: &Value) -> &str {
    let at = match dialect {
        Dialect::OpenAi => "/choices/0/message/content",
        Dialect::Anthropic => "/content/0/text",
        _ => "/candidates/0/content/parts/0/text",
    };
    answer
        .pointer(at)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{answer}"))
}

async fn asked(server: &Server, body: &Value) -> String {
    let answer = whole(post(server, body, false).await).await;
    said(server.dialect(), &answer).to_owned()
}

/// A request with everything that the dialects have in common.
fn rich(dialect: Dialect) -> Value {
    let schema = json!({
        "title": "city", "type": "object", "properties": {"name": {"type": "string"}},
        "required": ["name"], "additionalProperties": false,
    });
    let system = "Be terse. [[sim: echo]]";
    match dialect {
        Dialect::OpenAi => json!({
            "model": "m1",
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": [
                    {"type": "text", "text": "What?"},
                    {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PNG}")}},
                ]},
                {"role": "assistant", "content": "A"},
                {"role": "user", "content": "B"},
            ],
            "max_tokens": 3_000,
            "temperature": 0.5,
            "reasoning_effort": "high",
            "stop": ["END"],
            "tools": [{"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "city", "schema": schema}},
        }),
        Dialect::Anthropic => json!({
            "model": "m1",
            "system": system,
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "What?"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                ]},
                {"role": "assistant", "content": "A"},
                {"role": "user", "content": "B"},
            ],
            "max_tokens": 3_000,
            "temperature": 0.5,
            "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": schema}},
            "stop_sequences": ["END"],
            "tools": [{"name": "now", "input_schema": {"type": "object"}}],
        }),
        _ => json!({
            "systemInstruction": {"parts": [{"text": system}]},
            "contents": [
                {"role": "user", "parts": [
                    {"text": "What?"}, {"inlineData": {"mimeType": "image/png", "data": PNG}},
                ]},
                {"role": "model", "parts": [{"text": "A"}]},
                {"role": "user", "parts": [{"text": "B"}]},
            ],
            "generationConfig": {
                "maxOutputTokens": 3_000,
                "temperature": 0.5,
                "thinkingConfig": {"thinkingLevel": "HIGH"},
                "stopSequences": ["END"],
                "responseMimeType": "application/json",
                "responseJsonSchema": schema,
            },
            "tools": [{"functionDeclarations": [{"name": "now"}]}],
        }),
    }
}

#[tokio::test]
async fn an_echo_is_the_same_in_every_dialect() {
    let message = |role: &str, text: &str, images: u64| json!({"role": role, "text": text, "images": images, "files": 0});
    let expected = json!({
        "model": "m1",
        "system": "Be terse. [[sim: echo]]",
        "messages": [
            message("user", "What?", 1), message("assistant", "A", 0), message("user", "B", 0),
        ],
        "images": 1,
        "files": 0,
        "tools": ["now"],
        "tool_choice": "auto",
        "parallel": true,
        "tool_results": 0,
        "max_tokens": 3_000,
        "n": 1,
        "sampling": {"temperature": 0.5},
        "effort": "high",
        "thinking_budget": null,
        "stop": ["END"],
        "format": "schema",
        "schema_name": "city",
        "schema_keys": ["name"],
        "user": null,
        "stream": false,
    });
    for dialect in ALL {
        let server = start(dialect, Model::new("m1")).await;
        let echo = asked(&server, &rich(dialect)).await;
        let echo: Value = serde_json::from_str(&echo).unwrap();
        assert_eq!(echo, expected, "{dialect:?}");
    }
}

#[tokio::test]
async fn the_same_question_gets_the_same_answer_at_the_same_price() {
    let mut answers = Vec::new();
    for dialect in ALL {
        let server = start(dialect, Model::new("m1").price("1.00", "2.00")).await;
        let body = question(dialect, "Hello you", false);
        let answer = asked(&server, &body).await;
        text(post(&server, &question(dialect, "Hello you", true), true).await).await;
        let bill = server.bill();
        let costs: Vec<_> = bill
            .lines()
            .map(|l| (l.prompt_tokens, l.nano_usd))
            .collect();
        assert_eq!(costs[0], costs[1]);
        answers.push((answer, costs));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn markers_in_the_prompt_reach_whom_they_name() {
    for dialect in ALL {
        let server = start(dialect, Model::new("m1")).await;
        for (marker, status) in [
            ("[[sim: status=503]]", 503),
            ("[[sim@acme: status=503]]", 503),
            ("[[sim@m1: status=503]]", 503),
            ("[[sim@other: status=503]]", 200),
            ("[[sim: explode]]", 400),
        ] {
            let body = question(dialect, &format!("Hi {marker}"), false);
            let answered = post(&server, &body, false).await;
            assert_eq!(answered.status(), status, "{dialect:?} {marker}");
        }
    }
}

#[tokio::test]
async fn every_fault_goes_wrong_in_every_dialect() {
    for dialect in ALL {
        let server = start(
            dialect,
            Model::new("m1").price("1.00", "2.00").exact_output(40),
        )
        .await;
        let body = question(dialect, "Hi", true);
        let right = text(post(&server, &body, true).await).await;
        for (fault, whole) in [
            (Fault::CutAfter(3), false),
            (Fault::ErrorEventAfter(3), false),
            (Fault::Garbage, false),
            (Fault::NoDone, false),
            (Fault::Html, false),
            (Fault::Empty, false),
            (Fault::Finish("odd".to_owned()), true),
            (Fault::WrongContentType, true),
        ] {
            server.fail(fault.clone(), Times::Once);
            let response = post(&server, &body, true).await;
            let body = http_body_util::BodyExt::collect(response.into_body()).await;
            let read = body.map(|body| String::from_utf8(body.to_bytes().into()).unwrap());
            let last = right.trim_end().lines().last().unwrap();
            let ends = read.is_ok_and(|read| match dialect {
                Dialect::Gemini => read.contains("finishReason"),
                _ => read.trim_end().ends_with(last),
            });
            assert_eq!(ends, whole, "{dialect:?} {fault:?}");
        }
        server.fail(Fault::HangUp, Times::Once);
        let request =
            http::Request::post(format!("http://{}{}", server.addr(), path(dialect, true)))
                .header("anthropic-version", "2023-06-01")
                .body(http_body_util::Full::from(body.to_string()))
                .unwrap();
        assert!(crate::client::http1().request(request).await.is_err());
    }
}

#[tokio::test]
async fn openai_shows_what_it_has_forms_for() {
    let server = start(
        Dialect::OpenAi,
        Model::new("m1").reasoning(5).shows_reasoning(true),
    )
    .await;
    let body = |command: &str, stream: bool| {
        let mut body = question(Dialect::OpenAi, "Hi", stream);
        body["metadata"] = json!({ "sim": command });
        body
    };
    let plain = whole(post(&server, &body("", false), false).await).await;
    let message = &plain["choices"][0]["message"];
    let reasoning = message["reasoning_content"].as_str().unwrap();
    assert_eq!(reasoning.split(' ').count(), 5);
    let streamed = text(post(&server, &body("", true), true).await).await;
    let deltas = crate::client::events(&streamed);
    let deltas = deltas
        .iter()
        .filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let shown: String = deltas
        .filter_map(|c| {
            c["choices"][0]["delta"]["reasoning_content"]
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(shown, reasoning);
    let bill = server.bill();
    let lines: Vec<_> = bill
        .lines()
        .map(|l| (l.reasoning_tokens, l.completion_tokens))
        .collect();
    assert_eq!(lines[0], lines[1]);
    assert_eq!(lines[0].0, 5);
    let refused = whole(post(&server, &body("refusal", false), false).await).await;
    assert_eq!(refused["choices"][0]["message"]["content"], Value::Null);
    let refusal = refused["choices"][0]["message"]["refusal"]
        .as_str()
        .unwrap();
    let streamed = text(post(&server, &body("refusal", true), true).await).await;
    assert!(streamed.contains("\"refusal\":\"I\"") && !refusal.is_empty());
    let filtered = whole(post(&server, &body("filter", false), false).await).await;
    assert_eq!(filtered["choices"][0]["finish_reason"], "content_filter");
    let cited = whole(
        post(
            &server,
            &body("citations; say=É is it. More.", false),
            false,
        )
        .await,
    )
    .await;
    let citation = &cited["choices"][0]["message"]["annotations"][0]["url_citation"];
    assert_eq!(citation["end_index"], 8);
    let blocked = post(&server, &body("blocked", false), false).await;
    assert_eq!(blocked.status(), 400);
    assert_eq!(
        whole(blocked).await["error"]["code"],
        "content_policy_violation"
    );
}

#[tokio::test]
async fn blocked_and_refused_calls_stand_on_the_bill_as_their_usage_says() {
    for dialect in ALL {
        let model = Model::new("m1").price("1.00", "2.00").prompt_tokens(10);
        let server = start(dialect, model.manner(Manner::Blocked)).await;
        let body = question(dialect, "Hi", false);
        post(&server, &body, false).await;
        let cost = if dialect == Dialect::OpenAi {
            0
        } else {
            10_000
        };
        assert_eq!(server.bill().total_nano_usd(), cost, "{dialect:?}");
    }
}

/// The requests that the vendors' own clients were seen to send, where those are at hand.
#[tokio::test]
async fn captured_requests_of_official_clients_are_served() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/captures"));
    let Ok(files) = std::fs::read_dir(folder) else {
        eprintln!("skipped: there are no captures here");
        return;
    };
    let names = ["mock-claude", "mock-gemini", "mock-gpt"];
    let start = async |dialect| {
        let provider = Provider::new("mock").dialect(dialect);
        let provider = names.iter().fold(provider, |p, name| {
            p.model(Model::new(*name).signatures(false))
        });
        provider.start().await.unwrap()
    };
    let (claude, gemini) = (
        start(Dialect::Anthropic).await,
        start(Dialect::Gemini).await,
    );
    let mut served = 0;
    for file in files.filter_map(Result::ok) {
        let Ok(json) = std::fs::read(file.path()) else {
            continue;
        };
        let Ok(Value::Array(requests)) = serde_json::from_slice(&json) else {
            continue;
        };
        for request in requests {
            let path = request["path"].as_str().unwrap_or_default();
            let server = match path {
                "/v1/messages" | "/v1/messages/count_tokens" => &claude,
                _ if path.ends_with("enerateContent") || path.ends_with(":countTokens") => &gemini,
                _ => continue,
            };
            // These were recorded against a mock that knows neither errors nor signatures.
            let label = request["label"].as_str().unwrap();
            let mock = [
                "err_",
                "sampling_extra_body",
                "function_calling",
                "function_call",
            ];
            if mock.iter().any(|name| label.contains(name)) {
                continue;
            }
            let headers: Vec<(String, String)> =
                serde_json::from_value(request["headers"].clone()).unwrap();
            let kept = [
                "anthropic-version",
                "x-goog-api-key",
                "x-api-key",
                "content-type",
            ];
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .filter(|(name, _)| kept.contains(&name.to_ascii_lowercase().as_str()))
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let query = request["query"].as_str().unwrap_or_default();
            let path = format!("{path}?{query}");
            let response = send(server, Method::POST, &path, &headers, &request["body"]).await;
            let status = response.status();
            let answer = text(response).await;
            assert_eq!(status, 200, "{label}: {answer}");
            served += 1;
        }
    }
    assert!(served > 20, "{served}");
}
