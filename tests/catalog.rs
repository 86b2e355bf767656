//! Catalogs as files: what the built-in one knows, the rule that a table of scores gives, and what bad files say.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use proptest::prelude::*;
use tower_genai::{
    catalog::{
        Alias, Candidate, Catalog, Date, Kind, MaxTokensField, Model, OnDisconnect, Prefer, Price,
        Provider, Resolved, Snapshot, Source, Terms, Threshold, Unit, Usage, scores,
    },
    money::{Cost, Usd},
    query::{Capability, Task},
};

const SEED: &str = include_str!("../examples/catalogs/seed.toml");

fn day(text: &str) -> SystemTime {
    text.parse::<Date>().unwrap().starts()
}

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

fn cost(catalog: &Catalog, model: &str, used: &Usage, terms: &Terms) -> Cost {
    catalog
        .snapshot()
        .model(model)
        .unwrap()
        .price()
        .cost(used, terms)
}

/// The message for a bad file.
fn refused(text: &str) -> String {
    Catalog::parse(&[Source::text("catalog.toml", text)])
        .unwrap_err()
        .to_string()
}

// ===== The built-in catalog =====

#[test]
fn the_builtin_catalog_knows_prices() {
    let catalog = Catalog::builtin();
    for warning in catalog.info().warnings() {
        // Time alone makes it strange.
        assert!(
            warning.what().contains("checked on") || warning.what().contains("ends on"),
            "{warning}"
        );
    }
    assert_eq!(catalog.info().sources()[0].as_of(), Date::new(2026, 11, 24));
    // A Tuesday, in the dear hours.
    let now = Terms::new(day("2026-11-24") + Duration::from_secs(2 * 3600));
    let million = Usage::text(1_000_000, 0);
    let cost = |model, used: &Usage, terms: &Terms| cost(&catalog, model, used, terms);
    assert_eq!(
        cost("claude-opus-4.6", &million, &now),
        Cost::Known(usd("5")),
        "no surcharge any more"
    );
    let then = Terms::new(day("2026-03-01"));
    assert_eq!(
        cost("claude-opus-4.6", &million, &then),
        Cost::Known(usd("10"))
    );
    assert_eq!(
        cost("gpt-5.4", &million, &now),
        Cost::Known(usd("5")),
        "beyond 272 000"
    );
    assert_eq!(
        cost("gpt-5.4", &Usage::text(100_000, 10_000), &now),
        Cost::Known(usd("0.4"))
    );
    let flex = now.clone().tier("flex");
    assert_eq!(
        cost("gpt-5.4", &Usage::text(100_000, 10_000), &flex),
        Cost::Known(usd("0.2"))
    );
    let us = now.clone().region("us");
    assert_eq!(
        cost("gpt-5.4", &Usage::text(100_000, 0), &us),
        Cost::Known(usd("0.275"))
    );
    assert_eq!(
        cost("deepseek-v4-pro", &million, &now),
        Cost::Known(usd("1.32"))
    );
    let weekend = Terms::new(day("2026-11-22"));
    assert_eq!(
        cost("deepseek-v4-pro", &million, &weekend),
        Cost::Known(usd("0.66"))
    );
    let night = Terms::new(day("2026-11-24") + Duration::from_secs(5 * 3600));
    assert_eq!(
        cost("deepseek-v4-pro", &million, &night),
        Cost::Known(usd("0.66"))
    );
    let written = Usage {
        cache_write_1h: 1_000,
        ..Usage::default()
    };
    assert_eq!(cost("glm-5", &written, &now), Cost::Known(Usd::ZERO));
    assert_eq!(
        cost("claude-opus-4.6", &written, &now),
        Cost::Known(usd("0.01"))
    );
    assert_eq!(cost("on-device", &million, &now), Cost::Known(Usd::ZERO));
    let video = |resolution: &str| Usage {
        extra: vec![(
            Unit::VideoSecond {
                resolution: Some(resolution.into()),
                audio: Some(true),
            },
            8,
        )],
        ..Usage::default()
    };
    assert_eq!(
        cost("veo-3.1", &video("1080p"), &now),
        Cost::Known(usd("3.2"))
    );
    assert_eq!(cost("veo-3.1", &video("4k"), &now), Cost::Known(usd("4.8")));
    assert_eq!(
        cost("kling-3.0", &video("720p"), &now),
        Cost::Known(usd("2.8224"))
    );
    // A hold during the cheap hours still reckons with the dear ones.
    let snapshot = catalog.snapshot();
    let deepseek = snapshot.model("deepseek-v4-pro").unwrap();
    assert_eq!(
        deepseek.price().bound(&million, &night),
        Cost::Bounded(usd("1.32"))
    );
}

