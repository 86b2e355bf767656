use crate::{play::Played, stream::Stream};

/// How often calls are drawn anew for the intervals.
const DRAWS: usize = 1_000;

/// A policy, and what it scored and cost on each call; `None` where its model has no score.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) each: Vec<Option<(f64, f64)>>,
}

/// A number and the interval that holds it with a probability of 95 %.
#[derive(Clone, Copy, Default)]
pub(crate) struct Between {
    pub(crate) is: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What a policy scored and cost.
pub(crate) struct Figure {
    pub(crate) name: String,
    /// Of how many calls this is known.
    pub(crate) calls: usize,
    /// The mean score.
    pub(crate) quality: Between,
    /// Of all those calls together, in USD.
    pub(crate) cost: Between,
    /// The mean score less that of the best constant.
    pub(crate) gained: Between,
    /// The share of the best constant's cost that was saved.
    pub(crate) saved: Between,
}

/// The figures of a stretch of calls.
pub(crate) struct Figures {
    pub(crate) calls: usize,
    /// The router first.
    pub(crate) routers: Vec<Figure>,
    pub(crate) constants: Vec<Figure>,
    /// Place of the best constant in hindsight.
    pub(crate) best: usize,
    pub(crate) random: Figure,
    pub(crate) mixed: Figure,
    pub(crate) oracle: Figure,
}

impl Series {
    /// Of what was played; `played` is in the order of the calls.
    pub(crate) fn played(name: &str, stream: &Stream, played: &[Played]) -> Self {
        let each = played.iter().map(|one| stream.at(one.call, one.chosen));
        Self {
            name: name.to_owned(),
            each: each.collect(),
        }
    }

    fn of(name: &str, calls: &[usize], each: impl Fn(usize) -> Option<(f64, f64)>) -> Self {
        Self {
            name: name.to_owned(),
            each: calls.iter().map(|call| each(*call)).collect(),
        }
    }
}

impl Stream {
    /// What a model scores and costs on a call.
    pub(crate) fn at(&self, call: usize, model: usize) -> Option<(f64, f64)> {
        let call = &self.calls[call];
        call.scores[model].map(|score| (score, call.costs[model]))
    }

    fn scored(&self, call: usize) -> impl Iterator<Item = (f64, f64)> {
        (0..self.models.len()).filter_map(move |model| self.at(call, model))
    }

    /// What any of the pool scores and costs on average, were it drawn.
    fn random(&self, call: usize) -> Option<(f64, f64)> {
        let (mut count, mut sum) = (0.0, (0.0, 0.0));
        for (score, cost) in self.scored(call) {
            (count, sum) = (count + 1.0, (sum.0 + score, sum.1 + cost));
        }
        (count > 0.0).then(|| (sum.0 / count, sum.1 / count))
    }

    /// The cheapest of those that score best.
    pub(crate) fn oracle(&self, call: usize) -> Option<(f64, f64)> {
        self.scored(call)
            .min_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)))
    }
}

impl Figures {
    /// Of these calls, which the routers have played in this order.
    pub(crate) fn new(stream: &Stream, calls: &[usize], routers: Vec<Series>, seed: u64) -> Self {
        let constants: Vec<Series> = (0..stream.models.len())
            .map(|model| Series::of(&stream.models[model], calls, |call| stream.at(call, model)))
            .collect();
        let others = [
            Series::of("random", calls, |call| stream.random(call)),
            Series::of("oracle", calls, |call| stream.oracle(call)),
        ];
        let first_constant = routers.len();
        let all: Vec<Series> = routers.into_iter().chain(constants).chain(others).collect();
        let constants = first_constant..all.len() - 2;
        let means: Vec<Sum> = all.iter().map(|one| Sum::of(one, 0..calls.len())).collect();
        // Who has no score of most calls is no constant that one could have.
        let covered = |at: &usize| 2 * means[*at].count >= calls.len();
        let best = constants
            .clone()
            .filter(covered)
            .max_by(|a, b| means[*a].quality().total_cmp(&means[*b].quality()));
        let best = best.unwrap_or(first_constant);

        let mut random = fastrand::Rng::with_seed(seed);
        let mut drawn: Vec<Drawn> = (0..=all.len()).map(|_| Drawn::default()).collect();
        let mut places = vec![0; calls.len()];
        for _ in 0..DRAWS {
            places.fill_with(|| random.usize(..calls.len()));
            let sums: Vec<Sum> = all
                .iter()
                .map(|one| Sum::of(one, places.iter().copied()))
                .collect();
            let mixed = mixed(&sums[constants.clone()], sums[0].cost());
            for (drawn, sum) in drawn.iter_mut().zip(sums.iter().chain([&mixed])) {
                drawn.push(sum, &sums[best]);
            }
        }
        let mix = mixed(&means[constants.clone()], means[0].cost());
        let names = all.iter().map(|one| &*one.name).chain(["mixed"]);
        let sums = means.iter().chain([&mix]);
        let figures = names.zip(sums).zip(drawn);
        let mut figures: Vec<Figure> = figures
            .map(|((name, sum), drawn)| drawn.figure(name, sum, &means[best]))
            .collect();
        let mut last = || figures.pop().unwrap_or_else(Figure::nothing);
        let (mixed, oracle, random) = (last(), last(), last());
        let constants = figures.split_off(first_constant);
        Self {
            calls: calls.len(),
            routers: figures,
            constants,
            best: best - first_constant,
            random,
            mixed,
            oracle,
        }
    }

