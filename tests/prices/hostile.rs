use proptest::prelude::*;
use tower_genai::catalog::{
    Catalog, Source,
    import::{Format, ModelState, Review, RowState},
};

use super::support::*;

/// Whatever was read: a review of it takes over nothing that it does not believe, and what it takes over is a catalog.
fn harmless(format: Format, bytes: &[u8]) {
    let _ = Format::detect(bytes);
    let imported = match format.read("f", bytes) {
        Ok(imported) => imported,
        Err(error) => {
            assert!(error.to_string().starts_with("f:"), "{error}");
            return;
        }
    };
    let base = r#"
        price = { input = "1.25", output = "10.00", cache_read = "0.125" }
        rates = [{ tier = "batch", input = "0.625", output = "5.00" }]"#;
    let below = include_str!("fixtures/below.toml").replace("# more", base);
    let catalog = Catalog::parse(&[Source::text("below", below.as_str())]).unwrap();
    let snapshot = catalog.snapshot();
    let review = Review::new(&snapshot, &imported, &rules().new_models(true));
    let applied = review.apply(&snapshot);
    let above = Catalog::parse(&[Source::text("below", below.as_str()), applied.source()]);
    let above = above.unwrap_or_else(|error| panic!("{error}\n{}", applied.to_toml()));
    let large = review.model("large").unwrap();
    let quarantined = large.state() == ModelState::Quarantined;
    for row in large.rows() {
        assert!(!(quarantined && matches!(row.state(), RowState::Changed | RowState::Added)));
    }
    let before = snapshot.model("large").unwrap().price().clone();
    let after = above.snapshot().model("large").unwrap().price().clone();
    if applied.is_empty() {
        assert_eq!(before, after);
    }
    for (old, new) in before.rates().iter().zip(after.rates()) {
        let (old, new) = (old.amount().pico(), new.amount().pico());
        assert!(new > 0 && new <= old * 10 && new * 10 >= old, "{old} {new}");
    }
    let answers: Vec<_> = after
        .rates()
        .iter()
        .filter(|r| r.tier().is_none())
        .collect();
    assert!(!answers.is_empty());
}

fn fixture(format: Format) -> &'static str {
    match format {
        Format::LiteLlm => LITELLM,
        Format::ModelsDev => MODELS_DEV,
        _ => GENAI_PRICES,
    }
}

fn formats() -> impl Strategy<Value = Format> {
    prop::sample::select(Format::ALL.to_vec())
}

/// What a hand that means harm would write in place of a number.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?[0-9]{1,25}(\\.[0-9]{1,25})?([eE][-+]?[0-9]{1,25})?",
        "[0-9]e-[0-9]",
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("\"\\ud800\"".to_owned()),
        Just("\"1e-06\"".to_owned()),
        Just("\"Infinity\"".to_owned()),
        Just("{}".to_owned()),
        Just("[[],{}]".to_owned()),
        Just("{\"base\":1,\"tiers\":[{\"start\":1,\"price\":1}]}".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn bytes_that_change(
        format in formats(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = fixture(format).as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        harmless(format, &bytes);
    }

    #[test]
    fn numbers_that_change(
        format in formats(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), values()), 1..6),
    ) {
        let mut text = fixture(format).to_owned();
        for (at, value) in changes {
            let numbers: Vec<(usize, usize)> = text
                .match_indices(": ")
                .map(|(i, _)| i + 2)
                .filter(|i| text[*i..].starts_with(|c: char| c.is_ascii_digit()))
                .filter_map(|i| Some((i, i + text[i..].find([',', '\n', '}'])?)))
                .collect();
            if numbers.is_empty() {
                continue;
            }
            let (begin, end) = numbers[at.index(numbers.len())];
            text.replace_range(begin..end, &value);
        }
        harmless(format, text.as_bytes());
    }

    #[test]
    fn lists_that_break_off(format in formats(), at in any::<prop::sample::Index>()) {
        let text = fixture(format);
        harmless(format, &text.as_bytes()[..at.index(text.len())]);
    }

    #[test]
    fn prices_of_the_one_model(
        input in values(), output in values(), read in values(), batch in values(), more in values(),
    ) {
        let text = format!(
            r#"{{"acme-large": {{"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": {input},
               "output_cost_per_token": {output}, "cache_read_input_token_cost": {read},
               "input_cost_per_token_batches": {batch}, "output_cost_per_token_above_9k_tokens": {more}}}}}"#
        );
        harmless(Format::LiteLlm, text.as_bytes());
    }
}

#[test]
fn depth_and_length_do_no_harm() {
    for (open, close) in [("[", "]"), ("{\"models\":", "}"), ("{\"or\":[", "]}")] {
        let deep = format!("{}0{}", open.repeat(30_000), close.repeat(30_000));
        for format in Format::ALL {
            harmless(format, deep.as_bytes());
        }
        let nested = format!(
            r#"[{{"id": "openai", "models": [{{"id": "acme-large", "match": {deep}, "prices": {deep}}}]}}]"#
        );
        harmless(Format::GenaiPrices, nested.as_bytes());
        let nested = format!(
            r#"{{"openai": {{"models": {{"acme-large": {{"cost": {{"context_over_1k": {deep}}}}}}}}}}}"#
        );
        harmless(Format::ModelsDev, nested.as_bytes());
    }
    let cost = r#"{"context_over_1k":"#.repeat(20_000);
    let cost = format!("{cost}0{}", "}".repeat(20_000));
    let nested = format!(r#"{{"openai": {{"models": {{"acme-large": {{"cost": {cost}}}}}}}}}"#);
    harmless(Format::ModelsDev, nested.as_bytes());
    let large = vec![b' '; (32 << 20) + 1];
    for format in Format::ALL {
        harmless(format, &large);
    }
}