#[test]
fn the_builtin_catalog_knows_lifecycles() {
    let catalog = Catalog::builtin();
    let snapshot = catalog.snapshot();
    let meant = |name, at| match snapshot.resolve(name, at) {
        Resolved::Model { model, instead_of } => {
            (model.name(), instead_of.map(|asked| asked.name()))
        }
        other => panic!("{name}: {other:?}"),
    };
    let now = day("2026-11-24");
    assert_eq!(meant("dall-e-3", day("2026-05-11")), ("dall-e-3", None));
    assert_eq!(meant("dall-e-3", now), ("gpt-image-1.5", Some("dall-e-3")));
    // In a week that one ends as well.
    assert_eq!(
        meant("dall-e-3", day("2026-12-01")),
        ("gpt-image-2", Some("dall-e-3"))
    );
    assert_eq!(meant("openai/gpt-4o", now), ("gpt-4o", None));
    assert!(
        matches!(snapshot.resolve("sora-2", now), Resolved::Gone { model } if model.name() == "sora-2")
    );
    assert_eq!(
        meant("veo-3.1-preview", now),
        ("veo-3.1", Some("veo-3.1-preview"))
    );
    assert!(matches!(
        snapshot.resolve("gpt5.4", now),
        Resolved::Unknown {
            nearest: Some("gpt-5.4")
        }
    ));
    assert!(matches!(
        snapshot.resolve("llama", now),
        Resolved::Unknown { nearest: None }
    ));
    assert_eq!(
        snapshot
            .served("openai", "gpt-5.4-2026-03-05")
            .unwrap()
            .name(),
        "gpt-5.4"
    );
    assert_eq!(
        snapshot
            .served("anthropic", "claude-opus-4-6-20260205")
            .unwrap()
            .name(),
        "claude-opus-4.6"
    );
    assert!(snapshot.served("anthropic", "gpt-5.4").is_none());
    assert!(snapshot.served("openai", "ünicode-id").is_none());
}

#[test]
fn the_builtin_catalog_names_what_no_call_reaches() {
    let catalog = Catalog::builtin();
    let snapshot = catalog.snapshot();
    let midjourney = snapshot.model("midjourney-v7").unwrap();
    assert!(!midjourney.routable());
    assert!(midjourney.unroutable_because().unwrap().contains("no API"));
    assert!(!midjourney.price().is_known());

    let auto = snapshot.alias("auto").unwrap();
    assert_eq!(
        (auto.threshold(), auto.prefer()),
        (Threshold::Relative(0.95), Prefer::Cost)
    );
    assert!(
        auto.pool()
            .iter()
            .all(|candidate| candidate.model().kind() == Kind::Chat)
    );
    let chat = snapshot
        .models()
        .iter()
        .filter(|model| model.kind() == Kind::Chat)
        .count();
    assert_eq!(auto.pool().len(), chat);
    for model in snapshot.models().iter().filter(|model| model.routable()) {
        assert!(model.price().is_known(), "{}", model.name());
        assert!(
            model.price().source().is_some() && model.price().checked().is_some(),
            "{}",
            model.name()
        );
    }
    let openai = snapshot.provider("openai").unwrap();
    assert_eq!(
        openai.max_tokens_field(),
        MaxTokensField::MaxCompletionTokens
    );
    assert_eq!(openai.on_disconnect(), OnDisconnect::Stops);
    assert_eq!(
        snapshot.provider("zai").unwrap().on_disconnect(),
        OnDisconnect::Unknown
    );
    assert_eq!(snapshot.provider("local").unwrap().zone(), "device");
}

// ===== The seed's rule =====

