//! Who gets to see which key and header, where calls go, and which catalog they go by.

use bytes::Bytes;
use futures::FutureExt;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::json;
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, Window},
    catalog::{Catalog, Provider, Source},
    context::Tenant,
    dispatch::{Key, Secret},
    observe::Outcome,
    sim::{self, Event, Fault, Gate, Pace, Recorded, Server, Times},
    stack::{Caller, Stack, Tenants},
};

use crate::{
    ends::{One, call, read, read_events},
    support::{HyperClient, hyper_client},
};

/// Two providers, each with a key of its own.
struct Two {
    a: Server,
    b: Server,
    catalog: Catalog,
}

impl Two {
    async fn start() -> Self {
        let [a, b] = [("a", "m"), ("b", "n")].map(|(name, model)| {
            sim::Provider::new(name)
                .model(sim::Model::new(model).price("1", "3.20").exact_output(5))
        });
        let (a, b) = (a.start().await.unwrap(), b.start().await.unwrap());
        let mut text = String::new();
        for (server, model) in [(&a, "m"), (&b, "n")] {
            text.push_str(&format!(
                r#"
                [[provider]]
                name = "{0}"
                dialect = "openai"
                base_url = "{1}"
                [[model]]
                name = "{model}"
                provider = "{0}"
                price = {{ input = "1", output = "3.20" }}
                context = 200_000
                max_output = 32_000
                "#,
                server.name(),
                server.base_url()
            ));
        }
        let catalog = Catalog::parse(&[Source::text("two.toml", text)]).unwrap();
        Self { a, b, catalog }
    }

    fn client(&self) -> Stack<HyperClient> {
        Stack::client_with(hyper_client(), self.catalog.clone())
    }
}

fn keys(provider: &Provider, _: Option<&Tenant>) -> Key {
    Key::Ready(Some(Secret::new(format!("sk-key-of-{}", provider.name()))))
}

fn ask(uri: &str, model: &str, headers: HeaderMap) -> Request<Full<Bytes>> {
    let body = json!({"model": model, "messages": [{"role": "user", "content": "Hi"}]});
    let mut request = Request::post(uri)
        .body(Full::from(body.to_string()))
        .unwrap();
    *request.headers_mut() = headers;
    request
}

fn bearer(key: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {key}").parse().unwrap());
    headers
}

fn last(server: &Server) -> Recorded {
    server.calls().pop().unwrap()
}

