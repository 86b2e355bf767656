use tower_genai::{
    catalog::{
        Kind, Unit, Usage,
        import::{Format, NoteKind},
    },
    query::Capability,
};

use super::support::*;

#[test]
fn a_model_with_everything() {
    let imported = read(Format::LiteLlm, LITELLM);
    let large = model(&imported, "acme-large");
    assert_eq!(
        (large.id(), large.listed_provider()),
        ("acme-large", "openai")
    );
    assert_eq!(large.provider(), Some("openai"));
    assert_eq!(large.kind(), Some(Kind::Chat));
    assert_eq!(large.context(), Some(400_000));
    assert_eq!(large.max_output(), Some(128_000));
    assert_eq!(large.ends(), Some(day("2027-01-31")));
    assert_eq!(large.can(), [Capability::Tools, Capability::Vision]);
    let regions: Vec<_> = large.region_factors().collect();
    assert_eq!(regions, [("eu", 1_100), ("us", 1_100)]);
    let all = rates(large);
    for wanted in [
        "input = 1.25",
        "input over 272000 = 2.50",
        "input over 272000 at flex = 1.25",
        "input at batch = 0.625",
        "input at priority = 2.50",
        "input at fast = 7.50",
        "output over 272000 at fast = 90.00",
        "reasoning = 12.00",
        "cache_read = 0.125",
        "cache_write_5m = 1.5625",
        "cache_write_1h = 2.50",
        "cache_write_1h over 272000 = 5.00",
        "audio_input = 32.00",
        // The dearest of three.
        "tool_call(web_search) = 30000.00",
        "tool_call(file_search) = 2500.00",
        "tool_call(code_interpreter) = 30000.00",
    ] {
        assert!(all.iter().any(|line| line == wanted), "{wanted}\n{all:#?}");
    }
}

#[test]
fn what_is_not_understood_is_said() {
    let imported = read(Format::LiteLlm, LITELLM);
    let said = imported.not_understood();
    for (kind, key) in [
        (NoteKind::Unknown, "input_cost_per_dream"),
        (NoteKind::Unknown, "provider_specific_entry.strange"),
        (NoteKind::Unknown, "off_peak_pricing.weekday_timezone"),
        (
            NoteKind::NoWord,
            "cache_creation_input_token_cost_above_12hr",
        ),
        (NoteKind::NoWord, "annotation_cost_per_page"),
        (NoteKind::Misshapen, "tiered_pricing.range"),
        (NoteKind::Misshapen, "max_input_tokens"),
        (NoteKind::Misshapen, "input_cost_per_token"),
    ] {
        assert_eq!(said.get(&(kind, key)), Some(&1), "{key}\n{said:#?}");
    }
    let twice = (NoteKind::Repeated, "cache_creation_input_token_cost");
    assert_eq!(said.get(&twice), Some(&2), "both places");
    // Two entries that are no models; the two about the list itself are passed over.
    assert_eq!(said.get(&(NoteKind::Misshapen, "")), Some(&2));
    assert_eq!(said.len(), 13, "{said:#?}");
    assert!(imported.models().iter().all(|m| m.name() != "sample_spec"));
    let dream = imported.notes().iter();
    let dream = dream
        .into_iter()
        .find(|n| n.key() == "input_cost_per_dream");
    let dream = dream.unwrap();
    assert_eq!((dream.model(), dream.line()), ("acme-large", 44));
}

