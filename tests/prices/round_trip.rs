use tower_genai::catalog::{Catalog, Model, Source, Terms, Usage, import::Format};

use super::support::*;

/// A model with everything that a catalog can say of one.
const RICH: &str = r#"
for = "chat"
price = { auto_upgrade = true, input = "2.50", output = "10.00", cache_read = "0.25", regions = { "eu-west" = "1.1" } }
rates = [
    { unit = "image", size = "1024x1536", quality = "high", amount = "0.000000000001" },
    { unit = "video_second", resolution = "4k", audio = true, amount = "0.60" },
    { unit = "tool_call", tool = "web_search", amount = "0.01" },
    { unit = "cache_write", free = true },
    { tier = "batch", region = "eu-west", input = "1.25" },
    { utc = ["22:00-02:00", "04:00-06:30"], days = ["mon", "sun"], input = "2.00" },
    { days = ["sat"], input = "2.25" },
    { utc = ["01:00-02:00"], input = "2.10" },
    { from = 2027-01-01, until = 2027-02-01, over = 200_000, input = "4.00" },
]
context = 400_000
max_output = 128_000
can = ["tools", "vision"]
quality = { coding = 1.0, general = 0.0000001, "my own" = 0.5 }
effort = [{ level = "high", quality = { coding = 0.9 }, output_factor = 3.0 }]
released = 2026-01-01
deprecated = 2026-02-01
sunset = 2099-01-01
successor = "large-2"
first_token = "400ms"
tokens_per_second = 90
reasoning_unbounded = true
image_tokens = "openai-mini-tiles"
prompt_overhead = 12
tokenizer = "o200k"
"#;

fn same(a: &Model, b: &Model) {
    assert_eq!(format!("{a:#?}"), format!("{b:#?}"));
    assert_eq!(a.price(), b.price());
}

#[test]
fn what_is_applied_reads_back_as_the_same() {
    let catalog = catalog(RICH);
    let list = litellm(
        r#""input_cost_per_token": 3e-06, "output_cost_per_token": 1.2e-05,
           "input_cost_per_token_above_300k_tokens": 5.000001e-06, "cache_read_input_token_cost_flex": 1.25e-07"#,
    )
    .version("1 \"quoted\" \\ and\nbroken")
    .dated(day("2026-11-20"));
    let review = review(&catalog.snapshot(), &list);
    let applied = review.apply(&catalog.snapshot());
    let [model] = applied.models() else {
        panic!("{:#?}", rows(review.model("large").unwrap()));
    };
    let below = include_str!("fixtures/below.toml").replace("# more", RICH);
    let above = Catalog::parse(&[Source::text("below", below), applied.source()])
        .unwrap_or_else(|error| panic!("{error}\n{}", applied.to_toml()));
    let snapshot = above.snapshot();
    let read = snapshot.model("large").unwrap();
    same(model, read);
    // Nothing but the price is another than before.
    let before = catalog.snapshot();
    let before = before.model("large").unwrap();
    assert_eq!(
        format!("{:?}", before.efforts()),
        format!("{:?}", read.efforts())
    );
    assert_eq!(before.lifecycle(), read.lifecycle());
    assert_eq!(before.price().rates().len() + 2, read.price().rates().len());
    // And what it costs is what the list says.
    let cost = read
        .price()
        .cost(&Usage::text(1_000_000, 0), &Terms::new(at("2026-11-24", 3)));
    assert_eq!(cost.bound(), Some(usd("5.000001")));
}

#[test]
fn every_model_of_the_builtin_catalog_reads_back_as_the_same() {
    // A list in which every price of input is a little dearer, so that as much as possible changes.
    let catalog = Catalog::builtin();
    let snapshot = catalog.snapshot();
    let mut entries = Vec::new();
    for model in snapshot.models() {
        let listed = match model.provider().name() {
            "google" => "gemini",
            "bfl" => "black_forest_labs",
            "ark" => "volcengine",
            other => other,
        };
        entries.push(format!(
            r#""{listed}/{}": {{"litellm_provider": "{listed}", "mode": "video_generation",
               "input_cost_per_character": 1e-05, "google_maps_grounding_cost_per_query": 0.5}}"#,
            model.id()
        ));
    }
    let list = read(Format::LiteLlm, &format!("{{{}}}", entries.join(",")));
    let review = review(&snapshot, &list);
    let applied = review.apply(&snapshot);
    assert!(applied.models().len() >= 6, "{:?}", review.totals());
    let above = Catalog::parse(&[Source::builtin(), applied.source()])
        .unwrap_or_else(|error| panic!("{error}\n{}", applied.to_toml()));
    for model in applied.models() {
        same(model, above.snapshot().model(model.name()).unwrap());
    }
}