#[tokio::test]
async fn the_app_s_own_key_goes_to_the_provider_it_addresses_and_to_no_other() {
    let two = Two::start().await;
    let to_a = format!("{}/chat/completions", two.a.base_url());
    let elsewhere = format!(
        "http://localhost:{}/v1/chat/completions",
        two.a.addr().port()
    );
    for (uri, model, at, key) in [
        (&to_a, "m", &two.a, Some("Bearer sk-app")),
        // Routed to another provider than the one addressed.
        (&to_a, "n", &two.b, Some("Bearer sk-key-of-b")),
        // Another origin, though it is the same place.
        (&elsewhere, "m", &two.a, Some("Bearer sk-key-of-a")),
    ] {
        let stack = two.client().credential(keys).boxed();
        let response = stack.oneshot(ask(uri, model, bearer("sk-app"))).await;
        assert_eq!(response.unwrap().status(), StatusCode::OK);
        let sent = last(at);
        let got = sent
            .headers
            .get("authorization")
            .map(|v| v.to_str().unwrap());
        assert_eq!(got, key, "{uri} {model}");
    }
    // A provider without a key gets none, and not the caller's instead.
    let stack = two.client().boxed();
    let response = stack.oneshot(ask(&to_a, "n", bearer("sk-app"))).await;
    assert_eq!(response.unwrap().status(), StatusCode::OK);
    assert!(!last(&two.b).headers.contains_key("authorization"));
    // A key that should be there and is not stops the call.
    let missing = |_: &Provider, _: Option<&Tenant>| Key::Missing("set it up".into());
    let before = (two.a.calls().len(), two.b.calls().len());
    let stack = two.client().credential(missing).boxed();
    let response = stack.oneshot(ask(&to_a, "n", bearer("sk-app"))).await;
    assert_eq!(
        response.unwrap().status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!((two.a.calls().len(), two.b.calls().len()), before);
}

/// Everything that a stranger can say in a head, and nothing of it goes on; nor does the destination move.
#[tokio::test]
async fn nothing_of_a_strangers_head_reaches_a_provider() {
    let two = Two::start().await;
    let known = Caller::new(Tenant::new("t").unwrap());
    let tenants = Tenants::keys([("sk-canary", known)]);
    let stack = Stack::server(hyper_client(), two.catalog.clone(), tenants)
        .credential(keys)
        .explain_headers(true)
        .boxed();
    let names = [
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "cookie",
        "proxy-authorization",
        "x-amz-security-token",
        "ocp-apim-subscription-key",
        "openai-organization",
        "openai-project",
        "host",
        "te",
        "trailer",
        "expect",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "via",
        "origin",
        "referer",
        "keep-alive",
        "proxy-connection",
        "accept",
        "accept-encoding",
        "accept-language",
        "traceparent",
        "x-genai-model",
        "x-genai-quality",
        "x-request-id",
        "x-portkey-custom-host",
        "api-base",
        "content-md5",
        "digest",
        "idempotency-key",
        "x-http-method-override",
        "x-stainless-lang",
        "range",
        "if-none-match",
    ];
    let mut headers = bearer("sk-canary");
    for name in names {
        headers.insert(name, "canary.test".parse().unwrap());
    }
    headers.insert("connection", "x-api-key, authorization".parse().unwrap());
    for uri in [
        "/v1/chat/completions?key=canary&api_base=http://canary.test",
        "http://canary.test/v1/chat/completions",
        "/canary/../v1/chat/completions",
        "/%2e%2e/canary/chat/completions",
    ] {
        let mut request = ask(uri, "m", headers.clone());
        *request.body_mut() = Full::from(
            r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"metadata":{"base_url":"http://canary.test"},
                "user":"canary.test","api_base":"http://canary.test"}"#,
        );
        let response = stack.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let sent = last(&two.a);
        assert_eq!((&*sent.path, sent.query), ("/v1/chat/completions", None));
        assert_eq!(sent.authority, Some(two.a.addr().to_string()));
        assert_eq!(sent.headers["authorization"], "Bearer sk-key-of-a");
        let leaked = sent
            .headers
            .iter()
            .find(|(_, value)| value.to_str().unwrap_or_default().contains("canary"));
        assert!(leaked.is_none(), "{leaked:?}");
        for name in sent.headers.keys() {
            let known = [
                "authorization",
                "content-type",
                "content-length",
                "accept",
                "accept-encoding",
                "host",
            ];
            assert!(known.contains(&name.as_str()), "{name}");
        }
        let length = sent.headers["content-length"].to_str().unwrap();
        assert_eq!(length, sent.body.len().to_string());
    }
    assert!(two.b.calls().is_empty());
}

/// What a provider says in its head is not believed, and not passed on.
#[tokio::test]
async fn nothing_of_a_hostile_providers_head_reaches_the_caller() {
    let one = One::start("stops").await;
    let names = [
        "set-cookie",
        "content-security-policy",
        "x-genai-model",
        "x-genai-cost",
        "x-genai-decision",
        "location",
        "www-authenticate",
        "strict-transport-security",
        "access-control-allow-origin",
        "x-request-id",
        "server",
        "alt-svc",
        "connection-info",
        "x-internal",
    ];
    let forged = names.map(|name| Fault::Header(name.parse().unwrap(), "canary".parse().unwrap()));
    for stream in [false, true] {
        one.server.fail(Fault::All(forged.to_vec()), Times::Once);
        let response = one.send(stream).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let leaked = response.headers().iter().find(|(_, v)| *v == "canary");
        assert!(leaked.is_none(), "{leaked:?}");
        assert_eq!(response.headers()["x-ratelimit-limit-requests"], "30000");
        read(response.into_body()).await;
    }
}

#[tokio::test]
async fn redirects_are_not_followed_with_a_key() {
    let two = Two::start().await;
    let to = format!("{}/chat/completions", two.b.base_url());
    two.a.fail(Fault::Redirect(to), Times::Always);
    let stack = two.client().credential(keys).boxed();
    let response = stack.oneshot(ask(
        "http://x.test/v1/chat/completions",
        "m",
        HeaderMap::new(),
    ));
    let response = response.await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert!(!response.headers().contains_key("location"));
    assert!(two.b.calls().is_empty());
}

