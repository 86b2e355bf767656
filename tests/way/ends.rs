//! Every way in which a hold ends, over simulated providers that keep their own bill.

use futures::FutureExt;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_genai::{
    Body,
    budget::{Budget, End, Window},
    catalog::{Catalog, Source},
    dispatch::Drain,
    fallback::FallbackLayer,
    observe::{Ending, Failure, FailureClass, Outcome},
    sim::{Event, Fault, Gate, Model, OnDisconnect, Pace, Provider, Server, Times, UsageFault},
    stack::{Stack, Tenants},
};

use crate::{
    support::{HyperClient, chat, hyper_client, single_attempts},
    watched::{Shared, Watched},
};

/// One simulated provider with a cheap and a dear model, a stack around a client, and the ledger under it.
pub(crate) struct One {
    pub(crate) server: Server,
    pub(crate) watched: Arc<Watched>,
    pub(crate) budget: Budget,
    pub(crate) catalog: Catalog,
    pub(crate) stack: Stack<HyperClient>,
}

impl One {
    pub(crate) async fn start(on_disconnect: &str) -> Self {
        Self::start_with(on_disconnect, |provider| provider).await
    }

    pub(crate) async fn start_with(
        on_disconnect: &str,
        change: impl FnOnce(Provider) -> Provider,
    ) -> Self {
        let provider = Provider::new("acme")
            .model(Model::new("m").price("1", "3.20").exact_output(20))
            .model(Model::new("dear").price("10", "32"));
        let server = change(provider).start().await.unwrap();
        let text = format!(
            r#"
            [[provider]]
            name = "acme"
            dialect = "openai"
            base_url = "{}"
            on_disconnect = "{on_disconnect}"

            [[model]]
            name = "m"
            provider = "acme"
            price = {{ input = "1", output = "3.20" }}
            context = 200_000
            max_output = 32_000
            can = ["stream", "n"]

            [[model]]
            name = "dear"
            provider = "acme"
            price = {{ input = "10", output = "32" }}
            context = 200_000
            max_output = 32_000
            can = ["stream", "n"]
            "#,
            server.base_url()
        );
        let catalog = Catalog::parse(&[Source::text("one.toml", text)]).unwrap();
        let watched = Watched::shared();
        let budget = Budget::new("org")
            .limit("1".parse().unwrap(), Window::Total)
            .ledger(Arc::new(Shared(Arc::clone(&watched))));
        let stack = single_attempts(hyper_client(), catalog.clone()).budget(budget.clone());
        Self {
            server,
            watched,
            budget,
            catalog,
            stack,
        }
    }

    pub(crate) async fn send(&self, stream: bool) -> Result<Response<Body>, impl std::fmt::Debug> {
        self.stack.clone().boxed().oneshot(call(stream)).await
    }

    pub(crate) fn billed(&self) -> u64 {
        self.server.bill().total_nano_usd()
    }

    fn spent(&self) -> u64 {
        self.budget.scope().allowance().unwrap().spent().nanos()
    }

    fn end(&self) -> End {
        self.watched.assert_at_rest();
        let ends = self.watched.ends();
        assert_eq!(ends.len(), 1, "{ends:?}");
        assert_eq!(self.watched.steps(), 2, "one hold, one end");
        ends[0]
    }
}

pub(crate) fn call(stream: bool) -> Request<Full<bytes::Bytes>> {
    chat(&json!({
        "model": "m", "stream": stream, "max_tokens": 300,
        "messages": [{"role": "user", "content": "Hello"}],
    }))
}

/// Reads a body to its end: what came, and whether it ended well.
pub(crate) async fn read(body: Body) -> (String, bool) {
    let (mut text, mut body) = (Vec::new(), Box::pin(body));
    loop {
        match body.frame().await {
            None => return (String::from_utf8(text).unwrap(), true),
            Some(Err(_)) => return (String::from_utf8(text).unwrap(), false),
            Some(Ok(frame)) => text.extend_from_slice(&frame.into_data().unwrap_or_default()),
        }
    }
}

