use tower_genai::catalog::{
    Catalog, Usage,
    import::{Format, NoteKind},
};

use super::support::*;

#[test]
fn the_last_entry_that_holds_applies() {
    let imported = read(Format::GenaiPrices, GENAI_PRICES);
    let large = model(&imported, "acme-large");
    let long = Usage::text(1_000_000, 0);
    assert_eq!(cost(large, &long, at("2026-03-12", 23)), Some(usd("10")));
    // The surcharge for long prompts ended with its entry, and so did the cheaper cache.
    assert_eq!(cost(large, &long, at("2026-03-13", 0)), Some(usd("2.5")));
    let cached = Usage {
        cache_read: 100_000,
        ..Usage::default()
    };
    assert_eq!(cost(large, &cached, at("2026-03-12", 0)), Some(usd("0.05")));
    assert_eq!(cost(large, &cached, at("2026-03-13", 0)), Some(usd("0.25")));
    assert_eq!(cost(large, &long, at("2026-12-31", 23)), Some(usd("2.5")));
    assert_eq!(cost(large, &long, at("2027-01-01", 0)), Some(usd("2")));
}

#[test]
fn hours_of_the_day() {
    let imported = read(Format::GenaiPrices, GENAI_PRICES);
    let night = model(&imported, "acme-night");
    let used = Usage::text(1_000_000, 0);
    assert_eq!(cost(night, &used, at(TODAY, 0)), Some(usd("0.135")));
    assert_eq!(cost(night, &used, at(TODAY, 1)), Some(usd("0.27")));
    assert_eq!(cost(night, &used, at(TODAY, 17)), Some(usd("0.135")));
}

#[test]
fn conditions_that_are_not_understood_leave_no_price() {
    let imported = read(Format::GenaiPrices, GENAI_PRICES);
    assert!(model(&imported, "acme-moon").rates().is_empty());
    let said: Vec<_> = imported.not_understood().into_iter().collect();
    assert_eq!(
        said,
        [
            ((NoteKind::Unknown, "prices.odd"), 1),
            ((NoteKind::NoWord, "match"), 1),
            ((NoteKind::NoWord, "prices.cache_audio_read_mtok"), 1),
            ((NoteKind::Misshapen, "prices.constraint"), 1),
        ]
    );
    assert!(model(&imported, "acme-regex").is_deprecated());
}

#[test]
fn models_are_found_by_pattern_and_that_is_said() {
    let imported = read(Format::GenaiPrices, GENAI_PRICES);
    let catalog = Catalog::from_toml(
        r#"
        [[provider]]
        name = "openai"
        dialect = "openai"
        base_url = "http://127.0.0.1:9/v1"
        [[model]]
        name = "a"
        provider = "openai"
        id = "acme-large-2026-01-01"
        [[model]]
        name = "b"
        provider = "openai"
        id = "acme-family-9"
        [[model]]
        name = "c"
        provider = "openai"
        id = "acme-regex-7"
        [[model]]
        name = "d"
        provider = "openai"
        id = "acme-large-20260505"
        "#,
    )
    .unwrap();
    let review = review(&catalog.snapshot(), &imported);
    let found = |name: &str| {
        let found = review.model(name).unwrap().found();
        found.map(ToString::to_string)
    };
    assert_eq!(found("a").unwrap(), "priced as acme-large (by alias)");
    assert_eq!(found("b").unwrap(), "priced as acme-family (by pattern)");
    assert_eq!(found("c"), None);
    assert_eq!(found("d").unwrap(), "priced as acme-large (by dated)");
}
