use super::Told;
use crate::{
    catalog::Usage,
    chat::Signed,
    dispatch::{Answer, Reported, Step, gemini::answer::GenerateAnswer},
    observe::{FailureClass, FinishReason},
};

fn events(asked: u32, events: &[&str]) -> (Told, GenerateAnswer, Vec<Step>) {
    let mut told = Told::default();
    let mut answer = GenerateAnswer::new(asked);
    let steps = events.iter();
    let steps = steps
        .map(|event| answer.event(event.as_bytes(), &mut told))
        .collect();
    (told, answer, steps)
}

#[test]
fn a_stream_is_told_piece_by_piece() {
    let (told, answer, steps) = events(
        1,
        &[
            r#"{"candidates":[{"content":{"parts":[{"text":"Hm.","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":9,"totalTokenCount":12,"thoughtsTokenCount":3},"modelVersion":"gemini-x-001","responseId":"r1"}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"Grü"},{"text":"ße"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"totalTokenCount":14,"thoughtsTokenCount":3},"modelVersion":"gemini-x-001"}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"c2ln"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":4,"candidatesTokenCount":3,"totalTokenCount":15,"thoughtsTokenCount":3,"trafficType":"ON_DEMAND"},"modelVersion":"gemini-x-001"}"#,
        ],
    );
    assert_eq!(steps, [Step::Pass, Step::Pass, Step::Pass]);
    assert_eq!(told.text, "Grüße");
    assert_eq!(told.thinking, "Hm.");
    assert_eq!(told.signatures, [(Signed::Text, "c2ln".to_owned())]);
    assert_eq!(told.ends, [(0, "Stop".to_owned())]);
    assert_eq!(told.model.as_deref(), Some("gemini-x-001"));
    let usage = Usage {
        cache_read: 4,
        reasoning: 3,
        ..Usage::text(5, 3)
    };
    assert_eq!(told.usage, Some(usage.clone()));
    let seen = answer.seen();
    assert_eq!(seen.usage, Reported::Usage(usage));
    assert_eq!(
        (seen.content_bytes, seen.finished, seen.done),
        (10, true, false)
    );
    assert_eq!(seen.tier.as_deref(), Some("standard"));
}

#[test]
fn a_role_or_a_signature_alone_is_no_content() {
    let (_, answer, steps) = events(
        1,
        &[
            r#"{"candidates":[{"content":{"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":9}}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"c2ln"}]}}]}"#,
        ],
    );
    assert_eq!(steps, [Step::Pass, Step::Pass]);
    assert_eq!(answer.seen().content_bytes, 0);
    assert!(!answer.seen().finished);
}

