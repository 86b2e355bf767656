use std::sync::Arc;

use super::values;
use crate::{
    budget::{Budget, Ledger, Window},
    catalog::{Reader, Snapshot},
    shadow::{
        Judge, Other, ShadowLayer,
        judge::{Exact, Json, Label, Model, Number, TextOverlap},
    },
};

const KEYS: [&str; 7] = [
    "share",
    "limit",
    "window",
    "judge",
    "labels",
    "model",
    "candidate",
];

const WINDOWS: [(&str, Window); 5] = [
    ("minute", Window::Minute),
    ("hour", Window::Hour),
    ("day", Window::Day),
    ("month", Window::Month),
    ("total", Window::Total),
];

/// The scope of what is asked besides.
const SCOPE: &str = "shadow";

/// What `[shadow]` says: who is asked besides the one that answers, how often, on what budget.
#[derive(Clone, Debug)]
pub(super) struct Shadow {
    share: f64,
    budget: Budget,
    other: Other,
    judge: Judged,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Exact,
    Json,
    Number,
    Label,
    Model,
}

#[derive(Clone, Debug)]
enum Judged {
    Text,
    Exact,
    Json,
    Number,
    Label(Label),
    Model(Model),
}

pub(super) fn read(
    top: &Reader<'_>,
    catalog: Option<&Snapshot>,
    ledger: &Arc<dyn Ledger>,
) -> Option<Shadow> {
    let section = top.section("shadow")?;
    section.keys(&KEYS);
    let taken = |entry: &Reader<'_>| entry.text("scope") == Some(SCOPE);
    if top.entries("budget").iter().any(taken) {
        let what = "has a budget of its own with the scope \"shadow\"; name yours otherwise";
        top.wrong("shadow", what);
    }
    for (key, what) in [
        (
            "share",
            "is missing; say which share of the calls, such as 0.02",
        ),
        (
            "limit",
            "is missing; write an amount in USD such as \"1.00\"",
        ),
        (
            "window",
            "is missing; it is minute, hour, day, month or total",
        ),
    ] {
        if !section.has(key) {
            section.wrong(key, what);
        }
    }
    let share = section
        .has("share")
        .then(|| values::share(&section, "share"));
    let limit = section.usd("limit");
    let window = section.word("window", &WINDOWS);
    let judge = judge(&section, catalog);
    let other = match section.text("candidate") {
        Some(word) => {
            let other = Other::from(word);
            if let Other::Named(name) = &other {
                known(&section, "candidate", name, catalog);
            }
            other
        }
        None => Other::Best,
    };
    let budget = Budget::new(SCOPE).limit(limit?, window?);
    Some(Shadow {
        share: share.flatten()?.percent() / 100.0,
        budget: budget.ledger(Arc::clone(ledger)),
        other,
        judge: judge?,
    })
}

fn judge(section: &Reader<'_>, catalog: Option<&Snapshot>) -> Option<Judged> {
    let kinds = [
        ("text", Kind::Text),
        ("exact", Kind::Exact),
        ("json", Kind::Json),
        ("number", Kind::Number),
        ("label", Kind::Label),
        ("model", Kind::Model),
    ];
    let kind = match section.has("judge") {
        true => section.word("judge", &kinds)?,
        false => Kind::Text,
    };
    let needs = |key: &str, word: &str| {
        let of_it = word == section.text("judge").unwrap_or_default();
        if of_it && !section.has(key) {
            section.wrong(key, format!("is missing, which `judge = \"{word}\"` needs"));
        }
        if !of_it && section.has(key) {
            section.strange(key, format!("has no effect without `judge = \"{word}\"`"));
        }
    };
    needs("labels", "label");
    needs("model", "model");
    Some(match kind {
        Kind::Text => Judged::Text,
        Kind::Exact => Judged::Exact,
        Kind::Json => Judged::Json,
        Kind::Number => Judged::Number,
        Kind::Label => Judged::Label(Label::new(section.texts("labels"))),
        Kind::Model => {
            let name = section.text("model")?;
            known(section, "model", name, catalog);
            Judged::Model(Model::new(name))
        }
    })
}

/// Says so where a model is none of the catalog's, at an effort or not.
fn known(section: &Reader<'_>, key: &str, name: &str, catalog: Option<&Snapshot>) {
    let model = name.split_once('@').map_or(name, |(model, _)| model);
    if catalog.is_some_and(|catalog| catalog.model(model).is_none()) {
        section.wrong(key, format!("{name:?} is no model of this catalog"));
    }
}

impl Shadow {
    /// The same, with its account in another ledger.
    pub(super) fn kept_in(mut self, ledger: &Arc<dyn Ledger>) -> Self {
        self.budget = self.budget.ledger(Arc::clone(ledger));
        self
    }

    pub(super) fn layer(&self) -> ShadowLayer {
        let judge: Arc<dyn Judge> = match &self.judge {
            Judged::Text => Arc::new(TextOverlap::new()),
            Judged::Exact => Arc::new(Exact::new()),
            Judged::Json => Arc::new(Json::new()),
            Judged::Number => Arc::new(Number::new()),
            Judged::Label(label) => Arc::new(label.clone()),
            Judged::Model(model) => Arc::new(model.clone()),
        };
        ShadowLayer::new(self.share, self.budget.clone())
            .candidate(self.other.clone())
            .judge(judge)
    }
}
