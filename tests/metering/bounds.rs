//! The bound is a bound: for every price row, whatever a provider can report for a request costs no more.
//!
//! From the request's JSON to the settled sum, through the whole stack: the provider here knows how long a prompt really
//! is at most (a token a byte, images by the vendors' own formulas, a template, a system prompt for tools) and reports
//! any part of it, in any bucket, at any tier that such a request can end at.

use std::{
    convert::Infallible,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::{Catalog, Date, Kind, Model, Provider, Source},
    context::{Clock, Tenant},
    dispatch::Key,
    observe::Outcome,
    query::Capability,
    stack::Stack,
};

#[derive(Clone, Debug)]
struct Asked {
    text: usize,
    turns: usize,
    images: Vec<Picture>,
    n: u64,
    max_tokens: Option<u64>,
    tier: Option<&'static str>,
    predicted: usize,
    tools: usize,
}

#[derive(Clone, Copy, Debug)]
struct Picture {
    width: u32,
    height: u32,
    inline: bool,
    low: bool,
}

/// Of what is possible, how much a provider reports, in hundredths.
#[derive(Clone, Debug)]
struct Told {
    prompt: u64,
    cached: u64,
    written: u64,
    pictures: u64,
    answer: u64,
    thought: u64,
    drawn: u64,
    tier: usize,
    apart: bool,
}

fn asked() -> impl Strategy<Value = Asked> {
    let text = prop_oneof![
        6 => 0usize..3_000,
        1 => 190_000usize..210_000,
        1 => 268_000usize..276_000,
    ];
    let side = || prop_oneof![1u32..2_000, 1u32..20, 1_000u32..9_000];
    let picture =
        (side(), side(), any::<bool>(), any::<bool>()).prop_map(|(width, height, inline, low)| {
            Picture {
                width,
                height,
                inline,
                low,
            }
        });
    let tiers = vec![
        None,
        None,
        Some("auto"),
        Some("default"),
        Some("flex"),
        Some("priority"),
        Some("batch"),
    ];
    (
        (text, 1usize..4, vec(picture, 0..3)),
        (1u64..4, option::of(1u64..5_000), select(tiers)),
        (prop_oneof![4 => Just(0usize), 1 => 1usize..500], 0usize..3),
    )
        .prop_map(
            |((text, turns, images), (n, max_tokens, tier), (predicted, tools))| Asked {
                text,
                turns,
                images,
                n,
                max_tokens,
                tier,
                predicted,
                tools,
            },
        )
}

fn told() -> impl Strategy<Value = Told> {
    let part = || prop_oneof![Just(0u64), Just(100u64), 0u64..=100];
    (
        (
            prop_oneof![3 => Just(100u64), 1 => 1u64..=100],
            part(),
            part(),
            part(),
        ),
        (
            prop_oneof![3 => Just(100u64), 1 => 1u64..=100],
            part(),
            part(),
        ),
        (0usize..3, any::<bool>()),
    )
        .prop_map(
            |((prompt, cached, written, pictures), (answer, thought, drawn), (tier, apart))| Told {
                prompt,
                cached,
                written,
                pictures,
                answer,
                thought,
                drawn,
                tier,
                apart,
            },
        )
}

fn png(picture: &Picture) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(picture.width.to_be_bytes());
    bytes.extend(picture.height.to_be_bytes());
    bytes.resize(33, 0);
    bytes.extend(b"\0\0\0\x03IDAT.......");
    let mut text = String::from("data:image/png;base64,");
    for group in bytes.chunks(3) {
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..4 {
            text.push(LETTERS[(bits >> (18 - 6 * place) & 63) as usize] as char);
        }
    }
    text
}

