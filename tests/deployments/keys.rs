use http::Request;
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tower::ServiceExt;
use tower_genai::{
    Body,
    catalog::{Catalog, Provider},
    context::Tenant,
    dispatch::{Key, Secret},
    fallback::Tried,
    observe::{FailureClass, Outcome},
    sim,
    stack::Stack,
};

fn keys(provider: &Provider, _: Option<&Tenant>) -> Key {
    match provider.name() {
        "p/one" => Key::Ready(Some(Secret::new("key-of-one"))),
        "p/two" => Key::Ready(Some(Secret::new("key-of-two"))),
        other => Key::Missing(format!("no key for {other}")),
    }
}

/// Every deployment is a simulated provider that takes its own key alone.
async fn start(key: &str) -> sim::Server {
    let model = sim::Model::new("m").price("1", "2");
    sim::Provider::new("p")
        .key(key)
        .model(model)
        .start()
        .await
        .unwrap()
}

fn stack(
    one: &sim::Server,
    two: &sim::Server,
) -> tower::util::BoxCloneSyncService<
    Request<Full<bytes::Bytes>>,
    http::Response<Body>,
    hyper_util::client::legacy::Error,
> {
    let toml = format!(
        r#"
        [[provider]]
        name = "p"
        dialect = "openai"
        base_url = "http://127.0.0.1:1/v1"

        [[provider.deployment]]
        name = "one"
        base_url = "{}"

        [[provider.deployment]]
        name = "two"
        base_url = "{}"

        [[model]]
        name = "m"
        provider = "p"
        price = {{ input = "1", output = "2" }}
        "#,
        one.base_url(),
        two.base_url(),
    );
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    Stack::client_with(client, Catalog::from_toml(&toml).unwrap())
        .credential(keys)
        .boxed()
}

fn question(i: usize) -> Request<Full<bytes::Bytes>> {
    let body = format!(r#"{{"model": "m", "messages": [{{"role": "user", "content": "q{i}"}}]}}"#);
    Request::post("/v1/chat/completions")
        .body(Full::from(body))
        .unwrap()
}

#[tokio::test]
async fn each_gets_its_own_key_at_its_own_address() {
    let (one, two) = (start("key-of-one").await, start("key-of-two").await);
    let stack = stack(&one, &two);
    for i in 0..40 {
        let answer = stack.clone().oneshot(question(i)).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.extensions().get::<Tried>().is_none());
        let outcome = answer.extensions().get::<Outcome>().unwrap();
        assert_eq!(outcome.candidate().model().provider().name(), "p");
        assert!(outcome.provider().name().starts_with("p/"));
    }
    let (at_one, at_two) = (one.calls().len(), two.calls().len());
    assert_eq!(at_one + at_two, 40);
    assert!(at_one > 0 && at_two > 0, "{at_one} and {at_two}");
}
#[tokio::test]
async fn a_key_that_is_refused_closes_its_own_deployment_alone() {
    let (one, two) = (start("another key").await, start("key-of-two").await);
    let stack = stack(&one, &two);
    for i in 0..20 {
        let answer = stack.clone().oneshot(question(i)).await.unwrap();
        assert_eq!(answer.status(), 200, "call {i}");
        if let Some(tried) = answer.extensions().get::<Tried>() {
            let failure = &tried.tries()[0].failure;
            assert_eq!(failure.class, FailureClass::Credential);
            assert!(failure.elsewhere);
        }
    }
    assert_eq!(two.bill().lines().count(), 20);
    assert_eq!(one.bill().total_nano_usd(), 0);
}
