use serde_json::Value;

use crate::{
    catalog::Usage,
    chat::{Citation, Delta, Ended, Finish, Opening, Signed, writer},
    query::{Api, Refusal, RefusalKind},
};

fn opening() -> Opening {
    Opening {
        api: Api::OpenAiChat,
        id: "d1".into(),
        model: "asked".into(),
        created: 1_700_000_000,
        stream: true,
        include_usage: false,
        shows_thinking: false,
        legacy_functions: false,
        choices: 1,
    }
}

fn begin() -> Delta<'static> {
    Delta::Begin {
        id: Some("msg_01Ab".into()),
        model: Some("claude-x".into()),
    }
}

fn text(text: &'static str) -> Delta<'static> {
    let text = text.into();
    Delta::Text { choice: 0, text }
}

fn call(call: u32, id: Option<&'static str>, name: &'static str) -> Delta<'static> {
    Delta::ToolCall {
        choice: 0,
        call,
        id: id.map(Into::into),
        name: name.into(),
    }
}

fn end(finish: Finish) -> Delta<'static> {
    Delta::End {
        choice: 0,
        ended: finish.into(),
    }
}

fn written(opening: Opening, deltas: Vec<Delta<'_>>) -> String {
    let mut writer = writer(opening).unwrap();
    let mut all = Vec::new();
    for delta in deltas {
        writer.take(delta);
        all.extend_from_slice(&writer.written());
    }
    all.extend_from_slice(&writer.end());
    String::from_utf8(all).unwrap()
}

