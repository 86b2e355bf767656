//! How answers are written for Gemini callers.

use serde_json::{Value, json};

use crate::{
    catalog::Usage,
    chat::{Citation, Delta, Ended, Finish, Opening, Signed, caller::gemini::write::writer},
    query::{Api, Refusal, RefusalKind},
};

fn opening(api: Api) -> Opening {
    Opening {
        api,
        id: "abc".into(),
        model: "asked".into(),
        created: 0,
        stream: !matches!(api, Api::GeminiGenerate),
        include_usage: false,
        shows_thinking: true,
        legacy_functions: false,
        choices: 1,
    }
}

fn text(text: &str) -> Delta<'_> {
    Delta::Text {
        choice: 0,
        text: text.into(),
    }
}

fn end(finish: Finish) -> Delta<'static> {
    Delta::End {
        choice: 0,
        ended: Ended::new(finish),
    }
}

fn call(number: u32, name: &'static str) -> Delta<'static> {
    Delta::ToolCall {
        choice: 0,
        call: number,
        id: Some(format!("c{number}").into()),
        name: name.into(),
    }
}

fn arguments(number: u32, json: &str) -> Delta<'_> {
    Delta::Arguments {
        choice: 0,
        call: number,
        json: json.into(),
    }
}

/// The events of a stream, each read.
fn events(deltas: Vec<Delta<'_>>) -> Vec<Value> {
    let mut writer = writer(opening(Api::GeminiStream));
    let mut out = Vec::new();
    for delta in deltas {
        writer.take(delta);
        out.extend_from_slice(&writer.written());
    }
    out.extend_from_slice(&writer.end());
    let text = String::from_utf8(out).unwrap();
    let events = text.strip_suffix("\r\n\r\n").unwrap().split("\r\n\r\n");
    events
        .map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap())
        .collect()
}

fn whole(deltas: Vec<Delta<'_>>) -> Value {
    let mut writer = writer(opening(Api::GeminiGenerate));
    deltas.into_iter().for_each(|delta| writer.take(delta));
    assert!(writer.written().is_empty());
    serde_json::from_slice(&writer.end()).unwrap()
}

#[test]
fn every_event_is_a_whole_answer() {
    let events = events(vec![
        Delta::Begin {
            id: Some("chatcmpl-1".into()),
            model: Some("gpt".into()),
        },
        text("Grü\"ße"),
        end(Finish::Length),
        Delta::Usage(Usage {
            cache_read: 4,
            reasoning: 3,
            ..Usage::text(5, 2)
        }),
    ]);
    let usage = json!({"promptTokenCount": 9, "candidatesTokenCount": 2, "totalTokenCount": 14,
        "cachedContentTokenCount": 4, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
        "thoughtsTokenCount": 3});
    assert_eq!(
        events,
        [
            json!({"candidates": [{"content": {"parts": [{"text": "Grü\"ße"}], "role": "model"}, "index": 0}],
                "modelVersion": "gpt", "responseId": "abc"}),
            json!({"candidates": [{"content": {"parts": [{"text": ""}], "role": "model"},
                "finishReason": "MAX_TOKENS", "index": 0}],
                "usageMetadata": usage, "modelVersion": "gpt", "responseId": "abc"}),
        ]
    );
}

#[test]
fn calls_come_whole_and_in_their_order() {
    let deltas = || {
        vec![
            text("Let me see."),
            call(0, "a"),
            Delta::Signature {
                choice: 0,
                of: Signed::Call(0),
                signature: "c2ln".into(),
            },
            arguments(0, "{\"x\":"),
            arguments(0, " 1.0}"),
            call(1, "b"),
            call(2, "c"),
            arguments(2, "[1]"),
            end(Finish::ToolCalls),
        ]
    };
    let parts = [
        json!({"functionCall": {"id": "c0", "name": "a", "args": {"x": 1.0}}, "thoughtSignature": "c2ln"}),
        json!({"functionCall": {"id": "c1", "name": "b", "args": {}}}),
        json!({"functionCall": {"id": "c2", "name": "c", "args": {"_raw": "[1]"}}}),
    ];
    let events = events(deltas());
    assert_eq!(events.len(), 3);
    assert_eq!(
        events[1]["candidates"][0]["content"]["parts"],
        json!([parts[0]])
    );
    let last = &events[2]["candidates"][0];
    assert_eq!(last["content"]["parts"], json!([parts[1], parts[2]]));
    assert_eq!(last["finishReason"], "STOP");
    let whole = whole(deltas());
    let candidate = &whole["candidates"][0];
    let [first, second, third] = parts;
    let all = json!([{"text": "Let me see."}, first, second, third]);
    assert_eq!(candidate["content"]["parts"], all);
}

