use tower_genai::catalog::{
    Catalog,
    import::{Doubt, Format, ModelState, Review, RowState, stale},
};

use super::support::*;

const PRICE: &str = r#"price = { input = "2.50", output = "10.00", cache_read = "0.25", checked = 2026-11-01 }
rates = [
    { over = 200_000, input = "5.00", output = "15.00" },
    { tier = "batch", input = "1.25", output = "5.00" },
    { until = 2026-03-13, tier = "batch", input = "9.00" },
]"#;
const SAME: &str = r#"
    "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 2.5e-07,
    "input_cost_per_token_above_200k_tokens": 5e-06, "output_cost_per_token_above_200k_tokens": 1.5e-05,
    "input_cost_per_token_batches": 1.25e-06, "output_cost_per_token_batches": 5e-06"#;

/// What becomes of the price when the list says this in place of something else.
fn with(change: &[(&str, &str)]) -> (ModelState, Vec<String>, Review, Catalog) {
    let mut members = SAME.to_owned();
    for (from, to) in change {
        assert!(members.contains(from), "{from}");
        members = members.replacen(from, to, 1);
    }
    let catalog = catalog(PRICE);
    let review = review(&catalog.snapshot(), &litellm(&members));
    let model = review.model("large").unwrap();
    (model.state(), rows(model), review.clone(), catalog)
}

fn row<'r>(rows: &'r [String], slot: &str) -> &'r str {
    let begins = format!("{slot}: ");
    let found = rows.iter().find_map(|row| row.strip_prefix(&begins));
    found.unwrap_or_else(|| panic!("{slot} is not in {rows:#?}"))
}

#[test]
fn the_same_is_the_same() {
    let (state, rows, review, catalog) = with(&[]);
    assert_eq!(state, ModelState::Unchanged);
    assert!(
        rows.iter().all(|row| row.ends_with(": unchanged")),
        "{rows:?}"
    );
    // What is over is not compared.
    assert_eq!(rows.len(), 7);
    assert!(review.apply(&catalog.snapshot()).is_empty());
    let found = review.model("large").unwrap().found().unwrap();
    assert_eq!(found.to_string(), "priced as acme-large (by id)");
}

#[test]
fn a_change_within_reason_is_taken_over_with_its_source() {
    let (state, rows, review, catalog) = with(&[(": 2.5e-07", ": 1.25e-07")]);
    assert_eq!(state, ModelState::Changed);
    assert_eq!(row(&rows, "cache_read"), "changed");
    let changed = review.model("large").unwrap();
    let changed = changed
        .rows()
        .iter()
        .find(|row| *row.state() == RowState::Changed);
    assert_eq!(changed.and_then(|row| row.ratio()), Some(0.5));
    let applied = review.apply(&catalog.snapshot());
    let [model] = applied.models() else {
        panic!("{applied:?}");
    };
    assert!(
        model
            .price()
            .source()
            .unwrap()
            .starts_with("LiteLLM, imported ")
    );
    assert!(model.price().source().unwrap().contains(", blake3 "));
    // What was over stays as it was.
    assert_eq!(model.price().rates().len(), 8);
    // To a catalog that has moved on it is not applied.
    let moved = self::catalog(&PRICE.replace("0.25", "0.30"));
    assert!(review.apply(&moved.snapshot()).is_empty());
}

#[test]
fn what_is_not_believed_stays_out_and_holds_the_rest() {
    for (from, to, slot, said) in [
        ("\": 2.5e-06", "\": 0", "input", "zero"),
        ("\": 2.5e-06", "\": -2.5e-06", "input", "negative"),
        ("\": 2.5e-06", "\": \"NaN\"", "input", "not_finite"),
        ("\": 2.5e-06", "\": 1e999", "input", "too_large"),
        ("\": 2.5e-06", "\": \"free\"", "input", "no_number"),
        ("\"input_cost_per_token\"", "\"gone\"", "input", "missing"),
        ("\": 1e-05", "\": 1.0001e-04", "output", "raised"),
        ("\": 2.5e-07", "\": 2.49e-08", "cache_read", "lowered"),
        ("\": 2.5e-07", "\": 2.51e-06", "cache_read", "raised"),
        // Per million in place of per token.
        ("\": 1e-05", "\": 10", "output", "out_of_range"),
    ] {
        let other = ("\": 5e-06", "\": 6e-06");
        let (state, rows, review, catalog) = with(&[(from, to), other]);
        assert_eq!(state, ModelState::Quarantined, "{to}");
        let got = row(&rows, slot);
        assert!(
            got.starts_with("quarantined (") && got.contains(said),
            "{to}: {got}"
        );
        assert_eq!(row(&rows, "input over 200000"), "held", "{to}");
        assert!(review.apply(&catalog.snapshot()).is_empty(), "{to}");
    }
}

