//! What one side writes, the other reads.

use std::borrow::Cow;

use http_body_util::BodyExt;
use proptest::{collection::vec, prelude::*};
use serde_json::value::RawValue;

use super::{Told, candidate, requests::encode};
use crate::{
    catalog::Usage,
    chat::{
        Content, Delta, Ended, Finish, Format, Media, Message, Opening, Part, Reasoning, Request,
        Role, Signed, Sink as _, Source, Tool, ToolCall, ToolChoice, ToolResult, writer,
    },
    dispatch::{
        Answer, Dialect, Outgoing, Step,
        gemini::{Gemini, answer::GenerateAnswer},
    },
    query::{Api, Query},
};

/// A request's words, without what a reading may divide otherwise.
fn debug(request: &Request<'_>) -> String {
    format!("{request:?}")
        .replace("Borrowed(", "(")
        .replace("Owned(", "(")
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// Writes a request for a provider and reads it as a caller's.
fn there_and_back(request: &Request<'_>) -> String {
    let encoded = encode("", request).unwrap();
    let bytes = block_on(encoded.body.collect()).unwrap().to_bytes();
    let api = match request.stream {
        true => Api::GeminiStream,
        false => Api::GeminiGenerate,
    };
    debug(&Request::read(api, &bytes).unwrap())
}

fn raw(json: &str) -> Cow<'static, RawValue> {
    Cow::Owned(RawValue::from_string(json.to_owned()).unwrap())
}

fn words() -> impl Strategy<Value = String> {
    // Something, with quotes, controls and letters of many bytes.
    "[a-z\"\\\\\n\u{1}\u{e9}\u{1f980} ]{1,12}"
}

/// Any words of a user's, an image, or the like.
fn spoken() -> impl Strategy<Value = Part<'static>> {
    let inline = |media_type: &'static str| {
        Media::new(Source::Inline {
            media_type: media_type.into(),
            data: "iVBORw==".into(),
        })
    };
    prop_oneof![
        4 => words().prop_map(Part::text),
        1 => Just(Content::Image(inline("image/png")).into()),
        1 => Just(Content::Audio(inline("audio/wav")).into()),
        1 => Just(Content::Document(inline("application/pdf")).into()),
    ]
}

/// A turn of the user's, one of the model's with calls, and one of the user's with their results.
fn exchange(at: usize) -> impl Strategy<Value = Vec<Message<'static>>> {
    let called = (words(), 0..3_usize, any::<bool>());
    (
        vec(spoken(), 1..3),
        words(),
        vec(called, 0..4),
        vec(spoken(), 1..3),
    )
        .prop_map(move |(asked, said, called, more)| {
            let mut model = vec![Part::text(said)];
            let mut results = Vec::new();
            for (number, (text, args, is_error)) in called.into_iter().enumerate() {
                let id = format!("c{at}_{number}");
                let args = ["{}", r#"{"x": 1.0, "a": [null]}"#, r#"{"y":"\u00e9"}"#][args];
                let mut call = ToolCall::new(format!("f{number}"), args);
                call.id = Some(id.clone().into());
                call.signature = Some("c2ln".into());
                model.push(Content::ToolCall(call).into());
                let mut result = ToolResult::new(vec![Part::text(text)]);
                result.id = Some(id.into());
                result.name = Some(format!("f{number}").into());
                result.is_error = is_error;
                results.push(Content::ToolResult(result).into());
            }
            results.extend(more);
            vec![
                Message::new(Role::User, asked),
                Message::new(Role::Assistant, model),
                Message::new(Role::User, results),
            ]
        })
}

