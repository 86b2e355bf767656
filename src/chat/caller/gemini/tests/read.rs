//! What requests of Gemini callers are read as.

use std::fs;

use crate::{
    chat::{Content, Effort, Format, Message, Request, Role, Source, ToolChoice},
    query::{Api, Refusal, RefusalKind},
};

fn read(body: &str) -> Result<Request<'_>, Refusal> {
    Request::read(Api::GeminiStream, body.as_bytes())
}

/// A line for each part.
fn lines(messages: &[Message<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    for message in messages {
        for part in &message.parts {
            let role = format!("{:?}", message.role).to_lowercase();
            let said = match &part.content {
                Content::Text(text) => text.to_string(),
                Content::Thinking(it) => {
                    format!("thinks {:?} {:?} {}", it.text, it.signature, it.redacted)
                }
                Content::ToolCall(call) => format!(
                    "calls {} {} {} {:?}",
                    call.id.as_deref().unwrap(),
                    call.name,
                    call.arguments,
                    call.signature
                ),
                Content::ToolResult(result) => {
                    let Content::Text(text) = &result.parts[0].content else {
                        panic!("a text")
                    };
                    format!(
                        "result {} {} {text} {} {}",
                        result.id.as_deref().unwrap(),
                        result.name.as_deref().unwrap(),
                        result.is_error,
                        result.parts.len()
                    )
                }
                Content::Image(image) => match &image.source {
                    Source::Inline { media_type, data } => format!("shows {media_type} {data}"),
                    other => format!("{other:?}"),
                },
                other => format!("{other:?}"),
            };
            lines.push(format!("{role}: {said}"));
        }
    }
    lines
}

#[test]
fn a_conversation_is_read_in_either_spelling() {
    let camel = r#"{
        "systemInstruction": {"parts": {"text": "Be brief."}, "role": "user"},
        "contents": [
            {"parts": [{"text": "Hm?"}, {"inlineData": {"mimeType": "image/png", "data": "a-b_"}}]},
            {"role": "model", "parts": [
                {"text": "Thinking.", "thought": true},
                {"functionCall": {"name": "f", "args": {"x": 1.0}}, "thoughtSignature": "a-_="},
                {"functionCall": {"name": "f"}},
                {"functionCall": {"id": "mine", "name": "g", "args": {}}}]},
            {"role": "function", "parts": [
                {"functionResponse": {"name": "g", "response": {"error": "gone"}}},
                {"functionResponse": {"name": "f", "response": {"c": 21}}},
                {"functionResponse": {"name": "f", "response": {"result": "x"},
                    "parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBO"}}]}}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
        "generationConfig": {"maxOutputTokens": 7, "topP": 0.5, "topK": 40.0, "stopSequences": ["."],
            "candidateCount": 2, "thinkingConfig": {"includeThoughts": true, "thinkingBudget": -1}}}"#;
    let snake = camel
        .replace("systemInstruction", "system_instruction")
        .replace("inlineData", "inline_data")
        .replace("mimeType", "mime_type")
        .replace("functionCall\"", "function_call\"")
        .replace("functionResponse", "function_response")
        .replace("thoughtSignature", "thought_signature")
        .replace("toolConfig", "tool_config")
        .replace("functionCallingConfig", "function_calling_config")
        .replace("allowedFunctionNames", "allowed_function_names")
        .replace("generationConfig", "generation_config")
        .replace("maxOutputTokens", "max_output_tokens")
        .replace("topP", "top_p")
        .replace("topK", "top_k")
        .replace("stopSequences", "stop_sequences")
        .replace("candidateCount", "candidate_count")
        .replace("thinkingConfig", "thinking_config")
        .replace("includeThoughts", "include_thoughts")
        .replace("thinkingBudget", "thinking_budget");
    assert!(snake.matches('_').count() > 15);
    for body in [camel, &snake] {
        let request = read(body).unwrap();
        let first = crate::chat::ids::of_call("", 1, 1);
        let second = crate::chat::ids::of_call("", 1, 2);
        let mut read = lines(&request.messages);
        let picture = read.remove(2);
        assert!(picture.contains("a+b/"), "{picture}");
        assert_eq!(
            read,
            [
                "system: Be brief.".to_owned(),
                "user: Hm?".into(),
                r#"assistant: thinks "Thinking." None false"#.into(),
                format!(r#"assistant: calls {first} f {{"x": 1.0}} Some("a+/=")"#),
                format!("assistant: calls {second} f {{}} None"),
                "assistant: calls mine g {} None".into(),
                "user: result mine g gone true 1".into(),
                format!(r#"user: result {first} f {{"c": 21}} false 1"#),
                format!("user: result {second} f x false 2"),
            ]
        );
        assert_eq!(request.tool_choice, Some(ToolChoice::Named("f".into())));
        assert_eq!((request.max_output, request.choices), (Some(7), 2));
        assert_eq!(request.sampling.top_k, Some(40.into()));
        assert_eq!(request.sampling.stop, ["."]);
        let reasoning = request.reasoning.unwrap();
        assert_eq!(reasoning.effort, Some(Effort::Adaptive));
        assert_eq!(reasoning.shown, Some(true));
        assert!(request.stream);
    }
}

#[test]
fn a_stream_that_a_client_has_kept_is_one_turn() {
    let body = r#"{"contents": [
        {"role": "user", "parts": [{"text": "x"}]},
        {"role": "model", "parts": [{"text": "H", "thought": true}]},
        {"role": "model", "parts": [{"text": "m.", "thought": true}]},
        {"role": "model", "parts": [{"text": "", "thought": true, "thoughtSignature": "c2ln"}]},
        {"role": "model", "parts": [{"text": "", "thought": true, "thoughtSignature": "cmVk"}]},
        {"role": "model", "parts": [{"text": "a"}]},
        {"role": "model", "parts": [{"text": "b"}, {"text": ""}]},
        {"role": "model", "parts": [{"functionCall": {"id": "c", "name": "f"}}]},
        {"role": "user", "parts": [{"text": "y"}]}]}"#;
    let request = read(body).unwrap();
    assert_eq!(request.messages.len(), 3);
    assert_eq!(
        lines(&request.messages)[1..5],
        [
            r#"assistant: thinks "Hm." Some("c2ln") false"#,
            r#"assistant: thinks "" Some("cmVk") true"#,
            "assistant: ab",
            "assistant: calls c f {} None",
        ]
    );
}

