use super::{Said, streamed, whole};
use crate::{
    catalog::Usage,
    chat::Finish,
    dispatch::{Answer, Reported, Step},
    observe::{FailureClass, FinishReason},
};

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":9,"output_tokens":1}}}"#;
const TEXT: &str =
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
const HELLO: &str =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße"}}"#;
const CALL: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"look","input":{}}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

#[test]
fn what_was_used_is_all_of_it_at_the_end_alone() {
    let end = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}"#;
    let (said, answer, _) = streamed([START]);
    assert_eq!(answer.seen().usage, Reported::Usage(Usage::text(9, 1)));
    assert_eq!(said.usage, Some(Usage::text(9, 1)));
    let (_, answer, _) = streamed([START, r#"{"type":"ping"}"#, TEXT]);
    assert_eq!(answer.seen().content_bytes, 0, "none of it is content");
    assert_eq!(answer.seen().usage, Reported::Usage(Usage::text(9, 1)));
    let (_, answer, _) = streamed([START, TEXT, HELLO]);
    assert_eq!(answer.seen().content_bytes, 7);
    assert_eq!(answer.seen().usage, Reported::Missing);
    assert!(!answer.seen().finished);
    let (said, answer, last) = streamed([START, TEXT, HELLO, end, STOP]);
    assert_eq!(last, Step::Done);
    assert_eq!(answer.seen().usage, Reported::Usage(Usage::text(9, 7)));
    assert_eq!(said.text, "Grüße");
    assert!(answer.seen().finish_reasons.has(FinishReason::Stop));
}

#[test]
fn nothing_is_made_where_nobody_listens() {
    let mut answer = super::MessagesAnswer::new(false);
    for event in [START, TEXT, HELLO, CALL] {
        assert_eq!(answer.event(event.as_bytes(), &mut ()), Step::Pass);
    }
    assert_eq!(answer.seen().content_bytes, 7 + 11);
    // What a provider has spliced passes; the caller's own package deals with it.
    assert_eq!(answer.event(START.as_bytes(), &mut ()), Step::Pass);
    assert_eq!(answer.event(STOP.as_bytes(), &mut ()), Step::Done);
}

#[test]
fn errors_are_told_by_their_type() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let (said, answer, last) = streamed([START, error]);
    assert_eq!(last, Step::Failed);
    assert_eq!(answer.seen().failure, Some(FailureClass::Provider));
    assert_eq!(answer.seen().error.as_deref(), Some("overloaded_error"));
    assert_eq!(said.failed.as_deref(), Some("overloaded_error"));
    for (body, code, class) in [
        (error, "overloaded_error", Some(FailureClass::Provider)),
        (r#"{"error":"no"}"#, "error", None),
        (
            r#"{"error":{"type":"Bearer sk-1","code":7}}"#,
            "error",
            None,
        ),
        (
            r#"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#,
            "not_found_error",
            Some(FailureClass::ModelGone),
        ),
    ] {
        let (_, answer) = whole(body);
        assert_eq!(answer.seen().error.as_deref(), Some(code), "{body}");
        assert_eq!(answer.seen().failure, class, "{body}");
        assert!(!answer.seen().done);
    }
    for none in [
        "{}",
        "[]",
        "<html>",
        r#"{"detail":"x"}"#,
        r#"{"content":[]"#,
    ] {
        let mut answer = super::MessagesAnswer::new(false);
        assert!(answer.whole(none.as_bytes(), &mut ()).is_err(), "{none}");
    }
}

#[test]
fn an_answer_that_never_began_does_not_end() {
    assert_eq!(streamed([STOP]).2, Step::Garbage);
    assert_eq!(
        streamed([START, "{\"type\":\"content_block_"]).2,
        Step::Garbage
    );
}

#[test]
fn what_was_half_said_is_not_taken_for_all_of_it() {
    let begun = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":\"Sp"}}"#;
    assert_eq!(streamed([START, START, TEXT, HELLO]).2, Step::Pass);
    assert_eq!(streamed([START, CALL, begun, START]).2, Step::Garbage);
    assert_eq!(streamed([START, TEXT, HELLO, START]).2, Step::Garbage);
    let thinking = r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"Hm"}}"#;
    let (said, _, last) = streamed([START, thinking, START, TEXT, HELLO]);
    assert_eq!((last, &*said.text), (Step::Pass, "Grüße"));
}

#[test]
fn arguments_may_come_with_the_call_or_not_at_all() {
    let given = r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t2","name":"b","input":{"x": 1.0}}}"#;
    let over = r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"y\":2}"}}"#;
    let again = given.replace("\"index\":1", "\"index\":2");
    let stop = r#"{"type":"content_block_stop","index":1}"#;
    let empty = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}"#;
    let (said, _, _) = streamed([START, CALL, empty, given, stop, &again, over, STOP]);
    let arguments: Vec<_> = said.calls.iter().map(|call| &*call.arguments).collect();
    assert_eq!(arguments, ["", r#"{"x": 1.0}"#, r#"{"y":2}"#]);
    assert_eq!(said.ended.unwrap().finish, Finish::ToolCalls);
}

#[test]
fn the_provider_s_own_tools_and_unknown_blocks_are_no_words() {
    let search = r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}}"#;
    let query = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"q\":1}"}}"#;
    let found = r#"{"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","content":[{"type":"x","text":"no"}]}}"#;
    let news = r#"{"type":"content_block_start","index":2,"content_block":{"type":"novelty","text":"no"}}"#;
    let more =
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"no"}}"#;
    let (said, answer, last) = streamed([START, search, query, found, news, more, STOP]);
    assert_eq!(last, Step::Done);
    assert_eq!((&*said.text, said.calls.len()), ("", 0));
    assert!(answer.seen().content_bytes > 0, "they are paid for");
}

#[test]
fn a_count_of_tokens_is_usage() {
    let mut answer = super::MessagesAnswer::new(true);
    let mut said = Said::default();
    answer.whole(br#"{"input_tokens":14}"#, &mut said).unwrap();
    assert_eq!(said.usage, Some(Usage::text(14, 0)));
    assert!(
        super::MessagesAnswer::new(true)
            .whole(b"{}", &mut ())
            .is_err()
    );
}
