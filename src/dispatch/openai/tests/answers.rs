use super::Told;
use crate::{
    catalog::Usage,
    chat::Finish,
    dispatch::{Answer, Step, openai::answer::ChatAnswer},
    observe::FailureClass,
};

fn read(events: &[&str]) -> Told {
    let (mut answer, mut told) = (ChatAnswer::new(false, 8), Told::default());
    for event in events {
        let step = answer.event(event.as_bytes(), &mut told);
        assert!(matches!(step, Step::Pass | Step::Failed), "{event}");
    }
    told
}

fn call(piece: &str) -> String {
    format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{piece}]}}}}]}}"#)
}

fn calls(pieces: &[&str]) -> Vec<(Option<String>, String, String)> {
    let events: Vec<_> = pieces.iter().map(|piece| call(piece)).collect();
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    read(&events).choices[0].calls.clone()
}

fn of(id: &str, name: &str, arguments: &str) -> (Option<String>, String, String) {
    (Some(id.into()), name.into(), arguments.into())
}

#[test]
fn pieces_of_calls_find_together_however_a_server_numbers_them() {
    let expected = [of("a", "f", r#"{"x":1}"#), of("b", "g", "{}")];
    for pieces in [
        // OpenAI.
        &[
            r#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}"#,
            r#"{"index":0,"function":{"arguments":"{\"x\":"}}"#,
            r#"{"index":0,"function":{"arguments":"1}"}}"#,
            r#"{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}"#,
            r#"{"index":1,"function":{"arguments":"{}"}}"#,
        ][..],
        // Whole calls, all with the same number.
        &[
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
            r#"{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}"#,
        ],
        // No numbers.
        &[
            r#"{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}"#,
        ],
        &[
            r#"{"id":"a","function":{"name":"f","arguments":""}}"#,
            r#"{"id":"","function":{"name":null,"arguments":"{\"x\":1}"}}"#,
            r#"{"id":"b","function":{"name":"g","arguments":"{}"}}"#,
        ],
        // Id and name again with every piece.
        &[
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#,
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"1}"}}"#,
            r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}"#,
        ],
        // The name later than the id and the first arguments.
        &[
            r#"{"index":0,"id":"a","function":{"arguments":"{\"x\":"}}"#,
            r#"{"index":0,"function":{"name":"f","arguments":"1}"}}"#,
            r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}"#,
        ],
        // Arguments that are an object, and null.
        &[
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}"#,
            r#"{"index":1,"id":"b","function":{"name":"g","arguments":null}}"#,
            r#"{"index":1,"function":{"arguments":{}}}"#,
        ],
        // Interleaved.
        &[
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g","arguments":""}}"#,
            r#"{"index":1,"function":{"arguments":"{}"}},{"index":0,"function":{"arguments":"{\"x\":1}"}}"#,
        ],
    ] {
        assert_eq!(calls(pieces), expected, "{pieces:?}");
    }
}

