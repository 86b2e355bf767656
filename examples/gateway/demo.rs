use std::{io, time::Duration};

use tower_genai::{
    catalog::{Catalog, Source},
    sim::{Model, Pace, Provider, Server},
};

const SEED: &str = include_str!("../catalogs/seed.toml");

/// Provider, its name for the model, and the price of a million tokens in and out.
const MODELS: [(&str, &str, &str, &str); 4] = [
    ("openai", "gpt-5.4", "2.50", "20.00"),
    ("anthropic", "claude-opus-4-6", "5.00", "25.00"),
    ("google", "gemini-3.1-pro-preview", "2.00", "12.00"),
    ("zai", "glm-5", "1.00", "3.20"),
];

/// The providers of a gateway without a configuration: simulated, on loopback, a token every few milliseconds.
pub(crate) async fn providers() -> io::Result<Vec<Server>> {
    let mut servers = Vec::new();
    for (provider, model, input, output) in MODELS {
        let provider = Provider::new(provider)
            .model(Model::new(model).price(input, output))
            .pace(Pace::Every(Duration::from_millis(3)));
        servers.push(provider.start().await?);
    }
    Ok(servers)
}

/// The seed's catalog with these providers in place of the vendors.
pub(crate) fn catalog(providers: &[Server]) -> Result<Catalog, tower_genai::catalog::CatalogError> {
    let mut sims = String::new();
    for provider in providers {
        sims.push_str(&format!(
            "[[provider]]\nname = {:?}\ndialect = \"openai\"\nbase_url = {:?}\non_disconnect = \"stops\"\n\n",
            provider.name(),
            provider.base_url()
        ));
    }
    Catalog::parse(&[
        Source::text("seed.toml", SEED),
        Source::text("simulated providers", sims),
    ])
}
