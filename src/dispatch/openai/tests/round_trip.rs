use bytes::Bytes;
use http_body_util::BodyExt;
use proptest::prelude::*;
use serde_json::value::RawValue;

use super::{Told, candidate};
use crate::{
    catalog::{Candidate, Usage},
    chat::{
        self, Content, Delta, Effort, Ended, Finish, Format, Media, Message, Opening, Part,
        Reasoning, Request, Role, Sink, Source, Thinking, Tool, ToolCall, ToolChoice, ToolResult,
    },
    dispatch::{
        Answer, Dialect, Outgoing, Step,
        openai::{OpenAi, answer::ChatAnswer},
    },
    query::{Api, Query},
};

const WORDS: &str = "[a-zA-Z0-9 \"\\\\\n\u{1}é🦀]{1,12}";

fn content(text: String) -> Part<'static> {
    Part::text(text)
}

/// A user's or the system's turn as it comes back: a text, or several parts with an image among them.
fn spoken() -> impl Strategy<Value = Vec<Message<'static>>> {
    (any::<bool>(), any::<bool>(), WORDS, WORDS).prop_map(|(system, image, a, b)| {
        let role = if system { Role::System } else { Role::User };
        let parts = if image && !system {
            let mut media = Media::new(Source::Inline {
                media_type: "image/png".into(),
                data: "iVBORw==".into(),
            });
            media.detail = Some("low".into());
            vec![content(a), Content::Image(media).into(), content(b)]
        } else {
            vec![content(a)]
        };
        vec![Message::new(role, parts)]
    })
}

/// The model's turn, and the results of the calls that it makes.
fn answered() -> impl Strategy<Value = Vec<Message<'static>>> {
    let calls = prop::collection::vec((WORDS, WORDS), 0..4);
    let said = (
        prop::option::of(WORDS),
        prop::option::of(WORDS),
        prop::option::of(WORDS),
    );
    (said, calls).prop_map(|((thought, text, refusal), calls)| {
        let mut parts = Vec::new();
        if let Some(thought) = thought {
            parts.push(Content::Thinking(Thinking::new(thought)).into());
        }
        match (text, refusal) {
            (Some(text), None) => parts.push(content(text)),
            (None, Some(refusal)) => parts.push(Content::Refusal(refusal.into()).into()),
            (Some(text), Some(refusal)) => {
                parts.push(content(text));
                parts.push(Content::Refusal(refusal.into()).into());
            }
            (None, None) if calls.is_empty() => parts.push(content("x".into())),
            (None, None) => {}
        }
        let mut results = Vec::new();
        for (at, (name, words)) in calls.into_iter().enumerate() {
            let arguments = serde_json::json!({ "q": words }).to_string();
            let mut call = ToolCall::new(name, arguments);
            call.id = Some(format!("call_{at}").into());
            let mut result = ToolResult::new(vec![content(words)]);
            result.id = call.id.clone();
            parts.push(Content::ToolCall(call).into());
            results.push(Content::ToolResult(result).into());
        }
        let mut turns = vec![Message::new(Role::Assistant, parts)];
        if !results.is_empty() {
            turns.push(Message::new(Role::User, results));
        }
        turns
    })
}

fn request() -> impl Strategy<Value = Request<'static>> {
    let turn = prop_oneof![spoken(), answered()];
    let turns = prop::collection::vec(turn, 1..6);
    let head = (
        0..4_u8,
        0..3_u8,
        any::<bool>(),
        prop::option::of(1..9999_u32),
        1..4_u32,
    );
    (turns, head, WORDS).prop_map(|(turns, head, words)| {
        let (choice, form, stream, max_output, choices) = head;
        let schema: &'static RawValue = serde_json::from_str(
            r#"{"type":"object","b":1.0,"a":{},"additionalProperties":false}"#,
        )
        .unwrap();
        let schema = std::borrow::Cow::Borrowed(schema);
        let mut tool = Tool::new("look_up");
        tool.description = Some(words.clone().into());
        tool.parameters = Some(schema.clone());
        tool.strict = Some(stream);
        let mut request = Request::new();
        request.messages = turns.into_iter().flatten().collect();
        request.tools = vec![
            tool.clone(),
            Tool {
                name: "other".into(),
                ..tool
            },
        ];
        request.tool_choice = match choice {
            0 => None,
            1 => Some(ToolChoice::Required),
            2 => Some(ToolChoice::Named("other".into())),
            _ => Some(ToolChoice::Allowed {
                names: vec!["look_up".into(), "other".into()],
                required: stream,
            }),
        };
        request.parallel_tools = Some(stream);
        request.format = match form {
            0 => None,
            1 => Some(Format::JsonObject),
            _ => Some(Format::JsonSchema {
                name: Some("n".into()),
                description: Some(words.clone().into()),
                schema,
                strict: Some(true),
            }),
        };
        request.reasoning = Some(Reasoning {
            effort: Some(Effort::Level("high".into())),
            shown: None,
        });
        request.sampling.temperature = Some(serde_json::from_str("1").unwrap());
        request.sampling.seed = Some(serde_json::from_str("-7").unwrap());
        request.sampling.stop = vec![words.clone().into(), "END".into()];
        (request.stream, request.include_usage) = (stream, stream);
        (request.max_output, request.choices) = (max_output, choices);
        request.user = Some(words.clone().into());
        request.cache_key = Some(words.into());
        request
    })
}

