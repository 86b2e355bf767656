use super::{Said, events, opening, streamed, whole};
use crate::{
    catalog::Usage,
    chat::{self, Citation, Delta, Ended, Finish, Signed},
    dispatch::Step,
    query::{Refusal, RefusalKind},
};

fn text(text: &str) -> Delta<'_> {
    Delta::Text {
        choice: 0,
        text: text.into(),
    }
}

fn call(call: u32, name: &str) -> Delta<'_> {
    Delta::ToolCall {
        choice: 0,
        call,
        id: Some(format!("call_{call}").into()),
        name: name.into(),
    }
}

fn arguments(call: u32, json: &str) -> Delta<'_> {
    Delta::Arguments {
        choice: 0,
        call,
        json: json.into(),
    }
}

fn end(finish: Finish) -> Delta<'static> {
    Delta::End {
        choice: 0,
        ended: finish.into(),
    }
}

/// What a caller is given of some pieces, as this very format's reader understands it: streamed, then whole.
fn written(deltas: &[Delta<'_>]) -> [Said; 2] {
    let mut writer = chat::writer(opening(true)).unwrap();
    let mut stream = Vec::new();
    for delta in deltas {
        writer.take(delta.clone());
        stream.extend_from_slice(&writer.written());
    }
    stream.extend_from_slice(&writer.end());
    let events = events(std::str::from_utf8(&stream).unwrap());
    check_order(&events);
    let (said, _, last) = streamed(events.iter().map(String::as_str));
    assert_eq!(last, Step::Done);
    let mut writer = chat::writer(opening(false)).unwrap();
    for delta in deltas {
        writer.take(delta.clone());
        assert!(writer.written().is_empty());
    }
    let body = writer.end();
    [said, whole(std::str::from_utf8(&body).unwrap()).0]
}

/// Blocks come one after the other, each begun and ended, in the frame of a message.
fn check_order(events: &[String]) {
    let values: Vec<serde_json::Value> = events
        .iter()
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    let (mut open, mut next) = (None, 0);
    for value in &values {
        match value["type"].as_str().unwrap() {
            "content_block_start" => {
                assert_eq!(open, None);
                assert_eq!(value["index"], next);
                open = Some(next);
            }
            "content_block_delta" => assert_eq!(value["index"].as_u64(), open),
            "content_block_stop" => {
                assert_eq!(value["index"].as_u64(), open.take());
                next += 1;
            }
            "message_delta" | "message_stop" => assert_eq!(open, None),
            _ => {}
        }
    }
    let kinds: Vec<_> = values
        .iter()
        .map(|value| value["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds[..2], ["message_start", "ping"]);
    assert_eq!(kinds[kinds.len() - 2..], ["message_delta", "message_stop"]);
}

#[test]
fn a_conversation_s_answer_comes_back_the_same() {
    let usage = Usage {
        cache_read: 5,
        cache_write_1h: 2,
        reasoning: 3,
        ..Usage::text(11, 4)
    };
    let deltas = [
        Delta::Begin {
            id: Some("chatcmpl-AbCdEfGh12".into()),
            model: Some("gpt-x".into()),
        },
        Delta::Thinking {
            choice: 0,
            text: "Let me \"see\".".into(),
        },
        Delta::Signature {
            choice: 0,
            of: Signed::Thinking,
            signature: "c2ln".into(),
        },
        Delta::Signature {
            choice: 0,
            of: Signed::Redacted,
            signature: "aGlkZGVu".into(),
        },
        text("Grü"),
        text("ße\n🦀"),
        Delta::Citation {
            choice: 0,
            citation: Citation {
                url: Some("https://x.example/".into()),
                title: Some("X".into()),
                quote: Some("x".into()),
                span: None,
            },
        },
        call(0, "look"),
        arguments(0, "{\"a\": 1.0,"),
        arguments(0, "\"b\":[]}"),
        call(1, "stay"),
        end(Finish::ToolCalls),
        Delta::Usage(usage.clone()),
    ];
    let [stream, whole] = written(&deltas);
    assert_eq!(stream.id.as_deref(), Some("msg_AbCdEfGh12"));
    assert_eq!(stream.model.as_deref(), Some("gpt-x"));
    assert_eq!(stream.text, "Grüße\n🦀");
    assert_eq!(stream.cited, [("https://x.example/".into(), Some((0, 7)))]);
    assert_eq!(stream.thinking, "Let me \"see\".");
    let signatures = [
        (Signed::Thinking, "c2ln".to_owned()),
        (Signed::Redacted, "aGlkZGVu".to_owned()),
    ];
    assert_eq!(stream.signatures, signatures);
    assert_eq!(stream.calls[0].arguments, "{\"a\": 1.0,\"b\":[]}");
    assert_eq!(stream.calls[1].arguments, "");
    assert_eq!(stream.calls[0].id.as_deref(), Some("call_0"));
    assert_eq!(stream.ended, Some(Ended::new(Finish::ToolCalls)));
    assert_eq!(stream.usage.as_ref().map(Usage::prompt), Some(18));
    assert_eq!(stream.usage.as_ref().map(Usage::answer), Some(7));
    assert_eq!(whole.usage, Some(usage));
    let usage = whole.usage.clone();
    assert_eq!(whole, Said { usage, ..stream });
}

#[test]
fn calls_that_interleave_come_one_after_the_other() {
    let deltas = [
        text("a"),
        call(0, "first"),
        call(1, "second"),
        arguments(1, "{\"b\":"),
        arguments(0, "{\"a\":"),
        text("b"),
        arguments(1, "2}"),
        arguments(0, "1}"),
        call(2, "third"),
        text("c"),
        end(Finish::Stop),
    ];
    for said in written(&deltas) {
        let calls: Vec<_> = said
            .calls
            .iter()
            .map(|call| (&*call.name, &*call.arguments))
            .collect();
        let expected = [
            ("first", "{\"a\":1}"),
            ("second", "{\"b\":2}"),
            ("third", ""),
        ];
        assert_eq!(calls, expected);
        assert_eq!(said.text, "abc");
        assert_eq!(said.ended, Some(Ended::new(Finish::ToolCalls)));
    }
}

#[test]
fn arguments_that_are_no_object_can_still_be_read() {
    let deltas = [
        call(0, "a"),
        arguments(0, "not \"js"),
        arguments(0, "on\""),
        end(Finish::ToolCalls),
    ];
    for said in written(&deltas) {
        assert_eq!(said.calls[0].arguments, r#"{"_raw":"not \"json\""}"#);
    }
    let cut = [call(0, "a"), arguments(0, "{\"a\":"), end(Finish::Length)];
    let [stream, whole] = written(&cut);
    assert_eq!(stream.calls[0].arguments, "{\"a\":", "as it came");
    assert_eq!(whole.calls[0].arguments, r#"{"_raw":"{\"a\":"}"#);
    assert_eq!(whole.ended.unwrap().finish, Finish::Length);
}

#[test]
fn every_end_has_its_word() {
    for (finish, comes_back) in [
        (Finish::Stop, Finish::Stop),
        (Finish::StopText, Finish::Stop),
        (Finish::Length, Finish::Length),
        (Finish::Context, Finish::Context),
        (Finish::Filtered, Finish::Refused),
        (Finish::Refused, Finish::Refused),
        (Finish::Paused, Finish::Paused),
    ] {
        for said in written(&[text("x"), end(finish)]) {
            assert_eq!(said.ended.unwrap().finish, comes_back, "{finish:?}");
        }
    }
    let mut ended = Ended::new(Finish::StopText);
    ended.stop = Some("END".into());
    for said in written(&[Delta::End { choice: 0, ended }]) {
        assert_eq!(said.ended.unwrap().stop.as_deref(), Some("END"));
    }
    let mut ended = Ended::new(Finish::Refused);
    ended.explanation = Some("not this".into());
    let refusal = Delta::Refusal {
        choice: 0,
        text: "No.".into(),
    };
    for said in written(&[refusal, Delta::End { choice: 0, ended }]) {
        assert_eq!(said.text, "No.");
        assert_eq!(said.ended.unwrap().explanation.as_deref(), Some("not this"));
    }
}

#[test]
fn thinking_is_shown_to_who_wants_it_and_signed_in_any_case() {
    let thought = Delta::Thinking {
        choice: 0,
        text: "Hm".into(),
    };
    let mut writer = chat::writer(opening(true)).unwrap();
    writer.take(thought.clone());
    writer.take(text("x"));
    let stream = String::from_utf8(writer.end().to_vec()).unwrap();
    let signed = r#""delta":{"type":"signature_delta","signature":""}}"#;
    assert!(stream.contains(signed), "{stream}");
    for stream in [true, false] {
        let mut opening = opening(stream);
        opening.shows_thinking = false;
        let mut writer = chat::writer(opening).unwrap();
        writer.take(thought.clone());
        writer.take(text("x"));
        let answer = String::from_utf8(writer.end().to_vec()).unwrap();
        assert!(!answer.contains("thinking"), "{answer}");
    }
}

#[test]
fn counters_that_nobody_knows_are_not_written() {
    let [stream, _] = written(&[text("x"), end(Finish::Stop)]);
    assert_eq!(stream.usage, None);
    let mut writer = chat::writer(opening(true)).unwrap();
    writer.take(text("x"));
    let stream = String::from_utf8(writer.end().to_vec()).unwrap();
    assert!(
        stream.contains(r#""usage":{"output_tokens":0}}"#),
        "{stream}"
    );
}

#[test]
fn a_failed_stream_never_looks_complete() {
    let mut writer = chat::writer(opening(true)).unwrap();
    writer.take(text("x"));
    let why = Refusal::new(RefusalKind::Upstream, "gone");
    let told = String::from_utf8(writer.fail(&why).to_vec()).unwrap();
    assert!(told.starts_with("event: message_start\n"), "{told}");
    assert!(told.contains("event: error\ndata: {\"type\":\"error\""));
    assert!(!told.contains("message_stop") && !told.contains("message_delta"));
}

#[test]
fn a_stream_reads_as_it_is_written_by_the_vendor() {
    let mut writer = chat::writer(opening(true)).unwrap();
    writer.take(Delta::Usage(Usage::text(3, 0)));
    writer.take(text("Hi"));
    writer.take(end(Finish::Stop));
    writer.take(Delta::Usage(Usage::text(3, 2)));
    let stream = String::from_utf8(writer.end().to_vec()).unwrap();
    let expected = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_0123456789abcdef","type":"message","role":"assistant","model":"m-1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}

event: ping
data: {"type": "ping"}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2}}

event: message_stop
data: {"type":"message_stop"}

"#;
    assert_eq!(stream, expected);
}