fn body(asked: &Asked, model: &Model) -> Value {
    let mut parts = vec![json!({"type": "text", "text": "é".repeat(asked.text / 2)})];
    for picture in &asked.images {
        let url = if picture.inline {
            png(picture)
        } else {
            "https://pictures.test/a.png".into()
        };
        let detail = if picture.low { "low" } else { "high" };
        parts.push(json!({"type": "image_url", "image_url": {"url": url, "detail": detail}}));
    }
    let mut messages = vec![json!({"role": "system", "content": "x"}); asked.turns - 1];
    messages.push(json!({"role": "user", "content": parts}));
    let mut body = json!({"model": model.name(), "messages": messages});
    if let Some(most) = asked.max_tokens {
        body["max_tokens"] = most.into();
    }
    if let Some(tier) = asked.tier {
        body["service_tier"] = tier.into();
    }
    if asked.n > 1 && model.can().has(Capability::N) {
        body["n"] = asked.n.into();
    }
    if asked.predicted > 0 && model.can().has(Capability::Prediction) {
        body["prediction"] = json!({"type": "content", "content": "y".repeat(asked.predicted)});
    }
    if asked.tools > 0 && model.can().has(Capability::Tools) {
        let tool = json!({"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}});
        body["tools"] = vec![tool; asked.tools].into();
    }
    body
}

/// What an image is at the vendor, reckoned here once more and with floats.
fn truth(picture: &Picture, model: &Model) -> u64 {
    let (w, h) = (f64::from(picture.width), f64::from(picture.height));
    let tiles = |base: f64, tile: f64| {
        if picture.low {
            return base;
        }
        let fit = (2_048.0 / w.max(h)).min(1.0);
        let (w, h) = (w * fit, h * fit);
        let fit = (768.0 / w.min(h)).min(1.0);
        let count = |side: f64| (side * fit / 512.0 - 1e-9).ceil().max(1.0);
        (tile * count(w)).mul_add(count(h), base)
    };
    let patches = ((w / 32.0).ceil() * (h / 32.0).ceil()).min(10_000.0);
    let tokens = match (model.provider().name(), model.name()) {
        ("openai", "gpt-4o") => tiles(85.0, 170.0),
        ("openai", _) => patches.max(tiles(70.0, 140.0)),
        ("anthropic", _) => (w * h / 750.0).min(4_784.0),
        ("google", _) => {
            let side = (w.min(h) / 1.5).floor().clamp(256.0, 768.0);
            let cut = 258.0 * (w / side).ceil() * (h / side).ceil();
            // A picture of no known size is not tiled without end.
            cut.clamp(258.0, if picture.inline { 16_384.0 } else { 10_000.0 })
                .max(2_240.0)
        }
        _ => tiles(2_833.0, 5_667.0),
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = tokens.ceil() as u64;
    whole
}

/// The answer of a provider to what was really sent.
fn answer(sent: &Value, asked: &Asked, told: &Told, model: &Model) -> Value {
    let part = |count: u64, hundredths: u64| count * hundredths / 100;
    let texts: usize = sent["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| {
            let content = &message["content"];
            let parts = content.as_array().map(|parts| {
                parts
                    .iter()
                    .map(|part| part["text"].as_str().unwrap_or_default().len() + 2)
                    .sum()
            });
            8 + content
                .as_str()
                .map_or_else(|| parts.unwrap_or(0), str::len)
        })
        .sum();
    let tools = match sent.get("tools") {
        Some(tools) => 804 + tools.to_string().len() as u64,
        None => 0,
    };
    let pictures: u64 = asked
        .images
        .iter()
        .map(|picture| truth(picture, model))
        .sum();
    let most = texts as u64 + 60 + tools + pictures;
    let prompt = part(most, told.prompt).max(1);
    let cached = part(prompt, told.cached);
    let written = part(prompt - cached, told.written);
    let seen = part(pictures.min(prompt), told.pictures);

    let n = sent.get("n").and_then(Value::as_u64).unwrap_or(1);
    let limit = ["max_completion_tokens", "max_tokens"]
        .iter()
        .find_map(|key| sent.get(*key)?.as_u64());
    let limit = limit.or(model.max_output()).or(model.context()).unwrap();
    let predicted = sent["prediction"]["content"].as_str().map_or(0, str::len) as u64;
    let beyond = if model.reasoning_unbounded() {
        model.max_output().or(model.context()).unwrap()
    } else {
        0
    };
    let most = (limit + beyond + predicted) * n;
    let answer = part(most, told.answer).max(1);
    let thought = part(answer, told.thought);
    let drawn = part(answer - thought, told.drawn);
    let (completion, total) = if told.apart {
        (answer - thought, prompt + answer)
    } else {
        (answer, prompt + answer)
    };

    let ends = match (asked.tier, model.price().auto_upgrade()) {
        (Some("default"), _) | (None, false) => vec!["default"],
        (Some("auto"), _) | (None, true) => vec!["default", "priority"],
        (Some(tier), _) => vec![tier, "default"],
    };
    let mut answer = json!({
        "model": format!("{}-2026-01-31", model.id()),
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total,
            "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written, "image_tokens": seen},
            "completion_tokens_details": {"reasoning_tokens": thought, "image_tokens": drawn},
        },
    });
    if let Some(tier) = ends.get(told.tier) {
        answer["service_tier"] = (*tier).into();
    }
    answer
}

/// The bound and the cost in nano-dollars, and whether that follows from the usage; `None` where the call was refused.
fn call(
    catalog: &Catalog,
    name: &str,
    asked: &Asked,
    told: &Told,
    at: SystemTime,
) -> Option<(u64, u64, bool)> {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap()
    });
    let snapshot = catalog.snapshot();
    let model = snapshot.model(name).unwrap().clone();
    let request = body(asked, &model);
    let provider = {
        let (asked, told, model) = (asked.clone(), told.clone(), model.clone());
        tower::service_fn(move |request: Request<Body>| {
            let (asked, told, model) = (asked.clone(), told.clone(), model.clone());
            async move {
                let sent = request.into_body().collect().await.unwrap().to_bytes();
                let sent: Value = serde_json::from_slice(&sent).unwrap();
                let answer = answer(&sent, &asked, &told, &model).to_string();
                let response = Response::builder().header("content-type", "application/json");
                Ok::<_, Infallible>(response.body(Full::<Bytes>::from(answer)).unwrap())
            }
        })
    };
    let budget = Budget::new("b").limit("1000000".parse().unwrap(), Window::Day);
    let stack = Stack::client_with(provider, catalog.clone())
        .credential(|_: &Provider, _: Option<&Tenant>| Key::Ready(None))
        .clock(Clock::manual(at))
        .budget(budget.clone());
    RUNTIME.block_on(async {
        let request = Request::post("/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(request.to_string()))
            .unwrap();
        let response = stack.boxed().oneshot(request).await.unwrap();
        if response.status() != StatusCode::OK {
            return None;
        }
        let outcome = response.extensions().get::<Outcome>().unwrap().clone();
        response.into_body().collect().await.unwrap();
        let decision = outcome.decision().unwrap();
        let bound = decision.routed().next().unwrap().bound.bound().unwrap();
        let finished = outcome.finished().await;
        let cost = finished.cost.unwrap();
        assert_eq!(budget.scope().allowance().unwrap().spent(), cost);
        Some((bound.nanos(), cost.nanos(), finished.exact))
    })
}

