use std::fmt;

use super::{
    learner::Label,
    names::Names,
    stats::{Key, Rows},
    store::{self, KeptLabel, KeptRow},
};
use crate::context::Tenant;

/// What a profile knows by numbers, and the names that stand for them outside of the process.
pub(super) struct Known {
    pub(super) candidates: Names,
    pub(super) tasks: Names,
    pub(super) rows: Rows,
}

impl Known {
    pub(super) fn new(rows: Rows) -> Self {
        Self {
            candidates: Names::default(),
            tasks: Names::default(),
            rows,
        }
    }

    /// A label as it is kept; `None` of what has no name.
    pub(super) fn keep(&self, label: &Label) -> Option<KeptLabel> {
        let (model, effort) = self.candidates.name(label.arm)?;
        let (task, _) = self.tasks.name(label.task)?;
        Some(KeptLabel::new(label, (&model, &effort), &task))
    }

    /// A label that was kept; `None` where nothing can be learned from it.
    pub(super) fn recall(&self, label: &KeptLabel) -> Option<Label> {
        let (model, effort) = label.candidate();
        let arm = self.candidates.number(model, effort);
        let task = self.tasks.number(label.task(), "");
        let named = arm != Names::NONE && task != Names::NONE && label.weight() > 0.0;
        named.then(|| label.label(arm, task)).flatten()
    }

    /// What was counted and not told yet, by tenants.
    pub(super) fn news(&self) -> Vec<store::Rows> {
        let mut all: Vec<store::Rows> = Vec::new();
        let mut news: Vec<_> = self.rows.news();
        news.sort_by(|(a, _), (b, _)| a.tenant.cmp(&b.tenant));
        for (key, counts) in news {
            let (Some((model, effort)), Some((task, _))) = (
                self.candidates.name(key.candidate),
                self.tasks.name(key.task),
            ) else {
                continue;
            };
            let row = KeptRow::new((&model, &effort), &task, counts);
            match all.last_mut() {
                Some(last) if last.tenant == key.tenant => last.rows.push(row),
                _ => all.push(store::Rows::new(key.tenant, vec![row])),
            }
        }
        all
    }

    /// All that a store keeps of a tenant.
    pub(super) fn kept(&self, tenant: Option<&Tenant>, row: KeptRow) {
        let key = Key {
            tenant: tenant.cloned(),
            candidate: self.candidates.number(&row.model, &row.effort),
            task: self.tasks.number(&row.task, ""),
        };
        if key.candidate != Names::NONE && key.task != Names::NONE {
            self.rows.kept(key, row.counts);
        }
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
