use serde_json::{Map, Value, json};

use super::{label::text, stream::tenant};
use crate::{context::Tenant, profile::stats::Counts};

/// What was counted of a candidate on a task.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct KeptRow {
    /// The model's name.
    pub model: Box<str>,
    /// Its effort; empty where it has none.
    pub effort: Box<str>,
    /// The task.
    pub task: Box<str>,
    /// The sums.
    pub counts: Counts,
}

/// What was counted for a tenant.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rows {
    /// Whose calls; `None` where calls have no tenant, or are shared.
    pub tenant: Option<Tenant>,
    /// Each candidate on each task once.
    pub rows: Vec<KeptRow>,
}

impl Rows {
    /// Of a tenant.
    pub const fn new(tenant: Option<Tenant>, rows: Vec<KeptRow>) -> Self {
        Self { tenant, rows }
    }
}

impl KeptRow {
    /// Of a candidate, by its model's name and its effort, on a task.
    pub fn new((model, effort): (&str, &str), task: &str, counts: Counts) -> Self {
        Self {
            model: model.into(),
            effort: effort.into(),
            task: task.into(),
            counts,
        }
    }

    /// Whether it is about the same candidate on the same task.
    pub(super) fn is(&self, other: &Self) -> bool {
        (&self.model, &self.effort, &self.task) == (&other.model, &other.effort, &other.task)
    }

    pub(super) fn write(&self, whose: Option<&Tenant>, object: &mut Map<String, Value>) {
        object.insert("tenant".into(), json!(whose.map(Tenant::as_str)));
        object.insert("model".into(), json!(self.model));
        object.insert("effort".into(), json!(self.effort));
        object.insert("task".into(), json!(self.task));
        self.counts.write(object);
    }

    pub(super) fn read(
        object: &Map<String, Value>,
    ) -> Result<(Option<Tenant>, Self), &'static str> {
        let row = Self {
            model: text(object, "model")?,
            effort: text(object, "effort")?,
            task: text(object, "task")?,
            counts: Counts::read(object)?,
        };
        Ok((tenant(object)?, row))
    }
}