/// The cheapest of those that are good enough, by the table alone.
fn cheapest(pool: &[Candidate], task: &Task, share: f64) -> String {
    let scores = scores(pool, task);
    let best = scores.iter().flatten().copied().fold(0.0, f64::max);
    let least = Threshold::Relative(share).least(best);
    let terms = Terms::new(day("2026-03-31"));
    let typical = Usage::text(1_000, 1_000);
    pool.iter()
        .zip(scores)
        .filter(|(_, score)| score.is_some_and(|score| score >= least))
        .min_by_key(|(candidate, _)| {
            candidate
                .model()
                .price()
                .cost(&typical, &terms)
                .bound()
                .unwrap()
        })
        .map(|(candidate, _)| candidate.to_string())
        .unwrap()
}

#[test]
fn the_table_alone_gives_the_rule() {
    let catalog = Catalog::from_toml(SEED).unwrap();
    let snapshot = catalog.snapshot();
    let pool = snapshot.alias("auto").unwrap().pool();
    assert_eq!(pool.len(), 4);
    let chosen = |task, share| cheapest(pool, &task, share);
    for (share, model) in [
        (0.5, "glm-5"),
        (0.95, "glm-5"),
        (0.9628, "glm-5"),
        (0.9629, "gpt-5.4"),
        (0.9653, "gpt-5.4"),
        (0.9654, "claude-opus-4.6"),
        (1.0, "claude-opus-4.6"),
    ] {
        assert_eq!(chosen(Task::CODING, share), model, "coding at {share}");
    }
    for share in [0.5, 0.9, 0.95, 0.99, 1.0] {
        assert_eq!(
            chosen(Task::REASONING, share),
            "gemini-3.1-pro",
            "reasoning at {share}"
        );
        // Nobody has a score in mathematics, so reasoning counts, and GLM-5 is not in it.
        assert_eq!(
            chosen(Task::MATH, share),
            "gemini-3.1-pro",
            "maths at {share}"
        );
    }
    assert_eq!(chosen(Task::COMPUTER_USE, 0.946), "gemini-3.1-pro");
    assert_eq!(chosen(Task::COMPUTER_USE, 0.947), "gpt-5.4");
    assert_eq!(chosen(Task::COMPUTER_USE, 1.0), "gpt-5.4");
    // Everything else by the general index: the cheapest that is good enough.
    assert_eq!(chosen(Task::CREATIVE, 0.90), "glm-5");
    assert_eq!(chosen(Task::CREATIVE, 0.95), "gemini-3.1-pro");
}

#[test]
fn the_seed_has_the_table() {
    let catalog = Catalog::from_toml(SEED).unwrap();
    let snapshot = catalog.snapshot();
    assert!(
        snapshot
            .info()
            .warnings()
            .iter()
            .all(|w| w.key() != "dialect"),
        "{:?}",
        snapshot.info().warnings()
    );
    let names: Vec<_> = snapshot.models().iter().map(|model| model.name()).collect();
    assert_eq!(
        names,
        ["gpt-5.4", "claude-opus-4.6", "gemini-3.1-pro", "glm-5"]
    );
    assert!(
        snapshot
            .providers()
            .iter()
            .all(|provider| provider.dialect() == "openai")
    );
    let glm = snapshot.model("zai/glm-5").unwrap();
    assert_eq!(glm.quality(&Task::REASONING), None);
    assert!(!glm.can().has(Capability::ComputerUse) && !glm.can().has(Capability::Vision));
    let terms = Terms::new(day("2026-03-31"));
    let both = Usage::text(1_000_000, 1_000_000);
    for (name, dollars) in [
        ("gpt-5.4", "22.50"),
        ("claude-opus-4.6", "30"),
        ("gemini-3.1-pro", "14"),
        ("glm-5", "4.20"),
    ] {
        assert_eq!(
            cost(&catalog, name, &both, &terms),
            Cost::Known(usd(dollars)),
            "{name}"
        );
    }
    let url = snapshot
        .provider("google")
        .unwrap()
        .join("/chat/completions")
        .unwrap();
    assert_eq!(
        url,
        "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"
    );
}

// ===== Aliases =====

const TWO: &str = r#"
[[provider]]
name = "p"
dialect = "openai"
base_url = "https://p.example/v1"

[[provider]]
name = "home"
dialect = "openai"
base_url = "http://127.0.0.1:8080/v1"
zone = "device"

[[model]]
name = "big"
provider = "p"
price = { input = "5.00", output = "25.00" }
quality = { coding = 0.8 }
effort = [
    { level = "low", quality = { coding = 0.6 } },
    { level = "high", output_factor = 3.0 },
]