#[test]
fn words_of_a_whole_answer_are_one_part() {
    let thinking = |text: &'static str| Delta::Thinking {
        choice: 0,
        text: text.into(),
    };
    let signed = Delta::Signature {
        choice: 0,
        of: Signed::Thinking,
        signature: "c2ln".into(),
    };
    let whole = whole(vec![
        thinking("H"),
        thinking("m"),
        signed,
        text("a"),
        text("b"),
        end(Finish::Stop),
    ]);
    assert_eq!(
        whole["candidates"][0]["content"]["parts"],
        json!([{"text": "Hm", "thought": true, "thoughtSignature": "c2ln"}, {"text": "ab"}])
    );
}

#[test]
fn a_refusal_is_a_stop_for_safety() {
    let refusal = Delta::Refusal {
        choice: 0,
        text: "I cannot.".into(),
    };
    let ended = Ended {
        explanation: Some("policy".into()),
        ..Ended::new(Finish::Refused)
    };
    let end = Delta::End { choice: 0, ended };
    let said = whole(vec![refusal, end.clone()]);
    let candidate = &said["candidates"][0];
    assert_eq!(candidate["finishReason"], "SAFETY");
    assert_eq!(candidate["finishMessage"], "policy");
    assert_eq!(candidate["content"]["parts"][0]["text"], "I cannot.");
    let silent = whole(vec![end]);
    assert!(silent["candidates"][0]["content"].is_null());
}

#[test]
fn sources_are_placed_by_bytes() {
    let citation = Citation {
        url: Some("https://a.example".into()),
        title: Some("A".into()),
        span: Some((1, 3)),
        ..Citation::default()
    };
    let cited = Delta::Citation {
        choice: 0,
        citation,
    };
    let whole = whole(vec![text("éab"), cited, end(Finish::Stop)]);
    assert_eq!(
        whole["candidates"][0]["groundingMetadata"],
        json!({"groundingChunks": [{"web": {"uri": "https://a.example", "title": "A"}}],
            "groundingSupports": [{"segment": {"startIndex": 2, "endIndex": 4, "text": "ab"},
                "groundingChunkIndices": [0]}]})
    );
}

#[test]
fn a_stream_that_was_not_asked_for_as_events_is_an_array() {
    let mut writer = writer(opening(Api::GeminiStreamArray));
    let mut out = Vec::new();
    writer.take(text("a"));
    out.extend_from_slice(&writer.written());
    writer.take(end(Finish::Stop));
    out.extend_from_slice(&writer.end());
    let elements: Vec<Value> = serde_json::from_slice(&out).unwrap();
    assert_eq!(elements.len(), 2);
    assert_eq!(elements[1]["candidates"][0]["finishReason"], "STOP");
}

#[test]
fn what_breaks_off_does_not_look_like_an_end() {
    let why = Refusal::new(RefusalKind::Upstream, "gone");
    let mut events = writer(opening(Api::GeminiStream));
    events.take(text("a"));
    let told = events.fail(&why);
    let told = std::str::from_utf8(&told).unwrap();
    assert!(told.contains("\"error\":{\"code\":502") && !told.contains("finishReason"));
    let mut array = writer(opening(Api::GeminiStreamArray));
    array.take(text("a"));
    let elements: Vec<Value> = serde_json::from_slice(&array.fail(&why)).unwrap();
    assert_eq!(elements[1]["error"]["code"], 502);
}

#[test]
fn thinking_that_is_not_shown_leaves_nothing() {
    let mut opening = opening(Api::GeminiGenerate);
    opening.shows_thinking = false;
    let mut writer = writer(opening);
    writer.take(Delta::Thinking {
        choice: 0,
        text: "secret".into(),
    });
    writer.take(Delta::Signature {
        choice: 0,
        of: Signed::Thinking,
        signature: "c2ln".into(),
    });
    writer.take(text("a"));
    let body: Value = serde_json::from_slice(&writer.end()).unwrap();
    assert_eq!(
        body["candidates"][0]["content"]["parts"],
        json!([{"text": "a"}])
    );
}

#[test]
fn hostile_numbers_of_choices_cost_nothing() {
    let mut writer = writer(opening(Api::GeminiGenerate));
    writer.take(Delta::Text {
        choice: u32::MAX,
        text: "a".into(),
    });
    writer.take(arguments(7, "{}"));
    assert!(writer.end().len() < 200);
}
