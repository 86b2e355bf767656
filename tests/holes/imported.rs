//! What becomes of a catalog under a price list.

use tower_genai::catalog::{
    Catalog, Source,
    import::{Format, Review, Rules},
};

const CATALOG: &str = r#"
    [[provider]]
    name = "openai"
    dialect = "openai"
    base_url = "https://api.openai.com/v1"
    [[model]]
    name = "gpt-x"
    provider = "openai"
    price = { input = "1.00", output = "2.00" }
    context = 200_000
    max_output = 1_000
    prompt_overhead = 5_000
    image_tokens = 70_000
    tokenizer = "o200k"
"#;

const LIST: &str = r#"{"gpt-x": {"litellm_provider": "openai", "mode": "chat",
    "input_cost_per_token": 2e-06, "output_cost_per_token": 4e-06}}"#;

/// A new price is all that changes. Now a model loses what the layer's text has no word for, and with it what makes its
/// bound true: the tokens that its chat template adds, and those of an image above what is reckoned elsewhere.
#[test]
#[ignore = "hole: a model with an imported price forgets its prompt_overhead, image_tokens and tokenizer"]
fn a_new_price_is_all_that_changes() {
    let catalog = Catalog::from_toml(CATALOG).unwrap();
    let snapshot = catalog.snapshot();
    let list = Format::LiteLlm.read("list.json", LIST.as_bytes()).unwrap();
    let review = Review::new(&snapshot, &list, &Rules::new());
    let applied = review.apply(&snapshot);
    assert_eq!(applied.models().len(), 1);
    let sources = [Source::text("own", CATALOG), applied.source()];
    let newer = Catalog::parse(&sources).unwrap().snapshot();
    let (old, new) = (
        snapshot.model("gpt-x").unwrap(),
        newer.model("gpt-x").unwrap(),
    );
    assert_ne!(old.price().rates(), new.price().rates());
    assert_eq!(old.prompt_overhead(), new.prompt_overhead());
    assert_eq!(old.image_tokens(), new.image_tokens());
    assert_eq!(old.tokenizer(), new.tokenizer());
}

/// Held: what is nested without end, said twice or spelt in other scripts is refused or in doubt, soon.
#[test]
fn no_list_takes_long_or_is_believed_for_its_spelling() {
    let catalog = Catalog::from_toml(CATALOG).unwrap();
    let snapshot = catalog.snapshot();
    let deep = format!(
        "{{\"gpt-x\": {}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let twice = r#"{"gpt-x": {"litellm_provider": "openai", "mode": "chat",
        "input_cost_per_token": 2e-06, "input_cost_per_token": 1e-07, "output_cost_per_token": 4e-06}}"#;
    let cyrillic = LIST.replace("gpt-x", "gpt-\u{445}");
    let both = r#"{"gpt-x": {"litellm_provider": "openai", "mode": "chat",
            "input_cost_per_token": 2e-06, "output_cost_per_token": 4e-06},
        "openai/gpt-x": {"litellm_provider": "openai", "mode": "chat",
            "input_cost_per_token": 2e-07, "output_cost_per_token": 4e-07}}"#;
    for text in [deep.as_str(), twice, &cyrillic, both] {
        for format in [Format::LiteLlm, Format::ModelsDev, Format::GenaiPrices] {
            let Ok(list) = format.read("list.json", text.as_bytes()) else {
                continue;
            };
            let review = Review::new(&snapshot, &list, &Rules::new());
            assert!(review.apply(&snapshot).is_empty(), "{text:.80}");
        }
    }
}