async fn written(request: &Request<'_>, candidate: &Candidate) -> Vec<u8> {
    let body = br#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#;
    let query = Query::read(Api::OpenAiChat, body).unwrap();
    let bytes = Bytes::from_static(body);
    let outgoing = Outgoing::new(&query, &bytes, candidate);
    let encoded = OpenAi::new()
        .request(&outgoing.translated(request))
        .unwrap();
    assert_eq!(encoded.dropped, Vec::<String>::new());
    encoded.body.collect().await.unwrap().to_bytes().to_vec()
}

fn opening(stream: bool, choices: u32) -> Opening {
    Opening {
        api: Api::OpenAiChat,
        id: "0".into(),
        model: "m".into(),
        created: 1,
        stream,
        include_usage: true,
        shows_thinking: true,
        legacy_functions: false,
        choices,
    }
}

/// Pieces of an answer of two choices, in any order, and an end for each.
fn answer() -> impl Strategy<Value = Vec<Delta<'static>>> {
    let piece = (0..4_u8, 0..2_u32, WORDS);
    (prop::collection::vec(piece, 0..24), any::<[bool; 2]>()).prop_map(|(pieces, cut)| {
        let mut deltas = vec![Delta::Begin {
            id: Some("chatcmpl-x".into()),
            model: Some("model-y".into()),
        }];
        let (mut calls, mut refused) = ([0_u32; 2], [false; 2]);
        for (kind, choice, words) in pieces {
            let text = words.clone().into();
            let at = choice as usize;
            match kind {
                0 => deltas.push(Delta::Text { choice, text }),
                1 => deltas.push(Delta::Thinking { choice, text }),
                2 => {
                    refused[at] = true;
                    deltas.push(Delta::Refusal { choice, text });
                }
                _ => {
                    let call = calls[at];
                    calls[at] += 1;
                    deltas.push(Delta::ToolCall {
                        choice,
                        call,
                        id: Some(format!("toolu_{choice}_{call}").into()),
                        name: text,
                    });
                    let json = serde_json::json!({ "q": words }).to_string();
                    let (front, back) = json.split_at(3);
                    for json in [front.to_owned().into(), back.to_owned().into()] {
                        deltas.push(Delta::Arguments { choice, call, json });
                    }
                }
            }
        }
        for choice in 0..2 {
            let at = choice as usize;
            let finish = match (cut[at], calls[at] > 0, refused[at]) {
                (true, _, _) => Finish::Length,
                (false, true, _) => Finish::ToolCalls,
                (false, false, true) => Finish::Refused,
                (false, false, false) => Finish::Stop,
            };
            let ended = Ended::new(finish);
            deltas.push(Delta::End { choice, ended });
        }
        deltas.push(Delta::Usage(Usage {
            cache_read: 3,
            reasoning: 4,
            ..Usage::text(10, 20)
        }));
        deltas
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_request_that_is_written_reads_the_same(request in request()) {
        let provider = "max_tokens_field = \"max_completion_tokens\"\nthinking_field = \"reasoning_content\"";
        let candidate = candidate(provider, "");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let body = runtime.block_on(written(&request, &candidate));
        let read = Request::read(Api::OpenAiChat, &body).unwrap();
        assert_eq!(format!("{read:?}"), format!("{request:?}"));
        let query = Query::read(Api::OpenAiChat, &body).unwrap();
        assert_eq!(query.unbounded(), None, "what is written is what is known");
    }

    #[test]
    fn an_answer_that_is_written_reads_the_same(deltas in answer()) {
        let mut said = Told::default();
        for delta in &deltas {
            said.take(delta.clone());
        }
        for stream in [false, true] {
            let mut writer = chat::writer(opening(stream, 2)).unwrap();
            let mut body = Vec::new();
            for delta in &deltas {
                writer.take(delta.clone());
                body.extend_from_slice(&writer.written());
            }
            body.extend_from_slice(&writer.end());
            let (mut answer, mut told) = (ChatAnswer::new(false, 2), Told::default());
            if stream {
                let text = std::str::from_utf8(&body).unwrap();
                let events: Vec<_> = text.split_terminator("\n\n").collect();
                let (done, events) = events.split_last().unwrap();
                assert_eq!(*done, "data: [DONE]");
                for event in events {
                    let data = event.strip_prefix("data: ").unwrap();
                    assert_eq!(answer.event(data.as_bytes(), &mut told), Step::Pass, "{data}");
                }
                assert!(answer.seen().finished);
            } else {
                answer.whole(&body, &mut told).unwrap();
            }
            assert_eq!(told, said);
        }
    }
}
