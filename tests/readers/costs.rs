//! What calls of each API can cost, and which field a caller is told of.

use serde_json::{Value, json};
use tower_genai::{
    budget::{Budget, Window},
    catalog::{Catalog, Source},
    context::Context,
    money::Usd,
    observe::Decision,
    query::{Api, Query, Refusal},
    select::{Call, Selector},
};

const CATALOG: &str = r#"
    [[provider]]
    name = "p"
    dialect = "p"
    base_url = "https://p.example"

    [[model]]
    name = "priced"
    provider = "p"
    price = { input = "1.00", output = "2.00" }
    context = 1_000
    max_output = 100
    can = ["stream"]

    [[model]]
    name = "endless"
    provider = "p"
    price = { input = "1.00", output = "2.00" }

    [[model]]
    name = "unpriced"
    provider = "p"
"#;

/// Under a hard budget of a cent.
fn plan(api: Api, model: &str, body: &Value) -> Result<Decision, Refusal> {
    let catalog = Catalog::parse(&[Source::text("test.toml", CATALOG)]).unwrap();
    let mut body = body.clone();
    if !matches!(api, Api::GeminiGenerate | Api::GeminiCountTokens) {
        body["model"] = model.into();
    }
    let query = Query::read_for(api, Some(model), body.to_string().as_bytes()).unwrap();
    let budget = Budget::new("b").limit("0.01".parse().unwrap(), Window::Total);
    let context = Context::new().with_scope(budget.scope());
    match Selector::new(catalog).plan(&Call::new(&query, &context)) {
        Ok(plan) => Ok(plan.decision().unwrap().as_ref().clone()),
        Err(unplanned) => Err(unplanned.refusal().clone()),
    }
}

fn turns(api: Api, words: &str) -> Value {
    match api {
        Api::GeminiGenerate | Api::GeminiCountTokens => {
            json!({"contents": [{"role": "user", "parts": [{"text": words}]}]})
        }
        Api::AnthropicMessages => {
            json!({"max_tokens": 10, "messages": [{"role": "user", "content": words}]})
        }
        _ => json!({"messages": [{"role": "user", "content": words}]}),
    }
}

#[test]
fn a_count_of_tokens_costs_nothing_and_may_be_of_any_length() {
    let long = "word ".repeat(10_000);
    for api in [Api::AnthropicCountTokens, Api::GeminiCountTokens] {
        for model in ["priced", "endless", "unpriced"] {
            let mut body = turns(api, &long);
            body["odd_member"] = json!({"a": 1});
            let decision = plan(api, model, &body).unwrap();
            let one = decision.routed().next().unwrap();
            assert_eq!(one.bound.bound(), Some(Usd::ZERO), "{model}");
        }
    }
    // The same for an answer is too much.
    for api in [Api::AnthropicMessages, Api::GeminiGenerate] {
        assert!(plan(api, "priced", &turns(api, &long)).is_err());
    }
}

#[test]
fn each_caller_is_told_its_own_field() {
    let (anthropic, gemini) = (Api::AnthropicMessages, Api::GeminiGenerate);
    let with = |api: Api, more: Value| {
        let mut body = turns(api, "x");
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let long = "word ".repeat(10_000);
    let config = |config: Value| with(gemini, json!({ "generationConfig": config }));
    for (api, body, field) in [
        (gemini, turns(gemini, &long), "contents"),
        (anthropic, turns(anthropic, &long), "messages"),
        (
            gemini,
            config(json!({"candidateCount": 2})),
            "generationConfig.candidateCount",
        ),
        (
            gemini,
            config(json!({"responseMimeType": "application/json"})),
            "generationConfig.responseMimeType",
        ),
        (
            gemini,
            with(gemini, json!({"cachedContent": "c"})),
            "cachedContent",
        ),
        (
            gemini,
            with(gemini, json!({"serviceTier": "turbo"})),
            "serviceTier",
        ),
        (
            anthropic,
            with(anthropic, json!({"container": "c"})),
            "container",
        ),
        (
            anthropic,
            with(anthropic, json!({"speed": "fast"})),
            "speed",
        ),
        (
            anthropic,
            with(anthropic, json!({"inference_geo": "us"})),
            "inference_geo",
        ),
    ] {
        let refusal = plan(api, "priced", &body).expect_err(field);
        assert_eq!(refusal.param(), Some(field), "{}", refusal.message());
    }
    // How long a file is at most is known where the model's context and its way of counting are.
    let pdf = json!([{"type": "document", "source": {"type": "base64", "data": "JVBERi0"}}]);
    let body = with(
        anthropic,
        json!({"messages": [{"role": "user", "content": pdf}]}),
    );
    let refusal = plan(anthropic, "endless", &body).unwrap_err();
    assert_eq!(refusal.param(), Some("messages[].content[].source"));
    assert!(
        plan(
            anthropic,
            "priced",
            &with(anthropic, json!({"inference_geo": "global"}))
        )
        .is_ok()
    );
}
