//! Four simulated providers, and the catalog that knows where they are.

use anyhow::Context as _;
use tower_genai::{
    catalog::{Catalog, CatalogError, Source},
    money::Usd,
    sim,
};

/// What a provider serves, and what it asks for in USD per million tokens.
///
/// These prices are the providers' own and not read from the catalog: what they bill is compared with the ledger, and
/// would prove nothing if both came from one table.
#[derive(Clone, Copy)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
    provider: &'static str,
    input: &'static str,
    output: &'static str,
}

#[rustfmt::skip]
pub(crate) const MODELS: [Model; 4] = [
    Model { name: "gpt-5.4", id: "gpt-5.4", provider: "openai", input: "2.50", output: "20" },
    Model { name: "claude-opus-4.6", id: "claude-opus-4-6", provider: "anthropic", input: "5", output: "25" },
    Model { name: "gemini-3.1-pro", id: "gemini-3.1-pro-preview", provider: "google", input: "2", output: "12" },
    Model { name: "glm-5", id: "glm-5", provider: "zai", input: "1", output: "3.20" },
];

/// The model whose provider is overloaded in the end: the one that most questions go to.
pub(crate) const OVERLOADED: Model = MODELS[2];

/// The providers, up and listening.
pub(crate) struct Sims(Vec<sim::Server>);

impl Sims {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let mut servers = Vec::new();
        for Model {
            id,
            provider,
            input,
            output,
            ..
        } in MODELS
        {
            let model = sim::Model::new(id).price(input, output);
            let server = sim::Provider::new(provider).model(model).start().await;
            servers.push(server.context("a simulated provider does not start")?);
        }
        Ok(Self(servers))
    }

    /// The March-2026 table, with every provider at its simulation's address: a source on top replaces the providers
    /// of the same names below.
    pub(crate) fn catalog(&self) -> Result<Catalog, CatalogError> {
        let here = |server: &sim::Server| {
            format!(
                "[[provider]]\nname = \"{}\"\ndialect = \"openai\"\nbase_url = \"{}\"\non_disconnect = \"stops\"\n",
                server.name(),
                server.base_url()
            )
        };
        Catalog::parse(&[
            Source::text("seed.toml", include_str!("../catalogs/seed.toml")),
            Source::text(
                "simulated providers",
                self.0.iter().map(here).collect::<String>(),
            ),
        ])
    }

    /// From now on the provider of a model is overloaded.
    pub(crate) fn overload(&self, model: &Model) -> anyhow::Result<()> {
        let overloaded = sim::Fault::status(503);
        self.provider(model)?.fail(overloaded, sim::Times::Always);
        Ok(())
    }

    /// The address of the provider of a model.
    pub(crate) fn base_url(&self, model: &Model) -> anyhow::Result<String> {
        Ok(self.provider(model)?.base_url())
    }

    /// What the provider of a model has on its bill.
    pub(crate) fn billed(&self, model: &Model) -> anyhow::Result<Usd> {
        let nanos = self.provider(model)?.bill().total_nano_usd();
        Usd::from_nanos(nanos).context("a bill beyond all bounds")
    }

    fn provider(&self, model: &Model) -> anyhow::Result<&sim::Server> {
        let found = self.0.iter().find(|server| server.name() == model.provider);
        found.context("a model without a provider")
    }
}