/// Reads until so many of the provider's events have come.
pub(crate) async fn read_events(body: &mut std::pin::Pin<Box<Body>>, events: usize) -> String {
    let mut text = String::new();
    while text.matches("data: ").count() < events {
        let frame = body.frame().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
    }
    text
}

#[tokio::test]
async fn unsent_is_released() {
    for stream in [false, true] {
        let one = One::start("unknown").await;
        one.server.stop().await;
        assert!(one.send(stream).await.is_err());
        assert_eq!(one.end(), End::Released);
        assert_eq!((one.spent(), one.billed()), (0, 0));
    }
}

#[tokio::test]
async fn rejected_is_released() {
    for stream in [false, true] {
        for status in [400, 401, 404, 408, 409, 422, 429, 500, 502, 503, 504, 529] {
            let one = One::start("unknown").await;
            one.server.fail(Fault::status(status), Times::Once);
            let response = one.send(stream).await.unwrap();
            assert!(!response.status().is_success(), "{status}");
            assert!(response.extensions().get::<Failure>().is_some());
            read(response.into_body()).await;
            assert_eq!(one.end(), End::Released, "{status}");
            assert_eq!(one.spent(), one.billed());
        }
    }
}

#[tokio::test]
async fn an_error_in_band_before_content_is_released_and_after_it_charged() {
    let one = One::start("unknown").await;
    one.server.fail(Fault::ErrorEventAfter(1), Times::Once);
    let response = one.send(false).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let failure = response.extensions().get::<Failure>().unwrap();
    assert_eq!(failure.class, FailureClass::Provider);
    let (text, _) = read(response.into_body()).await;
    assert!(serde_json::from_str::<Value>(&text).unwrap()["error"].is_object());
    assert_eq!(one.end(), End::Released);

    for (events, ended) in [(0, End::Released), (1, End::Released), (5, End::AtBound)] {
        let one = One::start("unknown").await;
        one.server.fail(Fault::ErrorEventAfter(events), Times::Once);
        let response = one.send(true).await.unwrap();
        let (text, clean) = read(response.into_body()).await;
        assert!(!clean && text.contains(r#""error""#), "{text}");
        assert!(!text.contains("[DONE]"));
        assert_eq!(one.end(), ended, "{events}");
        assert!(one.spent() >= one.billed());
    }
}

/// A body that has both an answer and an error was made, and is charged.
#[tokio::test]
async fn an_error_beside_an_answer_is_not_free() {
    let one = One::start("unknown").await;
    let body = r#"{"choices":[{"index":0,"message":{"content":"Half an ans"},"finish_reason":null}],
        "error":{"message":"broke","code":"boom"}}"#;
    one.server.fail(
        Fault::Raw {
            status: StatusCode::OK,
            content_type: "application/json".parse().unwrap(),
            body: body.into(),
        },
        Times::Once,
    );
    let response = one.send(false).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(one.end(), End::AtBound);
}

#[tokio::test]
async fn what_was_sent_and_reset_is_spent_at_its_bound() {
    for stream in [false, true] {
        let one = One::start("stops").await;
        one.server.fail(Fault::HangUp, Times::Once);
        assert!(one.send(stream).await.is_err());
        assert_eq!(one.end(), End::AtBound);
        assert!(one.spent() > 300 * 3_200);
    }
}

#[tokio::test]
async fn a_complete_answer_costs_what_the_provider_bills() {
    for stream in [false, true] {
        let one = One::start("unknown").await;
        let response = one.send(stream).await.unwrap();
        let outcome = response.extensions().get::<Outcome>().unwrap().clone();
        let (_, clean) = read(response.into_body()).await;
        assert!(clean);
        let finished = outcome.finished().await;
        assert!(finished.exact && finished.ending == Ending::Complete);
        assert!(one.billed() > 0);
        assert!(matches!(one.end(), End::Metered(cost) if cost.nanos() == one.billed()));
    }
}

#[tokio::test]
async fn a_provider_that_cuts_a_stream_is_charged_by_its_rule_and_the_caller_is_told() {
    for on_disconnect in ["stops", "runs_on", "unknown"] {
        for events in [0, 1, 2, 9] {
            let one = One::start(on_disconnect).await;
            one.server.fail(Fault::CutAfter(events), Times::Once);
            let response = one.send(true).await.unwrap();
            let outcome = response.extensions().get::<Outcome>().unwrap().clone();
            let (text, clean) = read(response.into_body()).await;
            assert!(!clean && text.contains("bad_gateway"), "{text}");
            let finished = outcome.finished().await;
            assert_eq!((finished.ending, finished.exact), (Ending::Cut, false));
            let end = one.end();
            match on_disconnect {
                "stops" => assert!(matches!(end, End::Cut(_)), "{end:?}"),
                _ => assert_eq!(end, End::AtBound),
            }
            assert!(one.spent() >= one.billed());
        }
    }
}

#[tokio::test]
async fn a_caller_that_leaves_a_stream_is_charged_by_the_providers_rule() {
    let drain = Drain::up_to(std::time::Duration::from_secs(20), 1 << 20);
    for (fact, then, drain) in [
        ("stops", OnDisconnect::Stops, Drain::off()),
        ("stops", OnDisconnect::Stops, drain),
        ("runs_on", OnDisconnect::RunsOn, Drain::off()),
        ("unknown", OnDisconnect::RunsOn, Drain::off()),
        ("runs_on", OnDisconnect::RunsOn, drain),
        ("unknown", OnDisconnect::RunsOn, drain),
    ] {
        let gate = Gate::new();
        let mut one = One::start_with(fact, |provider| {
            provider.pace(Pace::Gated(gate.clone())).clients_leave(then)
        })
        .await;
        one.stack = one.stack.drain(drain);
        gate.open(6);
        let response = one.send(true).await.unwrap();
        let outcome = response.extensions().get::<Outcome>().unwrap().clone();
        let mut body = Box::pin(response.into_body());
        read_events(&mut body, 6).await;
        drop(body);
        if fact != "stops" && drain != Drain::off() {
            gate.open_all();
        }
        let over =
            |event: &Event| matches!(event, Event::ClientGone { .. } | Event::Finished { .. });
        one.server.event(over).await;
        let finished = outcome.finished().await;
        assert_eq!(finished.ending, Ending::Cancelled);
        let end = one.end();
        match (fact, drain == Drain::off()) {
            ("stops", _) => assert!(matches!(end, End::Cut(cost) if cost.nanos() < 300 * 3_200)),
            (_, true) => assert_eq!(end, End::AtBound),
            (_, false) => {
                assert!(matches!(end, End::Metered(cost) if cost.nanos() == one.billed()));
                assert!(finished.exact);
            }
        }
        assert!(one.billed() > 0 && one.spent() >= one.billed(), "{fact}");
    }
}

#[tokio::test]
async fn a_caller_that_leaves_a_stalled_answer_is_charged_the_bound_at_most() {
    for (stream, events) in [(true, 0), (true, 3), (false, 0), (false, 1)] {
        let one = One::start("unknown").await;
        one.server.fail(Fault::StallAfter(events), Times::Once);
        let stack = one.stack.clone().boxed();
        let calling = tokio::spawn(async move {
            let response = stack.oneshot(call(stream)).await.unwrap();
            read(response.into_body()).await
        });
        one.server
            .event(|event| matches!(event, Event::Received { .. }))
            .await;
        calling.abort();
        assert!(calling.await.unwrap_err().is_cancelled());
        one.server
            .event(|event| matches!(event, Event::ClientGone { .. } | Event::Failed { .. }))
            .await;
        assert_eq!(one.end(), End::AtBound);
        assert!(one.spent() >= one.billed());
    }
}

/// The provider's own bill stays right, whatever it reports.
#[tokio::test]
async fn whatever_usage_says_nothing_is_charged_too_little() {
    for stream in [false, true] {
        for (fault, exact) in [
            (UsageFault::Missing, false),
            (UsageFault::Null, false),
            (UsageFault::Zero, false),
            (UsageFault::Negative, false),
            (UsageFault::Huge, false),
            (UsageFault::Float, false),
            (UsageFault::Text, false),
            (UsageFault::Cumulative, true),
            (UsageFault::Twice, true),
            (UsageFault::Model("dear".into()), true),
            (UsageFault::Model("nobody-knows".into()), true),
            // A tier that no rate names has no price that is known.
            (UsageFault::Tier("flex".into()), false),
        ] {
            let one = One::start("unknown").await;
            one.server.fail(Fault::Usage(fault.clone()), Times::Once);
            let response = one.send(stream).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{fault:?}");
            let outcome = response.extensions().get::<Outcome>().unwrap().clone();
            let (text, clean) = read(response.into_body()).await;
            assert!(clean, "{fault:?}: {text}");
            let finished = outcome.finished().await;
            assert_eq!(finished.exact, exact, "{fault:?} {stream}");
            assert_eq!(finished.ending, Ending::Complete);
            let end = one.end();
            if !exact {
                assert_eq!(end, End::AtBound, "{fault:?}");
            }
            assert!(one.billed() > 0);
            assert!(one.spent() >= one.billed(), "{fault:?}");
            if fault == UsageFault::Model("dear".into()) {
                assert_eq!(one.spent(), 10 * one.billed());
            }
        }
    }
}

/// What a refused call would have cost is nobody's: no provider is asked, nothing is held.
#[tokio::test]
async fn a_spent_budget_refuses_before_anything_is_sent() {
    let one = One::start("unknown").await;
    let small = Budget::new("small").limit("0.0001".parse().unwrap(), Window::Day);
    let stack = one.stack.clone().budget(small.clone()).boxed();
    let response = stack.oneshot(call(true)).await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["x-should-retry"], "false");
    let (text, _) = read(response.into_body()).await;
    assert!(text.contains("insufficient_quota"), "{text}");
    assert!(one.server.calls().is_empty());
    one.watched.assert_at_rest();
    assert_eq!(one.spent(), 0);
    assert_eq!(small.scope().allowance().unwrap().spent().nanos(), 0);
}