#[test]
fn ten_fold_is_the_limit_and_not_over_it() {
    for (to, state) in [
        ("\": 2.5e-08", "changed"),
        ("\": 2.4999e-08", "quarantined (lowered)"),
    ] {
        let (_, rows, ..) = with(&[("\": 2.5e-07", to)]);
        assert_eq!(row(&rows, "cache_read"), state);
    }
}

#[test]
fn nonsense_is_not_believed_however_small_the_step() {
    for (from, to, slot, said) in [
        // 2.50 in, 0.20 out: five steps of ten-fold would pass otherwise.
        ("\": 1e-05", "\": 2e-07", "output", "output_below_input"),
        (
            "\": 2.5e-07",
            "\": 2.6e-06",
            "cache_read",
            "cache_above_input",
        ),
        (
            "\": 5e-06",
            "\": 2e-06",
            "input over 200000",
            "long_below_short",
        ),
        (
            "\": 1.25e-06",
            "\": 3e-06",
            "input at batch",
            "tier_upside_down",
        ),
    ] {
        let (state, rows, ..) = with(&[(from, to)]);
        assert_eq!(state, ModelState::Quarantined, "{to}");
        assert!(row(&rows, slot).contains(said), "{}", row(&rows, slot));
    }
}

#[test]
fn a_new_condition_may_not_undercut_what_applied_so_far() {
    for (more, slot, said) in [
        (
            "input_cost_per_token_flex\": 2e-07",
            "input at flex",
            "quarantined (lowered)",
        ),
        (
            "input_cost_per_token_flex\": 1.25e-06",
            "input at flex",
            "added",
        ),
        (
            "input_cost_per_token_above_900k_tokens\": 6e-06",
            "input over 900000",
            "added",
        ),
        (
            "input_cost_per_token_above_900k_tokens\": 1e-06",
            "input over 900000",
            "quarantined (long_below_short)",
        ),
        (
            "output_cost_per_reasoning_token\": 1e-08",
            "reasoning",
            "quarantined (lowered)",
        ),
        (
            "output_cost_per_reasoning_token\": -1",
            "reasoning",
            "quarantined (negative)",
        ),
    ] {
        let more = format!("\": 2.5e-07, \"{more}");
        let (_, rows, ..) = with(&[("\": 2.5e-07", &more)]);
        assert_eq!(row(&rows, slot), said, "{more}");
    }
    // Zero for what the catalog does not price is how lists say nothing.
    let (state, rows, ..) = with(&[(
        "\": 2.5e-07",
        "\": 2.5e-07, \"output_cost_per_reasoning_token\": 0.0",
    )]);
    assert_eq!((state, rows.len()), (ModelState::Unchanged, 7));
}

#[test]
fn half_a_change_is_none() {
    // The list lowers the price, and lacks the batch price that belongs to it: batch would become the dearer one.
    let (state, rows, ..) = with(&[
        ("\": 2.5e-06", "\": 1e-06"),
        ("\": 2.5e-07", "\": 1e-07"),
        ("\"input_cost_per_token_batches\"", "\"supports_nothing\""),
    ]);
    assert_eq!(state, ModelState::Quarantined);
    assert_eq!(row(&rows, "input"), "quarantined (reversed)");
    assert_eq!(row(&rows, "input at batch"), "missing");
    assert_eq!(row(&rows, "cache_read"), "held");
}