[[model]]
name = "small"
provider = "home"
price = { free = true }
quality = { general = 0.4 }

[[model]]
name = "painter"
provider = "p"
for = "image"
"#;

fn with(more: &str) -> String {
    format!("{TWO}\n{more}")
}

fn pool(more: &str, alias: &str) -> Vec<String> {
    let catalog = Catalog::from_toml(&with(more)).unwrap_or_else(|error| panic!("{error}"));
    let snapshot = catalog.snapshot();
    snapshot
        .alias(alias)
        .unwrap()
        .pool()
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn pools_are_compiled() {
    assert_eq!(pool("", "auto"), ["big@low", "big@high", "small"]);
    let alias = |models: &str| pool(&format!("[[alias]]\nname = \"a\"\n{models}"), "a");
    assert_eq!(alias("models = [\"home/*\"]"), ["small"]);
    assert_eq!(alias("models = \"big@high\""), ["big@high"]);
    assert_eq!(
        alias("models = [\"small\", \"*\"]"),
        ["small", "big@low", "big@high"]
    );
    assert_eq!(
        alias("models = [\"p/big\", \"big@low\"]"),
        ["big@low", "big@high"]
    );
    assert_eq!(alias("zones = [\"device\"]"), ["small"]);
    assert_eq!(alias("for = \"image\""), ["painter"]);
    assert_eq!(
        alias("split = { small = 1, \"big@low\" = 3 }"),
        ["big@low", "small"]
    );
}

#[test]
fn an_alias_says_how_to_choose() {
    let text = with(
        r#"
        [[alias]]
        name = "auto"
        quality_at_least = 0.7
        prefer = "value"
        value = "0.10"
        max_cost = "0.05"
        sticky = false

        [[alias]]
        name = "test"
        split = { small = 10, big = 90 }

        [[alias]]
        name = "small"
        redirect = true
        models = ["big"]
        prefer = "quality"
        "#,
    );
    let snapshot = Catalog::from_toml(&text).unwrap().snapshot();
    let auto = snapshot.alias("auto").unwrap();
    assert_eq!(auto.threshold(), Threshold::AtLeast(0.7));
    assert_eq!(
        (auto.prefer(), auto.value_of(), auto.sticky()),
        (Prefer::Value, usd("0.1"), false)
    );
    assert_eq!(auto.max_cost(), Some(usd("0.05")));
    let split = snapshot.alias("test").unwrap().split();
    let split: Vec<_> = split
        .iter()
        .map(|(candidate, weight)| (candidate.to_string(), *weight))
        .collect();
    assert_eq!(
        split,
        [("big".to_owned(), 90), ("small".to_owned(), 10)],
        "at the request's own effort"
    );
    assert!(matches!(
        snapshot.resolve("small", SystemTime::now()),
        Resolved::Alias(_)
    ));
    assert!(
        snapshot.model("small").is_some(),
        "the model is still there"
    );
    assert!(matches!(
        snapshot.resolve("home/small", SystemTime::now()),
        Resolved::Model { .. }
    ));
}

#[test]
fn scores_are_of_one_task() {
    let snapshot = Catalog::from_toml(TWO).unwrap().snapshot();
    let pool = snapshot.alias("auto").unwrap().pool();
    assert_eq!(scores(pool, &Task::CODING), [Some(0.6), Some(0.8), None]);
    assert_eq!(scores(pool, &Task::MATH), [None, None, Some(0.4)]);
    assert_eq!(scores(&pool[..2], &Task::MATH), [None, None]);
    assert_eq!(pool[1].output_factor(), 3.0);
}

// ===== What bad files say =====

#[test]
fn errors_name_file_line_item_key_and_way_out() {
    let mut missed = Vec::new();
    for (text, says) in [
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nqualty = 1"), "catalog.toml:37:1: model \"x\", key \"qualty\": unknown key; did you mean \"quality\"?"),
        (with("[[modle]]\nname = \"x\""), "key \"modle\": unknown key; did you mean \"model\"?"),
        (with("[model]\nname = \"x\""), "catalog.toml"),
        ("listen = \"127.0.0.1:1\"".into(), "key \"listen\": unknown key; known are provider, model, alias, as_of"),
        (with("[[model]]\nname = \"x\"\nprovider = \"pp\""), "key \"provider\": there is no provider \"pp\""),
        (with("[[model]]\nname = \"x\"\nprovider = \"hom\""), "did you mean \"home\"?"),
        (with("[[model]]\nname = \"big\"\nprovider = \"p\""), "the name is given twice, first in line 13"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\ncan = [\"visoin\"]"), "key \"can\": \"visoin\" is no capability; did you mean \"vision\"?"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nprice = { input = 2.5 }"), "key \"price.input\": must be decimal text, so that no digit is lost; write it in quotes, \"2.5\""),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nprice = { input = 2 }"), "write it in quotes, \"2\""),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nprice = { input = \"0\", output = \"1\" }"), "say `free = true`"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nprice = { input = \"-1\" }"), "is negative"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nprice = { free = true, input = \"1\" }"), "also has prices"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nprice = { inptu = \"1\" }"), "key \"price.inptu\": unknown key; did you mean \"input\"?"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nrates = [{ amount = \"1\" }]"), "needs a `unit`"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nrates = [{ unit = \"outptu\", amount = \"1\" }]"), "did you mean \"output\"?"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nrates = [{ input = \"1\", utc = \"9-5\" }]"), "is no span of hours"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nrates = [{ input = \"1\", from = 2026-02-01, until = 2026-01-01 }]"), "is not after `from`"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nrates = [{ input = \"1\", size = \"big\" }]"), "needs a `unit`"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nquality = { coding = 80.8 }"), "key \"quality.coding\": 80.8 is no quality; it must be 0 to 1; write 80.8 percent as 0.808"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nquality = { coding = nan }"), "must be a number"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\ncontext = 0"), "must be above zero"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\ncontext = -1"), "must be a whole number"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nreleased = 2026-05-01\nsunset = 2026-01-01"), "catalog.toml:38:1: model \"x\", key \"sunset\": 2026-01-01 is before `released`, 2026-05-01"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nreleased = \"2026-05-01\""), "without quotes"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nreleased = 2026-05-01T00:00:00Z"), "without a time"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nreleased = 2026-02-30"), "catalog.toml:37"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nsuccessor = \"bgi\""), "there is no model \"bgi\""),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nsuccessor = \"smaal\""), "did you mean \"small\"?"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nsuccessor = \"x\""), "not its own successor"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nsuccessor = \"y\"\n[[model]]\nname = \"y\"\nprovider = \"p\"\nsuccessor = \"x\""), "circle"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nsuccessor = \"painter\""), "is for image, not chat"),
        (with("[[model]]\nname = \"x y\"\nprovider = \"p\""), "a name is"),
        (with("[[model]]\nname = \"x\"\nid = \"../../admin\"\nprovider = \"p\""), "an id is"),
        (with("[[model]]\nname = \"x\"\nid = \"a\\nb\"\nprovider = \"p\""), "an id is"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nfirst_token = 400"), "must be a string in quotes, not a whole number"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nfirst_token = \"fast\""), "is no duration"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\nfor = \"chta\""), "did you mean \"chat\"?"),
        (with("[[model]]\nname = \"x\"\nprovider = \"p\"\neffort = [{ level = \"a\" }, { level = \"a\" }]"), "listed twice"),
        (with("[[model]]\nprovider = \"p\""), "model 4, key \"name\": is missing"),
        (with("[[alias]]\nname = \"big\""), "hides the model of the same name"),
        (with("[[alias]]\nname = \"a\"\nmodels = [\"bgi\"]"), "there is no model \"bgi\""),
        (with("[[alias]]\nname = \"a\"\nmodels = [\"samll\"]"), "did you mean \"small\"?"),
        (with("[[alias]]\nname = \"a\"\nmodels = [\"big@lwo\"]"), "no effort \"lwo\"; it lists low, high; did you mean \"low\"?"),
        (with("[[alias]]\nname = \"a\"\nmodels = [\"hoem/*\"]"), "did you mean \"home\"?"),
        (with("[[alias]]\nname = \"a\"\nmodels = []"), "is empty"),
        (with("[[alias]]\nname = \"a\"\nmodels = [\"painter\"]"), "is for image"),
        (with("[[alias]]\nname = \"a\"\nzones = [\"moon\"]"), "no model is left"),
        (with("[[alias]]\nname = \"a\"\nquality = 1.5"), "is no quality"),
        (with("[[alias]]\nname = \"a\"\nquality = 0.5\nquality_at_least = 0.5"), "cannot stand beside"),
        (with("[[alias]]\nname = \"a\"\nprefer = \"csot\""), "did you mean \"cost\"?"),
        (with("[[alias]]\nname = \"a\"\nmax_cost = 0.05"), "write it in quotes, \"0.05\""),
        (with("[[alias]]\nname = \"a\"\nsplit = { small = 0 }"), "every weight is zero"),
        ("[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://u@h\"".into(), "must not hold a user"),
        ("[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://h\"\nheaders = { Host = \"x\" }".into(), "cannot be set"),
        ("[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://h\"\non_disconnect = \"stop\"".into(), "did you mean \"stops\"?"),
        ("a = = b".into(), "catalog.toml:1:"),
        ("[[provider]\n".into(), "catalog.toml:1:"),
    ] {
        let said = refused(&text);
        if !said.contains(says) || !said.starts_with("catalog.toml") {
            missed.push(format!("wanted: {says}\n   got: {said}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = with(
        "[[model]]\nname = \"x\"\nprovider = \"p\"\ncontext = \"a\"\nmax_output = \"b\"\n[[alias]]\nname = \"y\"\nquailty = 1",
    );
    let error = Catalog::from_toml(&text).unwrap_err();
    assert_eq!(error.problems().len(), 3, "{error}");
    let lines: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| problem.line().unwrap())
        .collect();
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn no_secret_is_repeated() {
    let secret = "sk-verysecret";
    for text in [
        format!(
            "[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://h\"\napi_key = \"{secret}\""
        ),
        format!(
            "[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://h\"\napi_key_env = \"{secret}\""
        ),
        format!("[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://x:{secret}@h\""),
        format!(
            "[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://h/?key={secret}\""
        ),
        format!(
            "[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://h\"\nheaders = {{ Authorization = \"Bearer {secret}\" }}"
        ),
        format!(
            "[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://h\"\nheaders = {{ x = \"{secret}\\u0000\" }}"
        ),
        format!("[[provider]]\nname = \"p\"\nkey = \"{secret}\" oops"),
    ] {
        let said = refused(&text);
        assert!(!said.contains("verysecret"), "{said}");
    }
    let key = refused(
        "[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://h\"\napi_key = \"sk-1\"",
    );
    assert!(key.contains("api_key_env"), "{key}");
    let text = format!(
        "[[provider]]\nname = \"p\"\ndialect = \"d\"\nbase_url = \"https://h\"\nheaders = {{ x-team = \"{secret}\" }}"
    );
    let catalog = Catalog::from_toml(&text).unwrap();
    let provider = catalog.snapshot().provider("p").unwrap().clone();
    assert_eq!(provider.headers()["x-team"], secret);
    let shown = format!(
        "{provider:?} {:?} {:?} {catalog:?}",
        provider.headers(),
        Source::text("t", text)
    );
    assert!(!shown.contains("verysecret"), "{shown}");
}

#[test]
fn terminals_are_not_written_to() {
    let said = refused("\"\\u001b[31mred\" = 1");
    assert!(!said.contains('\u{1b}'), "{said:?}");
    let said = refused("[[model]]\nname = \"\\u001b[31m\"\nprovider = \"p\"");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

// ===== Sources =====

/// A directory that is gone when the test is.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tower-genai-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn later_sources_lie_on_top() {
    let over = r#"
        listen = "127.0.0.1:8080"

        [[provider]]
        name = "openai"
        dialect = "openai"
        base_url = "http://127.0.0.1:9999/v1"

        [[model]]
        name = "gpt-4o"
        provider = "openai"

        [[budget]]
        scope = "org"
    "#;
    let mine = Source::text("mine", over);
    let refused = Catalog::parse(&[Source::builtin(), mine.clone()])
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("\"listen\"") && refused.contains("\"budget\""),
        "{refused}"
    );

    let catalog = Catalog::parse(&[Source::builtin(), mine.allow(["listen", "budget"])]).unwrap();
    let snapshot = catalog.snapshot();
    let model = snapshot.model("gpt-4o").unwrap();
    assert!(!model.price().is_known(), "replaced as a whole");
    assert_eq!(model.provider().base_url(), "http://127.0.0.1:9999/v1");
    let other = snapshot.model("gpt-5.4").unwrap();
    assert_eq!(
        other.provider().base_url(),
        "http://127.0.0.1:9999/v1",
        "models below follow their provider"
    );
    assert_eq!(snapshot.info().sources().len(), 2);
    assert_ne!(snapshot.info().hash(), Catalog::builtin().info().hash());
}

#[test]
fn a_bad_file_leaves_the_old_catalog_in_force() {
    let directory = Directory::new("reload");
    let path = directory.0.join("catalog.toml");
    fs::write(&path, TWO).unwrap();
    let catalog = Catalog::load(&path).unwrap();
    let clone = catalog.clone();
    let pinned = catalog.snapshot();
    let hash = catalog.info().hash().to_owned();
    assert!(catalog.info().sources()[0].modified().is_some());

    fs::write(&path, with("[[alias]]\nname = \"big\"")).unwrap();
    let error = catalog.reload().unwrap_err().to_string();
    assert!(
        error.contains("hides the model") && error.contains("catalog.toml"),
        "{error}"
    );
    assert_eq!(clone.info().hash(), hash);

    fs::write(&path, with("[[alias]]\nname = \"fast\"")).unwrap();
    let info = catalog.reload().unwrap();
    assert_ne!(info.hash(), hash);
    assert_eq!(info.aliases(), 2);
    assert!(
        clone.snapshot().alias("fast").is_some(),
        "clones share what is in force"
    );
    assert!(
        pinned.alias("fast").is_none(),
        "a call keeps what it began with"
    );

    fs::remove_file(&path).unwrap();
    assert!(
        catalog
            .reload()
            .unwrap_err()
            .to_string()
            .contains("cannot be read")
    );
    assert!(clone.snapshot().alias("fast").is_some());
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(catalog.reload().is_err());
    assert!(Catalog::load(&directory.0).is_err(), "a directory");
}

#[test]
fn an_unknown_successor_is_a_warning() {
    let text = with(
        "[[model]]\nname = \"claude-opus-4.6\"\nprovider = \"p\"\nsuccessor = \"claude-opus-5\"\nsunset = 2027-06-01",
    );
    let catalog = Catalog::from_toml(&text).unwrap();
    let warnings = catalog
        .info()
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("\"claude-opus-5\"")),
        "{warnings:?}"
    );
    assert!(matches!(
        catalog
            .snapshot()
            .resolve("claude-opus-4.6", day("2027-06-01")),
        Resolved::Gone { .. }
    ));
}

