//! A key reaches its own provider and nobody else; what is asked and answered shows itself in no trace, Debug or error.

use std::{
    io,
    sync::{Arc, Mutex},
};

use http::{Request, Uri};
use http_body_util::Full;
use serde_json::json;
use tower::ServiceExt;
use tower_genai::{
    catalog::Provider,
    context::Tenant,
    dispatch::{Key, Secret},
    fallback::FallbackLayer,
    observe::Event,
    stack::{Caller as Known, Stack, Tenants},
};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::{
    fake::Fake,
    way::{Caller, Form, Vendor, answering, catalog, catalog_with, read},
};

const KEY: &str = "sk-canary-of-the-catalog-0123456789";
const CALLER: &str = "sk-canary-of-the-caller-0123456789";
const OTHER: &str = "canary-of-another-header";
const PROMPT: &str = "canary-words-of-the-prompt";
const ANSWER: &str = "canary-words-of-the-answer";

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn keys(_: &Provider, _: Option<&Tenant>) -> Key {
    Key::Ready(Some(Secret::new(KEY)))
}

/// A call with canaries in all places that a key could stand in.
fn call(caller: Caller) -> Request<Full<bytes::Bytes>> {
    let body = match caller.vendor {
        Vendor::OpenAi => json!({ "model": "m", "user": PROMPT, "metadata": { "k": PROMPT },
            "tools": [{ "type": "function", "function": { "name": "f", "description": PROMPT } }],
            "messages": [{ "role": "system", "content": PROMPT }, { "role": "user", "content": PROMPT }] }),
        Vendor::Anthropic => json!({ "model": "m", "max_tokens": 99, "system": PROMPT,
            "metadata": { "user_id": PROMPT }, "tools": [{ "name": "f", "input_schema": { "type": "object" } }],
            "messages": [{ "role": "user", "content": PROMPT }] }),
        Vendor::Gemini => json!({ "systemInstruction": { "parts": [{ "text": PROMPT }] },
            "contents": [{ "role": "user", "parts": [{ "text": PROMPT }] }] }),
    };
    let mut request = caller.request(&body.to_string());
    let path = request.uri().to_string();
    let and = if path.contains('?') { '&' } else { '?' };
    if caller.vendor == Vendor::Gemini {
        *request.uri_mut() = format!("{path}{and}key={CALLER}").parse::<Uri>().unwrap();
    }
    for (name, value) in [
        ("authorization", format!("Bearer {CALLER}")),
        ("x-api-key", CALLER.to_owned()),
        ("x-goog-api-key", CALLER.to_owned()),
        ("api-key", CALLER.to_owned()),
        ("proxy-authorization", format!("Basic {CALLER}")),
        ("cookie", format!("session={OTHER}")),
        ("x-forwarded-for", OTHER.to_owned()),
        ("x-custom", OTHER.to_owned()),
        ("referer", format!("https://{OTHER}/")),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

/// An answer of a provider's with a canary in it; or one that cannot be read.
fn provider(caller: Caller, dialect: Vendor, fault: bool) -> Fake {
    let (whole, stream) = crate::corpus::plain(dialect);
    let text = if caller.is_whole() { whole } else { stream };
    let mut text = text.replace("Because.", ANSWER).replace("ause.", ANSWER);
    if fault {
        let half = text.find(ANSWER).unwrap() + ANSWER.len();
        text.truncate(half);
        text.push_str("\n\n");
    }
    let kind = if caller.is_whole() {
        "application/json"
    } else {
        "text/event-stream"
    };
    answering(200, kind, vec![text.into()])
}

#[track_caller]
fn silent(what: &str, shown: &str, canaries: &[&str]) {
    for canary in canaries {
        assert!(!shown.contains(canary), "{what} shows {canary}: {shown}");
    }
}

#[test]
fn keys_reach_their_provider_alone_and_nothing_is_traced() {
    let written = Written::default();
    let into = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || into.clone())
        .finish();
    let seen = Written::default();
    tracing::subscriber::with_default(subscriber, || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        for caller in Caller::ALL {
            for dialect in Vendor::ALL {
                for fault in [false, true] {
                    runtime.block_on(one(caller, dialect, fault, &seen));
                }
            }
        }
    });
    let all = [KEY, CALLER, OTHER, PROMPT, ANSWER];
    assert!(written.text().contains("acme"), "something is traced");
    silent("a trace", &written.text(), &all);
    silent("an event", &seen.text(), &all);
}

