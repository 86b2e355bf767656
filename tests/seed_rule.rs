//! The rule that the March-2026 table gives, read from the decisions of a whole client stack: the best coder only where
//! little less is not good enough, one model for reasoning, one for computer use, and else the cheapest that qualifies.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{Request, Response};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    catalog::{Catalog, Provider, Source},
    classify::{Classifier, Heuristics},
    context::Tenant,
    dispatch::Key,
    observe::{Decision, Dropped, Event, Outcome, Reason},
    query::{Classification, Query, Task, Wish},
    sim,
    stack::Stack,
};

const SEED: &str = include_str!("../examples/catalogs/seed.toml");

const TASKS: [Task; 9] = [
    Task::CODING,
    Task::MATH,
    Task::SCIENCE,
    Task::REASONING,
    Task::COMPUTER_USE,
    Task::CREATIVE,
    Task::KNOWLEDGE,
    Task::PERSONAL,
    Task::GENERAL,
];

// ===== The table, read by other hands =====

#[derive(Deserialize)]
struct Table {
    model: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    price: Price,
    quality: std::collections::BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Price {
    input: String,
    output: String,
}

impl Row {
    fn prices(&self) -> [f64; 2] {
        [&self.price.input, &self.price.output].map(|price| price.parse().unwrap())
    }
}

impl Table {
    fn read() -> Self {
        toml::from_str(SEED).unwrap()
    }

    /// The scores that count for a task: its own, or those of what it is a part of.
    fn scores(&self, task: &Task) -> Vec<(&Row, f64)> {
        let names: &[&str] = match task.as_str() {
            "math" => &["math", "reasoning", "general"],
            other => &[other, "general"],
        };
        let scores = names.iter().map(|name| {
            let rows = self.model.iter();
            rows.filter_map(|row| Some((row, *row.quality.get(*name)?)))
                .collect::<Vec<_>>()
        });
        scores.into_iter().find(|found| !found.is_empty()).unwrap()
    }

    /// Those that reach a share of the best one's score, the cheapest first.
    fn qualified(&self, task: &Task, share: f64) -> Vec<&str> {
        let scores = self.scores(task);
        let best = scores.iter().map(|(_, score)| *score).fold(0.0, f64::max);
        let enough = scores.iter().filter(|(_, score)| *score >= share * best);
        let mut enough: Vec<&Row> = enough.map(|(row, _)| *row).collect();
        enough.sort_by(|a, b| a.prices()[1].total_cmp(&b.prices()[1]));
        enough.iter().map(|row| &*row.name).collect()
    }
}

#[test]
fn the_cheaper_model_is_cheaper_in_and_out() {
    // Else "the cheapest" would depend on the lengths of prompt and answer, and these tests would need to know them.
    let table = Table::read();
    for a in &table.model {
        for b in &table.model {
            let ([a_in, a_out], [b_in, b_out]) = (a.prices(), b.prices());
            assert_eq!(a_in < b_in, a_out < b_out, "{} and {}", a.name, b.name);
        }
    }
}

// ===== A stack that has no provider behind it =====

type ClientStack = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// Answers whatever is asked, in the name of the model that was asked.
async fn anyone(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let host = request.uri().host().unwrap().to_owned();
    let bytes = request.into_body().collect().await.unwrap().to_bytes();
    let asked: Value = serde_json::from_slice(&bytes).unwrap();
    let answer = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": asked["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": host}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
    });
    let answer = Response::builder()
        .header("content-type", "application/json")
        .body(Body::from(answer.to_string()));
    Ok(answer.unwrap())
}

fn stack(catalog: Catalog, classifier: impl Classifier + 'static) -> ClientStack {
    Stack::client_with(tower::service_fn(anyone), catalog)
        .classifier(classifier)
        .credential(|_: &Provider, _: Option<&Tenant>| Key::Ready(None))
        .boxed()
}

fn takes_all_for(task: &Task) -> impl Classifier + use<> {
    let task = task.clone();
    move |_: &Query| Classification::new(task.clone())
}

/// Asks an alias, and wishes for a quality if one is given; the decision, and the model and host that were called.
async fn ask(
    stack: &ClientStack,
    alias: &str,
    wish: Option<f64>,
    prompt: &str,
) -> (Arc<Decision>, String, String) {
    let body = json!({"model": alias, "messages": [{"role": "user", "content": prompt}]});
    let mut request = Request::post("http://localhost/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    if let Some(share) = wish {
        request
            .extensions_mut()
            .insert(Wish::new().with_quality(share));
    }
    let response = stack.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    assert_eq!(parts.status, 200, "{}", String::from_utf8_lossy(&text));
    let answer: Value = serde_json::from_slice(&text).unwrap();
    let said = &answer["choices"][0]["message"]["content"];
    let decision = parts.extensions.get::<Outcome>().unwrap().decision();
    (
        Arc::clone(decision.unwrap()),
        answer["model"].as_str().unwrap().to_owned(),
        said.as_str().unwrap_or_default().to_owned(),
    )
}