#[test]
fn numbers_may_be_texts_and_words_in_any_case() {
    let body = r#"{"contents": [{"parts": [{"text": "x"}]}], "toolConfig": {"functionCallingConfig": {"mode": "any"}},
        "generationConfig": {"maxOutputTokens": "7", "temperature": "0.5", "seed": -3, "candidateCount": 1.0,
        "thinkingConfig": {"thinkingBudget": "128"}}}"#;
    let request = read(body).unwrap();
    assert_eq!(request.max_output, Some(7));
    assert_eq!(
        request.sampling.temperature,
        serde_json::Number::from_f64(0.5)
    );
    assert_eq!(request.sampling.seed, Some((-3).into()));
    assert_eq!(request.reasoning.unwrap().effort, Some(Effort::Budget(128)));
    assert_eq!(request.tool_choice, Some(ToolChoice::Required));
    for odd in ["-1", "1.5", "\"x\"", "[]", "4294967296"] {
        let body =
            format!(r#"{{"contents": [], "generationConfig": {{"maxOutputTokens": {odd}}}}}"#);
        assert!(read(&body).is_err(), "{odd}");
    }
}

#[test]
fn schemas_are_json_schemas() {
    let body = r#"{"contents": {"parts": {"text": "x"}}, "tools": {"function_declarations": [
        {"name": "a", "description": "d", "parameters": {"type": "OBJECT", "properties": {"p": {"type": "STRING"}}}},
        {"name": "b", "parametersJsonSchema": {"type": "OBJECT"}}, {"name": "c"}]},
        "generationConfig": {"responseMimeType": "application/json", "responseSchema": {"type": "ARRAY"}}}"#;
    let request = read(body).unwrap();
    let schema = |at: usize| request.tools[at].parameters.as_ref().map(|it| it.get());
    assert_eq!(
        schema(0),
        Some(r#"{"type": "object", "properties": {"p": {"type": "string"}}}"#)
    );
    assert_eq!(
        schema(1),
        Some(r#"{"type": "OBJECT"}"#),
        "as it was written"
    );
    assert_eq!(schema(2), None);
    let Some(Format::JsonSchema { schema, .. }) = &request.format else {
        panic!("a schema")
    };
    assert_eq!(schema.get(), r#"{"type": "array"}"#);
}

#[test]
fn what_has_no_word_elsewhere_is_refused_by_name() {
    for (member, param) in [
        (r#""cachedContent": "c""#, "cachedContent"),
        (
            r#""tools": [{"functionDeclarations": []}, {"googleSearch": {}}]"#,
            "tools[1]",
        ),
        (
            r#""generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}"#,
            "generationConfig.responseModalities",
        ),
        (
            r#""generationConfig": {"responseMimeType": "text/x.enum"}"#,
            "generationConfig.responseMimeType",
        ),
    ] {
        let body = format!(r#"{{"contents": [{{"parts": [{{"text": "x"}}]}}], {member}}}"#);
        let refusal = read(&body).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Unsupported);
        assert_eq!(refusal.param(), Some(param));
    }
    for (role, part, param) in [
        ("user", r#"{"executableCode": {}}"#, "contents[0].parts[1]"),
        ("user", r#"{"new": 1}"#, "contents[0].parts[1]"),
        (
            "user",
            r#"{"inlineData": {"mimeType": "video/mp4", "data": ""}}"#,
            "contents[0].parts[1].inlineData",
        ),
        (
            "user",
            r#"{"fileData": {"mimeType": "image/png", "fileUri": "gs://b/a"}}"#,
            "contents[0].parts[1].fileData",
        ),
        (
            "user",
            r#"{"functionResponse": {"name": "f", "response": {}}}"#,
            "contents[0].parts[1].functionResponse",
        ),
        (
            "model",
            r#"{"functionCall": {"name": "f", "args": [1]}}"#,
            "contents[0].parts[1].functionCall.args",
        ),
        (
            "model",
            r#"{"functionCall": {"args": {}}}"#,
            "contents[0].parts[1].functionCall.name",
        ),
        ("system", r#"{"text": "x"}"#, "contents[0].role"),
    ] {
        let body = format!(
            r#"{{"contents": [{{"role": "{role}", "parts": [{{"text": "x"}}, {part}]}}]}}"#
        );
        let refusal = read(&body).expect_err(part);
        assert_eq!(refusal.param(), Some(param), "{part}");
    }
}

#[test]
fn a_count_may_hold_a_whole_request() {
    let body = br#"{"generateContentRequest": {"model": "models/m", "contents": [{"parts": [{"text": "x"}]}],
        "systemInstruction": "Be brief."}}"#;
    let request = Request::read(Api::GeminiCountTokens, body).unwrap();
    assert_eq!(lines(&request.messages), ["system: Be brief.", "user: x"]);
    assert!(!request.stream);
    assert_eq!(request.messages[0].role, Role::System);
}

#[test]
fn what_changes_nothing_is_an_extra() {
    let body = r#"{"contents": [{"parts": [{"text": "x"}]}], "safetySettings": [], "labels": {"a": "b"},
        "generationConfig": {"mediaResolution": "MEDIA_RESOLUTION_LOW"}}"#;
    let request = read(body).unwrap();
    assert_eq!(
        request.extras,
        ["mediaResolution", "safetySettings", "labels"]
    );
}

#[test]
fn remote_media_keep_their_kind() {
    let body = r#"{"contents": [{"parts": [
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://x.example/a.pdf"}}]}]}"#;
    let request = read(body).unwrap();
    let Content::Document(media) = &request.messages[0].parts[0].content else {
        panic!("a document")
    };
    let Source::Url { url, media_type } = &media.source else {
        panic!("an address")
    };
    assert_eq!(
        (&**url, media_type.as_deref()),
        ("https://x.example/a.pdf", Some("application/pdf"))
    );
}

#[test]
fn bodies_that_are_none_are_refused() {
    for body in [
        "",
        "[]",
        "{",
        "7",
        "{\"contents\": 7}",
        "{\"contents\": [[]], \"contents\": []}",
    ] {
        let refusal = read(body).expect_err(body);
        assert_eq!(refusal.kind(), RefusalKind::Malformed, "{body}");
    }
    assert!(Request::read(Api::GeminiGenerate, b"{\"contents\":\"\xff\"}").is_err());
    let deep = format!(
        r#"{{"contents":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(read(&deep).is_err());
}

#[test]
fn what_the_official_packages_send_is_read() {
    let Ok(captures) = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/captures"))
    else {
        println!("skipped: no captures");
        return;
    };
    let mut count = 0;
    for file in captures.map(|file| file.unwrap().path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !name.contains("-gemini.") {
            continue;
        }
        let calls: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for call in calls.as_array().unwrap() {
            let path = call["path"].as_str().unwrap();
            if !path.ends_with("enerateContent") && !path.ends_with("countTokens") {
                continue;
            }
            let body = call["body"].to_string();
            match read(&body) {
                Ok(request) => assert!(!request.messages.is_empty(), "{name}"),
                // Images as an answer are nothing that others have.
                Err(refusal) => {
                    assert_eq!(
                        refusal.param(),
                        Some("generationConfig.responseModalities"),
                        "{name}"
                    );
                }
            }
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