#[test]
fn the_design_page_example_is_read() {
    let text = r#"
        [[provider]]
        name = "anthropic"
        dialect = "anthropic"              # a comment
        base_url = "https://api.anthropic.com"
        api_key_env = "ANTHROPIC_API_KEY"
        zone = "cloud"
        on_disconnect = "unknown"

        [[model]]
        name = "claude-opus-4.6"
        provider = "anthropic"
        id = "claude-opus-4-6"
        price = { input = "5.00", output = "25.00", cache_read = "0.50", cache_write = "6.25" }
        context = 200_000
        max_output = 64_000
        can = ["tools", "vision", "json_schema", "reasoning", "computer_use", "stream"]
        quality = { coding = 0.808, science = 0.913, reasoning = 0.752, computer_use = 0.727, general = 0.53 }
        effort = [{ level = "high", quality = { coding = 0.81 }, output_factor = 3.0 }]
        released = 2026-02-05
        deprecated = 2027-01-01
        sunset = 2027-06-01
        successor = "claude-opus-5"
        first_token = "400ms"
        tokens_per_second = 90
        reasoning_unbounded = true

        [[alias]]
        name = "auto"
        quality = 0.95
        prefer = "cost"
        models = ["*"]
        max_cost = "0.05"
    "#;
    let catalog = Catalog::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
    let snapshot = catalog.snapshot();
    let model = snapshot.model("anthropic/claude-opus-4.6").unwrap();
    assert_eq!(
        (model.id(), model.context(), model.max_output()),
        ("claude-opus-4-6", Some(200_000), Some(64_000))
    );
    assert_eq!(model.first_token(), Some(Duration::from_millis(400)));
    assert_eq!(model.tokens_per_second(), Some(90.0));
    assert!(model.reasoning_unbounded() && model.can().has(Capability::JsonObject));
    assert_eq!(model.lifecycle().sunset(), Date::new(2027, 6, 1));
    assert!(
        model.lifecycle().is_deprecated(day("2027-01-01"))
            && !model.lifecycle().is_gone(day("2027-01-01"))
    );
    assert_eq!(model.effort("high").unwrap().output_factor(), 3.0);
    assert_eq!(model.provider().api_key_env(), Some("ANTHROPIC_API_KEY"));
}

