use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::candidate;
use crate::{
    catalog::Candidate,
    chat::{
        Content, Effort, Format, Media, Message, Part, Reasoning, Request, Role, Source, Thinking,
        ToolCall, ToolResult,
    },
    dispatch::{Dialect, Encoded, Outgoing, openai::OpenAi},
    query::{Api, Feature, Query, Refusal, RefusalKind},
};

fn encode(candidate: &Candidate, request: &Request<'_>) -> Result<Encoded, Refusal> {
    let body = br#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#;
    let query = Query::read(Api::OpenAiChat, body).unwrap();
    let bytes = Bytes::from_static(body);
    let outgoing = Outgoing::new(&query, &bytes, candidate);
    OpenAi::new().request(&outgoing.translated(request))
}

async fn json_of(candidate: &Candidate, request: &Request<'_>) -> Value {
    let encoded = encode(candidate, request).unwrap();
    assert_eq!(encoded.path, "/chat/completions");
    let body = encoded.body.collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

async fn messages(messages: Vec<Message<'static>>) -> Value {
    let request = Request {
        messages,
        ..Request::new()
    };
    json_of(&candidate("", ""), &request).await["messages"].take()
}

fn turn(role: Role, parts: Vec<Part<'static>>) -> Message<'static> {
    Message::new(role, parts)
}

fn call(id: Option<&'static str>, name: &'static str) -> Part<'static> {
    let mut call = ToolCall::new(name, "{}");
    call.id = id.map(Into::into);
    Content::ToolCall(call).into()
}

fn result(
    id: Option<&'static str>,
    name: Option<&'static str>,
    text: &'static str,
) -> ToolResult<'static> {
    let mut result = ToolResult::new(vec![Part::text(text)]);
    result.id = id.map(Into::into);
    result.name = name.map(Into::into);
    result
}

fn given(result: ToolResult<'static>) -> Part<'static> {
    Content::ToolResult(result).into()
}

fn image() -> Part<'static> {
    Content::Image(Media::new(Source::Inline {
        media_type: "image/png".into(),
        data: "iVBORw==".into(),
    }))
    .into()
}

#[tokio::test]
async fn results_follow_their_calls_in_order_and_what_else_is_said_comes_behind() {
    let mut failed = result(Some("b"), None, "no such file");
    failed.is_error = true;
    let mut seen = result(Some("a"), None, "a picture");
    seen.parts.push(image());
    let written = messages(vec![
        turn(Role::User, vec![Part::text("go")]),
        turn(
            Role::Assistant,
            vec![call(Some("a"), "f"), call(Some("b"), "g")],
        ),
        turn(
            Role::User,
            vec![Part::text("and?"), given(failed), given(seen)],
        ),
    ])
    .await;
    let function = |id: &str, name: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}});
    let expected = json!([
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": null, "tool_calls": [function("a", "f"), function("b", "g")]},
        {"role": "tool", "tool_call_id": "a", "content": "a picture"},
        {"role": "tool", "tool_call_id": "b", "content": "Error: no such file"},
        {"role": "user", "content": [
            {"type": "text", "text": "From the result of f (a):"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
        ]},
        {"role": "user", "content": "and?"},
    ]);
    assert_eq!(written, expected);
}

#[tokio::test]
async fn calls_without_ids_get_the_same_ones_each_time_and_results_go_by_name() {
    let turns = || {
        vec![
            turn(Role::User, vec![Part::text("go")]),
            turn(
                Role::Assistant,
                vec![call(None, "f"), call(None, "g"), call(None, "f")],
            ),
            turn(
                Role::User,
                vec![
                    given(result(None, Some("g"), "2")),
                    given(result(None, Some("f"), "1")),
                    given(result(None, Some("f"), "3")),
                ],
            ),
        ]
    };
    let written = messages(turns()).await;
    let ids: Vec<_> = (0..3)
        .map(|at| written[1]["tool_calls"][at]["id"].as_str().unwrap())
        .collect();
    for (at, words) in ["1", "2", "3"].into_iter().enumerate() {
        assert_eq!(written[2 + at]["tool_call_id"], ids[at]);
        assert_eq!(written[2 + at]["content"], words);
    }
    assert!(ids[0] != ids[1] && ids[0] != ids[2]);
    assert_eq!(messages(turns()).await, written);
}

#[tokio::test]
async fn a_result_without_its_call_and_a_call_without_its_result_are_refused() {
    let orphan = vec![
        turn(Role::User, vec![Part::text("go")]),
        turn(Role::User, vec![given(result(Some("a"), None, "1"))]),
    ];
    let twice = vec![
        turn(Role::Assistant, vec![call(Some("a"), "f")]),
        turn(
            Role::User,
            vec![
                given(result(Some("a"), None, "1")),
                given(result(Some("a"), None, "1")),
            ],
        ),
    ];
    let unanswered = vec![
        turn(Role::Assistant, vec![call(Some("a"), "f")]),
        turn(Role::User, vec![Part::text("and?")]),
    ];
    for messages in [orphan, twice, unanswered] {
        let request = Request {
            messages,
            ..Request::new()
        };
        let refusal = encode(&candidate("", ""), &request).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Malformed);
        assert_eq!(refusal.param(), Some("messages"));
    }
}

