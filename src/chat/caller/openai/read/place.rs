use std::cell::Cell;

use serde_json::error::Category;

use super::malformed;
use crate::query::{Refusal, RefusalKind};

/// Where in the body the reader is, so that a refusal can name it.
#[derive(Debug, Default)]
pub(super) struct Place {
    field: Cell<&'static str>,
    index: Cell<Option<usize>>,
}

impl Place {
    /// At a top-level member.
    pub(super) fn at(&self, field: &'static str) {
        self.field.set(field);
        self.index.set(None);
    }

    /// At an item of that member.
    pub(super) fn item(&self, index: usize) {
        self.index.set(Some(index));
    }

    /// The parser's complaint, without any of the caller's words.
    pub(super) fn explain(&self, error: &serde_json::Error) -> Refusal {
        let what = match error.classify() {
            Category::Data => "has the wrong type or value",
            _ if error.to_string().starts_with("recursion limit") => "is nested too deeply",
            _ => {
                let what = "the body is not valid JSON";
                return Refusal::new(RefusalKind::Malformed, what);
            }
        };
        match (self.field.get(), self.index.get()) {
            ("", _) => {
                let what = "the body must be a JSON object with each member once";
                Refusal::new(RefusalKind::Malformed, what)
            }
            (field, None) => malformed(field, what),
            (field, Some(index)) => malformed(format!("{field}[{index}]"), what),
        }
    }
}