/// The one road to spending above a hold: it is recorded as it is, and told.
#[tokio::test]
async fn usage_above_the_bound_is_recorded_and_reported() {
    let one = One::start("unknown").await;
    let body = r#"{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":100000,"completion_tokens":1000}}"#;
    one.server.fail(
        Fault::Raw {
            status: StatusCode::OK,
            content_type: "application/json".parse().unwrap(),
            body: body.into(),
        },
        Times::Once,
    );
    let response = one.send(false).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(matches!(one.end(), End::Metered(_)));
    assert_eq!(one.spent(), 100_000 * 1_000 + 1_000 * 3_200);
    let snapshot = one
        .budget
        .scope()
        .ledger()
        .snapshot()
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(snapshot.bound_exceeded, 1);
}

#[tokio::test]
async fn a_server_tells_of_an_unreachable_provider_in_the_caller_s_form() {
    let one = One::start("unknown").await;
    let stack = Stack::server(hyper_client(), one.catalog.clone(), Tenants::single())
        .fallback(FallbackLayer::new().attempts(1))
        .budget(one.budget.clone())
        .boxed();
    one.server.stop().await;
    let response = stack.oneshot(call(true)).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let (text, clean) = read(response.into_body()).await;
    assert!(
        clean && text.contains("bad_gateway") && !text.contains("127.0.0.1"),
        "{text}"
    );
    assert_eq!(one.end(), End::Released);
}
