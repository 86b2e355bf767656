use std::sync::Arc;

use serde_json::{Value, json};
use tower_genai::{
    catalog::Catalog,
    context::Context,
    observe::{Decision, DecisionLog, Dropped},
    profile::{Estimate, Profile},
    query::{Api, Query},
    select::{Best, Call, Cheapest, Fastest, Policy, Pool, Question, Selector, Value as ByValue},
};

use crate::rig::{App, CATALOG, Models, asked, first, manner, stack};

fn selector(alias: &str) -> Selector {
    let text = format!(
        "{CATALOG}\n[[alias]]\nname = \"a\"\nmodels = [\"dear\", \"cheap\", \"new\"]\n{alias}"
    );
    Selector::new(Catalog::from_toml(&text).unwrap())
}

fn decide(selector: &Selector, model: &str) -> Arc<Decision> {
    let body =
        json!({"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100});
    let query = Query::read(Api::OpenAiChat, body.to_string().as_bytes()).unwrap();
    let context = Context::new();
    let plan = selector.plan(&Call::new(&query, &context)).unwrap();
    Arc::clone(plan.decision().unwrap())
}

/// A policy over what experience is taken to say of `dear`, `cheap` and `new`.
fn knowing(estimates: [(f64, f64); 3], policy: impl Policy + 'static) -> impl Policy + 'static {
    move |question: &Question<'_>, pool: &mut Pool<'_>| {
        pool.estimate(&estimates.map(|(mean, sd)| Estimate::new(mean, sd, 40.0)));
        policy.rank(question, pool);
    }
}

fn route(decision: &Decision) -> String {
    let names = decision.routed().map(|one| one.candidate.to_string());
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_candidate_qualifies_when_it_is_as_sure_as_the_alias_wants() {
    // `cheap` is expected to have 97 % of the best, and is known well or badly; `new` is below the threshold anyway.
    let sure = [(0.80, 0.05), (0.78, 0.01), (0.5, 0.01)];
    let unsure = [(0.80, 0.05), (0.78, 0.10), (0.5, 0.3)];
    for (confidence, estimates, expected) in [
        ("", sure, "cheap dear"),
        ("", unsure, "cheap dear"),
        ("confidence = 0.9", sure, "cheap dear"),
        ("confidence = 0.9", unsure, "dear"),
        ("confidence = 0.999", sure, "dear"),
    ] {
        for prefer in ["cost", "latency"] {
            let selector = selector(confidence);
            let selector = match prefer {
                "cost" => selector.policy(knowing(estimates, Cheapest)),
                _ => selector.policy(knowing(estimates, Fastest)),
            };
            let decision = decide(&selector, "a");
            assert_eq!(route(&decision), expected, "{confidence} {prefer}");
            let why = decision.candidates[1].dropped.clone();
            let unsure =
                matches!(why, Some(Dropped::Unsure { needed }) if (needed - 0.76).abs() < 1e-9);
            assert_eq!(unsure, expected == "dear", "{why:?}");
            let below = &decision.candidates[2].dropped;
            assert!(
                matches!(below, Some(Dropped::BelowThreshold { .. })),
                "{below:?}"
            );
        }
    }
}

#[test]
fn an_absolute_threshold_that_nobody_is_known_to_reach_is_said_to_be_missed() {
    let estimates = [(0.80, 0.05), (0.76, 0.05), (0.5, 0.1)];
    let reason = |alias: &str| {
        let selector = selector(alias).policy(knowing(estimates, Cheapest));
        let decision = decide(&selector, "a");
        (first(&decision), decision.reason.to_string())
    };
    let (who, why) = reason("quality_at_least = 0.75");
    assert_eq!((&*who, &*why), ("cheap", "cheapest that qualifies"));
    let (who, why) = reason("quality_at_least = 0.75\nconfidence = 0.99");
    assert_eq!(who, "dear");
    assert!(why.contains("none reaches"), "{why}");
}

#[test]
fn the_best_and_the_best_value_are_so_by_experience() {
    let estimates = [(0.6, 0.01), (0.5, 0.2), (0.9, 0.01)];
    let best = selector("").policy(knowing(estimates, Best::new()));
    assert_eq!(route(&decide(&best, "a")), "new dear cheap");
    // What is not known is not paid for.
    let estimates = [(0.6, 0.01), (0.5, 0.01), (0.9, 0.5)];
    let value = || ByValue::new("1".parse().unwrap());
    let by_mean = selector("").policy(knowing(estimates, value()));
    assert_eq!(first(&decide(&by_mean, "a")), "new");
    let sure = selector("confidence = 0.95").policy(knowing(estimates, value()));
    assert_eq!(first(&decide(&sure, "a")), "dear");
}

#[test]
fn experience_is_asked_whatever_an_alias_prefers_unless_it_does_not_learn() {
    for prefer in ["cost", "latency", "quality", "value"] {
        for (learn, asked) in [("", 3), ("learn = true", 3), ("learn = false", 0)] {
            let selector = selector(&format!("prefer = \"{prefer}\"\n{learn}"));
            let decision = decide(&selector.experience(Profile::new().seed(1)), "a");
            let estimates = decision.candidates.iter().filter_map(|one| one.estimate);
            assert_eq!(estimates.count(), asked, "{prefer} {learn}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn people_are_told_what_experience_says_and_how_sure_it_is() {
    let models = Models::default();
    for model in ["dear", "cheap", "new"] {
        models.set(model, manner(10, 1, 20));
    }
    let log = DecisionLog::new(10);
    let app: App = stack(&models)
        .profile(Profile::new().seed(1))
        .observer(log.clone())
        .boxed();
    let decision = asked("curious").of(&app).await;
    let record: Value = serde_json::to_value(log.get(decision.id).unwrap()).unwrap();
    for one in record["candidates"].as_array().unwrap() {
        let number = |key: &str| {
            one[key]
                .as_f64()
                .unwrap_or_else(|| panic!("{key} in {one}"))
        };
        let (low, quality, high) = (
            number("quality_low"),
            number("quality"),
            number("quality_high"),
        );
        assert!(low < quality && quality < high, "{one}");
        assert!(number("labels") >= 0.0);
    }
    let reason = record["reason"].as_str().unwrap();
    assert!(reason.contains("; expected 0."), "{reason}");
    assert!(
        reason.contains(" ± ") && reason.ends_with("by the catalog alone"),
        "{reason}"
    );
    // Nothing is said of what nobody was asked.
    let named = asked("cheap").of(&app).await;
    let record: Value = serde_json::to_value(log.get(named.id).unwrap()).unwrap();
    assert!(record["candidates"][0].get("quality_low").is_none());
    assert_eq!(record["reason"], "named by the caller");
}
