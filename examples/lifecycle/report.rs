use std::sync::Arc;

use tower_genai::catalog::{Alias, Date, Model, MoveOver, Snapshot};

use crate::{
    event::{Event, What},
    findings,
};

/// What a catalog says of ends, as of a day.
pub(crate) struct Report {
    pub(crate) today: Date,
    /// How many days ahead are looked at for what breaks.
    pub(crate) within: Option<u32>,
    pub(crate) models: Vec<Ending>,
    /// By day.
    pub(crate) events: Vec<Event>,
    /// What is strange, whenever it breaks.
    pub(crate) findings: Vec<String>,
    /// What breaks within the time that was asked for.
    pub(crate) breaks: Vec<String>,
}

/// A model with days or a successor.
pub(crate) struct Ending {
    pub(crate) model: Arc<Model>,
    /// As the catalog writes it.
    pub(crate) successor: Option<String>,
    /// Who answers when the model is gone: as of today, or of its end where that lies ahead.
    pub(crate) heir: Option<Arc<Model>>,
    /// Those that have it in their pools.
    pub(crate) aliases: Vec<String>,
    /// The share of conversations that have moved to its successor, while a schedule is in force.
    pub(crate) moved: Option<f64>,
}

impl Report {
    pub(crate) fn new(snapshot: &Snapshot, today: Date, within: Option<u32>) -> Self {
        let models = snapshot.models().iter();
        let models = models.filter_map(|model| Ending::of(model, snapshot, today));
        let mut report = Self {
            today,
            within,
            models: models.collect(),
            events: Vec::new(),
            findings: Vec::new(),
            breaks: Vec::new(),
        };
        for ending in &report.models {
            let events = ending.events();
            // That a model has been there for long is no news.
            let news = |event: &Event| !matches!(event.what, What::Released) || event.date > today;
            report.events.extend(events.into_iter().filter(news));
        }
        for alias in snapshot.aliases() {
            report.events.extend(losses(alias));
        }
        report.events.sort_by(|a, b| {
            let key = |event: &Event| (event.date, event.what.order());
            key(a).cmp(&key(b)).then_with(|| a.of.cmp(&b.of))
        });
        report.findings = findings::all(snapshot, &report);
        if let Some(days) = within {
            report.breaks = findings::breaks(snapshot, &report, days);
        }
        report
    }
}

impl Ending {
    fn of(model: &Arc<Model>, snapshot: &Snapshot, today: Date) -> Option<Self> {
        let lifecycle = model.lifecycle();
        let ends = lifecycle.deprecated().is_some() || lifecycle.sunset().is_some();
        let begins = lifecycle.released().is_some_and(|day| day > today);
        if !ends && !begins && lifecycle.move_over().is_none() {
            return None;
        }
        let gone = lifecycle.sunset().map_or(today, |day| day.max(today));
        let has_it = |alias: &&Arc<Alias>| {
            let mut pool = alias.pool().iter();
            pool.any(|candidate| Arc::ptr_eq(candidate.model(), model))
        };
        let aliases = snapshot.aliases().iter().filter(has_it);
        let moving = lifecycle.move_over().is_some() && !lifecycle.is_gone(today.starts());
        let moved = lifecycle.moved_share(today.starts());
        Some(Self {
            model: Arc::clone(model),
            successor: lifecycle.successor().map(ToOwned::to_owned),
            heir: snapshot.successor(model, gone.starts()).cloned(),
            aliases: aliases.map(|alias| alias.name().to_owned()).collect(),
            moved: (moving && moved > 0.0).then_some(moved),
        })
    }

    fn events(&self) -> Vec<Event> {
        let lifecycle = self.model.lifecycle();
        let mut events = Vec::new();
        let mut add = |date: Option<Date>, what| {
            events.extend(date.map(|date| Event {
                date,
                what,
                of: self.model.name().to_owned(),
            }));
        };
        add(lifecycle.released(), What::Released);
        add(lifecycle.deprecated(), What::Deprecated);
        let moves = |share| What::Moves {
            share,
            to: self.successor.clone().unwrap_or_default(),
        };
        match lifecycle.move_over() {
            Some(MoveOver::Linear) => add(lifecycle.deprecated(), moves(None)),
            Some(MoveOver::Steps(steps)) => {
                for (from, share) in steps {
                    add(Some(*from), moves(Some(*share)));
                }
            }
            _ => {}
        }
        add(lifecycle.sunset(), What::Ends);
        events
    }
}

/// The models of a pool, each once.
pub(crate) fn pool(alias: &Alias) -> Vec<&Arc<Model>> {
    let mut models: Vec<&Arc<Model>> = Vec::new();
    for candidate in alias.pool() {
        let model = candidate.model();
        // At several efforts it stands side by side.
        if !models.iter().any(|other| Arc::ptr_eq(other, model)) {
            models.push(model);
        }
    }
    models
}

/// The day from which an alias has no candidate; `None` where some have no end.
pub(crate) fn empty_from(alias: &Alias) -> Option<Date> {
    let ends = alias.pool().iter();
    let ends = ends.map(|candidate| candidate.model().lifecycle().sunset());
    ends.collect::<Option<Vec<_>>>()?.into_iter().max()
}

fn losses(alias: &Alias) -> Vec<Event> {
    let models = pool(alias);
    let mut ends: Vec<(Date, &str)> = models
        .iter()
        .filter_map(|model| Some((model.lifecycle().sunset()?, model.name())))
        .collect();
    ends.sort();
    let event = |date, what| Event {
        date,
        what,
        of: alias.name().to_owned(),
    };
    let lost = ends.iter().enumerate().map(|(before, (date, model))| {
        let model = (*model).to_owned();
        let left = models.len() - before - 1;
        event(*date, What::Loses { model, left })
    });
    let empty = empty_from(alias).map(|date| event(date, What::Empty));
    lost.chain(empty).collect()
}
