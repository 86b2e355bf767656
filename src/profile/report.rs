use std::{collections::HashMap, fmt, sync::PoisonError};

use serde_json::{Value, json};

use super::{Profile, outlook::Thought, stats::Figures};
use crate::context::Tenant;

/// What a [`Profile`] has learned, for people to read.
///
/// [`Display`](fmt::Display) writes a table for each stream of calls, and [`to_json`](Self::to_json) the same as JSON:
///
/// ```text
/// team-a by auto: 412 labels
///   task     candidate         prior  estimate    score  labels  calls  failed  refused  cut  tokens   s to 1st   USD a call
///   coding   glm-5             0.778  0.81 ±0.04  0.830     212  214.0       2        0    5  611±220      0.41     0.002010
///   coding   gpt-5.4           0.780  0.84 ±0.03  0.861     190  195.5       0        1    0  540±180      0.38     0.011213
/// ```
///
/// `estimate` is the mean of what was predicted of the stream's last 256 calls of the task, and how far that may be off;
/// `score` and `labels` are what answers were scored. What was observed is of the tenant's calls by all aliases, and
/// fades.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// For each stream of calls, in the order of tenants and aliases.
    pub streams: Vec<StreamReport>,
}

/// What was learned from a stream of calls.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StreamReport {
    /// Whose calls; `None` where they have no tenant, or are shared.
    pub tenant: Option<Tenant>,
    /// By which alias.
    pub alias: Box<str>,
    /// How many labels were learned by this process, those of its store included.
    pub labels: u64,
    /// Of each candidate on each task.
    pub rows: Vec<ReportRow>,
}

/// What is thought of a candidate on a task, and what was observed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReportRow {
    /// The task.
    pub task: Box<str>,
    /// The model's name.
    pub model: Box<str>,
    /// Its effort; empty where it has none.
    pub effort: Box<str>,
    /// The catalog's quality.
    pub prior: Option<f64>,
    /// What was predicted in the mean of the last calls, and how far that may be off; `None` where nothing was.
    pub estimate: Option<(f64, f64)>,
    /// How many labels were learned.
    pub labels: u64,
    /// Their mean score, of the last 256; `None` where there is none.
    pub score: Option<f64>,
    /// What was observed besides.
    pub figures: Option<Figures>,
}

impl Profile {
    /// What was learned, for people to read. A copy: for operators, not for every call.
    pub fn report(&self) -> Report {
        let key = |one: &Figures| {
            let who = (one.model.clone(), one.effort.clone());
            (one.tenant.clone(), who, one.task.clone())
        };
        let figures: HashMap<_, _> = self
            .figures()
            .into_iter()
            .map(|one| (key(&one), one))
            .collect();
        let streams = self.0.streams.read();
        let mut names = streams.unwrap_or_else(PoisonError::into_inner).clone();
        names.sort_by(|a, b| (&a.tenant, &a.alias).cmp(&(&b.tenant, &b.alias)));
        let streams = names.into_iter().filter_map(|name| {
            let track = self.0.tracks.get(&name)?.track;
            let known = &self.0.known;
            let thoughts: Vec<_> = track.outlook(|outlook| outlook.all().collect());
            let rows = thoughts.into_iter().filter_map(|(arm, task, thought)| {
                let (model, effort) = known.candidates.name(arm)?;
                let (task, _) = known.tasks.name(task)?;
                let (model, effort): (Box<str>, Box<str>) = ((*model).into(), (*effort).into());
                let task: Box<str> = (*task).into();
                let key = (name.tenant.clone(), (model, effort), task);
                let observed = figures.get(&key).cloned();
                let (_, (model, effort), task) = key;
                Some(ReportRow::new(task, model, effort, thought, observed))
            });
            let mut rows: Vec<_> = rows.collect();
            rows.sort_by(|a, b| {
                let of =
                    |one: &ReportRow| [one.task.clone(), one.model.clone(), one.effort.clone()];
                of(a).cmp(&of(b))
            });
            Some(StreamReport {
                labels: track.labels(),
                tenant: name.tenant,
                alias: name.alias,
                rows,
            })
        });
        Report {
            streams: streams.collect(),
        }
    }
}

impl ReportRow {
    fn new(
        task: Box<str>,
        model: Box<str>,
        effort: Box<str>,
        thought: Thought,
        figures: Option<Figures>,
    ) -> Self {
        Self {
            task,
            model,
            effort,
            prior: thought.prior,
            estimate: (thought.calls > 0.0).then_some((thought.mean, thought.sd)),
            labels: thought.labels,
            score: (thought.labels > 0).then_some(thought.score),
            figures,
        }
    }