fn request() -> impl Strategy<Value = Request<'static>> {
    let tools = vec((words(), any::<bool>()), 0..3);
    let settings = (
        0..5_usize,
        any::<bool>(),
        0..3_usize,
        proptest::option::of(1..1000_u32),
    );
    (
        exchange(0),
        proptest::option::of(words()),
        tools,
        settings,
        vec(words(), 0..6),
    )
        .prop_map(
            |(turns, system, tools, (choice, stream, format, most), stop)| {
                let mut request = Request::new();
                let system = system.map(|text| Message::new(Role::System, vec![Part::text(text)]));
                request.messages.extend(system);
                request.messages.extend(turns);
                for (number, (description, has)) in tools.into_iter().enumerate() {
                    let mut tool = Tool::new(format!("f{number}"));
                    tool.description = Some(description.into());
                    tool.parameters = has
                        .then(|| raw(r#"{"type":"object", "properties":{"x":{"maximum":1.0}}}"#));
                    request.tools.push(tool);
                }
                if !request.tools.is_empty() {
                    request.tool_choice = [
                        None,
                        Some(ToolChoice::Auto),
                        Some(ToolChoice::Required),
                        Some(ToolChoice::Named("f0".into())),
                        Some(ToolChoice::Allowed {
                            names: vec!["f0".into(), "f1".into()],
                            required: choice % 2 == 0,
                        }),
                    ][choice]
                        .clone();
                }
                request.format = match format {
                    0 => None,
                    1 => Some(Format::JsonObject),
                    _ => Some(Format::JsonSchema {
                        name: None,
                        description: None,
                        schema: raw(r#"{"type":"object"}"#),
                        strict: None,
                    }),
                };
                request.reasoning = stream.then(|| Reasoning {
                    effort: Some(crate::chat::Effort::Level("low".into())),
                    shown: Some(true),
                });
                request.max_output = most;
                request.sampling.stop = stop.into_iter().take(5).map(Into::into).collect();
                request.sampling.temperature = serde_json::Number::from_f64(0.25);
                request.sampling.seed = Some(7.into());
                request.stream = stream;
                request
            },
        )
}

fn opening(stream: bool) -> Opening {
    Opening {
        api: match stream {
            true => Api::GeminiStream,
            false => Api::GeminiGenerate,
        },
        id: "abc".into(),
        model: "m".into(),
        created: 0,
        stream,
        include_usage: false,
        shows_thinking: true,
        legacy_functions: false,
        choices: 1,
    }
}

/// Writes an answer for a caller and reads it as a provider's.
fn answered(deltas: &[Delta<'static>], stream: bool) -> Told {
    let mut writer = writer(opening(stream)).unwrap();
    let mut out = Vec::new();
    for delta in deltas {
        writer.take(delta.clone());
        out.extend_from_slice(&writer.written());
    }
    out.extend_from_slice(&writer.end());
    let (mut told, mut answer) = (Told::default(), GenerateAnswer::new(1));
    if stream {
        let text = String::from_utf8(out).unwrap();
        for event in text.split_terminator("\r\n\r\n") {
            let data = event.strip_prefix("data: ").unwrap();
            assert_eq!(
                answer.event(data.as_bytes(), &mut told),
                Step::Pass,
                "{data}"
            );
        }
    } else {
        answer.whole(&out, &mut told).unwrap();
    }
    assert!(answer.seen().finished);
    told
}

fn answer() -> impl Strategy<Value = Vec<Delta<'static>>> {
    let piece = prop_oneof![
        words().prop_map(|text| vec![Delta::Text {
            choice: 0,
            text: text.into()
        }]),
        words().prop_map(|text| vec![Delta::Thinking {
            choice: 0,
            text: text.into()
        }]),
        Just(vec![Delta::Signature {
            choice: 0,
            of: Signed::Text,
            signature: "c2ln".into()
        }]),
    ];
    let calls = vec((1..4_usize, any::<bool>()), 0..3);
    let usage = (1..1000_u64, 1..1000_u64, 0..100_u64, 0..100_u64);
    (vec(piece, 0..6), calls, usage).prop_map(
        |(pieces, calls, (input, output, cached, thought))| {
            let mut deltas = pieces.concat();
            let has_calls = !calls.is_empty();
            for (number, (step, empty)) in (0..).zip(calls) {
                deltas.push(Delta::ToolCall {
                    choice: 0,
                    call: number,
                    id: Some(format!("c{number}").into()),
                    name: format!("f{number}").into(),
                });
                let json = r#"{"a": "b\"}", "c": 1.0}"#;
                let pieces = json.as_bytes().chunks(step * 5).filter(|_| !empty);
                deltas.extend(pieces.map(|piece| Delta::Arguments {
                    choice: 0,
                    call: number,
                    json: String::from_utf8(piece.to_vec()).unwrap().into(),
                }));
            }
            let finish = if has_calls {
                Finish::ToolCalls
            } else {
                Finish::Stop
            };
            deltas.push(Delta::End {
                choice: 0,
                ended: Ended::new(finish),
            });
            deltas.push(Delta::Usage(Usage {
                cache_read: cached,
                reasoning: thought,
                image_input: cached / 2,
                ..Usage::text(input, output)
            }));
            deltas
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_request_is_the_same_there_and_back(request in request()) {
        prop_assert_eq!(there_and_back(&request), debug(&request));
    }

    #[test]
    fn an_answer_is_the_same_there_and_back(deltas in answer()) {
        let mut said = Told::default();
        deltas.iter().for_each(|delta| said.take(delta.clone()));
        said.model = Some("m".into());
        for stream in [true, false] {
            prop_assert_eq!(&answered(&deltas, stream), &said);
        }
    }

    #[test]
    fn no_body_makes_anything_panic(body in hostile()) {
        let text = body.to_string();
        for api in [Api::GeminiGenerate, Api::GeminiCountTokens] {
            if let Ok(request) = Request::read(api, text.as_bytes()) {
                drop(encode("", &request));
            }
        }
        let mut told = |delta: Delta<'_>| drop(format!("{delta:?}"));
        let mut answer = GenerateAnswer::new(1);
        answer.event(text.as_bytes(), &mut told);
        let _ = answer.whole(text.as_bytes(), &mut told);
        let (bytes, candidate) = (text.clone().into_bytes().into(), candidate("effort = [{ level = \"high\" }]"));
        if let Ok(query) = Query::read_for(Api::GeminiGenerate, Some("m"), text.as_bytes()) {
            let call = Outgoing::new(&query, &bytes, &candidate).max_output(Some(5));
            drop(Gemini::new().request(&call));
        }
    }
}

/// JSON of the names that are looked at, in any shape.
fn hostile() -> impl Strategy<Value = serde_json::Value> {
    const NAMES: [&str; 24] = [
        "contents",
        "parts",
        "role",
        "text",
        "thought",
        "thoughtSignature",
        "functionCall",
        "functionResponse",
        "name",
        "args",
        "response",
        "inlineData",
        "candidates",
        "content",
        "finishReason",
        "index",
        "usageMetadata",
        "generationConfig",
        "tools",
        "functionDeclarations",
        "partialArgs",
        "jsonPath",
        "stringValue",
        "error",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        proptest::sample::select(vec![
            "",
            "STOP",
            "user",
            "model",
            "$.a[0]",
            "$",
            "image/png",
            "x"
        ])
        .prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(6, 48, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            vec((proptest::sample::select(NAMES.to_vec()), inner), 0..5).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            }),
        ]
    });
    // At the places where lists are looked into.
    (proptest::sample::select(vec!["contents", "candidates"]), value.clone(), value).prop_map(
        |(name, first, second)| {
            serde_json::json!({
                name: [{"role": "model", "parts": [first.clone()], "content": {"parts": [first]}}, second]
            })
        },
    )
}
