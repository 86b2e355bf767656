use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use serde_json::json;
use tower_genai::{
    catalog::{Model, Resolved, Snapshot, Terms, Usage},
    classify::{Classifier, Trained},
    query::{Api, Classification, Query, Task},
};

use crate::outcomes::Row;

/// How many tokens an answer has where nobody says what it cost.
const ANSWER: u64 = 400;

/// Calls in their order, with what each model of a pool would have scored and cost.
pub(crate) struct Stream {
    /// The pool's models that the calls have scores of.
    pub(crate) models: Vec<String>,
    pub(crate) calls: Vec<Call>,
    /// Whether the pool has others, of which no call has a score.
    pub(crate) pool_is_larger: bool,
    /// Models with scores that are not in the pool.
    pub(crate) left_out: BTreeSet<String>,
    /// Calls of which no model of the pool has a score.
    pub(crate) unscored: usize,
}

pub(crate) struct Call {
    pub(crate) query: Query,
    /// The prompt's, in bytes.
    pub(crate) length: usize,
    /// In the order of the stream's models; `None` where the answer's worth is not known.
    pub(crate) scores: Vec<Option<f64>>,
    /// In USD, alike.
    pub(crate) costs: Vec<f64>,
    /// What answers use, where the catalog's prices say what they cost.
    pub(crate) usage: Option<Usage>,
    pub(crate) dataset: Option<String>,
}

impl Call {
    pub(crate) fn is_whole(&self) -> bool {
        self.scores.iter().all(Option::is_some)
    }

    pub(crate) fn task(&self) -> &Task {
        self.query.classification().task()
    }
}

/// By whom the task is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tasks {
    /// By the crate's own classifier.
    Told,
    /// By the data set that a call is from, as if it were known.
    Known,
}

impl Stream {
    /// The calls, as an app would send them to `alias`.
    pub(crate) fn new(
        snapshot: &Snapshot,
        alias: &str,
        rows: &[Row],
        tasks: Tasks,
    ) -> Result<Self, String> {
        let at = SystemTime::now();
        let pool = pool(snapshot, alias, at)?;
        let known: BTreeSet<&str> = rows
            .iter()
            .flat_map(|row| row.scores.keys())
            .map(|name| &**name)
            .collect();
        let in_pool = pool.len();
        let models: Vec<&Model> = pool
            .into_iter()
            .filter(|model| known.contains(model.name()))
            .collect();
        if models.is_empty() {
            return Err(format!(
                "none of the models that `{alias}` may ask has scores in the file: those are of {}",
                listed(known)
            ));
        }
        let names: BTreeSet<&str> = models.iter().map(|model| model.name()).collect();
        let left_out = known.difference(&names).map(|&name| name.into()).collect();
        let classifier = Trained::new();
        let (mut calls, mut unscored) = (Vec::with_capacity(rows.len()), 0);
        for row in rows {
            let scores: Vec<_> = models
                .iter()
                .map(|model| row.scores.get(model.name()).copied())
                .collect();
            if scores.iter().all(Option::is_none) {
                unscored += 1;
                continue;
            }
            let at_line = |why: String| format!("line {}: {why}", row.line);
            let costs = models
                .iter()
                .zip(&scores)
                .map(|(model, score)| match score {
                    Some(_) => cost(model, row, at),
                    None => Ok(0.0),
                });
            let costs = costs.collect::<Result<_, _>>().map_err(at_line)?;
            let usage = row.costs.is_empty().then(|| usage_of(row));
            let query = query(alias, row, &classifier, tasks).map_err(at_line)?;
            calls.push(Call {
                query,
                length: row.prompt.len(),
                scores,
                costs,
                usage,
                dataset: row.dataset.clone(),
            });
        }
        Ok(Self {
            models: models.iter().map(|model| model.name().into()).collect(),
            calls,
            pool_is_larger: models.len() < in_pool,
            left_out,
            unscored,
        })
    }

    /// Of each task what the calls' models score on average.
    pub(crate) fn means_by_task(&self) -> BTreeMap<Task, Vec<f64>> {
        let mut sums: BTreeMap<Task, (f64, Vec<f64>)> = BTreeMap::new();
        for call in &self.calls {
            let none = || (0.0, vec![0.0; self.models.len()]);
            let (count, sum) = sums.entry(call.task().clone()).or_insert_with(none);
            *count += 1.0;
            for (sum, score) in sum.iter_mut().zip(&call.scores) {
                *sum += score.unwrap_or_default();
            }
        }
        let mean = |(count, sum): (f64, Vec<f64>)| sum.iter().map(|sum| sum / count).collect();
        sums.into_iter()
            .map(|(task, sum)| (task, mean(sum)))
            .collect()
    }
}

/// The models that an alias may ask, or the one of that name, in the catalog's order.
fn pool<'a>(snapshot: &'a Snapshot, alias: &str, at: SystemTime) -> Result<Vec<&'a Model>, String> {
    match snapshot.resolve(alias, at) {
        Resolved::Alias(alias) => {
            let mut models: Vec<&Model> = Vec::new();
            for candidate in alias.pool() {
                let model = candidate.model();
                // Efforts of one model follow each other.
                if models.last().is_none_or(|last| last.name() != model.name()) {
                    models.push(model);
                }
            }
            Ok(models)
        }
        Resolved::Model { model, .. } => Ok(vec![model]),
        Resolved::Gone { model } => Err(format!("`{}` is past its sunset", model.name())),
        Resolved::Unknown { nearest } => {
            let hint = nearest.map(|name| format!("; did you mean `{name}`?"));
            let hint = hint.unwrap_or_default();
            Err(format!("the catalog has no alias or model `{alias}`{hint}"))
        }
        _ => Err(format!("`{alias}` cannot be asked")),
    }
}

/// What a call costs at a model: what its line says, or what the catalog's price makes of it.
fn cost(model: &Model, row: &Row, at: SystemTime) -> Result<f64, String> {
    if let Some(cost) = row.costs.get(model.name()) {
        return Ok(*cost);
    }
    let cost = model.price().cost(&usage_of(row), &Terms::new(at)).bound();
    let cost = cost.ok_or_else(|| {
        let name = model.name();
        format!("`costs` has no `{name}`, and the catalog has no price for it")
    })?;
    Ok(cost.as_f64())
}

fn usage_of(row: &Row) -> Usage {
    Usage::text(row.prompt.len() as u64 / 4, ANSWER)
}

/// The call as the stack would see it.
fn query(alias: &str, row: &Row, classifier: &Trained, tasks: Tasks) -> Result<Query, String> {
    let messages = json!([{"role": "user", "content": row.prompt}]);
    let body = json!({"model": alias, "messages": messages}).to_string();
    let query = Query::read(Api::OpenAiChat, body.as_bytes())
        .map_err(|refusal| refusal.message().to_owned())?;
    let classification = match (tasks, &row.dataset) {
        (Tasks::Known, Some(dataset)) => Classification::new(Task::new(dataset.replace('-', "_"))),
        _ => classifier.classify(&query),
    };
    Ok(query.classified(classification))
}

/// A few names of many.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let names: Vec<&str> = names.into_iter().collect();
    let mut text = names[..names.len().min(MOST)].join(", ");
    if names.len() > MOST {
        text.push_str(&format!(" and {} more", names.len() - MOST));
    }
    text
}