fn route(decision: &Decision) -> Vec<&str> {
    let routed = decision.routed();
    routed.map(|one| one.candidate.model().name()).collect()
}

async fn first(task: Task, share: f64) -> String {
    let stack = stack(Catalog::from_toml(SEED).unwrap(), takes_all_for(&task));
    let (decision, ..) = ask(&stack, "auto", Some(share), "Do it.").await;
    route(&decision)[0].to_owned()
}

// ===== The rule =====

#[tokio::test]
async fn coding_goes_to_opus_only_where_little_less_is_not_good_enough() {
    assert_eq!(first(Task::CODING, 0.97).await, "claude-opus-4.6");
    assert_eq!(first(Task::CODING, 0.95).await, "glm-5");
    // The shares that GLM-5 and GPT-5.4 reach: 0.778 / 0.808 and 0.780 / 0.808.
    for (share, model) in [
        (0.0, "glm-5"),
        (0.9628, "glm-5"),
        (0.778 / 0.808, "glm-5"),
        (0.9629, "gpt-5.4"),
        (0.9653, "gpt-5.4"),
        (0.78 / 0.808, "gpt-5.4"),
        (0.9654, "claude-opus-4.6"),
        (1.0, "claude-opus-4.6"),
    ] {
        assert_eq!(first(Task::CODING, share).await, model, "at {share}");
    }
}

#[tokio::test]
async fn reasoning_goes_to_gemini() {
    for share in [0.0, 0.5, 0.9, 0.95, 0.97, 1.0] {
        for task in [Task::REASONING, Task::MATH] {
            assert_eq!(first(task, share).await, "gemini-3.1-pro", "at {share}");
        }
    }
}

#[tokio::test]
async fn computer_use_goes_to_gpt() {
    for share in [0.947, 0.95, 0.9693, 0.97, 1.0] {
        assert_eq!(first(Task::COMPUTER_USE, share).await, "gpt-5.4", "{share}");
    }
    // Gemini reaches 0.71 / 0.75 of it.
    for share in [0.71 / 0.75, 0.9466, 0.9, 0.0] {
        let model = first(Task::COMPUTER_USE, share).await;
        assert_eq!(model, "gemini-3.1-pro", "{share}");
    }
}

#[tokio::test]
async fn each_task_goes_to_the_cheapest_that_qualifies() {
    let table = Table::read();
    for task in TASKS.into_iter().chain([Task::new("legal")]) {
        let stack = stack(Catalog::from_toml(SEED).unwrap(), takes_all_for(&task));
        // Steps that no score divided by the best one falls on.
        for step in 0..=1_000 {
            let share = f64::from(step) / 1_000.0;
            let (decision, model, host) = ask(&stack, "auto", Some(share), "Do it.").await;
            let expected = table.qualified(&task, share);
            assert_eq!(route(&decision), expected, "{task} at {share}");
            assert_eq!(*decision.classification.task(), task);
            // And what was decided is what was done.
            let first = decision.routed().next().unwrap().candidate.model();
            assert_eq!(model, first.id());
            assert!(first.provider().join("/x").unwrap().host() == Some(&host));
        }
    }
}

#[tokio::test]
async fn an_alias_s_own_threshold_is_as_good_as_a_wish() {
    let careful = "[[alias]]\nname = \"careful\"\nquality = 0.97\n";
    let sources = [Source::text("seed", SEED), Source::text("careful", careful)];
    let catalog = Catalog::parse(&sources).unwrap();
    let stack = stack(catalog, takes_all_for(&Task::CODING));
    for (alias, wish, model) in [
        ("auto", None, "glm-5"),
        ("careful", None, "claude-opus-4.6"),
        ("careful", Some(0.95), "glm-5"),
        ("auto", Some(0.97), "claude-opus-4.6"),
    ] {
        let (decision, ..) = ask(&stack, alias, wish, "Do it.").await;
        assert_eq!(route(&decision)[0], model, "{alias} {wish:?}");
        assert_eq!(decision.alias.as_deref(), Some(alias));
    }
}

