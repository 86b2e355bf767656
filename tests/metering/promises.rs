//! Promises on money that have a number: what providers may report, rounding, and the ends of the scale.

use http::StatusCode;
use tower::ServiceExt;
use tower_genai::{
    catalog::Catalog,
    dispatch::usage::Shape,
    money::{Exact, UnitPrice, Usd},
    stack::Stack,
};

use crate::{
    meter::{nanos, read},
    support::{
        CALL, PRICED, STREAM, budget, call, catalog, content, event, finish, held, spent, stop,
        streamed, whole,
    },
};

fn answer(model: &str, more: &str, usage: &str) -> String {
    format!(
        r#"{{"model":"{model}","choices":[{{"index":0,"message":{{"role":"assistant","content":"x"}},"finish_reason":"stop"}}]{more},"usage":{usage}}}"#
    )
}

/// The model `m`, and a dear and a cheap sister of it.
fn sisters() -> Catalog {
    let sisters = r#"
        price = { input = "1.00", output = "2.00" }
        rates = [{ tier = "priority", input = "2.00", output = "4.00" }]
        [[model]]
        name = "dear"
        provider = "acme"
        price = { input = "10.00", output = "20.00" }
        [[model]]
        name = "cheap"
        provider = "acme"
        price = { input = "0.10", output = "0.20" }"#;
    catalog("", sisters)
}

