use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use tower_genai::{
    cache::{Bypass, CacheLayer, CacheStatus},
    catalog::{Alias, Catalog, Model, Prefer, Price, Provider, Snapshot, Threshold},
    context::{Context, DataLabel, Tenant},
    query::Wish,
    select::Allowed,
};

use crate::support::{Canned, ask, of, question, request};

/// A request with every member that Chat Completions has.
fn every_member() -> Value {
    json!({
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief.", "name": "boss"},
            {"role": "user", "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
            ]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{\"a\":1}"}},
            ]},
            {"role": "tool", "tool_call_id": "call_1", "content": "nothing"},
            {"role": "user", "content": "And now?"},
        ],
        "audio": null,
        "frequency_penalty": 0.5,
        "function_call": null,
        "logit_bias": {"50256": -100},
        "logprobs": true,
        "max_completion_tokens": 100,
        "max_tokens": 90,
        "metadata": {"a": "b"},
        "modalities": ["text"],
        "n": 1,
        "parallel_tool_calls": false,
        "prediction": {"type": "content", "content": "It is"},
        "presence_penalty": 0.25,
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "strict": true, "schema": {
            "type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"],
        }}},
        "safety_identifier": "x",
        "seed": 7,
        "service_tier": "flex",
        "stop": ["END", "STOP"],
        "temperature": 0.5,
        "tool_choice": "auto",
        "tools": [
            {"type": "function", "function": {"name": "look", "description": "Looks.", "strict": false, "parameters": {
                "type": "object", "properties": {"a": {"type": "integer", "enum": [1, 2]}},
            }}},
        ],
        "top_logprobs": 2,
        "top_p": 0.9,
        "user": "u",
        "verbosity": "low",
        "x_of_a_provider": {"deep": [1, {"deeper": true}]},
    })
}

/// Everything that can be done to a value at one place: another value, one more member or element, one less.
fn mutants(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Null => all.extend([json!(false), json!("null")]),
        Value::Bool(is) => all.extend([json!(!is), Value::Null, json!(is.to_string())]),
        Value::Number(number) => {
            all.extend([
                json!(number.as_f64().unwrap() + 1.0),
                json!(number.to_string()),
                Value::Null,
            ]);
        }
        Value::String(text) => {
            all.extend([
                json!(format!("{text}x")),
                json!(format!(" {text}")),
                json!(text.to_uppercase() + "y"),
                Value::Null,
            ]);
        }
        Value::Array(list) => {
            let mut more = list.clone();
            more.push(list.last().cloned().unwrap_or_default());
            all.push(more.into());
            if list.len() > 1 {
                all.push(list.iter().rev().cloned().collect());
            }
            for at in 0..list.len() {
                let mut less = list.clone();
                less.remove(at);
                all.push(less.into());
                for mutant in mutants(&list[at]) {
                    let mut other = list.clone();
                    other[at] = mutant;
                    all.push(other.into());
                }
            }
        }
        Value::Object(members) => {
            let mut more = members.clone();
            more.insert("unheard_of".into(), Value::Null);
            all.push(more.into());
            for (name, inner) in members {
                let mut less = members.clone();
                let value = less.remove(name).unwrap();
                all.push(less.clone().into());
                less.insert(format!("{name}_"), value);
                all.push(less.into());
                for mutant in mutants(inner) {
                    let mut other = members.clone();
                    other[name] = mutant;
                    all.push(other.into());
                }
            }
        }
    }
    all
}

#[tokio::test]
async fn whatever_changes_in_the_body_is_another_question() {
    let inner = Canned::good();
    let service = inner.behind(&CacheLayer::new());
    let base = every_member();
    assert_eq!(
        ask(&service, request(&base)).await.status,
        CacheStatus::Miss
    );
    let (mut misses, mut seen) = (0, std::collections::HashSet::new());
    let mutants = mutants(&base);
    assert!(mutants.len() > 400, "{}", mutants.len());
    for mutant in mutants {
        if !seen.insert(mutant.to_string()) {
            continue;
        }
        match ask(&service, request(&mutant)).await.status {
            CacheStatus::Miss => misses += 1,
            CacheStatus::Bypassed(_) => {}
            other => panic!("{other:?} for {mutant}"),
        }
    }
    assert!(misses > 250, "{misses}");
    let hit = ask(&service, request(&base)).await.status;
    assert!(matches!(hit, CacheStatus::Hit { .. }));
}

#[tokio::test]
async fn how_it_is_delivered_does_not_matter() {
    let inner = Canned::good();
    let service = inner.behind(&CacheLayer::new().ignoring(["user"]).ignoring(["metadata"]));
    ask(&service, request(&question())).await;
    for (name, value) in [
        ("stream", json!(true)),
        ("stream", json!(false)),
        ("stream_options", json!({"include_usage": true})),
        ("prompt_cache_key", json!("x")),
        ("prompt_cache_retention", json!("24h")),
        ("request_id", json!("x")),
        ("user", json!("x")),
        ("metadata", json!({"a": "b"})),
    ] {
        let mut question = question();
        question[name] = value;
        if name == "stream_options" {
            question["stream"] = true.into();
        }
        let status = ask(&service, request(&question)).await.status;
        assert!(matches!(status, CacheStatus::Hit { .. }), "{question}");
    }
    let spaced =
        "{ \"messages\" : [ {\"content\":\"Hi\", \"role\" : \"user\"} ],\n\"model\":\"m\"}";
    let status = ask(&service, of(Some("a"), spaced.into())).await.status;
    assert!(matches!(status, CacheStatus::Hit { .. }));
    assert_eq!(inner.calls(), 1);
}

