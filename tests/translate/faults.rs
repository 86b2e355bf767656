//! Providers that fail, in every dialect: no caller of any API takes it for a complete answer, and each is told in its own
//! vendor's words.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    corpus::plain,
    fake::Fake,
    schema::Schemas,
    told::{events, form},
    way::{Caller, Form, Got, Vendor, answering, ask, breaking, catalog},
};

/// Every caller over every dialect.
fn pairs() -> impl Iterator<Item = (Caller, Vendor)> {
    let of = |dialect| Caller::ALL.into_iter().map(move |caller| (caller, dialect));
    Vendor::ALL.into_iter().flat_map(of)
}

async fn got(caller: Caller, dialect: Vendor, provider: &Fake) -> Got {
    ask(
        caller.request(caller.question()),
        provider,
        catalog(dialect),
    )
    .await
}

/// The events of a complete stream.
fn frames(dialect: Vendor) -> Vec<Bytes> {
    let (_, stream) = plain(dialect);
    stream
        .split_inclusive("\n\n")
        .map(|event| Bytes::from(event.to_owned()))
        .collect()
}

/// The first event that has content, counted from 0.
fn content(dialect: Vendor) -> usize {
    match dialect {
        Vendor::OpenAi => 1,
        Vendor::Anthropic => 3,
        Vendor::Gemini => 0,
    }
}

/// The event that says why the answer ended, counted from 0.
fn finish(dialect: Vendor) -> usize {
    match dialect {
        Vendor::OpenAi => 2,
        Vendor::Anthropic => 5,
        Vendor::Gemini => 1,
    }
}

/// The caller knows that it has no complete answer: by the status, by an error in its vendor's form, or since the body
/// breaks off.
#[track_caller]
fn failed(caller: Caller, got: &Got, what: &str) {
    assert!(
        !form::is_clean(caller, got),
        "{what} to {caller:?}: {}",
        got.text()
    );
    if got.status != 200 {
        assert!(
            got.status.as_u16() >= 400,
            "{what} to {caller:?}: {}",
            got.status
        );
        form::check_error(caller.vendor, &got.error());
        return;
    }
    let error = match caller.form {
        Form::Whole => None,
        Form::Array => {
            let all: Value = serde_json::from_slice(&got.body)
                .unwrap_or_else(|error| panic!("{what} to {caller:?}: {error}: {}", got.text()));
            all.as_array().and_then(|all| all.last()).cloned()
        }
        Form::Stream => events(got.text()).pop().map(|(name, event)| {
            let named = if caller.vendor == Vendor::Anthropic {
                "error"
            } else {
                ""
            };
            assert_eq!(name, named, "{what} to {caller:?}: {}", got.text());
            event
        }),
    };
    match error {
        Some(error) => form::check_error(caller.vendor, &error),
        None => assert!(got.broken, "{what} to {caller:?}: {}", got.text()),
    }
}

