use crate::{
    dispatch::Dialect,
    query::{Api, Features},
};

/// A dialect as a [`Selector`](super::Selector) knows it: its name, whose bytes it passes, and what it has words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    name: Box<str>,
    native: Vec<Api>,
    expresses: Features,
}

impl Spoken {
    /// What a dialect says of itself.
    pub fn of(dialect: &dyn Dialect) -> Self {
        let native = Api::QUERIES.into_iter();
        Self {
            name: dialect.name().into(),
            native: native.filter(|api| dialect.is_native(*api)).collect(),
            expresses: dialect.expresses(),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a caller of the API has its very format.
    pub(super) fn is_native(&self, api: Api) -> bool {
        self.native.contains(&api)
    }

    /// What it has words for, of a request of this API.
    pub(super) fn expresses(&self, api: Api) -> Features {
        match self.is_native(api) {
            true => Features::ALL,
            false => self.expresses,
        }
    }
}

/// One that has words for everything: for a stack whose dialects nobody knows but by name.
impl From<&str> for Spoken {
    fn from(name: &str) -> Self {
        Self {
            name: name.into(),
            native: Vec::new(),
            expresses: Features::ALL,
        }
    }
}
