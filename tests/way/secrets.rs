//! Keys, prompts and answers show themselves nowhere but where they belong.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, BudgetLayer, Window},
    catalog::Provider,
    classify::ClassifyLayer,
    context::{Context, Tenant},
    dispatch::{Attempt, Credential, DispatchLayer, FromEnv, Key, PerProvider, Secret},
    observe::{Event, Failure, Outcome},
    query::{Api, Prompt, Query, Refusal},
    select::{SelectLayer, Selector},
    sim::{Fault, Times},
    stack::{Caller, Infallible, Stack, Tenants},
};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::{
    ends::One,
    fake::{Fake, Script, catalog},
    support::{chat, hyper_client},
};

const KEY: &str = "sk-canary-key-0123456789";
const CALLER: &str = "sk-canary-caller-0123456789";
const PROMPT: &str = "canary-prompt-words";
const ANSWER: &str = "canary-answer-words";

/// What a subscriber at TRACE has written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn watch(&self) -> tracing::subscriber::DefaultGuard {
        let into = Arc::clone(&self.0);
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(move || Into(Arc::clone(&into)))
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

struct Into(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Into {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[track_caller]
fn silent(what: &str, shown: &str) {
    for canary in [KEY, CALLER, PROMPT, ANSWER] {
        if let Some(at) = shown.find(canary) {
            let from = shown[..at]
                .char_indices()
                .rev()
                .nth(200)
                .map_or(0, |(at, _)| at);
            panic!("{what} shows {canary}: {}", &shown[from..at]);
        }
    }
}

#[track_caller]
fn debug(what: &(impl Debug + ?Sized)) {
    silent("Debug", &format!("{what:?} {what:#?}"));
}

fn keys(_: &Provider, _: Option<&Tenant>) -> Key {
    Key::Ready(Some(Secret::new(KEY)))
}

fn body(stream: bool) -> serde_json::Value {
    json!({
        "model": "m", "stream": stream, "max_tokens": 300, "user": PROMPT,
        "messages": [{"role": "system", "content": PROMPT}, {"role": "user", "content": PROMPT}],
    })
}

#[tokio::test]
async fn nothing_is_traced_or_observed_but_facts() {
    let written = Written::default();
    let guard = written.watch();
    let one = One::start("unknown").await;
    let seen = Written::default();
    let into = Arc::clone(&seen.0);
    let observer = move |event: &Event<'_>| {
        into.lock()
            .unwrap()
            .extend_from_slice(format!("{event:?}").as_bytes());
    };
    let tenants = Tenants::keys([(CALLER, Caller::new(Tenant::new("team").unwrap()))]);
    let catalog = one.catalog.clone();
    let stack = Stack::server(hyper_client(), catalog, tenants)
        .credential(keys)
        .budget(one.budget.clone())
        .explain_headers(true)
        .observer(observer)
        .boxed();
    let echo = |status: u16| Fault::Status {
        status,
        code: None,
        message: Some(format!("Incorrect API key provided: {KEY}.")),
        retry_after: None,
    };
    let echo_in_stream = Fault::Insert {
        after: 2,
        data: format!("data: {{\"error\":{{\"message\":\"bad key {KEY}\",\"code\":\"x\"}}}}\n\n")
            .into(),
    };
    for stream in [false, true] {
        for fault in [
            None,
            Some(echo(401)),
            Some(echo(400)),
            Some(echo(500)),
            Some(Fault::HangUp),
            Some(Fault::CutAfter(3)),
            Some(Fault::ErrorEventAfter(4)),
            Some(Fault::Garbage),
            Some(Fault::Html),
            Some(echo_in_stream.clone()),
        ] {
            if let Some(fault) = fault {
                one.server.fail(fault, Times::Once);
            }
            let mut request = chat(&body(stream));
            let key = format!("Bearer {CALLER}").parse().unwrap();
            request.headers_mut().insert("authorization", key);
            let response = stack.clone().oneshot(request).await.unwrap();
            debug(response.headers());
            debug(response.body());
            if let Some(outcome) = response.extensions().get::<Outcome>() {
                debug(outcome);
                debug(outcome.decision().unwrap());
            }
            debug(&response.extensions().get::<Failure>());
            debug(&response.extensions().get::<Refusal>());
            let mut body = Box::pin(response.into_body());
            while let Some(frame) = body.frame().await {
                match frame {
                    Ok(frame) => {
                        let data = frame.into_data().unwrap();
                        // The caller sees its answer, and no key of ours.
                        let shown = String::from_utf8_lossy(&data);
                        assert!(!shown.contains(KEY), "{shown}");
                    }
                    Err(error) => {
                        debug(&error);
                        silent("an error", &error.to_string());
                    }
                }
            }
        }
    }
    // Refusals of ours.
    for bad in [
        json!({"model": "m", "messages": PROMPT}),
        json!({"model": "m", "n": PROMPT, "messages": [{"role": "user", "content": PROMPT}]}),
        json!({"model": "m", "tools": PROMPT, "messages": [{"role": "user", "content": PROMPT}]}),
        json!({"model": "gone", "messages": [{"role": "user", "content": PROMPT}]}),
        json!({"model": "m", "messages": [{"role": "user", "content": [{"type": PROMPT}]}]}),
    ] {
        let mut request = chat(&bad);
        let key = format!("Bearer {CALLER}").parse().unwrap();
        request.headers_mut().insert("authorization", key);
        let response = stack.clone().oneshot(request).await.unwrap();
        assert!(response.status().is_client_error());
        debug(response.headers());
        debug(&response.extensions().get::<Refusal>());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        silent("a refusal", &String::from_utf8_lossy(&bytes));
    }
    let mut request = chat(&body(false));
    let key = format!("Bearer {KEY}").parse().unwrap();
    request.headers_mut().insert("authorization", key);
    let response = stack.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    debug(&response);
    drop((guard, stack));
    assert!(
        written.text().contains("gen_ai.request.model"),
        "{}",
        written.text()
    );
    silent("a trace", &written.text());
    assert!(seen.text().contains("Finished"));
    silent("an observer", &seen.text());
    // All of it went to where it belongs.
    let sent = one.server.calls();
    assert!(
        sent.iter()
            .all(|call| call.headers["authorization"] == format!("Bearer {KEY}").as_str())
    );
    assert!(
        sent.iter()
            .all(|call| String::from_utf8_lossy(&call.body).contains(PROMPT))
    );
    debug(&one.server);
    debug(&sent);
}

#[tokio::test]
async fn debug_shows_no_secret_and_no_words() {
    debug(&Secret::new(KEY));
    debug(&Key::Ready(Some(Secret::new(KEY))));
    debug(&Secret::new(KEY).header("Bearer").unwrap());
    let text = body(true).to_string();
    let query = Query::read(Api::OpenAiChat, text.as_bytes()).unwrap();
    debug(&query);
    debug(query.prompt());
    debug(query.conversation());
    debug(&Prompt::new(PROMPT).with_system(PROMPT));
    debug(&tower_genai::Body::from(PROMPT.to_owned()));
    debug(&Tenants::keys([(
        CALLER,
        Caller::new(Tenant::new("t").unwrap()),
    )]));
    let catalog = catalog_with_secret();
    debug(&catalog);
    debug(&*catalog.snapshot());
    let selector = Selector::new(catalog.clone());
    debug(&selector);
    debug(&SelectLayer::new(selector));
    debug(&ClassifyLayer::new());
    debug(&DispatchLayer::new().credential(keys));
    debug(&Infallible::new(1));
    debug(&FromEnv);
    let budget = Budget::new("b").limit("1".parse().unwrap(), Window::Day);
    debug(&BudgetLayer::new(budget.clone()));
    debug(&Context::new().with_scope(budget.scope()));
    debug(&PerProvider::new(|_: Option<&Provider>| ()));
    let credential: Box<dyn Credential> = Box::new(keys);
    drop(credential);

    // What the client sees: its request's extensions.
    let mut script = Script::stream(3);
    script.frames[1].0 = format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{ANSWER}\"}}}}]}}\n\n"
    )
    .into();
    let fake = Fake::new(script);
    let stack = Stack::client_with(fake.clone(), crate::fake::catalog("stops"))
        .credential(keys)
        .budget(budget);
    let service = stack.clone().service();
    let response = service.oneshot(chat(&body(true))).await.unwrap();
    debug(&response);
    let mut body = Box::pin(response.into_body());
    while let Some(frame) = body.frame().await {
        frame.unwrap();
        debug(&body);
    }
    let (head, _) = fake.requests().remove(0);
    debug(&head.extensions.get::<Attempt>());
    debug(&head.extensions.get::<Context>());
    // The key is marked, so that whoever prints the headers does not print it.
    debug(&head.headers);
}

fn catalog_with_secret() -> tower_genai::catalog::Catalog {
    let text = format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        headers = {{ "x-extra-key" = "{KEY}" }}
        [[model]]
        name = "m"
        provider = "acme"
        price = {{ input = "1", output = "3.20" }}
        context = 200_000
        "#
    );
    tower_genai::catalog::Catalog::from_toml(&text).unwrap()
}

/// The caller's own key is as secret as ours.
#[tokio::test]
async fn the_app_s_own_key_is_marked_where_it_goes_on() {
    let fake = Fake::new(Script::whole(1));
    let stack = Stack::client_with(fake.clone(), catalog("stops")).boxed();
    let mut request = chat(&body(false));
    *request.uri_mut() = "http://acme.test/v1/chat/completions".parse().unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {CALLER}").parse().unwrap());
    *request.headers_mut() = headers;
    let response = stack.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let (head, _) = fake.requests().remove(0);
    assert_eq!(
        head.headers["authorization"],
        format!("Bearer {CALLER}").as_str()
    );
    debug(&head.headers);
}