fn streams(caller: Caller) -> bool {
    !caller.is_whole()
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_its_end_is_no_answer() {
    for (caller, dialect) in pairs().filter(|(caller, _)| streams(*caller)) {
        let frames = frames(dialect);
        for length in 0..frames.len() {
            let provider = answering(200, "text/event-stream", frames[..length].to_vec());
            let got = got(caller, dialect, &provider).await;
            // Whoever has said why it ended has ended: servers forget the marker. Its caller still gets one.
            if length > finish(dialect) {
                if caller.vendor != dialect {
                    form::check(caller, &got);
                }
                continue;
            }
            failed(caller, &got, &format!("{dialect:?} cut after {length}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_is_no_answer() {
    for (caller, dialect) in pairs() {
        let (whole, _) = plain(dialect);
        let frames = match streams(caller) {
            true => frames(dialect),
            false => vec![Bytes::from(&whole.as_bytes()[..whole.len() / 2])],
        };
        for length in 0..frames.len() {
            let kind = if streams(caller) {
                "text/event-stream"
            } else {
                "application/json"
            };
            let provider = breaking(kind, frames[..length].to_vec());
            let Some(got) = broken(caller, dialect, &provider).await else {
                continue;
            };
            failed(caller, &got, &format!("{dialect:?} broken after {length}"));
        }
    }
}

/// Nothing where the error is the client's own.
async fn broken(caller: Caller, dialect: Vendor, provider: &Fake) -> Option<Got> {
    use tower::ServiceExt;
    let service = crate::way::stack(provider.clone(), catalog(dialect)).boxed();
    let response = service
        .oneshot(caller.request(caller.question()))
        .await
        .ok()?;
    Some(crate::way::read(response).await)
}

/// An error as a provider says it within a stream, or instead of an answer with 200.
fn in_band(dialect: Vendor) -> &'static str {
    match dialect {
        Vendor::OpenAi => {
            r#"{"error":{"message":"The server is busy.","type":"server_error","param":null,"code":"overloaded"}}"#
        }
        Vendor::Anthropic => {
            r#"{"type":"error","error":{"type":"overloaded_error","message":"The server is busy."}}"#
        }
        Vendor::Gemini => {
            r#"{"error":{"code":503,"message":"The server is busy.","status":"UNAVAILABLE"}}"#
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_within_a_stream_is_told_in_the_caller_s_words() {
    for (caller, dialect) in pairs().filter(|(caller, _)| streams(*caller)) {
        let name = if dialect == Vendor::Anthropic {
            "event: error\n"
        } else {
            ""
        };
        let error = Bytes::from(format!("{name}data: {}\n\n", in_band(dialect)));
        for length in 0..=content(dialect) + 1 {
            let mut frames = frames(dialect);
            // All but the end.
            frames.truncate(length);
            frames.push(error.clone());
            let provider = answering(200, "text/event-stream", frames);
            let got = got(caller, dialect, &provider).await;
            failed(caller, &got, &format!("{dialect:?} fails after {length}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_is_none_though_its_status_says_so() {
    for (caller, dialect) in pairs() {
        for (kind, body) in [
            ("text/html", "<html><body>Sign in</body></html>"),
            ("application/json", "<html><body>Sign in</body></html>"),
            ("text/event-stream", "<html><body>Sign in</body></html>"),
            ("application/json", ""),
            ("text/event-stream", ""),
            ("text/event-stream", ": keep-alive\n\n: keep-alive\n\n"),
            ("text/event-stream", "data: [DONE]\n\n"),
            (
                "text/event-stream",
                "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            ),
            ("application/json", "{}"),
            ("application/json", "null"),
            ("application/json", "[]"),
            ("application/json", "\"text\""),
            ("application/json", r#"{"choices":[]}"#),
            ("application/json", r#"{"candidates":[]}"#),
            ("application/json", r#"{"type":"message","content":null}"#),
            ("application/json", r#"{"detail":"Not found"}"#),
            ("application/json", in_band(dialect)),
            ("text/plain", "overloaded"),
        ] {
            let provider = answering(200, kind, vec![body.into()]);
            let got = got(caller, dialect, &provider).await;
            failed(caller, &got, &format!("{dialect:?} says {kind} {body:?}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_within_a_stream_ends_it() {
    for (caller, dialect) in pairs().filter(|(caller, _)| streams(*caller)) {
        for garbage in [
            "data: {\"half\": \n\n",
            "data: \u{0}\n\n",
            "data: [1]\n\n",
            "data: 7\n\n",
        ] {
            let mut frames = frames(dialect);
            frames.truncate(content(dialect) + 1);
            frames.push(garbage.into());
            let provider = answering(200, "text/event-stream", frames);
            let got = got(caller, dialect, &provider).await;
            failed(caller, &got, &format!("{dialect:?} says {garbage:?}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_caller_s_form_and_a_fitting_status() {
    let schemas: Vec<_> = Vendor::ALL.into_iter().filter_map(Schemas::of).collect();
    for (caller, dialect) in pairs() {
        for status in [
            400, 401, 402, 403, 404, 413, 422, 429, 500, 502, 503, 504, 529,
        ] {
            let body = match dialect {
                Vendor::OpenAi => {
                    json!({ "error": { "message": "No.", "type": "t", "param": null, "code": "c" } })
                }
                Vendor::Anthropic => {
                    json!({ "type": "error", "error": { "type": "api_error", "message": "No." } })
                }
                Vendor::Gemini => {
                    json!({ "error": { "code": status, "message": "No.", "status": "UNKNOWN" } })
                }
            };
            for body in [
                body.to_string(),
                "<html>No.</html>".to_owned(),
                String::new(),
            ] {
                let provider = answering(status, "application/json", vec![body.clone().into()]);
                let got = got(caller, dialect, &provider).await;
                let what = format!("{dialect:?} says {status} {body}");
                if caller.vendor == dialect {
                    assert!(got.status.as_u16() >= 400, "{what}: {}", got.status);
                    continue;
                }
                failed(caller, &got, &what);
                assert!(
                    got.status != 529 || caller.vendor == Vendor::Anthropic,
                    "{what}"
                );
                for schemas in schemas.iter().filter(|of| of.vendor() == caller.vendor) {
                    // The SDK's types have forgotten this one.
                    if got.text().contains("request_too_large") {
                        continue;
                    }
                    let wrong = schemas.error(&got.error());
                    assert!(wrong.is_empty(), "{what} to {caller:?}: {wrong:?}");
                }
            }
        }
    }
}