#[test]
fn free_text_for_a_tool_becomes_the_one_member_of_an_object() {
    let told = read(&[
        &call(r#"{"index":0,"id":"a","type":"custom","custom":{"name":"f","input":"say \""}}"#),
        &call(r#"{"index":0,"custom":{"input":"hi\""}}"#),
        r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
    ]);
    let expected = of("a", "f", r#"{"input":"say \"hi\""}"#);
    assert_eq!(told.choices[0].calls, [expected]);
}

#[test]
fn the_older_function_call_is_a_call_without_id() {
    let told = read(&[
        r#"{"choices":[{"delta":{"function_call":{"name":"f","arguments":"{"}}}]}"#,
        r#"{"choices":[{"delta":{"function_call":{"arguments":"}"}}}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"function_call"}]}"#,
    ]);
    assert_eq!(told.choices[0].calls, [(None, "f".into(), "{}".into())]);
    assert_eq!(told.choices[0].finish(), Some(Finish::ToolCalls));
}

#[test]
fn thinking_is_read_under_each_name_and_once() {
    for (delta, text) in [
        (r#"{"reasoning_content":"hm"}"#, ""),
        (r#"{"reasoning":"hm","content":""}"#, ""),
        (r#"{"reasoning_content":"hm","reasoning":"hm"}"#, ""),
        (
            r#"{"reasoning_content":null,"reasoning":"hm","reasoning_details":[{"text":"hm"}]}"#,
            "",
        ),
        (
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"},{"type":"text","text":"m"}]},{"type":"text","text":"So"}]}"#,
            "So",
        ),
    ] {
        let told = read(&[&format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#)]);
        assert_eq!(told.choices[0].thinking, "hm", "{delta}");
        assert_eq!(told.choices[0].text, text, "{delta}");
    }
    let tagged = read(&[r#"{"choices":[{"delta":{"content":"<think>hm</think>"}}]}"#]);
    assert_eq!(tagged.choices[0].text, "<think>hm</think>");
}

#[test]
fn azure_s_first_chunk_says_nothing() {
    let told = read(&[
        r#"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#,
        r#"{"id":"chatcmpl-1","model":"gpt-x","choices":[{"index":0,"content_filter_results":{"hate":{"filtered":false}},"delta":{"content":"Hi"}}]}"#,
    ]);
    assert_eq!(told.id.as_deref(), Some("chatcmpl-1"));
    assert_eq!(told.model.as_deref(), Some("gpt-x"));
    assert_eq!(told.choices[0].text, "Hi");
}

#[test]
fn a_choice_ends_once_and_why_is_told_by_what_it_said() {
    for (said, word, finish) in [
        (r#""content":"x""#, "stop", Finish::Stop),
        (r#""content":"x""#, "eos_token", Finish::Stop),
        (r#""content":"x""#, "length", Finish::Length),
        (r#""content":"x""#, "model_length", Finish::Length),
        (r#""content":"x""#, "sensitive", Finish::Filtered),
        (r#""refusal":"no""#, "stop", Finish::Refused),
        (
            r#""tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
            "stop",
            Finish::ToolCalls,
        ),
    ] {
        let told = read(&[
            &format!(r#"{{"choices":[{{"delta":{{{said}}}}}]}}"#),
            &format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{word}"}}]}}"#),
            &format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{word}"}}]}}"#),
        ]);
        assert_eq!(told.choices[0].ends.len(), 1);
        assert_eq!(told.choices[0].finish(), Some(finish), "{said} {word}");
    }
    let stopped =
        read(&[r####"{"choices":[{"delta":{},"finish_reason":"stop","stop_reason":"###"}]}"####]);
    let ended = &stopped.choices[0].ends[0];
    assert_eq!(ended.finish, Finish::StopText);
    assert_eq!(ended.stop.as_deref(), Some("###"));
    let token =
        read(&[r#"{"choices":[{"delta":{},"finish_reason":"stop","stop_reason":128001}]}"#]);
    assert_eq!(token.choices[0].finish(), Some(Finish::Stop));
}

#[test]
fn choices_may_interleave() {
    let told = read(&[
        r#"{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"A"},"finish_reason":"stop"}]}"#,
        r#"{"choices":[{"index":1,"delta":{},"finish_reason":"length"}]}"#,
    ]);
    assert_eq!(told.choices[0].text, "aA");
    assert_eq!(told.choices[1].text, "b");
    assert_eq!(told.choices[1].finish(), Some(Finish::Length));
}

#[test]
fn sources_are_cited() {
    let told = read(&[
        r#"{"choices":[{"delta":{"content":"x","annotations":[{"type":"url_citation","url_citation":{"url":"https://e.example","title":"E","start_index":0,"end_index":1}},{"type":"file"},7]}}]}"#,
    ]);
    let expected = ("https://e.example".to_owned(), Some((0, 1)));
    assert_eq!(told.choices[0].cited, [expected]);
}

#[test]
fn groq_s_usage_is_read_where_it_stands() {
    let mut answer = ChatAnswer::new(true, 1);
    let mut told = Told::default();
    let last = br#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":3,"completion_tokens":2,"total_time":0.1}}}"#;
    assert_eq!(answer.event(last, &mut told), Step::Pass);
    assert_eq!(told.usage, Some(Usage::text(3, 2)));
}

#[test]
fn a_failure_is_told_with_its_class_and_words() {
    for (event, class, parts) in [
        (
            r#"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded","param":"x"}}"#,
            Some(FailureClass::Rate),
            &["slow down", "rate_limit_exceeded", "param: Some(\"x\")"][..],
        ),
        (r#"{"error":"overloaded"}"#, None, &["overloaded"]),
        (
            r#"{"error":{"code":"1113","message":"no money"}}"#,
            Some(FailureClass::Credential),
            &["no money"],
        ),
    ] {
        let (mut answer, mut told) = (ChatAnswer::new(false, 1), Told::default());
        assert_eq!(answer.event(event.as_bytes(), &mut told), Step::Failed);
        assert_eq!(answer.seen().failure, class);
        let failed = told.failed.unwrap();
        assert!(failed.contains(&format!("class: {class:?}")), "{failed}");
        for part in parts {
            assert!(failed.contains(part), "{failed}");
        }
    }
}

#[test]
fn errors_that_do_not_say_so_are_told_all_the_same() {
    for (body, words, class) in [
        (
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens","type":"BadRequestError","code":400}"#,
            "maximum context length",
            Some(FailureClass::ContextTooLong),
        ),
        (r#"{"detail":"Not Found"}"#, "Not Found", None),
    ] {
        let (mut answer, mut told) = (ChatAnswer::new(false, 1), Told::default());
        assert!(answer.whole(body.as_bytes(), &mut told).is_ok());
        assert!(told.failed.unwrap().contains(words));
        assert_eq!(answer.seen().error.as_deref(), Some("error"));
        assert_eq!(answer.seen().failure, class);
    }
    for body in ["{}", r#"{"choices":[]}"#] {
        let (mut answer, mut told) = (ChatAnswer::new(false, 1), Told::default());
        assert!(answer.whole(body.as_bytes(), &mut told).is_err(), "{body}");
    }
}

#[test]
fn a_fault_is_no_end() {
    let (mut answer, mut told) = (ChatAnswer::new(false, 1), Told::default());
    let fault = br#"{"choices":[{"delta":{"content":"x"},"finish_reason":"insufficient_system_resource"}]}"#;
    assert_eq!(answer.event(fault, &mut told), Step::Garbage);
    assert!(told.choices.is_empty());
}
