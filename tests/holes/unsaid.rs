//! What an answer does not say, or says in a shape of its own.

use tower_genai::{observe::Finished, stack::Stack};

use crate::support::{ANSWER, CALL, PRICED, budget, catalog, finish, spent, whole};

const TIERED: &str = r#"
    price = { input = "1.00", output = "2.00" }
    rates = [
        { tier = "priority", input = "10.00", output = "20.00" },
        { tier = "flex", input = "0.50", output = "1.00" },
    ]"#;

/// What a call costs that asks for one tier and says to be served at another, both perhaps not named.
async fn at_tiers(asked: &str, served: &str) -> Finished {
    let tier = |json: &str, tier: &str| match tier {
        "" => json.to_owned(),
        tier => json.replacen('{', &format!(r#"{{"service_tier":"{tier}","#), 1),
    };
    let fake = whole(200, &tier(ANSWER, served));
    let stack = Stack::client_with(fake, catalog("", TIERED)).budget(budget("10"));
    finish(stack, &tier(CALL, asked)).await
}

#[tokio::test]
async fn where_the_tier_is_not_said_the_dearer_of_the_one_asked_for_and_the_ordinary_one_counts() {
    for (asked, served, cost) in [
        ("", "", 3_000_000),
        ("priority", "", 30_000_000),
        ("flex", "", 3_000_000),
        ("priority", "default", 3_000_000),
        ("flex", "flex", 1_500_000),
    ] {
        let finished = at_tiers(asked, served).await;
        assert_eq!(finished.cost.unwrap().nanos(), cost, "{asked:?} {served:?}");
    }
}

#[tokio::test]
async fn a_tier_is_known_in_any_case() {
    let finished = at_tiers("", "Priority").await;
    assert_eq!(finished.cost.unwrap().nanos(), 30_000_000);
}

#[tokio::test]
async fn a_tier_that_the_catalog_does_not_know_costs_the_bound() {
    let finished = at_tiers("", "scale").await;
    assert!(!finished.exact);
    assert!(finished.cost.unwrap().nanos() > 2_000_000);
}

#[tokio::test]
async fn what_is_written_to_a_cache_costs_the_dearest_price_of_writing() {
    let answer = with_usage(
        r#"{"prompt_tokens":1000,"completion_tokens":1000,
            "prompt_tokens_details":{"cache_write_tokens":1000}}"#,
    );
    for (more, cost) in [
        ("", 3_250_000),
        (r#", cache_write_30m = "1.50""#, 3_500_000),
        (r#", cache_write_1h = "2.00""#, 4_000_000),
        (
            r#", cache_write_30m = "2.25", cache_write_1h = "2.00""#,
            4_250_000,
        ),
    ] {
        let model =
            format!(r#"price = {{ input = "1.00", output = "2.00", cache_write = "1.25"{more} }}"#);
        let stack = Stack::client_with(whole(200, &answer), catalog("", &model));
        let finished = finish(stack.budget(budget("10")), CALL).await;
        assert_eq!(finished.cost.unwrap().nanos(), cost, "{more}");
    }
}

fn with_usage(usage: &str) -> String {
    format!(
        r#"{{"model":"m",
            "choices":[{{"index":0,"message":{{"role":"assistant","content":"x"}},"finish_reason":"stop"}}],
            "usage":{usage}}}"#
    )
}

async fn usage(usage: &str, model: &str) -> Finished {
    let fake = whole(200, &with_usage(usage));
    finish(
        Stack::client_with(fake, catalog("", model)).budget(budget("10")),
        CALL,
    )
    .await
}

#[tokio::test]
async fn details_of_another_shape_do_not_make_usage_unreadable() {
    for (more, cost) in [
        ("", 30_000),
        (r#","prompt_tokens_details":[]"#, 30_000),
        (r#","prompt_tokens_details":0"#, 30_000),
        (r#","completion_tokens_details":"none""#, 30_000),
        (r#","cost":[0.5]"#, 30_000),
        (
            r#","total_tokens":50,"completion_tokens_details":{"reasoning_tokens":30}"#,
            90_000,
        ),
    ] {
        let json = format!(r#"{{"prompt_tokens":10,"completion_tokens":10{more}}}"#);
        let finished = usage(&json, PRICED).await;
        assert_eq!(finished.cost.unwrap().nanos(), cost, "{json}");
        assert!(finished.exact, "{json}");
    }
}

#[tokio::test]
async fn usage_that_cannot_be_costs_the_bound_and_the_answer_still_comes() {
    for json in [
        r#"{"prompt_tokens":0,"completion_tokens":10}"#,
        r#"{"prompt_tokens":10,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":12}}"#,
        r#"{"prompt_tokens":10,"completion_tokens":10,"total_tokens":20,
            "completion_tokens_details":{"reasoning_tokens":30}}"#,
        "[]",
        r#""x""#,
    ] {
        let finished = usage(json, PRICED).await;
        assert!(!finished.exact, "{json}");
        let cost = finished.cost.unwrap().nanos();
        assert!(cost > 2_000_000, "{json}: {cost}");
    }
}

#[tokio::test]
async fn images_and_speech_that_a_cache_served_are_not_counted_twice() {
    let price = r#"
        price = { input = "1.00", cache_read = "0.10", image_input = "10.00", audio_input = "20.00", output = "2.00" }"#;
    for (member, rate) in [("image_tokens", 10_000), ("audio_tokens", 20_000)] {
        let json = format!(
            r#"{{"prompt_tokens":1000,"completion_tokens":1000,
                "prompt_tokens_details":{{"cached_tokens":900,"{member}":800}}}}"#
        );
        let finished = usage(&json, price).await;
        assert!(finished.exact, "{member}");
        // A hundred were not cached, and all of these may have been of this kind.
        let cost = 900 * 100 + 100 * rate + 1000 * 2_000;
        assert_eq!(finished.cost.unwrap().nanos(), cost, "{member}");
    }
}

#[tokio::test]
async fn an_observing_budget_counts_an_unbounded_call_that_does_not_say_what_it_used() {
    let answer = r#"{"model":"m","choices":[
        {"index":0,"message":{"role":"assistant","content":"xxxxxxxx"},"finish_reason":"stop"}]}"#;
    let budget = budget("10").observe();
    let body = CALL.replacen('{', r#"{"plugins":[1],"#, 1);
    let stack = Stack::client_with(whole(200, answer), catalog("", PRICED));
    let finished = finish(stack.budget(budget.clone()), &body).await;
    assert!(!finished.exact);
    let cost = finished.cost.unwrap().nanos();
    assert!(cost > 0);
    assert_eq!(spent(&budget), cost);
}
