//! Refusals of providers, and calls that are to pass.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{Empty, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tower::ServiceExt;
use tower_genai::{
    Body,
    catalog::Provider,
    context::Tenant,
    dispatch::Key,
    observe::Decision,
    stack::{Stack, Tenants},
};

use crate::support::{ANSWER, CALL, PRICED, budget, call, catalog, whole};

#[tokio::test]
async fn a_caller_s_mistake_stays_its_own_in_whatever_form_it_is_told() {
    for body in [
        r#"{"object":"error","message":"temperature must be <= 2","type":"BadRequestError","param":null,"code":400}"#,
        r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#,
    ] {
        let stack = Stack::client_with(whole(400, body), catalog("", PRICED)).boxed();
        let response = stack.oneshot(call(CALL)).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn a_key_of_ours_that_is_refused_is_not_tried_again_by_the_caller() {
    let refused = whole(401, r#"{"error":{"message":"bad"}}"#);
    let stack = Stack::server(refused, catalog("", PRICED), Tenants::single()).boxed();
    let response = stack.oneshot(call(CALL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(response.headers()["x-should-retry"], "false");
}

#[tokio::test]
async fn models_can_be_listed_under_a_hard_budget() {
    let fake = whole(200, r#"{"data":[]}"#);
    let stack = Stack::client_with(fake.clone(), catalog("", PRICED)).budget(budget("10"));
    let request = Request::get("http://acme.test/v1/models")
        .body(Full::<Bytes>::default())
        .unwrap();
    let response = stack.boxed().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(fake.called(), 1);
}

#[tokio::test]
async fn a_call_without_a_body_stays_without_one_on_the_wire() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await.unwrap());
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        socket.write_all(answer).await.unwrap();
        String::from_utf8(head).unwrap().to_lowercase()
    });
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let stack = Stack::client_with(client, catalog("", PRICED)).boxed();
    let request = Request::get(format!("http://{address}/v1/files"))
        .body(Empty::<Bytes>::new())
        .unwrap();
    let response = stack.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let head = serving.await.unwrap();
    assert!(head.starts_with("get /v1/files "), "{head}");
    assert!(!head.contains("content-length"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
}

#[tokio::test]
async fn a_refusal_after_the_decision_carries_its_id() {
    let later = || Key::Later(Box::pin(async { Err("not now".into()) }));
    let missing = || Key::Missing("set it up".into());
    for key in [later as fn() -> Key, missing] {
        let fake = whole(200, ANSWER);
        let stack = Stack::client_with(fake.clone(), catalog("", PRICED))
            .credential(move |_: &Provider, _: Option<&Tenant>| key())
            .boxed();
        let response = stack.oneshot(call(CALL)).await.unwrap();
        assert!(response.status().is_server_error());
        assert_eq!(fake.called(), 0);
        let decision = response.extensions().get::<Arc<Decision>>().unwrap();
        assert_eq!(
            response.headers()["x-request-id"],
            decision.id.to_string().as_str()
        );
    }
}