/// The chunks' objects, without the end marker.
fn chunks(stream: &str) -> Vec<Value> {
    let events = stream.strip_suffix("data: [DONE]\n\n").unwrap();
    let data = events.split_terminator("\n\n");
    let data = data.map(|event| event.strip_prefix("data: ").unwrap());
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn deltas(stream: &str) -> Vec<String> {
    let chunks = chunks(stream);
    let choices = chunks.iter().map(|chunk| &chunk["choices"][0]);
    choices.map(|choice| choice["delta"].to_string()).collect()
}

#[test]
fn a_stream_is_openai_s_to_the_byte() {
    let mut opening = opening();
    opening.include_usage = true;
    let usage = Usage {
        cache_read: 2,
        reasoning: 1,
        ..Usage::text(5, 3)
    };
    let stream = written(
        opening,
        vec![
            begin(),
            text("Grüß\n"),
            text(""),
            end(Finish::Stop),
            Delta::Usage(usage),
        ],
    );
    let head = r#"data: {"id":"chatcmpl-01Ab","object":"chat.completion.chunk","created":1700000000,"model":"claude-x","system_fingerprint":null,"choices":["#;
    let expected = [
        head,
        r#"{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}"#,
        "\n\n",
        head,
        r#"{"index":0,"delta":{"content":"Grüß\n"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
        "\n\n",
        head,
        r#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}"#,
        "\n\n",
        head,
        r#"],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":2,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":1,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}"#,
        "\n\ndata: [DONE]\n\n",
    ];
    assert_eq!(stream, expected.concat());
}

#[test]
fn calls_are_told_by_index_and_have_an_object_at_least() {
    let json = |call, json: &'static str| Delta::Arguments {
        choice: 0,
        call,
        json: json.into(),
    };
    let deltas_of = || {
        vec![
            begin(),
            call(0, Some("toolu_1"), "f"),
            call(1, None, "g"),
            json(0, "{\"x\":"),
            json(0, "1}"),
            end(Finish::ToolCalls),
        ]
    };
    let stream = written(opening(), deltas_of());
    let told = deltas(&stream);
    assert!(told[0].contains(r#""content":null"#), "{}", told[0]);
    assert!(told[1].contains(r#""id":"toolu_1""#), "{}", told[1]);
    let id = chunks(&stream)[2]["choices"][0]["delta"]["tool_calls"][0]["id"].clone();
    assert!(id.as_str().unwrap().starts_with("call_"), "{id}");
    assert_eq!(
        told[3],
        r#"{"tool_calls":[{"function":{"arguments":"{\"x\":"},"index":0}]}"#
    );
    assert_eq!(
        told[5],
        r#"{"tool_calls":[{"function":{"arguments":"{}"},"index":1}]}"#
    );
    let mut opening = opening();
    opening.stream = false;
    let whole: Value = serde_json::from_str(&written(opening, deltas_of())).unwrap();
    let message = &whole["choices"][0]["message"];
    assert!(message["content"].is_null());
    assert_eq!(
        message["tool_calls"][0]["function"]["arguments"],
        "{\"x\":1}"
    );
    assert_eq!(message["tool_calls"][1]["function"]["arguments"], "{}");
    assert_eq!(message["tool_calls"][1]["id"], id, "the same in both forms");
    assert_eq!(whole["choices"][0]["finish_reason"], "tool_calls");
}

#[test]
fn callers_of_functions_get_function_calls() {
    let said = || vec![begin(), call(0, None, "f"), end(Finish::ToolCalls)];
    let mut opening = opening();
    opening.legacy_functions = true;
    let stream = written(opening.clone(), said());
    assert_eq!(
        deltas(&stream)[1..3],
        [
            r#"{"function_call":{"arguments":"","name":"f"}}"#,
            r#"{"function_call":{"arguments":"{}"}}"#,
        ]
    );
    assert!(stream.contains(r#""finish_reason":"function_call""#));
    opening.stream = false;
    let whole: Value = serde_json::from_str(&written(opening, said())).unwrap();
    let message = &whole["choices"][0]["message"];
    assert_eq!(message["function_call"]["name"], "f");
    assert!(message["tool_calls"].is_null());
}

#[test]
fn thinking_is_shown_to_those_who_asked() {
    let said = || {
        let (choice, words) = (0, "hm".into());
        vec![
            Delta::Thinking {
                choice,
                text: words,
            },
            Delta::Signature {
                choice,
                of: Signed::Thinking,
                signature: "secret".into(),
            },
            text("So."),
            end(Finish::Stop),
        ]
    };
    for (stream, shown) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut opening = opening();
        (opening.stream, opening.shows_thinking) = (stream, shown);
        let all = written(opening, said());
        assert_eq!(all.contains(r#""reasoning_content":"hm""#), shown, "{all}");
        assert!(!all.contains("secret"));
    }
}

#[test]
fn a_refusal_has_words_and_a_reason() {
    let ended = Ended {
        explanation: Some("not that".into()),
        ..Ended::new(Finish::Refused)
    };
    let explained = Delta::End { choice: 0, ended };
    let words = Delta::Refusal {
        choice: 0,
        text: "no".into(),
    };
    for (said, refusal, reason) in [
        (vec![explained], "not that", "content_filter"),
        (vec![words, end(Finish::Refused)], "no", "stop"),
    ] {
        let stream = written(opening(), said.clone());
        assert!(
            stream.contains(&format!(r#"{{"refusal":"{refusal}"}}"#)),
            "{stream}"
        );
        assert!(
            stream.contains(&format!(r#""finish_reason":"{reason}""#)),
            "{stream}"
        );
        let mut opening = opening();
        opening.stream = false;
        let whole: Value = serde_json::from_str(&written(opening, said)).unwrap();
        assert!(whole["choices"][0]["message"]["content"].is_null());
        assert_eq!(whole["choices"][0]["message"]["refusal"], refusal);
        assert_eq!(whole["choices"][0]["finish_reason"], reason);
    }
}

#[test]
fn sources_with_an_address_are_annotations() {
    let cite = |url: Option<&'static str>| Delta::Citation {
        choice: 0,
        citation: Citation {
            url: url.map(Into::into),
            ..Citation::default()
        },
    };
    let said = || vec![text("Grüß"), cite(Some("https://e.example")), cite(None)];
    let expected = r#""annotations":[{"type":"url_citation","url_citation":{"start_index":4,"end_index":4,"title":"","url":"https://e.example"}}]"#;
    for stream in [true, false] {
        let mut opening = opening();
        opening.stream = stream;
        let all = written(opening, said());
        assert_eq!(all.matches(expected).count(), 1, "{all}");
    }
}

#[test]
fn nothing_but_a_name_is_no_chunk_and_a_fault_is_no_end() {
    let mut writer = writer(opening()).unwrap();
    writer.take(begin());
    assert!(writer.written().is_empty());
    writer.take(end(Finish::Fault));
    writer.take(end(Finish::Fault));
    let all = writer.written();
    let text = std::str::from_utf8(&all).unwrap();
    assert!(!text.contains(r#""finish_reason":""#), "{text}");
    let failed = writer.fail(&Refusal::new(RefusalKind::Upstream, "gone"));
    let failed = std::str::from_utf8(&failed).unwrap();
    assert!(
        failed.starts_with(r#"data: {"error":{"message":"gone""#),
        "{failed}"
    );
    assert!(!failed.contains("[DONE]"));
}

#[test]
fn choices_that_nobody_asked_for_are_left_out() {
    let stray = Delta::Text {
        choice: u32::MAX,
        text: "x".into(),
    };
    for stream in [true, false] {
        let mut opening = opening();
        opening.stream = stream;
        let all = written(opening, vec![stray.clone(), text("y"), end(Finish::Stop)]);
        assert!(!all.contains(r#""x""#) && all.contains(r#""y""#), "{all}");
    }
}
