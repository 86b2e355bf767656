use std::{env, fs, path::PathBuf, time::Duration, time::SystemTime};

use tower_genai::catalog::{
    Catalog, Date, Price, Snapshot, Terms, Usage,
    import::{Format, Imported, ImportedModel, ModelReview, Review, Rules, Slot},
};
use tower_genai::money::Usd;

pub(crate) const LITELLM: &str = include_str!("fixtures/litellm.json");
pub(crate) const MODELS_DEV: &str = include_str!("fixtures/models_dev.json");
pub(crate) const GENAI_PRICES: &str = include_str!("fixtures/genai_prices.json");

pub(crate) fn read(format: Format, text: &str) -> Imported {
    format.read("list.json", text.as_bytes()).unwrap()
}

pub(crate) fn model<'i>(imported: &'i Imported, name: &str) -> &'i ImportedModel {
    let found = imported.models().iter().find(|model| model.name() == name);
    found.unwrap_or_else(|| panic!("{name} is not there"))
}

/// The rates of a model as lines, sorted: `input over 272000 at flex = 0.625`.
pub(crate) fn rates(model: &ImportedModel) -> Vec<String> {
    let mut lines: Vec<String> = model
        .rates()
        .iter()
        .map(|rate| format!("{} = {}", Slot::of(rate), rate.amount()))
        .collect();
    lines.sort();
    lines
}

pub(crate) fn price(model: &ImportedModel) -> Price {
    Price::new(model.rates().iter().cloned())
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// An hour of a day.
pub(crate) fn at(text: &str, hour: u64) -> SystemTime {
    day(text).starts() + Duration::from_secs(hour * 3600)
}

pub(crate) fn cost(model: &ImportedModel, used: &Usage, at: SystemTime) -> Option<Usd> {
    price(model).cost(used, &Terms::new(at)).bound()
}

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

pub(crate) const TODAY: &str = "2026-11-24";

pub(crate) fn rules() -> Rules {
    Rules::new().today(day(TODAY))
}

/// A catalog of one model at OpenAI, with this price.
pub(crate) fn catalog(price: &str) -> Catalog {
    let text = format!(
        r#"
        [[provider]]
        name = "mine"
        dialect = "openai"
        base_url = "https://api.openai.com/v1"

        [[model]]
        name = "large"
        provider = "mine"
        id = "acme-large"
        {price}
        "#
    );
    Catalog::from_toml(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// A LiteLLM list of that model, with these members besides.
pub(crate) fn litellm(members: &str) -> Imported {
    let text =
        format!(r#"{{"acme-large": {{"litellm_provider": "openai", "mode": "chat", {members}}}}}"#);
    read(Format::LiteLlm, &text)
}

pub(crate) fn review(snapshot: &Snapshot, imported: &Imported) -> Review {
    Review::new(snapshot, imported, &rules())
}

/// The rows of a model as lines: `input: changed`, `output: quarantined (raised)`.
pub(crate) fn rows(model: &ModelReview) -> Vec<String> {
    let said = |state: &tower_genai::catalog::import::RowState| {
        let why: Vec<&str> = state.doubts().iter().map(|why| why.as_str()).collect();
        match why.is_empty() {
            true => state.as_str().to_owned(),
            false => format!("{} ({})", state.as_str(), why.join(", ")),
        }
    };
    let rates = model.rows().iter();
    let rates = rates.map(|row| format!("{}: {}", row.slot(), said(row.state())));
    let regions = model.regions().iter();
    let regions = regions.map(|row| format!("region {}: {}", row.region(), said(row.state())));
    rates.chain(regions).collect()
}

/// The real lists, where they lie beside the project; they are not part of it.
pub(crate) fn real(path: &str) -> Option<Vec<u8>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/prices");
    let folder = env::var_os("PRICE_LISTS").map_or(beside, PathBuf::from);
    let read = fs::read(folder.join(path)).ok();
    if read.is_none() {
        eprintln!("not there, and therefore not tested: {path}");
    }
    read
}

pub(crate) const REAL: [(Format, &str); 4] = [
    (
        Format::LiteLlm,
        "litellm/model_prices_and_context_window.json",
    ),
    (Format::ModelsDev, "models.dev/first-party.json"),
    (Format::ModelsDev, "models.dev/api.rebuilt.json"),
    (Format::GenaiPrices, "genai-prices/new_data/v2/data.json"),
];
