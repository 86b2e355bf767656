use std::sync::Arc;

use crate::catalog::Model;

/// The models that a caller may use, as a request extension set by whoever knows the caller.
///
/// Patterns: `*`, `provider/*`, a model's name, or `provider/model`. Without this extension every model is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed(Arc<[Box<str>]>);

impl Allowed {
    /// Those that match one of the patterns.
    pub fn new<P: Into<Box<str>>>(patterns: impl IntoIterator<Item = P>) -> Self {
        Self(patterns.into_iter().map(Into::into).collect())
    }

    /// Whether every model is.
    pub(super) fn is_all(&self) -> bool {
        self.0.iter().any(|pattern| **pattern == *"*")
    }

    /// Whether a model is among them.
    pub fn permits(&self, model: &Model) -> bool {
        self.0.iter().any(|pattern| {
            **pattern == *"*"
                || **pattern == *model.name()
                || pattern.split_once('/').is_some_and(|(provider, name)| {
                    provider == model.provider().name() && (name == "*" || name == model.name())
                })
        })
    }
}