#[test]
fn code_builds_what_files_do() {
    let build = |model| {
        Snapshot::builder()
            .provider(Provider::builder("p", "openai", "https://p.example/v1"))
            .model(model)
            .alias(
                Alias::builder("cheap")
                    .threshold(Threshold::AtLeast(0.2))
                    .models(["m"]),
            )
            .build()
    };
    let price = Price::per_million("1", "2").unwrap();
    let snapshot = build(
        Model::builder("m", "p")
            .price(price)
            .quality(Task::GENERAL, 0.5),
    )
    .unwrap();
    assert_eq!(snapshot.alias("cheap").unwrap().pool().len(), 1);
    let error = build(Model::builder("m", "q").quality(Task::GENERAL, 5.0)).unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
    assert!(
        error.to_string().starts_with("model \"m\", key "),
        "{error}"
    );
    let twice = Snapshot::builder()
        .provider(Provider::builder("p", "openai", "https://p.example"))
        .provider(Provider::builder("p", "openai", "https://q.example"));
    assert!(twice.clone().build().is_err());
    let layered = twice
        .layer()
        .provider(Provider::builder("p", "openai", "https://r.example"));
    assert!(layered.build().is_err(), "the two below still quarrel");
    let empty = Snapshot::builder().build().unwrap();
    assert!(empty.alias("auto").unwrap().pool().is_empty());
    let catalog = Catalog::new(empty);
    catalog.replace(snapshot);
    assert!(catalog.snapshot().model("m").is_some());
    assert!(catalog.reload().is_ok(), "nothing to read again");
    assert!(catalog.snapshot().model("m").is_some());
}