/// A call is priced by the catalog that it was planned with, whatever is loaded meanwhile.
#[tokio::test]
async fn a_reload_does_not_touch_calls_on_their_way() {
    let gate = Gate::new();
    let one = One::start_with("stops", |p| p.pace(Pace::Gated(gate.clone()))).await;
    let text = |price: &str, base: &str| {
        format!(
            r#"
            [[provider]]
            name = "acme"
            dialect = "openai"
            base_url = "{base}"
            [[model]]
            name = "m"
            provider = "acme"
            price = {{ input = "{price}", output = "{price}" }}
            context = 200_000
            max_output = 32_000
            "#
        )
    };
    let base = one.server.base_url();
    let catalog = Catalog::from_toml(&text("1", &base)).unwrap();
    let stack = Stack::client_with(hyper_client(), catalog.clone()).boxed();
    gate.open(2);
    let response = stack.clone().oneshot(call(true)).await.unwrap();
    let outcome = response.extensions().get::<Outcome>().unwrap().clone();
    let mut body = Box::pin(response.into_body());
    read_events(&mut body, 2).await;
    // Ten times the price, and the provider is elsewhere.
    let dearer = Catalog::from_toml(&text("10", "http://127.0.0.1:1/v1")).unwrap();
    catalog.replace(dearer.snapshot());
    gate.open_all();
    body.collect().await.unwrap();
    let finished = outcome.finished().await;
    let used = finished.usage.as_ref().unwrap();
    assert!(finished.exact);
    assert_eq!(
        finished.cost.unwrap().nanos(),
        1_000 * (used.prompt() + used.answer())
    );
    // The next call goes by what is loaded.
    assert!(stack.oneshot(call(true)).await.is_err());
    assert_eq!(one.server.calls().len(), 1);
    one.server
        .event(|event| matches!(event, Event::Finished { .. }))
        .await;
}

/// Whose money it is follows from the key that was presented, and from nothing else that a caller can write.
#[tokio::test]
async fn a_caller_cannot_spend_another_tenants_money() {
    let two = Two::start().await;
    let callers = ["a", "b"].map(|name| {
        let caller = Caller::new(Tenant::new(name).unwrap());
        (format!("sk-{name}"), caller)
    });
    let one_call = Budget::new("each")
        .limit("0.02".parse().unwrap(), Window::Total)
        .each_tenant();
    let stack = Stack::server(hyper_client(), two.catalog.clone(), Tenants::keys(callers))
        .budget(one_call.clone())
        .boxed();
    let ask = async |key: &str| {
        let mut headers = bearer(key);
        for name in [
            "x-tenant",
            "x-genai-tenant",
            "x-tower-genai-tenant",
            "openai-organization",
        ] {
            headers.insert(name, "b".parse().unwrap());
        }
        let body = r#"{"model":"m","max_tokens":5,"user":"b","metadata":{"tenant":"b"},"safety_identifier":"b",
            "messages":[{"role":"user","content":"Hi"}]}"#;
        let mut request = Request::post("/v1/chat/completions?tenant=b")
            .body(Full::<Bytes>::from(body))
            .unwrap();
        *request.headers_mut() = headers;
        let response = stack.clone().oneshot(request).await.unwrap();
        let status = response.status();
        response.into_body().collect().await.unwrap();
        status
    };
    for _ in 0..3 {
        assert_eq!(ask("sk-a").await, StatusCode::OK);
    }
    let snapshot = one_call
        .scope()
        .ledger()
        .snapshot()
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(snapshot.accounts.len(), 1);
    assert_eq!(snapshot.accounts[0].id.key().unwrap().to_string(), "a");
    assert_eq!(ask("sk-b").await, StatusCode::OK);
    let snapshot = one_call
        .scope()
        .ledger()
        .snapshot()
        .now_or_never()
        .unwrap()
        .unwrap();
    let spent = |name: &str| {
        let mut all = snapshot.accounts.iter();
        let account = all.find(|account| account.id.key().unwrap().to_string() == name);
        account.unwrap().windows[0].spent.nanos()
    };
    assert_eq!(spent("a"), 3 * spent("b"));
    assert_eq!(ask("sk-c").await, StatusCode::UNAUTHORIZED);
}