    /// The best constant in hindsight.
    pub(crate) fn best(&self) -> Option<&Figure> {
        self.constants.get(self.best)
    }
}

/// Sums of scores and costs.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: usize,
    score: f64,
    cost: f64,
}

impl Sum {
    fn of(series: &Series, places: impl Iterator<Item = usize>) -> Self {
        let mut sum = Self::default();
        for (score, cost) in places.filter_map(|at| series.each[at]) {
            sum.count += 1;
            sum.score += score;
            sum.cost += cost;
        }
        sum
    }

    fn quality(&self) -> f64 {
        self.score / self.count.max(1) as f64
    }

    /// Of a call, on average.
    fn cost(&self) -> f64 {
        self.cost / self.count.max(1) as f64
    }
}

/// The best that choosing between two constants by chance gives, at a cost of at most so much for a call on average.
fn mixed(constants: &[Sum], cost: f64) -> Sum {
    let mut best = (f64::NEG_INFINITY, 0.0);
    for a in constants.iter().filter(|one| one.count > 0) {
        if a.cost() <= cost && a.quality() > best.0 {
            best = (a.quality(), a.cost());
        }
        for b in constants.iter().filter(|one| one.count > 0) {
            if a.cost() <= cost && cost < b.cost() {
                let share = (cost - a.cost()) / (b.cost() - a.cost());
                let quality = share.mul_add(b.quality() - a.quality(), a.quality());
                if quality > best.0 {
                    best = (quality, cost);
                }
            }
        }
    }
    let count = constants.iter().map(|one| one.count).max().unwrap_or(0);
    if best.0 == f64::NEG_INFINITY {
        return Sum::default();
    }
    Sum {
        count,
        score: best.0 * count as f64,
        cost: best.1 * count as f64,
    }
}

/// A policy's figures of calls that were drawn anew.
#[derive(Default)]
struct Drawn {
    quality: Vec<f64>,
    cost: Vec<f64>,
    gained: Vec<f64>,
    saved: Vec<f64>,
}

impl Drawn {
    fn push(&mut self, sum: &Sum, best: &Sum) {
        self.quality.push(sum.quality());
        self.cost.push(sum.cost());
        self.gained.push(sum.quality() - best.quality());
        self.saved.push(saved(sum, best));
    }

    fn figure(self, name: &str, sum: &Sum, best: &Sum) -> Figure {
        let total = sum.count as f64;
        let cost = Between::new(sum.cost(), self.cost);
        Figure {
            name: name.to_owned(),
            calls: sum.count,
            quality: Between::new(sum.quality(), self.quality),
            cost: Between {
                is: cost.is * total,
                low: cost.low * total,
                high: cost.high * total,
            },
            gained: Between::new(sum.quality() - best.quality(), self.gained),
            saved: Between::new(saved(sum, best), self.saved),
        }
    }
}

fn saved(sum: &Sum, best: &Sum) -> f64 {
    if best.cost() > 0.0 {
        1.0 - sum.cost() / best.cost()
    } else {
        0.0
    }
}

impl Figure {
    fn nothing() -> Self {
        Drawn::default().figure("", &Sum::default(), &Sum::default())
    }
}

impl Between {
    /// From what other draws of the calls give.
    fn new(is: f64, mut drawn: Vec<f64>) -> Self {
        drawn.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let last = drawn.len().saturating_sub(1) as f64;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a place"
            )]
            let place = (share * last).round() as usize;
            drawn.get(place).copied().unwrap_or(is)
        };
        Self {
            is,
            low: at(0.025).min(is),
            high: at(0.975).max(is),
        }
    }
}
