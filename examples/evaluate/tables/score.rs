use super::run::Run;
use crate::{length::ByLength, play::Played, stream::Stream};

/// What a stretch of calls scored and cost beside the best constant in hindsight.
#[derive(Clone, Copy, Default)]
pub(crate) struct Score {
    /// Mean score less the constant's.
    pub(crate) gained: f64,
    /// Mean score as a share of the constant's.
    pub(crate) relative: f64,
    /// Share of the constant's cost that was saved.
    pub(crate) cut: f64,
    /// Mean score less that of the best mixture of two models that costs as much.
    pub(crate) over_mixed: f64,
}

/// Sums of scores and costs.
type Sum = (f64, f64);

/// What else could have answered a stretch of calls.
pub(crate) struct Beside {
    /// Of each model.
    constants: Vec<Sum>,
    best: Sum,
    count: f64,
}

impl Beside {
    pub(crate) fn new(stream: &Stream, played: &[Played]) -> Self {
        let sum = |model: usize| sum(played.iter().filter_map(|one| stream.at(one.call, model)));
        let constants: Vec<Sum> = (0..stream.models.len()).map(sum).collect();
        let best = constants.iter().max_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            best: best.copied().unwrap_or_default(),
            constants,
            count: played.len().max(1) as f64,
        }
    }

    pub(crate) fn score(&self, sum: Sum) -> Score {
        Score {
            gained: (sum.0 - self.best.0) / self.count,
            relative: sum.0 / self.best.0,
            cut: 1.0 - sum.1 / self.best.1,
            over_mixed: (sum.0 - self.mixed(sum.1)) / self.count,
        }
    }

    /// The most that mixing two models by chance scores at this cost, were all means known.
    fn mixed(&self, cost: f64) -> f64 {
        let mut most = f64::NEG_INFINITY;
        for a in self.constants.iter().filter(|a| a.1 <= cost) {
            most = most.max(a.0);
            for b in self.constants.iter().filter(|b| b.1 > cost) {
                let share = (cost - a.1) / (b.1 - a.1);
                most = most.max(share.mul_add(b.0 - a.0, a.0));
            }
        }
        // Cheaper than the cheapest there is nothing.
        let cheapest = self.constants.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        if most.is_finite() {
            most
        } else {
            cheapest.map_or(0.0, |cheapest| cheapest.0)
        }
    }

    pub(crate) fn constant(&self, model: usize) -> Score {
        self.score(self.constants[model])
    }

    /// The model that scores most.
    pub(crate) fn best(&self) -> usize {
        let by_score = |a: &usize, b: &usize| self.constants[*a].0.total_cmp(&self.constants[*b].0);
        (0..self.constants.len())
            .max_by(by_score)
            .unwrap_or_default()
    }
}

fn sum(each: impl Iterator<Item = Sum>) -> Sum {
    each.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

impl Run<'_> {
    /// From one call to another.
    pub(crate) fn stretch(&self, from: usize, to: usize) -> &[Played] {
        let to = to.min(self.played.len());
        &self.played[from.min(to)..to]
    }

    pub(crate) fn score(&self, stretch: &[Played]) -> Score {
        let chosen = |one: &Played| self.stream.at(one.call, one.chosen);
        let sum = sum(stretch.iter().filter_map(chosen));
        Beside::new(self.stream, stretch).score(sum)
    }

    /// The constant that the prior says is best on all calls.
    pub(crate) fn constant_of_prior(&self) -> usize {
        let said = |model: usize| -> f64 {
            let calls = self.played.iter().map(|one| &self.stream.calls[one.call]);
            calls.map(|call| self.drawn.score(call, model)).sum()
        };
        let said: Vec<f64> = (0..self.stream.models.len()).map(said).collect();
        let by_score = |a: &usize, b: &usize| said[*a].total_cmp(&said[*b]);
        (0..said.len()).max_by(by_score).unwrap_or_default()
    }

    /// A model drawn for each call.
    pub(crate) fn random(&self, stretch: &[Played]) -> Score {
        let count = self.stream.models.len() as f64;
        let each = stretch.iter().flat_map(|one| {
            (0..self.stream.models.len()).filter_map(|model| self.stream.at(one.call, model))
        });
        let (score, cost) = sum(each);
        Beside::new(self.stream, stretch).score((score / count, cost / count))
    }

    pub(crate) fn oracle(&self, stretch: &[Played]) -> Score {
        let each = stretch
            .iter()
            .filter_map(|one| self.stream.oracle(one.call));
        Beside::new(self.stream, stretch).score(sum(each))
    }

    /// Length alone, which has seen every model's scores of the calls before the stretch.
    pub(crate) fn by_length(&self, from: usize) -> Score {
        let calls = |played: &[Played]| played.iter().map(|one| one.call).collect::<Vec<_>>();
        let (seen, others) = self.played.split_at(from.min(self.played.len()));
        let by_length = ByLength::fit(self.stream, &calls(seen));
        let played = by_length.play(self.stream, &calls(others));
        self.score(&played)
    }
}
