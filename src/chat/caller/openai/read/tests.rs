use std::borrow::Cow;

use crate::{
    chat::{CacheMark, Content, Effort, Format, Request, Role, Source, ToolChoice},
    query::{Api, Refusal, RefusalKind},
};

fn read(body: &str) -> Result<Request<'_>, Refusal> {
    Request::read(Api::OpenAiChat, body.as_bytes())
}

/// A request of one user turn, with more members.
fn with(more: &str) -> String {
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}]{more}}}"#)
}

fn of_messages(messages: &str) -> String {
    format!(r#"{{"model":"m","messages":{messages}}}"#)
}

#[test]
fn a_conversation_is_read_turn_by_turn_and_borrowed() {
    let body = of_messages(
        r#"[
        {"role":"developer","content":"be brief"},
        {"role":"user","name":"ann","content":[
            {"type":"text","text":"what is it?","cache_control":{"type":"ephemeral","ttl":"1h"}},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw==","detail":"low"}},
            {"type":"image_url","image_url":{"url":"https://e.example/i.png"}},
            {"type":"input_audio","input_audio":{"data":"UklGRg==","format":"mp3"}},
            {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}},
            "and this"]},
        {"role":"assistant","content":"","reasoning_content":"hm","annotations":[],"audio":null,
            "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1.0}"}},
                          {"id":"b","type":"function","function":{"name":"g","arguments":""}}]},
        {"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"2"}]},
        {"role":"tool","tool_call_id":"a","content":""},
        {"role":"user","content":"go on"},
        {"role":"assistant","content":null,"refusal":"no"}]"#,
    );
    let request = read(&body).unwrap();
    let roles: Vec<_> = request
        .messages
        .iter()
        .map(|message| message.role)
        .collect();
    let (user, model) = (Role::User, Role::Assistant);
    assert_eq!(roles, [Role::System, user, model, user, user, model]);
    let parts = |at: usize| &request.messages[at].parts;
    assert!(matches!(
        &parts(0)[0].content,
        Content::Text(Cow::Borrowed("be brief"))
    ));
    assert_eq!(request.messages[1].name.as_deref(), Some("ann"));
    assert_eq!(parts(1)[0].cache, Some(CacheMark::Hour));
    let Content::Image(image) = &parts(1)[1].content else {
        panic!("{:?}", parts(1));
    };
    assert_eq!(image.detail.as_deref(), Some("low"));
    assert!(matches!(
        &image.source,
        Source::Inline {
            media_type: Cow::Borrowed("image/png"),
            data: Cow::Borrowed("iVBORw==")
        }
    ));
    assert!(matches!(
        &parts(1)[2].content,
        Content::Image(image) if matches!(&image.source, Source::Url { .. })
    ));
    assert!(matches!(
        &parts(1)[3].content,
        Content::Audio(audio) if matches!(&audio.source, Source::Inline { media_type, .. } if media_type == "audio/mpeg")
    ));
    assert!(matches!(
        &parts(1)[4].content,
        Content::Document(file) if file.name.as_deref() == Some("a.pdf")
    ));
    assert!(matches!(&parts(1)[5].content, Content::Text(text) if text == "and this"));
    assert!(matches!(&parts(2)[0].content, Content::Thinking(thought) if thought.text == "hm"));
    let arguments = |at: usize| match &parts(2)[at].content {
        Content::ToolCall(call) => call.arguments.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (arguments(1), arguments(2)),
        (r#"{"x": 1.0}"#.into(), "{}".into())
    );
    let results = parts(3).iter().map(|part| match &part.content {
        Content::ToolResult(result) => (result.id.clone().unwrap(), result.parts.len()),
        other => panic!("{other:?}"),
    });
    let results: Vec<_> = results.collect();
    assert_eq!(results, [("b".into(), 1), ("a".into(), 0)]);
    assert!(matches!(&parts(5)[0].content, Content::Refusal(words) if words == "no"));
}

