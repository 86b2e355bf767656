//! Bodies that mean harm, of callers and of providers: each API and dialect stands them, at a cost that grows no faster than
//! they do.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    fake::Fake,
    way::{Caller, Form, Vendor, answering, ask, catalog},
};

/// A caller's body with `inside` in the place of a message's content.
fn asking(vendor: Vendor, inside: &[u8]) -> Vec<u8> {
    let (head, tail): (&[u8], &[u8]) = match vendor {
        Vendor::OpenAi => (
            br#"{"model":"m","messages":[{"role":"user","content":"#,
            b"}]}",
        ),
        Vendor::Anthropic => (
            br#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"#,
            b"}]}",
        ),
        Vendor::Gemini => (
            br#"{"contents":[{"role":"user","parts":[{"text":"#,
            b"}]}]}",
        ),
    };
    [head, inside, tail].concat()
}

/// With `inside` as the arguments of a tool that was called, and as a tool's schema.
fn with_tool(vendor: Vendor, inside: &str) -> Vec<Vec<u8>> {
    let bodies = match vendor {
        Vendor::OpenAi => vec![
            format!(
                r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"tools":[{{"type":"function","function":{{"name":"f","parameters":{inside}}}}}]}}"#
            ),
            format!(
                r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"response_format":{{"type":"json_schema","json_schema":{{"name":"s","schema":{inside}}}}}}}"#
            ),
            format!(
                r#"{{"model":"m","messages":[{{"role":"user","content":"x"}},{{"role":"assistant","tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":{}}}}}]}},{{"role":"tool","tool_call_id":"c","content":"r"}}]}}"#,
                serde_json::Value::from(inside)
            ),
        ],
        Vendor::Anthropic => vec![
            format!(
                r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"x"}}],"tools":[{{"name":"f","input_schema":{inside}}}]}}"#
            ),
            format!(
                r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"x"}},{{"role":"assistant","content":[{{"type":"tool_use","id":"c","name":"f","input":{inside}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"c","content":"r"}}]}}]}}"#
            ),
        ],
        Vendor::Gemini => vec![
            format!(
                r#"{{"contents":[{{"parts":[{{"text":"x"}}]}}],"tools":[{{"functionDeclarations":[{{"name":"f","parameters":{inside}}}]}}]}}"#
            ),
            format!(
                r#"{{"contents":[{{"parts":[{{"text":"x"}}]}}],"generationConfig":{{"responseMimeType":"application/json","responseSchema":{inside}}}}}"#
            ),
            format!(
                r#"{{"contents":[{{"parts":[{{"text":"x"}}]}},{{"role":"model","parts":[{{"functionCall":{{"name":"f","args":{inside}}}}}]}},{{"role":"user","parts":[{{"functionResponse":{{"name":"f","response":{{}}}}}}]}}]}}"#
            ),
        ],
    };
    bodies.into_iter().map(String::into_bytes).collect()
}