#[test]
fn calls_are_a_finish_of_their_own() {
    let (told, answer, _) = events(
        1,
        &[
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"a","args":{"x": 1.0}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"fc2","name":"b","args":{}}}]},"finishReason":"STOP"}]}"#,
        ],
    );
    let call =
        |name: &str, id: Option<&str>, args: &str| (name.into(), id.map(Into::into), args.into());
    assert_eq!(
        told.calls,
        [call("a", None, r#"{"x": 1.0}"#), call("b", Some("fc2"), "")]
    );
    assert_eq!(told.signatures, [(Signed::Call(0), "c2ln".to_owned())]);
    assert_eq!(told.ends, [(0, "ToolCalls".to_owned())]);
    let reasons = answer.seen().finish_reasons;
    assert!(reasons.has(FinishReason::ToolCalls) && !reasons.has(FinishReason::Stop));
}

#[test]
fn pieces_of_arguments_are_put_together_also_without_their_end() {
    let (told, _, steps) = events(
        1,
        &[
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"a","willContinue":true}}]}}]}"#,
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.x","stringValue":"Bos","willContinue":true}],"willContinue":true}}]}}]}"#,
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.x","stringValue":"ton"}],"willContinue":true}}]}}]}"#,
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]}"#,
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"b","partialArgs":[{"jsonPath":"$.n","numberValue":2}],"willContinue":true}}]},"finishReason":"STOP"}]}"#,
        ],
    );
    assert!(steps.iter().all(|step| *step == Step::Pass), "{steps:?}");
    let args: Vec<_> = told
        .calls
        .iter()
        .map(|(_, _, args)| args.as_str())
        .collect();
    assert_eq!(args, [r#"{"x":"Boston"}"#, r#"{"n":2}"#]);
}

#[test]
fn a_fault_is_no_end() {
    let fault = r#"{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed function call: f("}]}"#;
    let (told, answer, steps) = events(1, &[fault]);
    assert_eq!(steps, [Step::Garbage]);
    assert!(told.ends.is_empty());
    assert!(told.failed.unwrap().contains("MALFORMED_FUNCTION_CALL"));
    assert_eq!(answer.seen().failure, Some(FailureClass::Provider));
    assert_eq!(
        answer.seen().error.as_deref(),
        Some("malformed_function_call")
    );
    assert!(
        GenerateAnswer::new(1)
            .whole(fault.as_bytes(), &mut ())
            .is_err()
    );
}

#[test]
fn a_blocked_prompt_is_a_filtered_answer() {
    let blocked = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9},"modelVersion":"m"}"#;
    let (told, answer, steps) = events(1, &[blocked]);
    assert_eq!(steps, [Step::Pass]);
    assert_eq!(told.ends, [(0, "Filtered".to_owned())]);
    assert!(answer.seen().finished);
    assert!(
        answer
            .seen()
            .finish_reasons
            .has(FinishReason::ContentFilter)
    );
    let mut told = Told::default();
    GenerateAnswer::new(1)
        .whole(blocked.as_bytes(), &mut told)
        .unwrap();
    assert_eq!(told.ends, [(0, "Filtered".to_owned())]);
}

#[test]
fn every_candidate_has_to_end() {
    let (told, answer, _) = events(
        2,
        &[
            r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","index":0},{"content":{"parts":[{"text":"b"}]},"index":1}]}"#,
        ],
    );
    assert!(!answer.seen().finished);
    assert_eq!(told.ends.len(), 1);
    let mut answer = answer;
    let mut told = told;
    let last = br#"{"candidates":[{"finishReason":"MAX_TOKENS","index":1}]}"#;
    answer.event(last, &mut told);
    assert!(answer.seen().finished);
    assert_eq!(told.ends[1], (1, "Length".to_owned()));
}

#[test]
fn errors_come_bare_or_in_a_list() {
    let error = r#"{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}"#;
    for body in [
        error.to_owned(),
        format!("[{error}]"),
        format!(" [\n {error} ]"),
    ] {
        let (told, answer, steps) = events(1, &[&body]);
        assert_eq!(steps, [Step::Failed], "{body}");
        assert!(told.failed.unwrap().contains("overloaded"));
        assert_eq!(answer.seen().failure, Some(FailureClass::Provider));
        let mut answer = GenerateAnswer::new(1);
        answer.whole(body.as_bytes(), &mut ()).unwrap();
        assert_eq!(answer.seen().error.as_deref(), Some("unavailable"));
        assert!(!answer.seen().done);
    }
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    for body in [
        "",
        "{",
        "[]",
        "[[]]",
        "7",
        "<html>",
        "{}",
        r#"{"candidates":7}"#,
        r#"{"candidates":[{"index":4000000000}]}"#,
    ] {
        let mut answer = GenerateAnswer::new(1);
        assert!(answer.whole(body.as_bytes(), &mut ()).is_err(), "{body}");
    }
    let deep = format!(
        r#"{{"error":null,"candidates":{}1{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    assert_eq!(
        events(1, &[&deep, "\u{feff}"]).2,
        [Step::Garbage, Step::Garbage]
    );
    assert_eq!(
        GenerateAnswer::new(1).event(b"\xff", &mut ()),
        Step::Garbage
    );
}

#[test]
fn words_without_usage_leave_the_count_open() {
    let counted = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"totalTokenCount":11}}"#;
    let more = r#"{"candidates":[{"content":{"parts":[{"text":"b"}]}}]}"#;
    let (_, answer, _) = events(1, &[counted]);
    assert_eq!(answer.seen().usage, Reported::Usage(Usage::text(9, 2)));
    let (_, answer, _) = events(1, &[counted, more]);
    assert_eq!(answer.seen().usage, Reported::Missing);
}
