//! How fast calls may pass, and what gets around that.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::FutureExt;
use http::StatusCode;
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, CutRule, Hold, HoldLabel, MemoryLedger, RateLimit, Refused, Scope, Window},
    context::Clock,
    money::Usd,
    stack::Stack,
};

use crate::support::{PRICED, STOPS, STREAM, call, catalog, content, stalling, whole};

const NOW: u64 = 1_900_000_000;

fn clock() -> Clock {
    Clock::manual(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
}

fn hold(scopes: &[Scope], requests: u64, tokens: u64) -> Result<Hold, Refused> {
    let label = HoldLabel::new("m", "acme");
    let opening = Hold::open(scopes, Usd::from_nanos(1).unwrap(), label, CutRule::Bound);
    let opening = opening.requests(requests).tokens(tokens);
    opening.now_or_never().unwrap()
}

/// What a call took has come back by itself when a minute has passed. Given back once more when the call ends, it lets
/// twice the burst pass at once; with more calls kept open, any number of times.
#[test]
fn what_time_has_given_back_is_not_given_back_again() {
    let clock = clock();
    let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()));
    let budget = Budget::new("b")
        .rate(RateLimit::tokens(1_000))
        .ledger(ledger);
    let scopes = [budget.scope()];
    // Two calls that are slow to answer, each begun when the rate allowed it.
    let mut slow = Vec::new();
    for _ in 0..2 {
        slow.push(hold(&scopes, 0, 1_000).unwrap());
        clock.advance(Duration::from_secs(60));
    }
    let all = hold(&scopes, 0, 1_000).unwrap();
    let mut passed = 1;
    for mut end in slow {
        end.used(1);
        end.settle(Usd::ZERO);
        passed += u32::from(hold(&scopes, 0, 990).is_ok());
    }
    drop(all);
    assert_eq!(passed, 1, "so many times the burst passed at one moment");
}

/// "The limits of either count what is spent under both": a budget that limits how fast, inside of one of the same
/// name that limits how much.
#[test]
fn the_rate_of_a_second_budget_of_the_name_counts() {
    let money = Budget::new("team").limit("1".parse().unwrap(), Window::Day);
    let speed = Budget::new("team")
        .rate(RateLimit::requests(1))
        .within(&money);
    let scopes = [money.scope(), speed.scope()];
    let _first = hold(&scopes, 1, 0).unwrap();
    assert!(hold(&scopes, 1, 0).is_err(), "one a minute");
}

/// An account that is named twice is charged once, also where all that it limits is requests.
#[test]
fn an_account_named_twice_counts_a_request_once() {
    let one = Budget::new("team").rate(RateLimit::requests(2));
    let other = Budget::new("team")
        .rate(RateLimit::requests(3))
        .within(&one);
    let scopes = [one.scope(), other.scope()];
    hold(&scopes, 1, 0).unwrap().release();
    assert!(hold(&scopes, 1, 0).is_ok(), "two a minute");
}

/// A model of which the catalog does not say how much it writes, under a budget that limits tokens alone. Whoever hangs up
/// before usage comes has used what was written till then.
#[tokio::test]
async fn a_cut_stream_has_used_what_was_written() {
    let text = format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        on_disconnect = "stops"
        [[model]]
        name = "m"
        provider = "acme"
        {PRICED}
        "#
    );
    let catalog = tower_genai::catalog::Catalog::from_toml(&text).unwrap();
    let budget = Budget::new("b").rate(RateLimit::tokens(1_000));
    let chunks: Vec<String> = (0..50).map(|_| content(&"word ".repeat(100))).collect();
    let stack = Stack::client_with(stalling(&chunks), catalog)
        .budget(budget)
        .boxed();
    let mut passed = 0;
    for _ in 0..4 {
        let response = stack.clone().oneshot(call(STREAM)).await.unwrap();
        if response.status() != StatusCode::OK {
            break;
        }
        passed += 1;
        let mut body = response.into_body();
        // Five thousand words, and gone.
        for _ in 0..50 {
            body.frame().await.unwrap().unwrap();
        }
    }
    assert_eq!(passed, 1);
}