fn deep(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

/// Bodies of one vendor's callers.
fn bodies(vendor: Vendor) -> Vec<Vec<u8>> {
    let mut all = vec![
        Vec::new(),
        b"\xff\xfe{}".to_vec(),
        b"{".repeat(100_000),
        b"[".repeat(100_000),
        b"{\"a\":".repeat(100_000),
        asking(vendor, b"\"\xff\xfe\xc3\x28\""),
        asking(vendor, br#""\ud800""#),
        asking(vendor, br#""\udc00\ud800""#),
        asking(vendor, br#""\u0000""#),
        asking(vendor, b"1e999"),
        asking(vendor, b"-0"),
        asking(vendor, b"null"),
        asking(vendor, b"[]"),
        asking(vendor, b"{}"),
        asking(vendor, b"[null]"),
        asking(vendor, b"[[]]"),
        asking(vendor, b"\"unclosed"),
        asking(vendor, format!("[{}1]", "1,".repeat(200_000)).as_bytes()),
        asking(
            vendor,
            format!("\"{}\"", "\\u00e9".repeat(200_000)).as_bytes(),
        ),
    ];
    for depth in [126, 127, 128, 129, 1_000, 50_000] {
        all.push(asking(vendor, deep("[", "]", depth).as_bytes()));
        all.push(asking(vendor, deep(r#"{"a":"#, "}", depth).as_bytes()));
        all.extend(with_tool(vendor, &deep(r#"{"a":"#, "}", depth)));
        all.extend(with_tool(
            vendor,
            &deep(r#"{"properties":{"a":"#, "}}", depth / 2),
        ));
        all.extend(with_tool(vendor, &deep(r#"{"items":"#, "}", depth)));
        all.extend(with_tool(vendor, &deep(r#"{"anyOf":["#, "]}", depth / 2)));
    }
    for odd in [
        "null",
        "[]",
        "\"x\"",
        "7",
        "true",
        r#"{"type":7}"#,
        r#"{"type":[]}"#,
        r#"{"properties":[]}"#,
        r##"{"$ref":"#"}"##,
        r##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}"##,
    ] {
        all.extend(with_tool(vendor, odd));
    }
    all
}

#[tokio::test(start_paused = true)]
async fn callers_bodies_that_mean_harm_are_answered_or_refused() {
    for vendor in Vendor::ALL {
        // Bodies say nothing of streaming, where the path does not.
        let forms: &[Form] = match vendor {
            Vendor::Gemini => &[Form::Whole, Form::Stream],
            _ => &[Form::Whole],
        };
        for (caller, dialect) in forms
            .iter()
            .flat_map(|form| Vendor::ALL.map(|of| (Caller::new(vendor, *form), of)))
        {
            for body in bodies(vendor) {
                let (whole, stream) = crate::corpus::plain(dialect);
                let provider = crate::way::replaying(caller, whole, stream);
                let got = ask(
                    caller.bare(body.clone().into()),
                    &provider,
                    catalog(dialect),
                )
                .await;
                let shown = String::from_utf8_lossy(&body[..body.len().min(120)]).into_owned();
                let status = got.status.as_u16();
                assert!(
                    [200, 400, 413].contains(&status),
                    "{caller:?} {dialect:?} {status}: {shown}"
                );
                // What is sent is JSON that the provider's parser stands too.
                if caller.vendor != dialect {
                    // What cannot be read passes to where it was going.
                    let ours = provider.requests().into_iter();
                    for (_, sent) in ours.filter(|(head, _)| head.uri.host() == Some("acme.test")) {
                        let read = serde_json::from_slice::<serde_json::Value>(&sent);
                        let deep =
                            |error: &serde_json::Error| error.to_string().contains("recursion");
                        assert!(
                            read.as_ref().err().is_none_or(deep),
                            "{caller:?} {dialect:?} {read:?}: {shown}"
                        );
                    }
                }
            }
        }
    }
}

/// An answer with `inside` as its text's, or its arguments', JSON.
fn answers(dialect: Vendor, inside: &str) -> Vec<String> {
    let text = serde_json::Value::from(inside);
    match dialect {
        Vendor::OpenAi => vec![
            format!(
                r#"{{"choices":[{{"index":0,"message":{{"role":"assistant","content":{inside}}},"finish_reason":"stop"}}]}}"#
            ),
            format!(
                r#"{{"choices":[{{"index":0,"message":{{"role":"assistant","tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":{text}}}}}]}},"finish_reason":"tool_calls"}}]}}"#
            ),
            format!(r#"{{"choices":{inside},"usage":{inside}}}"#),
        ],
        Vendor::Anthropic => vec![
            format!(r#"{{"type":"message","content":{inside},"stop_reason":"end_turn"}}"#),
            format!(
                r#"{{"type":"message","content":[{{"type":"tool_use","id":"c","name":"f","input":{inside}}}],"stop_reason":"tool_use","usage":{inside}}}"#
            ),
        ],
        Vendor::Gemini => vec![
            format!(
                r#"{{"candidates":[{{"content":{{"parts":{inside}}},"finishReason":"STOP"}}]}}"#
            ),
            format!(
                r#"{{"candidates":[{{"content":{{"parts":[{{"functionCall":{{"name":"f","args":{inside}}}}}]}},"finishReason":"STOP"}}],"usageMetadata":{inside}}}"#
            ),
        ],
    }
}

#[tokio::test(start_paused = true)]
async fn providers_bodies_that_mean_harm_do_no_harm() {
    for dialect in Vendor::ALL {
        for caller in Caller::ALL {
            for depth in [0, 100, 120, 126, 127, 128, 1_000, 50_000] {
                for inside in [deep("[", "]", depth), deep(r#"{"a":"#, "}", depth)] {
                    for json in answers(dialect, &inside) {
                        let provider = answer(caller, &json);
                        let got = ask(
                            caller.request(caller.question()),
                            &provider,
                            catalog(dialect),
                        )
                        .await;
                        assert!(std::str::from_utf8(&got.body).is_ok());
                        assert!(got.body.len() < 64 + 8 * json.len() + 4096, "{caller:?}");
                    }
                }
            }
        }
    }
}

fn answer(caller: Caller, json: &str) -> Fake {
    if caller.is_whole() {
        return answering(200, "application/json", vec![json.to_owned().into()]);
    }
    let event = Bytes::from(format!("data: {json}\n\n"));
    answering(200, "text/event-stream", vec![event.clone(), event])
}

/// Bodies of a vendor's callers, of a size.
type Bodies = fn(Vendor, usize) -> Vec<u8>;

/// How long a call takes at best.
async fn time(caller: Caller, dialect: Vendor, body: &Bytes) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let (whole, stream) = crate::corpus::plain(dialect);
        let provider = crate::way::replaying(caller, whole, stream);
        let since = Instant::now();
        ask(caller.bare(body.clone()), &provider, catalog(dialect)).await;
        best = best.min(since.elapsed());
    }
    best
}

#[tokio::test]
async fn eight_times_the_bytes_take_no_sixty_four_times_the_time() {
    let mut slow = Vec::new();
    let kinds: [(&str, Bodies); 3] = [("turns", turns), ("tools", tools), ("escapes", escapes)];
    for vendor in Vendor::ALL {
        for dialect in Vendor::ALL {
            let caller = Caller::new(vendor, Form::Whole);
            for (kind, of) in kinds {
                let small = time(caller, dialect, &of(vendor, 1_000).into()).await;
                let large = time(caller, dialect, &of(vendor, 8_000).into()).await;
                println!("{kind} of {vendor:?} over {dialect:?}: {small:?}, then {large:?}");
                if large > (small * 24).max(Duration::from_millis(100)) {
                    slow.push(format!(
                        "{kind} of {vendor:?} over {dialect:?}: {small:?}, {large:?}"
                    ));
                }
            }
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}

fn turns(vendor: Vendor, count: usize) -> Vec<u8> {
    let each = |n: usize| match vendor {
        Vendor::Gemini => {
            let role = if n.is_multiple_of(2) { "user" } else { "model" };
            format!(r#"{{"role":"{role}","parts":[{{"text":"turn {n}"}}]}}"#)
        }
        _ => {
            let role = if n.is_multiple_of(2) {
                "user"
            } else {
                "assistant"
            };
            format!(r#"{{"role":"{role}","content":"turn {n}"}}"#)
        }
    };
    let all: Vec<String> = (0..=count).map(each).collect();
    let all = all.join(",");
    match vendor {
        Vendor::OpenAi => format!(r#"{{"model":"m","messages":[{all}]}}"#),
        Vendor::Anthropic => format!(r#"{{"model":"m","max_tokens":9,"messages":[{all}]}}"#),
        Vendor::Gemini => format!(r#"{{"contents":[{all}]}}"#),
    }
    .into_bytes()
}

/// A turn with as many calls as results, the last first.
fn tools(vendor: Vendor, count: usize) -> Vec<u8> {
    let join = |each: &dyn Fn(usize) -> String| {
        let all: Vec<_> = (0..count).map(each).collect();
        all.join(",")
    };
    match vendor {
        Vendor::OpenAi => {
            let calls = join(&|n| format!(r#"{{"id":"c{n}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#));
            let results = join(&|n| format!(r#"{{"role":"tool","tool_call_id":"c{}","content":"r"}}"#, count - 1 - n));
            format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}},{{"role":"assistant","tool_calls":[{calls}]}},{results}]}}"#)
        }
        Vendor::Anthropic => {
            let calls = join(&|n| format!(r#"{{"type":"tool_use","id":"c{n}","name":"f","input":{{}}}}"#));
            let results = join(&|n| format!(r#"{{"type":"tool_result","tool_use_id":"c{}","content":"r"}}"#, count - 1 - n));
            format!(r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"x"}},{{"role":"assistant","content":[{calls}]}},{{"role":"user","content":[{results}]}}]}}"#)
        }
        Vendor::Gemini => {
            let calls = join(&|n| format!(r#"{{"functionCall":{{"name":"f{n}","args":{{}}}}}}"#));
            let results = join(&|n| format!(r#"{{"functionResponse":{{"name":"f{}","response":{{}}}}}}"#, count - 1 - n));
            format!(r#"{{"contents":[{{"parts":[{{"text":"x"}}]}},{{"role":"model","parts":[{calls}]}},{{"role":"user","parts":[{results}]}}]}}"#)
        }
    }
    .into_bytes()
}

fn escapes(vendor: Vendor, count: usize) -> Vec<u8> {
    asking(
        vendor,
        format!("\"{}\"", "\\\"\\u00e9\\n".repeat(count * 8)).as_bytes(),
    )
}
