use proptest::prelude::*;

use super::Told;
use crate::{
    chat::Request,
    dispatch::{Answer, openai::answer::ChatAnswer},
    query::Api,
};

/// JSON that has the members that are read, with values of any shape.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i32>().prop_map(|number| number.to_string()),
        Just("1e999".to_owned()),
        Just("-0.5".to_owned()),
        "[a-zA-Z0-9 \"\\\\\u{0}é]{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        prop::sample::select(
            &[
                "text",
                "tool",
                "assistant",
                "user",
                "function",
                "stop",
                "image_url",
                "data:a/b;base64,",
                "required",
                "json_schema",
                "https://x",
                "{}",
                "{\"a\":1}",
                "custom",
            ][..]
        )
        .prop_map(|text| serde_json::to_string(text).unwrap()),
    ];
    let name = prop::sample::select(
        &[
            "model",
            "messages",
            "role",
            "content",
            "type",
            "text",
            "tool_calls",
            "index",
            "id",
            "function",
            "name",
            "arguments",
            "choices",
            "delta",
            "message",
            "finish_reason",
            "usage",
            "prompt_tokens",
            "completion_tokens",
            "error",
            "code",
            "image_url",
            "url",
            "tools",
            "tool_choice",
            "n",
            "stop",
            "response_format",
            "json_schema",
            "schema",
            "thinking",
            "reasoning",
            "refusal",
            "annotations",
            "url_citation",
            "custom",
            "input",
            "file",
            "input_audio",
            "data",
            "format",
            "x_groq",
            "functions",
            "function_call",
            "tool_call_id",
            "logit_bias",
            "temperature",
            "max_tokens",
            "stream_options",
        ][..],
    );
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                let members = members
                    .iter()
                    .map(|(name, value)| format!("\"{name}\":{value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_answer_and_no_request_breaks_a_reader(
        events in prop::collection::vec(json(), 1..4),
        messages in json(),
    ) {
        let (mut answer, mut told) = (ChatAnswer::new(false, 1), Told::default());
        for event in &events {
            answer.event(event.as_bytes(), &mut told);
        }
        let choices = format!(r#"{{"choices":{},"error":{messages}}}"#, events[0]);
        answer.event(choices.as_bytes(), &mut told);
        let mut answer = ChatAnswer::new(false, 1);
        let _ = answer.whole(events[0].as_bytes(), &mut told);
        let _ = Request::read(Api::OpenAiChat, events[0].as_bytes());
        let body = format!(r#"{{"model":"m","messages":{messages},"tools":{}}}"#, events[0]);
        let _ = Request::read(Api::OpenAiChat, body.as_bytes());
    }
}

#[test]
fn depth_is_bounded_everywhere() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(5000), close.repeat(5000));
    for value in [
        deep("[", "]"),
        deep(r#"{"a":"#, "}").replace("a\":}", "a\":1}"),
    ] {
        let body = format!(r#"{{"messages":{value},"logit_bias":{value}}}"#);
        assert!(Request::read(Api::OpenAiChat, body.as_bytes()).is_err());
        let body = format!(r#"{{"choices":[{{"delta":{{"content":{value}}}}}]}}"#);
        let mut told = Told::default();
        ChatAnswer::new(false, 1).event(body.as_bytes(), &mut told);
        assert!(told.choices.is_empty());
    }
}

#[test]
fn choices_and_calls_are_capped() {
    let mut told = Told::default();
    let mut answer = ChatAnswer::new(false, 1);
    let far = br#"{"choices":[{"index":4294967295,"delta":{"content":"x"}}]}"#;
    answer.event(far, &mut told);
    assert!(told.choices.is_empty());
    let piece = r#"{"id":"#;
    let mut seen = 0;
    for number in 0..2000 {
        let event = format!(
            r#"{{"choices":[{{"delta":{{"tool_calls":[{piece}"{number}","index":{number},"function":{{"name":"f"}}}}]}}}}]}}"#
        );
        if answer.event(event.as_bytes(), &mut told) == crate::dispatch::Step::Pass {
            seen += 1;
        }
    }
    assert_eq!(seen, 1024);
}
