use super::super::{Date, Model, Snapshot};

/// A price that nobody has compared with its source for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    pub(super) model: Box<str>,
    pub(super) checked: Option<Date>,
    pub(super) days: Option<i64>,
}

impl Stale {
    /// The model, by its name in the catalog.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The day on which it was checked; `None` where nobody wrote it down.
    pub const fn checked(&self) -> Option<Date> {
        self.checked
    }

    /// How many days ago that was.
    pub const fn days(&self) -> Option<i64> {
        self.days
    }
}

/// The prices of a catalog that were last checked more than `days` before `today`, or on no day that anybody wrote
/// down, the oldest last. Models that cost nothing, that nobody can call, or of which no price is known are none of
/// them.
pub fn stale(snapshot: &Snapshot, today: Date, days: u32) -> Vec<Stale> {
    let mut found: Vec<Stale> = snapshot
        .models()
        .iter()
        .filter_map(|model| of(model, today, days))
        .collect();
    found.sort_by(|a, b| b.checked.cmp(&a.checked).then(a.model.cmp(&b.model)));
    found
}

pub(super) fn of(model: &Model, today: Date, days: u32) -> Option<Stale> {
    let price = model.price();
    if price.is_free() || !price.is_known() || !model.routable() {
        return None;
    }
    let age = price.checked().map(|day| day.days_until(today));
    let old = age.is_none_or(|age| age > i64::from(days));
    old.then(|| Stale {
        model: model.name().into(),
        checked: price.checked(),
        days: age,
    })
}