#[test]
fn what_is_free_on_purpose_stays_free() {
    let catalog = catalog(
        "price = { input = \"2.50\", output = \"10.00\" }\nrates = [{ unit = \"cache_write_5m\", free = true }]",
    );
    let same = "\"input_cost_per_token\": 2.5e-06, \"output_cost_per_token\": 1e-05";
    for (write, said) in [("0", "unchanged"), ("1e-06", "quarantined (from_free)")] {
        let list = litellm(&format!(
            "{same}, \"cache_creation_input_token_cost\": {write}"
        ));
        let review = review(&catalog.snapshot(), &list);
        assert_eq!(
            row(&rows(review.model("large").unwrap()), "cache_write_5m"),
            said
        );
    }
}

#[test]
fn an_old_list_changes_nothing_that_was_checked_later() {
    let catalog = catalog(PRICE);
    let list = litellm(&SAME.replace("2.5e-07", "1.25e-07"));
    for (dated, older, said) in [
        ("2026-10-31", false, "quarantined (older_list)"),
        ("2026-10-31", true, "changed"),
        ("2026-11-01", false, "changed"),
    ] {
        let list = list.clone().dated(day(dated)).version("1.2.3");
        let review = Review::new(&catalog.snapshot(), &list, &rules().older(older));
        assert_eq!(
            row(&rows(review.model("large").unwrap()), "cache_read"),
            said,
            "{dated}"
        );
        if said == "changed" {
            let applied = review.apply(&catalog.snapshot());
            let price = applied.models()[0].price();
            assert_eq!(price.checked(), Some(day(dated)));
            assert!(
                price
                    .source()
                    .unwrap()
                    .starts_with(&format!("LiteLLM 1.2.3 of {dated}"))
            );
        }
    }
}

#[test]
fn one_model_at_two_prices_is_none() {
    let list = |second: &str| {
        format!(
            r#"{{"acme-large": {{"litellm_provider": "openai", {SAME}}},
                "openai/acme-large": {{"litellm_provider": "openai", {second}}}}}"#
        )
        .replace(
            "\"litellm_provider\"",
            "\"mode\": \"chat\", \"litellm_provider\"",
        )
    };
    let catalog = catalog(&PRICE.replace("0.25", "0.30"));
    for (second, state) in [
        (SAME.to_owned(), ModelState::Changed),
        (SAME.replace("2.5e-07", "2.4e-07"), ModelState::Quarantined),
    ] {
        let list = read(Format::LiteLlm, &list(&second));
        let review = review(&catalog.snapshot(), &list);
        let model = review.model("large").unwrap();
        assert_eq!(model.state(), state);
        let ambiguous = model
            .rows()
            .iter()
            .any(|r| r.state().doubts() == [Doubt::Ambiguous]);
        assert_eq!(ambiguous, state == ModelState::Quarantined);
    }
}

#[test]
fn regions_are_rates_too() {
    let catalog = catalog(
        "price = { input = \"2.50\", output = \"10.00\", regions = { eu = \"1.1\", us = \"1.1\" } }",
    );
    let same = "\"input_cost_per_token\": 2.5e-06, \"output_cost_per_token\": 1e-05";
    let list = |eu: &str| {
        litellm(&format!(
            "{same}, \"regional_processing_uplift_multiplier_eu\": {eu}"
        ))
    };
    for (eu, said, state) in [
        ("1.1", "unchanged", ModelState::Unchanged),
        ("1.2", "changed", ModelState::Changed),
        (
            "0.01",
            "quarantined (out_of_range)",
            ModelState::Quarantined,
        ),
    ] {
        let review = review(&catalog.snapshot(), &list(eu));
        let model = review.model("large").unwrap();
        assert_eq!(row(&rows(model), "region eu"), said);
        assert_eq!(row(&rows(model), "region us"), "missing");
        assert_eq!(model.state(), state);
        let applied = review.apply(&catalog.snapshot());
        if let Some(model) = applied.models().first() {
            let factors: Vec<_> = model.price().region_factors().collect();
            assert_eq!(factors, [("eu", 1_200), ("us", 1_100)]);
        }
    }
}