#[tokio::test]
async fn who_dropped_out_is_told_why() {
    let why = async |task: Task, share| {
        let stack = stack(Catalog::from_toml(SEED).unwrap(), takes_all_for(&task));
        let (decision, ..) = ask(&stack, "auto", Some(share), "Do it.").await;
        decision
    };
    let dropped = |decision: &Decision, name: &str| {
        let found = decision.candidates.iter();
        let mut found = found.filter(|one| one.candidate.model().name() == name);
        found.next().unwrap().dropped.clone()
    };
    let decision = why(Task::CODING, 0.97).await;
    assert_eq!(decision.candidates.len(), 4);
    for name in ["gpt-5.4", "gemini-3.1-pro", "glm-5"] {
        let Some(Dropped::BelowThreshold { needed }) = dropped(&decision, name) else {
            panic!("{name}");
        };
        assert!(0.97f64.mul_add(-0.808, needed).abs() < 1e-12);
    }
    assert_eq!(dropped(&decision, "claude-opus-4.6"), None);
    let decision = why(Task::REASONING, 0.95).await;
    assert_eq!(dropped(&decision, "glm-5"), Some(Dropped::Unscored));
    assert_eq!(
        decision.reason,
        Reason::Policy("cheapest that qualifies".into())
    );
}

// ===== From the words of a prompt to the provider that answers =====

#[tokio::test]
async fn real_prompts_reach_the_providers_that_the_rule_names() {
    let table = Table::read();
    let (mut sims, mut here) = (Vec::new(), String::new());
    for (name, model, input, output) in [
        ("openai", "gpt-5.4", "2.50", "20"),
        ("anthropic", "claude-opus-4-6", "5", "25"),
        ("google", "gemini-3.1-pro-preview", "2", "12"),
        ("zai", "glm-5", "1", "3.20"),
    ] {
        let model = sim::Model::new(model).price(input, output);
        let sim = sim::Provider::new(name).model(model).start().await.unwrap();
        here.push_str(&format!(
            "[[provider]]\nname = \"{name}\"\ndialect = \"openai\"\nbase_url = \"{}\"\n",
            sim.base_url()
        ));
        sims.push(sim);
    }
    let sources = [Source::text("seed", SEED), Source::text("here", here)];
    let catalog = Catalog::parse(&sources).unwrap();
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<Body>();
    let decided: Arc<Mutex<Vec<Arc<Decision>>>> = Arc::default();
    let seen = Arc::clone(&decided);
    let stack = Stack::client_with(client, catalog)
        .classifier(Heuristics::new())
        .observer(move |event: &Event<'_>| {
            if let Event::Decided(decision) = event {
                seen.lock().unwrap().push(Arc::clone(decision));
            }
        })
        .boxed::<Body, _>();

    let prompts = [
        (
            Task::CODING,
            "Why does the borrow checker reject this?\n```rust\nlet a = &mut v; v.push(1); a.push(2);\n```",
        ),
        (
            Task::CODING,
            "Write a Python function that merges two sorted lists, with unit tests.",
        ),
        (Task::MATH, "Solve x^2 - 5x + 6 = 0 and show the steps."),
        (
            Task::REASONING,
            "A farmer has to bring a wolf, a goat and a cabbage across a river; the boat holds one of them. How does he do it?",
        ),
        (
            Task::COMPUTER_USE,
            "Open the browser, log in to the billing page and click on \"Download invoice\".",
        ),
        (
            Task::SCIENCE,
            "How does photosynthesis turn light into chemical energy in a chloroplast?",
        ),
        (
            Task::CREATIVE,
            "Write a short poem about an old lighthouse.",
        ),
        (Task::KNOWLEDGE, "What is the capital of Mongolia?"),
    ];
    for share in [0.95, 0.97] {
        for (task, prompt) in &prompts {
            let asked: Vec<usize> = sims.iter().map(|sim| sim.calls().len()).collect();
            let body = json!({"model": "auto", "messages": [{"role": "user", "content": prompt}]});
            let mut request = Request::post("http://localhost/v1/chat/completions")
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()))
                .unwrap();
            request
                .extensions_mut()
                .insert(Wish::new().with_quality(share));
            let response = stack.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), 200);
            response.into_body().collect().await.unwrap();

            let decision = decided.lock().unwrap().pop().unwrap();
            assert_eq!(decision.classification.task(), task, "{prompt}");
            assert_eq!(route(&decision), table.qualified(task, share), "{prompt}");
            let first = decision.routed().next().unwrap().candidate.model();
            for (sim, before) in sims.iter().zip(asked) {
                let chosen = usize::from(sim.name() == first.provider().name());
                assert_eq!(sim.calls().len(), before + chosen, "{}", sim.name());
            }
        }
    }
    let calls: Vec<usize> = sims.iter().map(|sim| sim.calls().len()).collect();
    assert_eq!(calls, [2, 2, 10, 2], "GPT, Opus, Gemini, GLM");
}
