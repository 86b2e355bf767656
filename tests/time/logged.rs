//! The probabilities that are logged are those by which calls go.

use serde_json::json;
use tower_genai::{
    catalog::Catalog,
    context::{Context, Tenant},
    dispatch::DispatchLayer,
    observe::{Decision, Reason},
    query::{Api, Query},
    select::{Call, Pool, Question, Selector},
};

use crate::rig::first;

fn catalog(more: &str) -> Catalog {
    let text = format!(
        r#"
        [[provider]]
        name = "o"
        dialect = "openai"
        base_url = "http://o.example/v1"

        [[provider]]
        name = "a"
        dialect = "anthropic"
        base_url = "http://a.example/v1"

        [[model]]
        name = "large"
        provider = "a"
        price = {{ input = "5", output = "25" }}
        can = ["reasoning"]
        quality = {{ general = 0.8 }}

        [[model]]
        name = "middle"
        provider = "a"
        price = {{ input = "1", output = "5" }}
        can = ["reasoning"]
        quality = {{ general = 0.8 }}

        [[model]]
        name = "small"
        provider = "o"
        price = {{ input = "0.1", output = "0.4" }}
        can = ["reasoning"]
        quality = {{ general = 0.8 }}

        [[alias]]
        name = "house"
        models = ["large", "middle", "small"]
        explore = 0.5
        {more}
        "#
    );
    Catalog::from_toml(&text).unwrap()
}

/// The cheapest, or where chance may play a part any of those there are: `spoken` says how often.
fn at_random(spoken: bool) -> impl Fn(&Question<'_>, &mut Pool<'_>) + Send + Sync + 'static {
    move |question, pool| {
        pool.sort_by_key(|entry| entry.cost());
        if question.draw < 1.0 {
            let count = pool.len();
            if spoken {
                pool.probabilities(&vec![1.0 / count as f64; count]);
            }
            let drawn = (0..count).rfind(|at| *at as f64 <= question.draw * count as f64);
            pool.arrange(drawn.as_slice());
            pool.probability(1.0 / count as f64);
        }
    }
}

fn decide(selector: &Selector, query: &Query) -> Decision {
    let context = Context::new().with_tenant(Tenant::new("t").unwrap());
    let plan = selector.plan(&Call::new(query, &context)).unwrap();
    (**plan.decision().unwrap()).clone()
}

fn plain() -> Query {
    let body = json!({"model": "house", "max_tokens": 200, "messages": [{"role": "user", "content": "Hello?"}]});
    Query::read(Api::OpenAiChat, body.to_string().as_bytes()).unwrap()
}

fn chances(decision: &Decision) -> Vec<f64> {
    let all = decision.candidates.iter();
    all.map(|one| one.probability.unwrap()).collect()
}

#[test]
fn under_a_cap_on_upgrades() {
    for seed in 0..5 {
        let selector = Selector::new(catalog("max_upgrade_share = 0.3"))
            .policy(at_random(true))
            .seed(seed);
        let (mut expected, mut seen, mut capped) = ([0.0; 3], [0.0_f64; 3], 0);
        for _ in 0..3_000 {
            let decision = decide(&selector, &plain());
            let chances = chances(&decision);
            assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let at = decision.route[0];
            assert_eq!(decision.probability, chances[at]);
            assert!(chances[at] > 0.0, "what happens is possible");
            capped += usize::from(decision.reason == Reason::Capped);
            seen[at] += 1.0;
            for (expected, chance) in expected.iter_mut().zip(&chances) {
                *expected += chance;
            }
        }
        // Two of three draws want to go to a dearer one, and three of ten calls may.
        assert!((1_000..1_300).contains(&capped), "{capped}");
        for (seen, expected) in seen.iter().zip(expected) {
            assert!(
                (seen - expected).abs() < 4.0 * expected.sqrt(),
                "{seen} of {expected}"
            );
        }
    }
}

#[test]
fn of_a_policy_that_says_it_of_its_choice_alone() {
    let selector = Selector::new(catalog("max_upgrade_share = 0.0"))
        .policy(at_random(false))
        .seed(1);
    for _ in 0..200 {
        let decision = decide(&selector, &plain());
        assert_eq!(first(&decision), "small");
        // How often the others would have been chosen is not known, and so not how often this one is.
        assert_eq!(decision.candidates[2].probability, None);
    }
}

#[test]
fn of_calls_that_only_some_can_read_as_they_are() {
    let body = json!({"model": "house", "max_tokens": 2_000, "messages": [
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "They greet.", "signature": "c2lnbmVk"},
            {"type": "text", "text": "Hello."},
        ]},
        {"role": "user", "content": "And?"},
    ]});
    let query = Query::read(Api::AnthropicMessages, body.to_string().as_bytes()).unwrap();
    let dispatch = DispatchLayer::new();
    let selector = Selector::new(catalog("sticky = false"))
        .dialects(dispatch.dialects())
        .policy(at_random(true))
        .seed(1);
    let mut seen = [0; 3];
    for _ in 0..500 {
        let decision = decide(&selector, &query);
        seen[decision.route[0]] += 1;
        assert_eq!(chances(&decision), [0.5, 0.5, 0.0]);
        assert_eq!(decision.probability, 0.5);
        // For when both fail.
        assert_eq!(decision.route[2], 2);
    }
    assert!(seen[0] > 200 && seen[1] > 200 && seen[2] == 0, "{seen:?}");
}