/// Runs the property so often; at least half of the calls have to be priced by their usage, or it would say little.
fn hold<S: Strategy>(cases: u32, strategy: S, run: impl Fn(S::Value) -> Option<(u64, u64, bool)>)
where
    S::Value: Clone + std::fmt::Debug,
{
    let (priced, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    });
    let result = runner.run(&strategy, |value| {
        match run(value) {
            Some((bound, cost, exact)) => {
                prop_assert!(cost <= bound, "{cost} > {bound}");
                priced.fetch_add(u64::from(exact), Ordering::Relaxed);
            }
            None => {
                refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let (priced, refused) = (priced.into_inner(), refused.into_inner());
    println!("{priced} of {cases} priced by usage, {refused} refused");
    assert!(
        priced * 3 >= u64::from(cases),
        "{priced} of {cases} priced, {refused} refused"
    );
}

#[test]
fn no_price_row_of_the_builtin_catalog_is_exceeded() {
    // The rows, whoever's format they are asked in: the answers here are OpenAI's.
    let compatible = r#"
        [[provider]]
        name = "anthropic"
        dialect = "openai"
        base_url = "https://api.anthropic.com/v1"
        on_disconnect = "stops"

        [[provider]]
        name = "google"
        dialect = "openai"
        base_url = "https://generativelanguage.googleapis.com/v1beta/openai"
    "#;
    let compatible = Source::text("compatible.toml", compatible);
    let catalog = Catalog::parse(&[Source::builtin(), compatible]).unwrap();
    let snapshot = catalog.snapshot();
    let chat = |model: &&std::sync::Arc<Model>| {
        model.kind() == Kind::Chat && model.routable() && model.provider().dialect() == "openai"
    };
    let names: Vec<String> = snapshot
        .models()
        .iter()
        .filter(chat)
        .map(|model| model.name().to_owned())
        .collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let sees = snapshot.model(&name).unwrap().can().has(Capability::Vision);
        let days = prop_oneof![
            Just(Date::new(2026, 11, 23).unwrap()),
            Just(Date::new(2026, 11, 28).unwrap()),
            Just(Date::new(2026, 3, 12).unwrap()),
        ];
        println!("{name}");
        hold(
            150,
            (asked(), told(), days, 0u64..1_440),
            |(mut asked, told, day, minute)| {
                if !sees {
                    asked.images.clear();
                }
                // Its context is short.
                if name == "on-device" {
                    asked.text %= 3_000;
                }
                let at = day.starts() + Duration::from_secs(minute * 60);
                call(&catalog, &name, &asked, &told, at)
            },
        );
    }
}

fn rate() -> impl Strategy<Value = String> {
    let units = [
        "input",
        "output",
        "cache_read",
        "cache_write_5m",
        "cache_write_30m",
        "cache_write_1h",
        "reasoning",
        "image_input",
        "image_output",
        "request",
    ];
    (
        (select(units.to_vec()), 1u64..90_000_000),
        option::weighted(0.3, select(vec![1_000u64, 200_000, 272_000])),
        select(vec!["", "", "", "priority", "flex", "batch"]),
        select(vec!["", "", "", "us", "eu"]),
        option::weighted(0.2, (20u32..28, any::<bool>())),
        option::weighted(
            0.2,
            select(vec!["00:00-08:00", "06:00-22:00", "20:00-04:00"]),
        ),
    )
        .prop_map(|((unit, micro), over, tier, region, day, hours)| {
            let mut rate = format!(
                "unit = \"{unit}\", amount = \"{}.{:06}\"",
                micro / 1_000_000,
                micro % 1_000_000
            );
            if unit == "request" {
                rate = format!(
                    "unit = \"request\", amount = \"0.{:06}\"",
                    micro % 900_000 + 1
                );
            }
            if let Some(over) = over {
                rate.push_str(&format!(", over = {over}"));
            }
            for (key, value) in [("tier", tier), ("region", region)] {
                if !value.is_empty() {
                    rate.push_str(&format!(", {key} = \"{value}\""));
                }
            }
            if let Some((day, from)) = day {
                let key = if from { "from" } else { "until" };
                rate.push_str(&format!(", {key} = 2026-11-{day}"));
            }
            if let Some(hours) = hours {
                rate.push_str(&format!(", utc = [\"{hours}\"]"));
            }
            format!("{{ {rate} }}")
        })
}

fn catalogs() -> impl Strategy<Value = String> {
    let region = select(vec![
        "",
        "region = \"us\"",
        "region = \"eu\"",
        "region = \"mars\"",
    ]);
    (vec(rate(), 0..16), any::<bool>(), any::<bool>(), region, 500u32..3_000).prop_map(
        |(rates, upgrade, unbounded, region, factor)| {
            format!(
                r#"
                [[provider]]
                name = "acme"
                dialect = "openai"
                base_url = "http://acme.test/v1"
                {region}

                [[model]]
                name = "m"
                provider = "acme"
                context = 400_000
                max_output = 20_000
                reasoning_unbounded = {unbounded}
                price = {{ auto_upgrade = {upgrade}, input = "1.00", output = "2.00", regions = {{ us = "{}.{:03}" }} }}
                rates = [
                    {{ tier = "priority", input = "3.00", output = "5.00" }},
                    {{ tier = "flex", input = "0.50", output = "1.00" }},
                    {{ tier = "batch", input = "0.40", output = "0.90" }},
                    {}
                ]
                "#,
                factor / 1_000,
                factor % 1_000,
                rates.join(", ")
            )
        },
    )
}

#[test]
fn no_price_row_that_can_be_written_is_exceeded() {
    hold(
        600,
        (catalogs(), asked(), told(), 0u64..7 * 1_440),
        |(toml, asked, told, minute)| {
            let catalog = Catalog::from_toml(&toml).unwrap();
            let at = Date::new(2026, 11, 20).unwrap().starts() + Duration::from_secs(minute * 60);
            call(&catalog, "m", &asked, &told, at)
        },
    );
}
