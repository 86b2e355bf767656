use std::fmt::Write;

use tower_genai::catalog::{Catalog, Source};

/// So many models, four to a provider, of which `auto` has the first `pool` to choose from.
pub(crate) fn catalog(models: usize, pool: usize) -> Catalog {
    let mut toml = String::from("as_of = 2026-11-24\n");
    for provider in 0..models.div_ceil(4) {
        let base_url = format!("http://provider-{provider}.test/v1");
        writeln!(
            toml,
            "[[provider]]\nname = \"provider-{provider}\"\ndialect = \"openai\"\nbase_url = \"{base_url}\"\non_disconnect = \"stops\""
        )
        .unwrap();
    }
    for model in 0..models {
        let (provider, cents) = (model / 4, 50 + 25 * (model % 16));
        // Near to each other, so that most of them are good enough.
        let score = 780 + model * 7 % 40;
        writeln!(
            toml,
            r#"[[model]]
name = "model-{model}"
provider = "provider-{provider}"
price = {{ input = "{}.{:02}", output = "{}.00" }}
context = 400_000
max_output = 32_000
can = ["tools", "vision", "json_schema", "stream", "n"]
quality = {{ coding = 0.{score}, science = 0.{score}, reasoning = 0.{score}, general = 0.{score} }}"#,
            cents / 100,
            cents % 100,
            1 + model % 16,
        )
        .unwrap();
    }
    let names: Vec<_> = (0..pool).map(|model| format!("model-{model}")).collect();
    writeln!(toml, "[[alias]]\nname = \"auto\"\nmodels = {names:?}").unwrap();
    Catalog::parse(&[Source::text("bench.toml", toml)]).unwrap()
}
