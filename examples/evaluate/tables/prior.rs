use tower_genai::{catalog::Catalog, query::Task};

use super::data::{Data, catalog};
use crate::stream::{Call, Stream};

/// What the catalog says of quality before the first call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prior {
    /// One mean for each model, off by .05.
    Flat,
    /// The models' ranks by that mean, as scores from .3 to .6.
    Ranks,
    /// A mean for each model on each task that the crate's classifier tells, off by .10.
    ByTask,
    /// The same for the tasks that the file tells, and calls come with their task.
    ByKnownTask,
}

/// A draw of a prior: of each task that there is, each model's score.
pub(crate) struct Drawn {
    pub(crate) catalog: Catalog,
    scores: Vec<(Task, Vec<f64>)>,
}

impl Prior {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Ranks => "ranks only",
            Self::ByTask => "per task",
            Self::ByKnownTask => "per known task",
        }
    }

    /// The calls, with their tasks.
    pub(crate) const fn stream(self, data: &Data) -> &Stream {
        match self {
            Self::ByKnownTask => &data.known,
            Self::Flat | Self::Ranks | Self::ByTask => &data.told,
        }
    }

    /// What is said, drawn by chance around the means of the file itself.
    pub(crate) fn draw(self, data: &Data, random: &mut fastrand::Rng) -> Result<Drawn, String> {
        let stream = self.stream(data);
        let mut off = |mean: f64, by: f64| by.mul_add(normal(random), mean).clamp(0.01, 0.99);
        let all = means(stream);
        let scores: Vec<(Task, Vec<f64>)> = match self {
            Self::Flat => {
                vec![(
                    Task::GENERAL,
                    all.iter().map(|mean| off(*mean, 0.05)).collect(),
                )]
            }
            Self::Ranks => {
                let scores: Vec<f64> = all.iter().map(|mean| off(*mean, 0.05)).collect();
                vec![(Task::GENERAL, ranks(&scores))]
            }
            Self::ByTask | Self::ByKnownTask => {
                let mut tasks = stream.means_by_task();
                tasks.entry(Task::GENERAL).or_insert(all);
                let off = |(task, means): (Task, Vec<f64>)| {
                    (task, means.iter().map(|mean| off(*mean, 0.10)).collect())
                };
                tasks.into_iter().map(off).collect()
            }
        };
        let of_model = |model: usize| {
            let each = scores.iter();
            each.map(|(task, scores)| (task.clone(), scores[model]))
                .collect()
        };
        Ok(Drawn {
            catalog: catalog(data.prices, of_model)?,
            scores,
        })
    }
}

impl Drawn {
    /// What is said of a model on a call.
    pub(crate) fn score(&self, call: &Call, model: usize) -> f64 {
        let of = |task: &Task| self.scores.iter().find(|(of, _)| of == task);
        let found = of(call.task()).or_else(|| of(&Task::GENERAL));
        found.map_or(0.5, |(_, scores)| scores[model])
    }
}

fn means(stream: &Stream) -> Vec<f64> {
    let count = stream.calls.len().max(1) as f64;
    let mean = |model: usize| {
        let scores = stream.calls.iter().filter_map(|call| call.scores[model]);
        scores.sum::<f64>() / count
    };
    (0..stream.models.len()).map(mean).collect()
}

fn ranks(scores: &[f64]) -> Vec<f64> {
    let last = scores.len().saturating_sub(1).max(1) as f64;
    let below = |score: &f64| scores.iter().filter(|other| *other < score).count() as f64;
    let score = |score: &f64| (below(score) / last).mul_add(0.3, 0.3);
    scores.iter().map(score).collect()
}

/// From the normal distribution of mean 0 and deviation 1.
fn normal(random: &mut fastrand::Rng) -> f64 {
    let (a, b) = (1.0 - random.f64(), random.f64());
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}
