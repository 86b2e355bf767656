//! Who is not answered, and in whose words.

use futures::future::join;
use http::StatusCode;
use tower_genai::{
    idempotency::IdempotencyLayer,
    sim::{Event, Fault, Gate, Times},
};

use crate::support::{Call, Up, everyone, openai};

#[tokio::test]
async fn a_key_of_another_request_is_a_422() {
    let up = Up::start(IdempotencyLayer::new()).await;
    for call in everyone() {
        let key = call.name.replace(' ', "-");
        assert_eq!(up.ask(&key, &call).await.status, StatusCode::OK);
        let calls = up.calls();
        let mut words = call.clone();
        words.body = call.body.replace("sky", "sea");
        let mut space = call.clone();
        space.body.push(' ');
        let mut wish = call.clone();
        wish.headers.push(("x-genai-quality", "0.5"));
        let mut path = call.clone();
        path.path = format!("/elsewhere{}", call.path);
        for (what, other) in [
            ("body", words),
            ("space", space),
            ("wish", wish),
            ("path", path),
        ] {
            let refused = up.ask(&key, &other).await;
            assert_eq!(
                refused.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{} {what}",
                call.name
            );
            assert_eq!(refused.headers["x-should-retry"], "false");
            assert!(call.reads(&refused), "{}: {}", call.name, refused.text);
        }
        assert!(up.ask(&key, &call).await.is_replay());
        assert_eq!(up.calls(), calls);
    }
    up.adds_up();
}

#[tokio::test]
async fn while_the_first_is_under_way_others_are_told_to_come_back() {
    let up = Up::start(IdempotencyLayer::new()).await;
    for call in everyone() {
        let key = call.name.replace(' ', "-");
        let (gate, calls) = (Gate::new(), up.calls());
        up.provider.fail(Fault::Hold(gate.clone()), Times::Once);
        let meanwhile = async {
            let nth = calls as u64 + 1;
            up.provider
                .event(|event| *event == Event::Received { call: nth })
                .await;
            let second = up.ask(&key, &call).await;
            assert_eq!(second.status, StatusCode::CONFLICT, "{}", call.name);
            assert_eq!(second.headers["retry-after"], "1", "{}", call.name);
            assert_eq!(second.headers["x-should-retry"], "true", "{}", call.name);
            assert!(call.reads(&second), "{}: {}", call.name, second.text);
            // What is another request is none that could be waited for.
            let mut other = call.clone();
            other.body.push(' ');
            let other = up.ask(&key, &other).await;
            assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
            gate.open(1);
        };
        let (first, ()) = join(up.ask(&key, &call), meanwhile).await;
        assert_eq!(first.status, StatusCode::OK);
        let third = up.ask(&key, &call).await;
        assert!(third.is_replay() && third.text == first.text);
        assert_eq!(up.calls(), calls + 1);
    }
    up.adds_up();
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_a_400_that_names_the_header() {
    let up = Up::start(IdempotencyLayer::new()).await;
    let long = "k".repeat(256);
    for call in everyone() {
        for key in [&*long, "two words"] {
            let refused = up.ask(key, &call).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", call.name);
            assert!(call.reads(&refused), "{}", refused.text);
            assert!(refused.text.contains("Idempotency-Key"), "{}", refused.text);
        }
        assert_eq!(
            up.ask(&long[1..], &call).await.status.is_success(),
            call.name == "openai whole"
        );
    }
    assert_eq!(up.calls(), 1);
    up.adds_up();
}

#[tokio::test]
async fn what_is_too_large_to_keep_is_given_once_and_not_made_again() {
    let up = Up::start(IdempotencyLayer::new().largest(300)).await;
    for (n, call) in everyone().iter().enumerate() {
        let key = format!("key-{n}");
        let first = up.ask(&key, call).await;
        assert!(
            first.status.is_success() && first.text.len() > 100,
            "{}",
            call.name
        );
        for _ in 0..2 {
            let again = up.ask(&key, call).await;
            assert_eq!(again.status, StatusCode::CONFLICT, "{}", call.name);
            assert_eq!(again.headers["x-should-retry"], "false", "{}", call.name);
            assert!(!again.headers.contains_key("retry-after"));
            assert!(call.reads(&again), "{}: {}", call.name, again.text);
        }
        assert_eq!(up.calls(), n + 1);
    }
    up.adds_up();
}

#[tokio::test]
async fn where_keys_under_way_take_all_the_room_another_is_refused() {
    // Room for one key, and for what its answer is.
    let up = Up::start(IdempotencyLayer::new().bytes(2_000)).await;
    let call = openai(true);
    let gate = Gate::new();
    up.provider.fail(Fault::Hold(gate.clone()), Times::Once);
    let meanwhile = async {
        let received = |event: &Event| *event == Event::Received { call: 1 };
        up.provider.event(received).await;
        let refused = up.ask("second", &call).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers["retry-after"], "1");
        assert_eq!(refused.headers["x-should-retry"], "true");
        // Without a key nothing has to be remembered.
        assert_eq!(up.ask("", &call).await.status, StatusCode::OK);
        gate.open(1);
    };
    let (first, ()) = join(up.ask("first", &call), meanwhile).await;
    assert!(first.status.is_success());
    // The one that is over makes room.
    assert_eq!(up.ask("second", &call).await.status, StatusCode::OK);
    up.adds_up();
}

#[tokio::test]
async fn a_layer_that_is_off_passes_keys_over() {
    let up = Up::start(IdempotencyLayer::off()).await;
    let call: Call = openai(false);
    for _ in 0..2 {
        assert!(!up.ask("k", &call).await.is_replay());
    }
    assert_eq!(up.calls(), 2);
}
