use std::sync::Arc;

use serde_json::json;
use tower_genai::{
    shadow::{
        Judge,
        judge::{Exact, Json, Label, Model, Number, TextOverlap},
    },
    sim::Manner,
};

use crate::support::{House, Pool, all, ample, ask, body, call, spent};

const FOUR: Pool<'static> = &[
    ("cheap", "cloud", "1", 0.6),
    ("dear", "cloud", "10", 0.9),
    ("judge", "cloud", "20", 0.1),
];

async fn says(cheap: &'static str, dear: &'static str, judge: &'static str) -> House {
    House::start_with(FOUR, move |name, model| {
        let says = match name {
            "cheap" => cheap,
            "dear" => dear,
            _ => judge,
        };
        model.manner(Manner::Says(says.into()))
    })
    .await
}

#[tokio::test]
async fn each_judge_sees_what_both_have_said() {
    let mut house = says(
        "{\"n\": 42, \"as\": \"yes\"}",
        "{\"as\":\"yes\",\"n\":42.0}",
        "",
    )
    .await;
    let judges: [(Arc<dyn Judge>, f64); 5] = [
        (Arc::new(Exact::new()), 0.0),
        (Arc::new(Json::new()), 1.0),
        (Arc::new(Number::new()), 1.0),
        (Arc::new(Label::new(["yes", "no"])), 1.0),
        (Arc::new(TextOverlap::new()), 8.0 / 9.0),
    ];
    for (judge, agreement) in judges {
        let stack = house.stack(all(&ample()).judge(judge)).boxed();
        for stream in [false, true] {
            ask(&stack, call("x", stream)).await;
            assert_eq!(house.shadowed().await.agreement, Some(agreement));
        }
    }
}

#[tokio::test]
async fn a_model_is_asked_on_the_same_budget() {
    let mut house = says("Rome", "Paris", "I would say 0.25").await;
    let budget = ample();
    let shadow = all(&budget).judge(Model::new("judge"));
    let stack = house.stack(shadow).boxed();
    ask(&stack, call("The capital of Italy {answer}?", true)).await;
    let one = house.shadowed().await;
    assert_eq!(one.agreement, Some(0.25));
    assert_eq!(spent(&budget), house.billed("dear") + house.billed("judge"));
    assert_eq!(one.cost.unwrap().nanos(), spent(&budget));
    assert_eq!(house.spent(), house.billed("cheap"));
    let asked = house.sim("judge").calls();
    let asked: serde_json::Value = serde_json::from_slice(&asked[0].body).unwrap();
    let prompt = asked["messages"][0]["content"].as_str().unwrap();
    for words in ["The capital of Italy {answer}?", "Rome", "Paris"] {
        assert_eq!(prompt.matches(words).count(), 1, "{prompt}");
    }
    // A model that the catalog does not have, or that is an alias, is nobody.
    for name in ["nobody", "auto"] {
        let stack = house.stack(all(&ample()).judge(Model::new(name))).boxed();
        ask(&stack, call("x", false)).await;
        assert_eq!(house.shadowed().await.agreement, None);
    }
}

#[tokio::test]
async fn calls_of_tools_are_compared_as_json() {
    let mut house = House::start(FOUR).await;
    let stack = house.stack(all(&ample()).judge(Json::new())).boxed();
    let schema =
        json!({"type": "object", "properties": {"at": {"enum": ["Rome"]}}, "required": ["at"]});
    for stream in [false, true] {
        let request = body(&json!({
            "model": "auto", "stream": stream,
            "messages": [{"role": "user", "content": "x"}],
            "tools": [{"type": "function", "function": {"name": "look", "parameters": schema}}],
        }));
        ask(&stack, request).await;
        assert_eq!(house.shadowed().await.agreement, Some(1.0));
    }
}