// ===== Nothing panics =====

fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/catalog");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut texts: Vec<_> = files
        .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
        .collect();
    texts.extend([SEED.to_owned(), TWO.to_owned()]);
    texts
}

/// Whatever it is, it is read or refused, and what is read answers.
fn survives(text: &str) {
    match Catalog::from_toml(text) {
        Err(error) => {
            assert!(!error.problems().is_empty());
            let said = error.to_string();
            assert!(!said.is_empty());
            assert!(
                said.chars().all(|c| !c.is_control() || c == '\n'),
                "{said:?}"
            );
        }
        Ok(catalog) => {
            let snapshot = catalog.snapshot();
            let now = SystemTime::now();
            let terms = Terms::new(now);
            for model in snapshot.models() {
                let _ = snapshot.resolve(model.name(), now);
                let _ = model.price().bound(&Usage::text(u64::MAX, 1), &terms);
                let _ = model.price().cost(&Usage::text(1, u64::MAX), &terms);
                let _ = format!("{model:?}");
            }
            for alias in snapshot.aliases() {
                let _ = scores(alias.pool(), &Task::MATH);
            }
        }
    }
}

#[test]
fn the_corpus_is_survived() {
    let texts = corpus();
    assert!(texts.len() > 10, "{}", texts.len());
    for text in texts {
        survives(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_survived(text in ".{0,400}") {
        survives(&text);
    }

    #[test]
    fn text_of_our_own_words_is_survived(
        words in prop::collection::vec(prop::sample::select(vec![
            "[[provider]]\n", "[[model]]\n", "[[alias]]\n", "[[model.rate]]\n", "name", "provider", "price", "rates",
            "quality", "split", "models", "effort", " = ", "=", "\n", "\"a\"", "\"b\"", "{", "}", "[", "]", ",",
            "1", "-1", "0.5", "nan", "inf", "2026-01-01", "true", "dialect", "base_url", "\"https://h\"", ".", "\"*\"",
        ]), 0..60)
    ) {
        survives(&words.concat());
    }

    #[test]
    fn mutated_catalogs_are_survived(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..24, "[\\PC\\n]{0,12}"), 1..4),
    ) {
        let texts = corpus();
        let mut text: Vec<char> = which.get(&texts).chars().collect();
        for (at, cut, insert) in edits {
            if text.is_empty() {
                break;
            }
            let at = at.index(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, insert.chars());
        }
        survives(&text.into_iter().collect::<String>());
    }
}