    fn to_json(&self) -> Value {
        let figures = self.figures.as_ref();
        let tokens = figures.and_then(|one| one.output_tokens);
        let errors = figures.map(|one| {
            let errors = one.errors.iter();
            let errors = errors.map(|(class, n)| (class.as_str().to_owned(), json!(n)));
            errors.collect::<serde_json::Map<_, _>>()
        });
        json!({
            "task": self.task,
            "model": self.model,
            "effort": self.effort,
            "prior": self.prior,
            "estimate": self.estimate.map(|(mean, _)| mean),
            "sd": self.estimate.map(|(_, sd)| sd),
            "labels": self.labels,
            "score": self.score,
            "calls": figures.map(|one| one.calls),
            "cancelled": figures.map(|one| one.cancelled),
            "errors": errors,
            "refusals": figures.map(|one| one.refusals),
            "lengths": figures.map(|one| one.lengths),
            "output_tokens": tokens.map(|tokens| tokens.mean),
            "output_tokens_sd": tokens.map(|tokens| tokens.sd),
            "first_content_s": figures.and_then(|one| one.first_content).map(|time| time.as_secs_f64()),
            "tokens_per_second": figures.and_then(|one| one.tokens_per_second),
            "cost_usd": figures.and_then(|one| one.cost_usd),
        })
    }

    /// In the order of the table's columns.
    fn cells(&self) -> [String; 13] {
        let figures = self.figures.as_ref();
        let count = |of: fn(&Figures) -> f64| {
            figures.map_or_else(|| "-".into(), |one| format!("{:.0}", of(one)))
        };
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let tokens = figures.and_then(|one| one.output_tokens);
        let first = figures.and_then(|one| one.first_content);
        let cost = figures.and_then(|one| one.cost_usd);
        let (colon, effort) = match &*self.effort {
            "" => ("", ""),
            effort => (":", effort),
        };
        [
            (*self.task).to_owned(),
            format!("{}{colon}{effort}", self.model),
            or_none(self.prior.map(|prior| format!("{prior:.3}"))),
            or_none(
                self.estimate
                    .map(|(mean, sd)| format!("{mean:.2} \u{b1}{sd:.2}")),
            ),
            or_none(self.score.map(|score| format!("{score:.3}"))),
            self.labels.to_string(),
            figures.map_or_else(|| "-".into(), |one| format!("{:.1}", one.calls)),
            count(Figures::failed),
            count(|one| one.refusals),
            count(|one| one.lengths),
            or_none(tokens.map(|one| format!("{:.0}\u{b1}{:.0}", one.mean, one.sd))),
            or_none(first.map(|time| format!("{:.2}", time.as_secs_f64()))),
            or_none(cost.map(|usd| format!("{usd:.6}"))),
        ]
    }
}

impl Report {
    /// As JSON: `{"streams": [{"tenant", "alias", "labels", "rows": [{"task", "model", "effort", "prior", "estimate",
    /// "sd", "labels", "score", "calls", "cancelled", "errors": {class: count}, "refusals", "lengths", "output_tokens",
    /// "output_tokens_sd", "first_content_s", "tokens_per_second", "cost_usd"}]}]}`. What is not known is null.
    pub fn to_json(&self) -> Value {
        let streams = self.streams.iter().map(|stream| {
            json!({
                "tenant": stream.tenant.as_ref().map(Tenant::as_str),
                "alias": stream.alias,
                "labels": stream.labels,
                "rows": stream.rows.iter().map(ReportRow::to_json).collect::<Vec<_>>(),
            })
        });
        json!({ "streams": streams.collect::<Vec<_>>() })
    }
}

const HEADS: [&str; 13] = [
    "task",
    "candidate",
    "prior",
    "estimate",
    "score",
    "labels",
    "calls",
    "failed",
    "refused",
    "cut",
    "tokens",
    "s to 1st",
    "USD a call",
];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stream in &self.streams {
            let tenant = stream.tenant.as_ref().map_or("all", Tenant::as_str);
            writeln!(f, "{tenant} by {}: {} labels", stream.alias, stream.labels)?;
            let rows: Vec<_> = stream.rows.iter().map(ReportRow::cells).collect();
            let mut widths = HEADS.map(str::len);
            for row in &rows {
                for (width, cell) in widths.iter_mut().zip(row) {
                    *width = (*width).max(cell.chars().count());
                }
            }
            let heads = HEADS.map(ToOwned::to_owned);
            for row in std::iter::once(&heads).chain(&rows) {
                for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
                    // Names to the left, numbers to the right.
                    match at {
                        0 | 1 => write!(f, "  {cell:<width$}")?,
                        _ => write!(f, "  {cell:>width$}")?,
                    }
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}
