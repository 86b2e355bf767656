use tower_genai::sim::Dialect;

/// An official package and the provider that answers it: a column of the matrix. It has a tenant and models of its
/// own, so that its bill and what the ledger says of it can be told from the others'.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// Such as `openai-py-anthropic`.
    pub(crate) name: String,
    /// The package's file of checks.
    pub(crate) script: &'static str,
    /// Which API stands behind the gateway.
    pub(crate) dialect: Dialect,
}

pub(crate) const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];

/// The vendors' packages, by their scripts' names.
pub(crate) const SCRIPTS: [&str; 3] = ["openai", "anthropic", "google"];

impl Cell {
    /// Those of one language, or of one set of versions.
    pub(crate) fn all(set: &str) -> Vec<Self> {
        let pairs = SCRIPTS
            .iter()
            .flat_map(|script| DIALECTS.map(|dialect| (*script, dialect)));
        let cells = pairs.map(|(script, dialect)| Self {
            name: format!("{script}-{set}-{}", word(dialect)),
            script,
            dialect,
        });
        cells.collect()
    }

    /// The model that is slow, and whose answers break off or are left.
    pub(crate) fn frail(&self) -> String {
        format!("{}-frail", self.name)
    }

    /// What a script is told of it.
    pub(crate) fn told(&self) -> String {
        format!("{}={}", word(self.dialect), self.name)
    }
}

/// A dialect's name in catalogs and scripts.
pub(crate) fn word(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "openai",
        Dialect::Anthropic => "anthropic",
        Dialect::Gemini => "gemini",
        other => panic!("{other:?} has no column"),
    }
}
