//! The list of models: what is there can be called for chat.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use tower::ServiceExt;
use tower_genai::{
    catalog::{Catalog, Provider},
    context::Tenant,
    dispatch::{Key, Secret},
    stack::{Stack, Tenants},
};

use crate::support::{ANSWER, CALL, call, text, whole};

const MODELS: &str = r#"
    [[provider]]
    name = "acme"
    dialect = "openai"
    base_url = "http://acme.test/v1"
    [[provider]]
    name = "foreign"
    dialect = "ark"
    base_url = "http://foreign.test/v1"
    [[model]]
    name = "m"
    provider = "acme"
    price = { input = "1.00", output = "2.00" }
    [[model]]
    name = "picture"
    for = "image"
    provider = "acme"
    price = { image = "0.01" }
    [[model]]
    name = "unspoken"
    provider = "foreign"
    price = { input = "1.00", output = "2.00" }
"#;

async fn get(catalog: Catalog, path: &str) -> (StatusCode, serde_json::Value) {
    let stack = Stack::server(whole(200, ANSWER), catalog, Tenants::single()).boxed();
    let request = Request::get(path).body(Full::<Bytes>::default()).unwrap();
    let response = stack.oneshot(request).await.unwrap();
    let status = response.status();
    (status, serde_json::from_str(&text(response).await).unwrap())
}

fn models() -> Catalog {
    Catalog::from_toml(MODELS).unwrap()
}

#[tokio::test]
async fn only_chat_models_whose_dialect_is_spoken_are_listed() {
    let (status, list) = get(models(), "/v1/models").await;
    assert_eq!(status, StatusCode::OK);
    let ids = list["data"].as_array().unwrap().iter();
    let ids: Vec<&str> = ids.map(|model| model["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["auto", "m"]);
}

#[tokio::test]
async fn a_model_is_told_of_by_itself_just_as_it_is_listed() {
    for (name, status) in [
        ("m", StatusCode::OK),
        ("acme%2Fm", StatusCode::OK),
        ("picture", StatusCode::NOT_FOUND),
        ("unspoken", StatusCode::NOT_FOUND),
        ("nobody", StatusCode::NOT_FOUND),
    ] {
        let (told, _) = get(models(), &format!("/v1/models/{name}")).await;
        assert_eq!(told, status, "{name}");
    }
}

#[tokio::test]
async fn models_that_are_not_listed_cannot_be_called() {
    for (name, status) in [
        ("m", StatusCode::OK),
        ("picture", StatusCode::NOT_FOUND),
        ("unspoken", StatusCode::NOT_FOUND),
    ] {
        let fake = whole(200, ANSWER);
        let stack = Stack::server(fake.clone(), models(), Tenants::single()).boxed();
        let body = CALL.replacen("\"m\"", &format!("\"{name}\""), 1);
        let response = stack.oneshot(call(&body)).await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        assert_eq!(fake.called(), usize::from(status.is_success()));
    }
}

#[tokio::test]
async fn every_model_that_the_builtin_catalog_lists_can_be_called() {
    let (status, list) = get(Catalog::builtin(), "/v1/models").await;
    assert_eq!(status, StatusCode::OK);
    let fake = whole(200, ANSWER);
    let stack = Stack::server(fake.clone(), Catalog::builtin(), Tenants::single())
        .credential(|_: &Provider, _: Option<&Tenant>| Key::Ready(Some(Secret::new("sk-ours"))))
        .boxed();
    let list = list["data"].as_array().unwrap();
    assert!(list.len() > 1);
    for model in list {
        let id = model["id"].as_str().unwrap();
        let body = CALL.replacen("\"m\"", &format!("\"{id}\""), 1);
        let before = fake.called();
        let response = stack.clone().oneshot(call(&body)).await.unwrap();
        assert_ne!(response.status(), StatusCode::NOT_FOUND, "{id}");
        // The answer is one of OpenAI's, which not all of them read.
        assert!(fake.called() > before, "{id}");
    }
}
