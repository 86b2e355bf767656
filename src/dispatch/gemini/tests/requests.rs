use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::candidate;
use crate::{
    chat::{
        Content, Effort, Format, Media, Message, Part, Reasoning, Request, Role, Source, Thinking,
        Tool, ToolCall, ToolChoice, ToolResult,
    },
    dispatch::{Dialect, Encoded, Outgoing, gemini::Gemini},
    query::{Api, Query, Refusal, RefusalKind},
};

async fn json_of(encoded: Encoded) -> Value {
    let body = encoded.body.collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{error}: {body:?}"))
}

/// Writes a request of an OpenAI caller's for a model with more lines of a catalog.
pub(super) fn encode(more: &str, request: &Request<'_>) -> Result<Encoded, Refusal> {
    let body = br#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#;
    let query = Query::read(Api::OpenAiChat, body).unwrap();
    let (bytes, candidate) = (Bytes::from_static(body), candidate(more));
    let outgoing = Outgoing::new(&query, &bytes, &candidate);
    Gemini::new().request(&outgoing.translated(request))
}

fn asking(messages: Vec<Message<'static>>) -> Request<'static> {
    Request {
        messages,
        ..Request::new()
    }
}

fn user(text: &'static str) -> Message<'static> {
    Message::new(Role::User, vec![Part::text(text)])
}

fn call(id: &'static str, name: &'static str, arguments: &'static str) -> Part<'static> {
    let mut call = ToolCall::new(name, arguments);
    call.id = Some(id.into());
    Content::ToolCall(call).into()
}

fn result(id: &'static str, parts: Vec<Part<'static>>) -> Part<'static> {
    let mut result = ToolResult::new(parts);
    result.id = Some(id.into());
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
async fn a_conversation_with_tools_is_written_as_gemini_wants_it() {
    let mut request = asking(vec![
        Message::new(Role::System, vec![Part::text("Be brief."), Part::text("")]),
        Message::new(Role::System, vec![Part::text("Be kind.")]),
        user("Weather in two towns?"),
        Message::new(
            Role::Assistant,
            vec![
                Part::text("Let me see."),
                call("c1", "look", r#"{"town": "Bern", "n": 1.0}"#),
                call("c2", "look", ""),
            ],
        ),
        // Out of order, apart, and with an image.
        Message::new(
            Role::User,
            vec![result("c2", vec![Part::text("[20]"), image()])],
        ),
        Message::new(
            Role::User,
            vec![
                result("c1", vec![Part::text(r#"{"c": 21.0}"#)]),
                Part::text("And?"),
            ],
        ),
    ]);
    request.tools = vec![Tool::new("look")];
    request.tool_choice = Some(ToolChoice::Named("look".into()));
    let encoded = encode("", &request).unwrap();
    assert_eq!(encoded.path, "/v1beta/models/gemini-x:generateContent");
    let body = json_of(encoded).await;
    assert_eq!(
        body,
        json!({
            "systemInstruction": {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "Weather in two towns?"}]},
                {"role": "model", "parts": [
                    {"text": "Let me see."},
                    {"functionCall": {"id": "c1", "name": "look", "args": {"town": "Bern", "n": 1.0}},
                     "thoughtSignature": "skip_thought_signature_validator"},
                    {"functionCall": {"id": "c2", "name": "look", "args": {}}},
                ]},
                {"role": "user", "parts": [
                    {"functionResponse": {"id": "c1", "name": "look", "response": {"c": 21.0}}},
                    {"functionResponse": {"id": "c2", "name": "look", "response": {"result": "[20]"}}},
                    {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}},
                    {"text": "And?"},
                ]},
            ],
            "tools": [{"functionDeclarations": [{"name": "look"}]}],
            "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look"]}},
        })
    );
}