async fn one(caller: Caller, dialect: Vendor, fault: bool, seen: &Written) {
    let provider = provider(caller, dialect, fault);
    let tenants = Tenants::keys([(CALLER, Known::new(Tenant::new("team").unwrap()))]);
    let into = seen.0.clone();
    let observer = move |event: &Event<'_>| {
        into.lock()
            .unwrap()
            .extend_from_slice(format!("{event:?}").as_bytes());
    };
    let stack = Stack::server(provider.clone(), catalog(dialect), tenants)
        .credential(keys)
        .fallback(FallbackLayer::new().attempts(1))
        .observer(observer)
        .boxed();
    let response = stack.oneshot(call(caller)).await.unwrap();
    silent(
        "Debug of the answer",
        &format!("{response:?}"),
        &[KEY, CALLER, OTHER, PROMPT, ANSWER],
    );
    let got = read(response).await;
    let what = format!("{caller:?} over {dialect:?}: {}", got.text());
    silent("the answer", got.text(), &[KEY, CALLER, OTHER]);
    if fault {
        assert!(!crate::told::form::is_clean(caller, &got), "{what}");
    } else {
        assert!(got.text().contains(ANSWER), "{what}");
    }
    let requests = provider.requests();
    let (head, body) = requests
        .first()
        .unwrap_or_else(|| panic!("nothing is sent: {what}"));
    let body = std::str::from_utf8(body).unwrap();
    assert!(body.contains(PROMPT), "{what}");
    silent("the body", body, &[KEY, CALLER, OTHER]);
    silent("the address", &head.uri.to_string(), &[KEY, CALLER, OTHER]);
    for (name, value) in &head.headers {
        let value = value.to_str().unwrap();
        silent(name.as_str(), value, &[CALLER, OTHER, PROMPT]);
        let holds_it = name == dialect.key_header();
        assert_eq!(value.contains(KEY), holds_it, "{name}: {value}");
    }
    assert!(head.headers.contains_key(dialect.key_header()), "{what}");
}

#[tokio::test(start_paused = true)]
async fn names_of_models_do_not_change_where_a_call_goes() {
    for id in [
        "../../v1/evil",
        "..%2f..%2fevil",
        "m/../../evil",
        "m:streamGenerateContent",
        "m?key=evil",
        "m#evil",
        "m&alt=evil",
        "m evil",
        "m\\evil",
        "m%00evil",
        "größer",
        ".",
        "..",
        "https://evil.test/m",
        "//evil.test/m",
        "m@evil.test",
        "m;evil",
    ] {
        let caller = Caller::new(Vendor::OpenAi, Form::Whole);
        let text = format!(
            r#"
            [[provider]]
            name = "acme"
            dialect = "gemini"
            base_url = "https://acme.test/base"

            [[model]]
            name = "m"
            provider = "acme"
            id = '{id}'
            price = {{ input = "1.00", output = "2.00" }}
            can = ["stream"]
            "#
        );
        // A catalog may refuse such a name.
        let Ok(catalog) = tower_genai::catalog::Catalog::from_toml(&text) else {
            continue;
        };
        let provider = provider(caller, Vendor::Gemini, false);
        let got = crate::way::ask(caller.request(caller.question()), &provider, catalog).await;
        let requests = provider.requests();
        let Some((head, _)) = requests.first() else {
            assert!(got.status.as_u16() >= 400, "{id}");
            continue;
        };
        let uri = &head.uri;
        assert_eq!(uri.authority().unwrap(), "acme.test", "{id}");
        let path = uri.path();
        let model = path
            .strip_prefix("/base/v1beta/models/")
            .unwrap_or_else(|| panic!("{id}: {uri}"));
        let model = model
            .strip_suffix(":generateContent")
            .unwrap_or_else(|| panic!("{id}: {uri}"));
        assert!(
            !model.contains([':', '?', '#', '&', ';', '\\']),
            "{id}: {uri}"
        );
        assert!(
            !path.split('/').any(|part| part == ".." || part == "."),
            "{id}: {uri}"
        );
        assert!(!path.to_lowercase().contains("%2e%2e"), "{id}: {uri}");
        assert_eq!(uri.query(), None, "{id}: {uri}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_s_path_reaches_no_place_that_the_catalog_has_not() {
    let tenants = || Tenants::keys([(CALLER, Known::new(Tenant::new("team").unwrap()))]);
    for model in [
        "..%2f..%2fm",
        "../m",
        "m%2f..%2fm",
        "m%3fkey=x",
        "m%23",
        "acme%2f..%2fm",
        "%6d%00",
        "m%0d%0ax-evil:%201",
        "http:%2f%2fevil.test%2fm",
        "m:countTokens:x",
        "",
    ] {
        for verb in [
            "generateContent",
            "streamGenerateContent?alt=sse",
            "countTokens",
        ] {
            let uri = format!("/v1beta/models/{model}:{verb}");
            let Ok(uri) = uri.parse::<Uri>() else {
                continue;
            };
            let caller = Caller::new(Vendor::Gemini, Form::Whole);
            let provider = provider(caller, Vendor::Gemini, false);
            let stack = Stack::server(
                provider.clone(),
                catalog_with(Vendor::Gemini, "", ""),
                tenants(),
            );
            let mut request = caller.request(caller.question());
            *request.uri_mut() = uri;
            request
                .headers_mut()
                .insert("x-goog-api-key", CALLER.parse().unwrap());
            let got = read(
                stack
                    .credential(keys)
                    .boxed()
                    .oneshot(request)
                    .await
                    .unwrap(),
            )
            .await;
            assert!(provider.requests().is_empty(), "{model}:{verb} is sent");
            assert!(
                [400, 404].contains(&got.status.as_u16()),
                "{model}:{verb}: {}",
                got.status
            );
            silent("the refusal", got.text(), &[KEY, CALLER]);
        }
    }
}