/// Where a limit of output is known, all of it was taken, and what a provider that stops has not written comes back.
#[tokio::test(start_paused = true)]
async fn a_cut_stream_gives_back_what_was_not_written() {
    for (provider, second) in [(STOPS, true), (r#"on_disconnect = "runs_on""#, false)] {
        let budget = Budget::new("b").rate(RateLimit::tokens(1_500));
        let chunks = [content("word")];
        let stack = Stack::client_with(stalling(&chunks), catalog(provider, PRICED))
            .budget(budget)
            .boxed();
        for passes in [true, second] {
            let response = stack.clone().oneshot(call(STREAM)).await.unwrap();
            assert_eq!(response.status().is_success(), passes, "{provider}");
            if passes {
                response.into_body().frame().await.unwrap().unwrap();
            }
        }
    }
}

/// How a model counts images is known: one of 1024 by 1024 is 765 tokens of GPT-4o. For a limit of tokens each counts
/// as that too, and not as the dearest image that there is.
#[tokio::test]
async fn an_image_takes_what_its_model_counts() {
    let model = format!("{PRICED}\nimage_tokens = \"openai-tiles\"");
    let budget = Budget::new("b").rate(RateLimit::tokens(30_000));
    let fake = whole(200, crate::support::ANSWER);
    let stack = Stack::client_with(fake, catalog("", &model)).budget(budget);
    let body = r#"{"model":"m","max_tokens":100,"messages":[{"role":"user","content":[
        {"type":"image_url","image_url":{"url":"https://example.org/x.png"}}]}]}"#;
    let response = stack.boxed().oneshot(call(body)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

/// Held: no limit overflows, whatever its size.
#[test]
fn the_largest_and_the_smallest_rates_count() {
    let year = Duration::from_secs(365 * 86_400);
    for amount in [0, 1, u64::MAX] {
        for period in [
            Duration::ZERO,
            Duration::from_millis(1),
            year,
            Duration::MAX,
        ] {
            for burst in [0, 1, u64::MAX] {
                let rate = RateLimit::tokens(amount).per(period).burst(burst);
                let scopes = [Budget::new("b").rate(rate).scope()];
                for tokens in [0, 1, 1_000, u64::MAX] {
                    if let Ok(mut hold) = hold(&scopes, 0, tokens) {
                        hold.used(u64::MAX);
                        hold.settle(Usd::ZERO);
                    }
                }
                assert!(hold(&scopes, 0, 0).is_ok(), "nothing always fits");
            }
        }
    }
}

/// The first candidate of a plan may write more than a rate lets pass now; the second may not, and answers. That some have room
/// and others not is a matter of the candidate, as with money, and not of the call.
#[tokio::test]
async fn a_candidate_that_fits_the_rate_answers() {
    let mut text = r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        [[alias]]
        name = "any"
        models = ["*"]
        quality_at_least = 0.1
    "#
    .to_owned();
    for (name, price, most) in [("m1", "1.00", 10_000), ("m2", "20.00", 100)] {
        text += &format!(
            r#"
            [[model]]
            name = "{name}"
            provider = "acme"
            max_output = {most}
            price = {{ input = "{price}", output = "{price}" }}
            quality = {{ general = 0.5 }}
            "#
        );
    }
    let catalog = tower_genai::catalog::Catalog::from_toml(&text).unwrap();
    let budget = Budget::new("b").rate(RateLimit::tokens(12_000));
    let _open = hold(&[budget.scope()], 0, 5_000).unwrap();
    let fake = whole(200, crate::support::ANSWER);
    let stack = Stack::client_with(fake, catalog).budget(budget).boxed();
    let body = crate::support::CALL.replacen(r#""m""#, r#""any""#, 1);
    let response = stack.oneshot(call(&body)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}