#[tokio::test]
async fn what_travels_with_the_call_makes_another_question() {
    let inner = Canned::good();
    let service = inner.behind(&CacheLayer::new());
    let labels = |names: &[&str]| {
        let mut context = Context::new().with_tenant(Tenant::new("a").unwrap());
        for name in names {
            context = context.with_label(DataLabel::new(name).unwrap());
        }
        with(context)
    };
    let header = |name: &'static str, value: &'static str| {
        let mut request = request(&question());
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let cost = |text: &str| with(Wish::new().with_max_cost(text.parse().unwrap()));
    let all: Vec<Request<Full<bytes::Bytes>>> = vec![
        request(&question()),
        labels(&["x"]),
        labels(&["y"]),
        labels(&["x", "y"]),
        with(Wish::new().with_quality(0.9)),
        with(Wish::new().with_quality(0.91)),
        cost("0.01"),
        cost("0.02"),
        with(Wish::new().with_models(["a", "b"])),
        with(Wish::new().with_models(["ab"])),
        with(Wish::new().with_models(Vec::<&str>::new())),
        with(Allowed::new(["a"])),
        with(Allowed::new(["b"])),
        with(Allowed::new(["a", "b"])),
        with(Allowed::new(["*"])),
        header("openai-beta", "a"),
        header("openai-organization", "a"),
        header("openai-project", "a"),
    ];
    for (at, request) in all.into_iter().enumerate() {
        assert_eq!(
            ask(&service, request).await.status,
            CacheStatus::Miss,
            "{at}"
        );
    }
    let calls = inner.calls();
    for request in [
        labels(&["y", "x"]),
        with(Wish::new().with_models(["b", "a"])),
        with(Allowed::new(["a", "b"])),
        header("x-request-id", "a"),
        header("user-agent", "a"),
    ] {
        ask(&service, request).await;
    }
    assert_eq!(inner.calls(), calls);
}

fn with<T: Clone + Send + Sync + 'static>(extension: T) -> Request<Full<bytes::Bytes>> {
    let mut request = request(&question());
    request.extensions_mut().insert(extension);
    request
}

fn snapshot(id: &str, quality: f64, models: &[&str]) -> Snapshot {
    let mut snapshot =
        Snapshot::builder().provider(Provider::builder("p", "openai", "http://p.test/v1"));
    for name in ["m", "n"] {
        let model = Model::builder(name, "p")
            .price(Price::free())
            .context(8_192)
            .id(id);
        snapshot = snapshot.model(model);
    }
    let alias = Alias::builder("best").models(models.iter().copied());
    snapshot
        .alias(
            alias
                .threshold(Threshold::Relative(quality))
                .prefer(Prefer::Cost),
        )
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_name_that_means_something_else_is_another_question() {
    let catalog = Catalog::new(snapshot("x", 0.9, &["m"]));
    let inner = Canned::good();
    let service = inner.behind(&CacheLayer::new().catalog(catalog.clone()));
    let (mut calls, mut model, mut alias) = (0, question(), question());
    model["model"] = "m".into();
    alias["model"] = "best".into();
    for (next, new_model, new_alias) in [
        (snapshot("x", 0.9, &["m"]), true, true),
        // The same again: what was kept stays.
        (snapshot("x", 0.9, &["m"]), false, false),
        (snapshot("x", 0.8, &["m"]), false, true),
        (snapshot("x", 0.8, &["m", "n"]), false, true),
        (snapshot("y", 0.8, &["m", "n"]), true, true),
        (snapshot("y", 0.8, &["m", "n"]), false, false),
    ] {
        catalog.replace(next);
        for (question, new) in [(&model, new_model), (&alias, new_alias)] {
            ask(&service, request(question)).await;
            calls += usize::from(new);
            assert_eq!(inner.calls(), calls, "{question}");
        }
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_means_what_it_means_where_it_is_sent() {
    let inner = Canned::good();
    let catalog = Catalog::new(snapshot("x", 0.9, &["m"]));
    let at = |host: &str, model: &str| {
        let mut question = question();
        question["model"] = model.into();
        let mut request = request(&question);
        let uri = format!("https://{host}/v1/chat/completions");
        *request.uri_mut() = uri.parse().unwrap();
        request
    };
    for (layer, model, calls) in [
        (CacheLayer::new(), "m", 2),
        (CacheLayer::new().catalog(catalog.clone()), "unknown", 2),
        (CacheLayer::new().catalog(catalog.clone()), "m", 1),
        (CacheLayer::new().catalog(catalog.clone()), "best", 1),
    ] {
        let (service, before) = (inner.behind(&layer), inner.calls());
        for host in ["a.test", "b.test", "a.test"] {
            ask(&service, at(host, model)).await;
        }
        assert_eq!(inner.calls() - before, calls, "{model}");
    }
}

#[tokio::test]
async fn calls_of_other_apis_pass_by() {
    let bodies = [
        (
            "/v1/messages",
            json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}),
        ),
        (
            "/v1/messages/count_tokens",
            json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}),
        ),
        (
            "/v1beta/models/m:generateContent",
            json!({"contents": [{"parts": [{"text": "Hi"}]}]}),
        ),
        (
            "/v1beta/models/m:streamGenerateContent?alt=sse",
            json!({"contents": [{"parts": [{"text": "Hi"}]}]}),
        ),
    ];
    let canned = Canned::good();
    let stack = canned.behind(&CacheLayer::new().single_tenant(true));
    for (at, (path, body)) in bodies.iter().enumerate() {
        for _ in 0..2 {
            let request = Request::post(*path).body(Full::from(body.to_string()));
            let answer = ask(&stack, request.unwrap()).await;
            let unread = CacheStatus::Bypassed(Bypass::Unread);
            assert_eq!((answer.status, answer.code), (unread, 200), "{path}");
        }
        assert_eq!(canned.calls(), 2 * (at + 1), "{path}");
    }
}