#[tokio::test]
async fn a_server_gets_what_it_knows_by_its_own_names() {
    let mut request = Request::new();
    let mut thinking = Thinking::new("hm");
    thinking.signature = Some("s".into());
    request.messages = vec![
        turn(Role::User, vec![Part::text("go")]),
        turn(
            Role::Assistant,
            vec![
                Content::Thinking(thinking).into(),
                Part::text("o"),
                Part::text("k"),
                call(Some("toolu_1"), "f"),
            ],
        ),
        turn(Role::User, vec![given(result(Some("toolu_1"), None, "1"))]),
    ];
    request.max_output = Some(90_000);
    request.stream = true;
    request.user = Some("u".into());
    request.reasoning = Some(Reasoning {
        effort: Some(Effort::Off),
        shown: None,
    });
    let candidate = candidate(
        "tool_ids = \"nine\"\nthinking_field = \"reasoning\"\nstream_usage = false\nreasoning = \"switch\"",
        "max_output = 8192",
    );
    let encoded = encode(&candidate, &request).unwrap();
    assert_eq!(encoded.dropped, ["user"]);
    let written = json_of(&candidate, &request).await;
    let id = written["messages"][1]["tool_calls"][0]["id"]
        .as_str()
        .unwrap();
    assert_eq!(id.len(), 9);
    assert_eq!(written["messages"][2]["tool_call_id"], id);
    assert_eq!(written["messages"][1]["reasoning"], "hm");
    assert_eq!(written["messages"][1]["content"], "ok");
    assert_eq!(written["max_tokens"], 8192);
    assert_eq!(written["thinking"], json!({"type": "disabled"}));
    assert_eq!(written["stream"], true);
    for absent in [
        "stream_options",
        "user",
        "reasoning_effort",
        "max_completion_tokens",
    ] {
        assert!(written[absent].is_null(), "{absent}");
    }
}

#[tokio::test]
async fn a_schema_that_openai_would_refuse_with_strict_is_sent_without() {
    for (schema, strict) in [
        (
            r#"{"type":"object","properties":{},"additionalProperties":false}"#,
            true,
        ),
        (r#"{"type":"object","properties":{"a":{}}}"#, false),
    ] {
        let mut request = Request::new();
        request.messages = vec![turn(Role::User, vec![Part::text("go")])];
        request.format = Some(Format::JsonSchema {
            name: Some("what is wanted".into()),
            description: None,
            schema: std::borrow::Cow::Borrowed(serde_json::from_str(schema).unwrap()),
            strict: Some(true),
        });
        let dropped = encode(&candidate("", ""), &request).unwrap().dropped;
        assert_eq!(dropped.is_empty(), strict);
        let written = json_of(&candidate("", ""), &request).await;
        let asked = &written["response_format"]["json_schema"];
        assert_eq!(asked["strict"], strict);
        assert_eq!(asked["name"], "whatiswanted");
    }
}

#[tokio::test]
async fn a_native_call_gets_the_candidate_s_effort_in_its_server_s_words() {
    let sent = async |more: &str, form: &str| {
        let body = format!(r#"{{"model":"m","messages":[]{more}}}"#);
        let body = body.replace("[]", r#"[{"role":"user","content":"x"}]"#);
        let query = Query::read(Api::OpenAiChat, body.as_bytes()).unwrap();
        let lines = format!("reasoning = \"{form}\"\neffort = [{{ level = \"high\" }}]");
        let (bytes, candidate) = (Bytes::from(body), candidate("", &lines));
        let outgoing = Outgoing::new(&query, &bytes, &candidate);
        let body = OpenAi::new().request(&outgoing).unwrap().body;
        let body = body.collect().await.unwrap().to_bytes();
        // What is there twice cannot be read.
        Query::read(Api::OpenAiChat, &body).unwrap();
        serde_json::from_slice::<Value>(&body).unwrap()
    };
    assert_eq!(sent("", "effort").await["reasoning_effort"], "high");
    let null = r#","reasoning_effort":null"#;
    assert_eq!(sent(null, "effort").await["reasoning_effort"], "high");
    let switched = sent("", "switch").await;
    assert_eq!(switched["thinking"], json!({"type": "enabled"}));
    assert!(switched["reasoning_effort"].is_null());
    let own = r#","thinking":{"type":"disabled"}"#;
    assert_eq!(
        sent(own, "switch").await["thinking"],
        json!({"type": "disabled"})
    );
}

#[test]
fn what_cannot_be_said_is_refused_by_the_caller_s_field() {
    let url = |media_type: Option<&'static str>| {
        Media::new(Source::Url {
            url: "https://e.example/x".into(),
            media_type: media_type.map(Into::into),
        })
    };
    for content in [Content::Audio(url(None)), Content::Document(url(None))] {
        let request = Request {
            messages: vec![turn(Role::User, vec![content.into()])],
            ..Request::new()
        };
        let refusal = encode(&candidate("", ""), &request).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Unsupported);
        assert_eq!(refusal.param(), Some("messages"));
    }
    assert!(!OpenAi::new().expresses().has(Feature::RemoteDocument));
    assert!(OpenAi::new().expresses().has(Feature::LateSystem));
}

#[test]
fn there_is_no_counting() {
    let body = br#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}"#;
    let query = Query::read(Api::AnthropicCountTokens, body).unwrap();
    let (bytes, candidate) = (Bytes::from_static(body), candidate("", ""));
    let request = Request::new();
    let outgoing = Outgoing::new(&query, &bytes, &candidate).translated(&request);
    let refusal = OpenAi::new().request(&outgoing).unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::Unsupported);
}
