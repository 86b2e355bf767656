//! Keys of providers: where they do not show, and what is done where there is none.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use tower_genai::{
    catalog::{Catalog, Provider},
    context::Tenant,
    dispatch::{Key, Secret},
    stack::Stack,
};

use crate::support::{
    ANSWER, CALL, PRICED, STREAM, call, catalog, content, event, streamed, text, whole,
};

const KEY: &str = "sk-very-secret-key";

#[tokio::test]
async fn a_key_in_an_error_event_never_reaches_the_caller() {
    let error = event(&format!(r#"{{"error":{{"message":"bad key {KEY}"}}}}"#));
    // Both in one chunk, which could be passed on as it is, and apart.
    for chunks in [vec![content("x") + &error], vec![content("x"), error]] {
        let stack = Stack::client_with(streamed(&chunks), catalog("", PRICED))
            .credential(|_: &Provider, _: Option<&Tenant>| Key::Ready(Some(Secret::new(KEY))))
            .boxed();
        let response = stack.oneshot(call(STREAM)).await.unwrap();
        let mut body = response.into_body();
        let mut all = Vec::new();
        while let Some(Ok(frame)) = body.frame().await {
            all.extend_from_slice(&frame.into_data().unwrap());
        }
        let all = String::from_utf8(all).unwrap();
        assert!(all.contains(r#""error""#) && !all.contains(KEY), "{all}");
    }
}

/// Two models that answer alike, the dearer at a provider of its own.
const TWO: &str = r#"
    [[provider]]
    name = "a"
    dialect = "openai"
    base_url = "http://a.test/v1"
    [[provider]]
    name = "b"
    dialect = "openai"
    base_url = "http://b.test/v1"
    [[model]]
    name = "m1"
    provider = "a"
    price = { input = "1.00", output = "2.00" }
    quality = { general = 0.5 }
    [[model]]
    name = "m2"
    provider = "b"
    price = { input = "1.10", output = "2.20" }
    quality = { general = 0.5 }
"#;

#[tokio::test]
async fn where_there_is_no_key_the_next_candidate_is_asked() {
    let there: fn() -> Key = || Key::Ready(None);
    let missing: fn() -> Key = || Key::Missing("set it up".into());
    let failing: fn() -> Key = || {
        Key::Later(Box::pin(async {
            Err("token service down at vault.internal:8200".into())
        }))
    };
    for (first, asked) in [(there, "a.test"), (missing, "b.test"), (failing, "b.test")] {
        let fake = whole(200, ANSWER);
        let stack = Stack::client_with(fake.clone(), Catalog::from_toml(TWO).unwrap())
            .credential(move |provider: &Provider, _: Option<&Tenant>| {
                if provider.name() == "a" {
                    first()
                } else {
                    Key::Ready(None)
                }
            })
            .boxed();
        let body = CALL.replacen("\"m\"", "\"auto\"", 1);
        let response = stack.oneshot(call(&body)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let said = text(response).await;
        assert!(!said.contains("vault.internal"), "{said}");
        assert_eq!(fake.requests().len(), 1);
        assert_eq!(fake.requests()[0].0.uri.host(), Some(asked));
    }
}

#[tokio::test]
async fn a_caller_s_own_key_goes_only_where_the_caller_sent_it() {
    const OWN: &str = "Bearer sk-of-the-caller";
    let names = r#"
        [[provider]]
        name = "other"
        dialect = "openai"
        base_url = "http://acme.test/other/v1"
        api_key_env = "TOWER_GENAI_TESTS_SET_NO_SUCH_KEY"
        [[model]]
        name = "m"
        provider = "other"
        price = { input = "1.00", output = "2.00" }
    "#;
    for (address, goes) in [
        ("http://acme.test/other/v1/chat/completions", true),
        ("http://acme.test/openai/v1/chat/completions", false),
        ("http://acme.test/other/v1beta/chat/completions", false),
        ("http://acme.test/v1/chat/completions", false),
        ("https://acme.test/other/v1/chat/completions", false),
        ("http://evil.test/other/v1/chat/completions", false),
    ] {
        let fake = whole(200, ANSWER);
        let catalog = Catalog::from_toml(names).unwrap();
        let request = Request::post(address)
            .header("authorization", OWN)
            .body(Full::<Bytes>::from(CALL))
            .unwrap();
        let stack = Stack::client_with(fake.clone(), catalog).boxed();
        let response = stack.oneshot(request).await.unwrap();
        assert_eq!(response.status().is_success(), goes, "{address}");
        let keys: Vec<_> = fake
            .requests()
            .iter()
            .map(|(head, _)| head.headers["authorization"].clone())
            .collect();
        assert_eq!(keys, if goes { vec![OWN] } else { vec![] }, "{address}");
    }
}