#[test]
fn hours_of_the_week() {
    let imported = read(Format::LiteLlm, LITELLM);
    let night = model(&imported, "deepseek/acme-night");
    assert_eq!(
        (night.id(), night.provider()),
        ("acme-night", Some("deepseek"))
    );
    let short = Usage::text(1_000_000 / 10, 0);
    // Tuesday in dear hours, in cheap ones, and a Saturday.
    assert_eq!(cost(night, &short, at("2026-11-24", 2)), Some(usd("0.132")));
    assert_eq!(
        cost(night, &short, at("2026-11-24", 11)),
        Some(usd("0.066"))
    );
    assert_eq!(cost(night, &short, at("2026-11-28", 2)), Some(usd("0.066")));
    // Off-peak counts for long prompts too.
    let long = Usage::text(1_000_000, 0);
    assert_eq!(cost(night, &long, at("2026-11-24", 2)), Some(usd("2.64")));
    assert_eq!(cost(night, &long, at("2026-11-24", 11)), Some(usd("0.66")));
    // Hours of which the days are not those of UTC: none is believed.
    let elsewhere = model(&imported, "deepseek/acme-elsewhere");
    assert_eq!(rates(elsewhere), ["input = 1.32", "output = 3.96"]);
}

#[test]
fn ranges_of_length() {
    let imported = read(Format::LiteLlm, LITELLM);
    assert_eq!(
        rates(model(&imported, "dashscope/acme-tiered")),
        [
            "input = 0.05",
            "input over 256000 = 0.25",
            "output = 0.40",
            "output over 256000 = 2.00",
        ]
    );
}

#[test]
fn images_video_and_sound() {
    let imported = read(Format::LiteLlm, LITELLM);
    let of = |name: &str, unit: Unit, times: u64| {
        let used = Usage {
            extra: vec![(unit, times)],
            ..Usage::default()
        };
        cost(model(&imported, name), &used, at(TODAY, 0))
    };
    let image = |size: &str, quality: Option<&str>| Unit::Image {
        size: Some(size.into()),
        quality: quality.map(Into::into),
    };
    let film = |resolution: &str| Unit::VideoSecond {
        resolution: Some(resolution.into()),
        audio: None,
    };
    assert_eq!(
        of("acme-picture", image("1024x1536", Some("high")), 2),
        Some(usd("0.4"))
    );
    assert_eq!(of("acme-picture", image("2K", None), 1), Some(usd("0.1")));
    // 1024 × 1792 pixels, to the last pico-dollar and then up to a nano-dollar.
    assert_eq!(
        of("acme-pixels", image("1024x1792", Some("hd")), 1),
        Some(usd("0.119991174"))
    );
    assert_eq!(of("gemini/acme-film", film("4k"), 10), Some(usd("6")));
    assert_eq!(of("gemini/acme-film", film("720p"), 10), Some(usd("4")));
    assert_eq!(of("acme-ear", Unit::AudioSecond, 60), Some(usd("0.006")));
    assert_eq!(of("acme-voice", Unit::Character, 1_000), Some(usd("0.015")));
    assert_eq!(of("mistral/acme-reader", Unit::Page, 1), Some(usd("0.001")));
    assert_eq!(of("cohere/acme-rank", Unit::Request, 1), Some(usd("0.002")));
}

#[test]
fn what_is_no_price_is_none() {
    let imported = read(Format::LiteLlm, LITELLM);
    let broken = model(&imported, "acme-broken");
    assert_eq!(rates(broken), ["reasoning = 1.000001"], "rounded up");
    let mut doubts: Vec<String> = broken
        .doubts()
        .map(|(slot, doubt)| format!("{slot} {}", doubt.as_str()))
        .collect();
    doubts.sort();
    assert_eq!(
        doubts,
        [
            "audio_input no_number",
            "cache_read too_large",
            "input negative",
            "output not_finite",
        ]
    );
    assert_eq!(imported.rounded(), 1);
}

#[test]
fn what_is_no_list_is_said_with_its_place() {
    for (text, said) in [
        ("[]", "l.json:1:1: is no object of models"),
        ("{}", "l.json:1:1: has no model"),
        ("{\n  \"a\": NaN\n}", "l.json:2:"),
        ("{\"a\": {\n", "l.json:2:"),
    ] {
        let error = Format::LiteLlm.read("l.json", text.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}");
    }
}