#[tokio::test]
async fn b11_whatever_a_provider_reports_no_sum_is_wrong_in_its_favour() {
    const HALF: &str = r#"{"prompt_tokens":50,"completion_tokens":100}"#;
    for (usage, exact) in [
        ("null", false),
        ("{}", false),
        ("7", false),
        (r#"{"prompt_tokens":0,"completion_tokens":0}"#, false),
        (r#"{"prompt_tokens":-50,"completion_tokens":100}"#, false),
        (r#"{"prompt_tokens":50,"completion_tokens":-100}"#, false),
        (
            r#"{"prompt_tokens":9223372036854775808,"completion_tokens":100}"#,
            false,
        ),
        (
            r#"{"prompt_tokens":18446744073709551616,"completion_tokens":100}"#,
            false,
        ),
        (r#"{"prompt_tokens":50.5,"completion_tokens":100}"#, false),
        (r#"{"prompt_tokens":"50","completion_tokens":100}"#, false),
        (
            r#"{"prompt_tokens":50,"completion_tokens":100,"completion_tokens":1}"#,
            false,
        ),
        (r#"{"prompt_tokens":50.0,"completion_tokens":1e2}"#, true),
        (HALF, true),
    ] {
        let budget = budget("10");
        let fake = whole(200, &answer("m", "", usage));
        let finished = finish(
            Stack::client_with(fake, catalog("", PRICED)).budget(budget.clone()),
            CALL,
        )
        .await;
        assert_eq!(finished.exact, exact, "{usage}");
        let cost = finished.cost.unwrap().nanos();
        // The bound where nothing is known, never nothing.
        assert!(
            if exact {
                cost == 250_000
            } else {
                cost > 2_000_000
            },
            "{usage}: {cost}"
        );
        assert_eq!((spent(&budget), held(&budget)), (cost, 0), "{usage}");
    }
}

#[tokio::test]
async fn b11_sums_so_far_are_not_added_up_and_usage_before_an_error_counts() {
    let usage =
        |n| format!(r#"{{"choices":[],"usage":{{"prompt_tokens":50,"completion_tokens":{n}}}}}"#);
    let chunks = [
        content("x"),
        event(&usage(60)),
        event(&usage(100)),
        stop(),
        event(&usage(100)),
        event("[DONE]"),
    ];
    let finished = finish(
        Stack::client_with(streamed(&chunks), catalog("", PRICED)),
        STREAM,
    )
    .await;
    assert_eq!(finished.cost.unwrap().nanos(), 250_000);

    let failed = r#"{"error":{"message":"no","code":"server_error"},"usage":{"prompt_tokens":50,"completion_tokens":100}}"#;
    let budget = budget("10");
    let stack = Stack::client_with(whole(500, failed), catalog("", PRICED));
    let stack = stack.fallback(tower_genai::fallback::FallbackLayer::new().attempts(1));
    let response = stack
        .budget(budget.clone())
        .boxed()
        .oneshot(call(CALL))
        .await
        .unwrap();
    assert!(response.status().is_server_error());
    drop(response);
    assert_eq!((spent(&budget), held(&budget)), (250_000, 0));
}

#[tokio::test]
async fn b11_model_and_tier_of_the_answer_set_the_rate_and_an_excess_is_counted() {
    const USAGE: &str = r#"{"prompt_tokens":50,"completion_tokens":1000}"#;
    for (model, more, nanos, exceeded) in [
        ("m", "", 2_050_000, 0),
        ("m-2026-01-31", "", 2_050_000, 0),
        ("cheap", "", 205_000, 0),
        ("unheard-of", "", 2_050_000, 0),
        ("dear", "", 20_500_000, 1),
        ("m", r#","service_tier":"priority""#, 4_100_000, 1),
        ("m", r#","service_tier":"default""#, 2_050_000, 0),
    ] {
        let budget = budget("10");
        let fake = whole(200, &answer(model, more, USAGE));
        let finished = finish(
            Stack::client_with(fake, sisters()).budget(budget.clone()),
            CALL,
        )
        .await;
        assert_eq!(finished.cost.unwrap().nanos(), nanos, "{model}{more}");
        assert_eq!(spent(&budget), nanos, "{model}{more}");
        let snapshot = budget.scope().ledger().snapshot().await.unwrap();
        assert_eq!(snapshot.bound_exceeded, exceeded, "{model}{more}");
    }
    // A tier that no rate names may cost anything: the bound stays.
    let fake = whole(200, &answer("m", r#","service_tier":"scale""#, USAGE));
    let finished = finish(
        Stack::client_with(fake, sisters()).budget(budget("10")),
        CALL,
    )
    .await;
    assert!(!finished.exact && finished.cost.unwrap().nanos() > 2_000_000);
}

#[tokio::test(start_paused = true)]
async fn b11_the_dearer_hour_counts_of_a_call_that_ends_in_another() {
    use std::{convert::Infallible, time::Duration};
    use tower_genai::{Body, catalog::Date, context::Clock, observe::Outcome};
    let price = r#"price = { input = "1.00", output = "2.00" }
        rates = [{ utc = ["00:00-08:00"], input = "0.50", output = "1.00" }]"#;
    for (hour, nanos) in [(3, 125_000), (7, 250_000), (23, 250_000)] {
        // It takes two hours.
        let provider = tower::service_fn(|_: http::Request<Body>| async {
            tokio::time::advance(Duration::from_secs(2 * 3_600)).await;
            let json = answer("m", "", r#"{"prompt_tokens":50,"completion_tokens":100}"#);
            let response = http::Response::builder().header("content-type", "application/json");
            Ok::<_, Infallible>(
                response
                    .body(http_body_util::Full::<bytes::Bytes>::from(json))
                    .unwrap(),
            )
        });
        let at = Date::new(2026, 11, 24).unwrap().starts() + Duration::from_secs(hour * 3_600);
        let stack = Stack::client_with(provider, catalog("", price)).clock(Clock::manual(at));
        let response = stack.boxed().oneshot(call(CALL)).await.unwrap();
        let outcome = response.extensions().get::<Outcome>().unwrap().clone();
        drop(response);
        assert_eq!(
            outcome.finished().await.cost.unwrap().nanos(),
            nanos,
            "{hour}"
        );
    }
}

#[test]
fn b12_a_million_calls_of_one_token_err_upward_by_a_nano_dollar_each_at_most() {
    let report = read(Shape::Ollama, r#"{"prompt_eval_count":1,"eval_count":0}"#);
    let price = r#"price = { input = "0.0025", output = "1.00" }"#;
    let each = nanos(price, &report);
    // Two and a half nano-dollars a call.
    let mut sum = Usd::ZERO;
    for _ in 0..1_000_000 {
        sum = sum.checked_add(Usd::from_nanos(each).unwrap()).unwrap();
    }
    let exact = 2_500_000;
    assert!(
        sum.nanos() >= exact && sum.nanos() - exact <= 1_000_000,
        "{sum}"
    );
    assert_eq!(sum.nanos(), 3_000_000, "no drift: each is rounded alike");
}

#[test]
fn b12_a_call_is_rounded_once_and_not_by_the_bucket() {
    // Four buckets of 2.5 nano-dollars each are ten, and not twelve.
    let json = r#"{"usage":{"input_tokens":1,"output_tokens":1,"cache_read_input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":1}}}"#;
    let price = r#"price = { input = "0.0025", output = "0.0025", cache_read = "0.0025", cache_write = "0.0025" }"#;
    assert_eq!(nanos(price, &read(Shape::Anthropic, json)), 10);
}

#[tokio::test]
async fn b13_what_is_beyond_the_scale_is_refused_and_never_wraps() {
    // A token at 18 million dollars: a thousand of them are above what can be counted.
    let price = r#"price = { input = "18000000000000.00", output = "18000000000000.00" }"#;
    let fake = whole(
        200,
        &answer("m", "", r#"{"prompt_tokens":50,"completion_tokens":1000}"#),
    );
    let budget = budget("1000000000");
    let stack = Stack::client_with(fake.clone(), catalog("", price)).budget(budget.clone());
    let response = stack.boxed().oneshot(call(CALL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!((fake.called(), spent(&budget), held(&budget)), (0, 0, 0));
}

#[test]
fn b13_at_the_very_end_of_the_scale() {
    let most = i64::MAX.unsigned_abs();
    let nano = UnitPrice::from_pico(1_000);
    assert_eq!(Exact::of(most, nano).round_up(), Some(Usd::MAX));
    assert_eq!(Exact::of(most + 1, nano).round_up(), None);
    assert_eq!(
        Exact::of(u64::MAX, UnitPrice::from_pico(u64::MAX)).round_up(),
        None
    );
    let dear = Exact::of(u64::MAX, UnitPrice::from_pico(u64::MAX));
    assert_eq!((dear + dear + dear).round_up(), None);
    for edge in [(1 << 53) - 1, 1 << 53, (1 << 53) + 1] {
        assert_eq!(
            Exact::of(edge, nano).round_up().unwrap().nanos(),
            edge,
            "no double comes between"
        );
    }
}