#[test]
fn what_is_wrong_is_named() {
    let message =
        |message: &str| of_messages(&format!(r#"[{{"role":"user","content":"x"}},{message}]"#));
    for (body, field) in [
        (message("7"), "messages[1]"),
        (message(r#"{"content":"x"}"#), "messages[1].role"),
        (
            message(r#"{"role":"queen","content":"x"}"#),
            "messages[1].role",
        ),
        (message(r#"{"role":"user"}"#), "messages[1].content"),
        (message(r#"{"role":"user","content":7}"#), "messages[1]"),
        (
            message(r#"{"role":"user","content":[{"text":"x"}]}"#),
            "messages[1].content[0].type",
        ),
        (
            message(
                r#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"ftp://x"}}]}"#,
            ),
            "messages[1].content[0].image_url.url",
        ),
        (
            message(
                r#"{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{oops"}}]}"#,
            ),
            "messages[1].tool_calls[0].function.arguments",
        ),
        (
            message(
                r#"{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}]}"#,
            ),
            "messages[1].tool_calls[0].function.arguments",
        ),
        (
            message(r#"{"role":"tool","content":"x"}"#),
            "messages[1].tool_call_id",
        ),
        (with(r#","temperature":"hot""#), "temperature"),
        (
            with(r#","tools":[{"type":"function","function":{}}]"#),
            "tools[0].function.name",
        ),
        (
            with(r#","tools":[{"type":"function","function":{"name":"f","parameters":[]}}]"#),
            "tools[0].function.parameters",
        ),
        (with(r#","tool_choice":"maybe""#), "tool_choice"),
        (
            with(
                r#","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":7}}"#,
            ),
            "response_format.json_schema.schema",
        ),
    ] {
        let refusal = read(&body).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Malformed, "{body}");
        assert_eq!(refusal.param(), Some(field), "{body}");
    }
    assert!(read("[]").is_err() && read("{").is_err());
}

#[test]
fn what_there_is_no_word_for_is_refused_by_name() {
    for (body, field) in [
        (with(r#","min_p":0.1"#), "min_p"),
        (with(r#","modalities":["text","audio"]"#), "modalities"),
        (with(r#","web_search_options":{}"#), "web_search_options"),
        (
            with(r#","tools":[{"type":"custom","custom":{"name":"f"}}]"#),
            "tools[0].type",
        ),
        (
            of_messages(
                r#"[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]"#,
            ),
            "messages[0].content[0].file.file_id",
        ),
        (
            of_messages(r#"[{"role":"user","content":[{"type":"video_url","video_url":{}}]}]"#),
            "messages[0].content[0].type",
        ),
        (
            of_messages(r#"[{"role":"assistant","audio":{"id":"a"}}]"#),
            "messages[0].audio",
        ),
    ] {
        let refusal = read(&body).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Unsupported, "{body}");
        assert_eq!(refusal.param(), Some(field), "{body}");
    }
}

#[test]
fn null_says_nothing_and_harmless_members_are_told() {
    let body = with(
        r#","store":true,"metadata":{"a":"b"},"min_p":null,"stop":null,"tools":null,"tool_choice":null,
        "response_format":null,"n":null,"logit_bias":{ },"stream":null,"stream_options":null,"modalities":["text"]"#,
    );
    let request = read(&body).unwrap();
    assert_eq!(request.extras, ["store", "metadata"]);
    assert_eq!(request.choices, 1);
    assert!(request.sampling.logit_bias.is_none() && request.sampling.stop.is_empty());
    assert!(!request.stream && request.format.is_none());
}

#[test]
fn thinking_is_asked_for_in_many_words() {
    let level = |word: &'static str| Some(Effort::Level(word.into()));
    for (more, effort, shown) in [
        (r#","reasoning_effort":"high""#, level("high"), None),
        (r#","reasoning_effort":"none""#, Some(Effort::Off), None),
        (
            r#","thinking":{"type":"enabled"}"#,
            Some(Effort::Adaptive),
            Some(true),
        ),
        (
            r#","thinking":{"type":"disabled"},"reasoning_effort":"high""#,
            Some(Effort::Off),
            Some(false),
        ),
        (
            r#","thinking":{"type":"enabled","budget_tokens":2000}"#,
            Some(Effort::Budget(2000)),
            Some(true),
        ),
        (
            r#","thinking":{"type":"enabled"},"reasoning_effort":"max""#,
            level("max"),
            Some(true),
        ),
        (r#","include_reasoning":false"#, None, Some(false)),
        (r#","reasoning_format":"parsed""#, None, Some(true)),
        (r#","reasoning_format":"hidden""#, None, Some(false)),
        (
            r#","reasoning":{"effort":"low","exclude":true}"#,
            level("low"),
            Some(false),
        ),
        (
            r#","chat_template_kwargs":{"enable_thinking":false}"#,
            Some(Effort::Off),
            Some(false),
        ),
    ] {
        let body = with(more);
        let reasoning = read(&body).unwrap().reasoning.unwrap();
        assert_eq!(
            (reasoning.effort, reasoning.shown),
            (effort, shown),
            "{more}"
        );
    }
    assert!(read(&with("")).unwrap().reasoning.is_none());
}

#[test]
fn tools_and_their_choice_are_read_in_both_forms() {
    let tools = r#","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":true}},{"type":"function","function":{"name":"g"}}]"#;
    for (choice, expected) in [
        (r#""auto""#, ToolChoice::Auto),
        (r#""none""#, ToolChoice::None),
        (r#""required""#, ToolChoice::Required),
        (
            r#"{"type":"function","function":{"name":"g"}}"#,
            ToolChoice::Named("g".into()),
        ),
        (
            r#"{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}}"#,
            ToolChoice::Allowed {
                names: vec!["f".into()],
                required: false,
            },
        ),
    ] {
        let body = with(&format!(r#"{tools},"tool_choice":{choice}"#));
        let request = read(&body).unwrap();
        assert_eq!(request.tool_choice, Some(expected));
        assert_eq!(
            request.tools[0].parameters.as_ref().unwrap().get(),
            r#"{"type":"object"}"#
        );
        assert_eq!(request.tools[0].strict, Some(true));
        assert!(request.tools[1].parameters.is_none());
    }
    let body = with(r#","functions":[{"name":"f","parameters":{}}],"function_call":{"name":"f"}"#);
    let request = read(&body).unwrap();
    assert!(request.legacy_functions);
    assert_eq!(request.tools[0].name, "f");
    assert_eq!(request.tool_choice, Some(ToolChoice::Named("f".into())));
    let body = of_messages(
        r#"[{"role":"user","content":"x"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"}]"#,
    );
    let request = read(&body).unwrap();
    assert!(
        matches!(&request.messages[1].parts[0].content, Content::ToolCall(call) if call.id.is_none())
    );
    assert!(matches!(
        &request.messages[2].parts[0].content,
        Content::ToolResult(result) if result.name.as_deref() == Some("f")
    ));
}

#[test]
fn the_form_the_limit_and_the_stops_are_read() {
    let body = with(
        r#","max_tokens":5,"max_completion_tokens":9,"stop":"END","temperature":0.70,"stream":true,"stream_options":{"include_usage":true},
        "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"b":1.0,"a":2}}}"#,
    );
    let request = read(&body).unwrap();
    assert_eq!(request.max_output, Some(9));
    assert_eq!(request.sampling.stop, ["END"]);
    assert!(request.stream && request.include_usage);
    let Some(Format::JsonSchema { schema, .. }) = &request.format else {
        panic!("{:?}", request.format);
    };
    assert_eq!(schema.get(), r#"{"b":1.0,"a":2}"#);
    let listed = with(r#","stop":["a","b"]"#);
    assert_eq!(read(&listed).unwrap().sampling.stop, ["a", "b"]);
}