#[test]
fn a_default_is_not_the_price_of_any() {
    let catalog = Catalog::from_toml(
        r#"
        [[provider]]
        name = "google"
        dialect = "openai"
        base_url = "http://127.0.0.1:9"
        [[model]]
        name = "acme-film"
        provider = "google"
        for = "video"
        rates = [{ unit = "video_second", resolution = "4k", amount = "0.50" }]
        "#,
    )
    .unwrap();
    let review = review(&catalog.snapshot(), &read(Format::LiteLlm, LITELLM));
    let model = review.model("acme-film").unwrap();
    assert_eq!(
        rows(model),
        [
            "video_second(4k, any): changed",
            "video_second(any, any): quarantined (below_detail)",
        ]
    );
    // It stays out alone.
    assert_eq!(model.state(), ModelState::Changed);
    assert_eq!(
        review.apply(&catalog.snapshot()).models()[0]
            .price()
            .rates()
            .len(),
        1
    );
}

#[test]
fn new_models_only_when_asked() {
    let catalog = catalog(PRICE);
    let list = read(Format::LiteLlm, LITELLM);
    let names = |review: &Review| {
        let new = review.models().iter();
        let new = new.filter(|model| model.name() != "large");
        new.map(|model| (model.name().to_owned(), model.state()))
            .collect::<Vec<_>>()
    };
    assert!(names(&review(&catalog.snapshot(), &list)).is_empty());
    let all = Review::new(&catalog.snapshot(), &list, &rules().new_models(true));
    let names = names(&all);
    assert!(names.contains(&("acme-picture".to_owned(), ModelState::New)));
    assert!(names.contains(&("acme-broken".to_owned(), ModelState::Quarantined)));
    // Another provider's, which the catalog has not.
    assert!(names.iter().all(|(name, _)| name != "deepseek/acme-night"));
    let applied = all.apply(&catalog.snapshot());
    assert!(applied.models().iter().all(|model| model.name() == "large"));
}

#[test]
fn old_prices_are_named() {
    let snapshot = catalog(PRICE).snapshot();
    assert!(stale(&snapshot, day("2027-01-30"), 90).is_empty());
    let old = stale(&snapshot, day("2027-01-31"), 90);
    assert_eq!((old[0].model(), old[0].days()), ("large", Some(91)));
    let never = catalog("price = { input = \"1.00\", output = \"2.00\" }").snapshot();
    assert_eq!(stale(&never, day(TODAY), 90)[0].checked(), None);
    let none = catalog("free = true").snapshot();
    assert!(stale(&none, day(TODAY), 90).is_empty());
    let review = Review::new(&snapshot, &litellm(SAME), &rules().stale_after(22));
    assert_eq!((review.totals().stale, review.totals().unchanged), (1, 1));
}

#[test]
fn the_address_says_whose_prices_count() {
    // Called "deepseek", but it is not served there.
    let catalog = Catalog::from_toml(
        r#"
        [[provider]]
        name = "deepseek"
        dialect = "openai"
        base_url = "https://api.openai.com/v1"
        [[model]]
        name = "acme-night"
        provider = "deepseek"
        price = { input = "1.00", output = "2.00" }
        "#,
    )
    .unwrap();
    let review = review(&catalog.snapshot(), &read(Format::LiteLlm, LITELLM));
    assert_eq!(
        review.model("acme-night").unwrap().state(),
        ModelState::Missing
    );
}

#[test]
fn a_rate_is_over_on_the_day_that_it_ends() {
    let same = "\"input_cost_per_token\": 2.5e-06, \"output_cost_per_token\": 1e-05";
    for (until, count) in [("2026-11-24", 2), ("2026-11-25", 3)] {
        let catalog = catalog(&format!(
            "price = {{ input = \"2.50\", output = \"10.00\" }}\nrates = [{{ until = {until}, over = 9, input = \"3.00\" }}]"
        ));
        let review = review(&catalog.snapshot(), &litellm(same));
        assert_eq!(
            review.model("large").unwrap().rows().len(),
            count,
            "{until}"
        );
    }
}