#[tokio::test]
async fn the_text_of_json_stays_what_it_is() {
    let mut request = asking(vec![user("x")]);
    let mut tool = Tool::new("f");
    let schema = r#"{"type":"object", "properties":{"b":{"type":"number","maximum":1.0},"a":{}}}"#;
    tool.parameters = serde_json::from_str::<Box<serde_json::value::RawValue>>(schema)
        .ok()
        .map(std::borrow::Cow::Owned);
    request.tools = vec![tool];
    let body = encode("", &request).unwrap().body;
    let body = body.collect().await.unwrap().to_bytes();
    let text = std::str::from_utf8(&body).unwrap();
    assert!(
        text.contains(&format!(r#""parametersJsonSchema":{schema}"#)),
        "{text}"
    );
}

#[tokio::test]
async fn a_signature_stands_where_it_came_from() {
    let mut signed = ToolCall::new("f", "{}");
    signed.signature = Some("c2ln".into());
    let thought = Content::Thinking(Thinking::new("Hm.").signed("dGhpbms="));
    let unsigned = Content::Thinking(Thinking::new("Hm?"));
    let request = asking(vec![
        user("x"),
        Message::new(
            Role::Assistant,
            vec![
                thought.into(),
                unsigned.into(),
                Content::ToolCall(signed).into(),
            ],
        ),
        Message::new(
            Role::User,
            vec![Content::ToolResult(ToolResult::new(vec![])).into()],
        ),
    ]);
    let encoded = encode("", &request).unwrap();
    assert_eq!(encoded.dropped, ["thinking of earlier turns"]);
    let body = json_of(encoded).await;
    assert_eq!(
        body["contents"][1]["parts"],
        json!([
            {"text": "Hm.", "thought": true, "thoughtSignature": "dGhpbms="},
            {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "c2ln"},
        ])
    );
    let result = &body["contents"][2]["parts"][0]["functionResponse"];
    assert_eq!(result, &json!({"name": "f", "response": {"result": ""}}));
}

#[tokio::test]
async fn older_models_want_no_signature() {
    let request = asking(vec![
        user("x"),
        Message::new(Role::Assistant, vec![call("c", "f", "{}")]),
        Message::new(Role::User, vec![result("c", vec![])]),
    ]);
    let body = json_of(encode("reasoning = \"budget\"", &request).unwrap()).await;
    assert!(body["contents"][1]["parts"][0]["thoughtSignature"].is_null());
}

#[test]
fn results_without_calls_and_calls_without_results_are_refused() {
    let orphan = asking(vec![
        user("x"),
        Message::new(Role::User, vec![result("c", vec![])]),
    ]);
    let unanswered = asking(vec![
        user("x"),
        Message::new(
            Role::Assistant,
            vec![call("a", "f", "{}"), call("b", "f", "{}")],
        ),
        Message::new(Role::User, vec![result("a", vec![])]),
    ]);
    let twice = asking(vec![
        user("x"),
        Message::new(Role::Assistant, vec![call("a", "f", "{}")]),
        Message::new(Role::User, vec![result("a", vec![]), result("a", vec![])]),
    ]);
    let broken = asking(vec![
        user("x"),
        Message::new(Role::Assistant, vec![call("a", "f", "{\"a\":")]),
    ]);
    let nothing = asking(vec![user("")]);
    for (request, param) in [
        (orphan, "messages[1]"),
        (unanswered, "messages"),
        (twice, "messages[2]"),
        (broken, "messages[1]"),
        (nothing, "messages"),
    ] {
        let refusal = encode("", &request).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Malformed);
        assert_eq!(refusal.param(), Some(param), "{}", refusal.message());
    }
}

#[tokio::test]
async fn turns_of_one_role_are_one_and_late_system_prompts_are_marked() {
    let request = asking(vec![
        user("a"),
        user("b"),
        Message::new(Role::System, vec![Part::text("Now in verse.")]),
        Message::new(Role::Assistant, vec![Part::text("")]),
        user("c"),
    ]);
    let encoded = encode("", &request).unwrap();
    assert_eq!(
        encoded.dropped,
        ["the role of a system prompt within the conversation"]
    );
    let body = json_of(encoded).await;
    let texts = json!([{"role": "user", "parts": [{"text": "a"}, {"text": "b"},
        {"text": "<system>\nNow in verse.\n</system>"}, {"text": "c"}]}]);
    assert_eq!(body["contents"], texts);
    let alone = asking(vec![Message::new(
        Role::System,
        vec![Part::text("Say hi.")],
    )]);
    let body = json_of(encode("", &alone).unwrap()).await;
    assert_eq!(
        body,
        json!({"contents": [{"role": "user", "parts": [{"text": "Say hi."}]}]})
    );
}

#[tokio::test]
async fn what_is_set_is_written_and_what_has_no_word_is_told() {
    let mut request = asking(vec![user("x")]);
    request.max_output = Some(100_000);
    request.choices = 2;
    request.sampling.temperature = Some(1.into());
    request.sampling.seed = Some(u64::MAX.into());
    request.sampling.stop = vec!["END".into()];
    request.user = Some("u".into());
    request.extras = vec!["store".into()];
    request.reasoning = Some(Reasoning {
        effort: Some(Effort::Level("xhigh".into())),
        shown: Some(true),
    });
    request.format = Some(Format::JsonObject);
    let encoded = encode("max_output = 65_536", &request).unwrap();
    assert_eq!(encoded.dropped, ["seed", "user", "store"]);
    let body = json_of(encoded).await;
    assert_eq!(
        body["generationConfig"],
        json!({
            "maxOutputTokens": 65_536, "candidateCount": 2, "temperature": 1, "stopSequences": ["END"],
            "responseMimeType": "application/json",
            "thinkingConfig": {"includeThoughts": true, "thinkingLevel": "HIGH"},
        })
    );
}

#[tokio::test]
async fn media_at_an_address_need_their_kind() {
    let url = |media_type: Option<&'static str>| Source::Url {
        url: "https://x.example/a".into(),
        media_type: media_type.map(Into::into),
    };
    let ask = |content: Content<'static>| {
        encode(
            "",
            &asking(vec![Message::new(Role::User, vec![content.into()])]),
        )
    };
    let image = |media_type| Content::Image(Media::new(url(media_type)));
    let refusal = ask(image(None)).unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::Unsupported);
    let body = json_of(ask(image(Some("image/png"))).unwrap()).await;
    let file = |media_type: &str| json!({"fileData": {"mimeType": media_type, "fileUri": "https://x.example/a"}});
    assert_eq!(body["contents"][0]["parts"][0], file("image/png"));
    let body = json_of(ask(Content::Document(Media::new(url(None)))).unwrap()).await;
    assert_eq!(body["contents"][0]["parts"][0], file("application/pdf"));
}
