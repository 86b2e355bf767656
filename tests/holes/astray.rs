//! Calls within calls, and calls without a runtime.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{Extensions, Request, Response, StatusCode};
use tower::{ServiceExt, service_fn};
use tower_genai::{
    Body,
    catalog::{Catalog, Source},
    fallback::FallbackLayer,
    stack::Stack,
};

use crate::support::{ANSWER, CALL, PRICED, call, catalog, whole};

/// A provider in the app that passes its request's extensions on to a call of its own: the attempt of the outer call is
/// none of the inner one's.
#[tokio::test]
async fn an_attempt_of_another_call_says_nothing_of_this_one() {
    let models = ["a", "b"].map(|name| {
        format!(
            "[[provider]]\nname = \"{name}\"\ndialect = \"openai\"\nbase_url = \"http://{name}.test/v1\"\n\
             [[model]]\nname = \"{name}\"\nprovider = \"{name}\"\n{PRICED}\nquality = {{ general = 0.5 }}\n"
        )
    });
    let two = Catalog::parse(&[Source::text("two.toml", models.concat())]).unwrap();
    // What comes with the second attempt, at the second candidate.
    let seen = Arc::new(Mutex::new(Extensions::new()));
    let keep = Arc::clone(&seen);
    let failing = service_fn(move |request: Request<Body>| {
        *keep.lock().unwrap() = request.extensions().clone();
        let failed = Response::builder().status(500).body(Body::empty());
        async move { Ok::<_, Infallible>(failed.unwrap()) }
    });
    let outer = Stack::client_with(failing, two).fallback(FallbackLayer::new().attempts(2));
    let body = CALL.replace("\"m\"", "\"auto\"");
    let failed = outer.boxed().oneshot(call(&body)).await.unwrap();
    assert!(failed.status().is_server_error());

    let inner = Stack::client_with(whole(200, ANSWER), catalog("", PRICED))
        .fallback(FallbackLayer::new().attempts(1));
    let mut nested = call(CALL);
    *nested.extensions_mut() = seen.lock().unwrap().clone();
    let answer = inner.boxed().oneshot(nested).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

/// Where there is no clock, an error is read as long as it takes, and nothing panics.
#[test]
fn an_error_can_be_read_without_a_runtime() {
    for status in [200, 500] {
        let body = match status {
            200 => ANSWER,
            _ => r#"{"error":{"message":"no","code":"server_error"}}"#,
        };
        let stack = Stack::client_with(whole(status, body), catalog("", PRICED))
            .fallback(FallbackLayer::new().attempts(1));
        let answer = futures::executor::block_on(stack.boxed().oneshot(call(CALL))).unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
}
