use crate::{
    args::Wanted,
    log::{Candidate, Logged},
    prices::Prices,
};

/// Differences of quality below this are noise of floating point.
const EPSILON: f64 = 1e-9;

/// What a policy does with a decision.
pub(crate) enum Choice {
    /// What the log did.
    AsLogged,
    /// Of each candidate, with which probability it is chosen.
    Of(Vec<f64>),
}

/// What a policy that keeps nothing of its calls would have chosen. What was not free stays as it was, and so does what
/// the policy has nobody for: then the second says so.
pub(crate) fn choose(
    policy: &Wanted,
    pool: Option<&[String]>,
    prices: &Prices,
    logged: &Logged,
) -> (Choice, bool) {
    if !logged.free {
        return (Choice::AsLogged, true);
    }
    let mut able: Vec<usize> = able(pool, logged).collect();
    let cost = |at: &usize| prices.guess(logged, *at).unwrap_or(f64::INFINITY);
    let quality = |at: &usize| logged.candidates[*at].quality.unwrap_or(f64::NEG_INFINITY);
    let chosen = match policy {
        Wanted::Constant(name) => able.into_iter().find(|at| logged.candidates[*at].is(name)),
        Wanted::Best => {
            able.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
            able.sort_by(|a, b| quality(b).total_cmp(&quality(a)));
            able.first().copied()
        }
        Wanted::Cheapest(share) => {
            let best = able.iter().map(quality).fold(f64::NEG_INFINITY, f64::max);
            let needed = share.filter(|_| best.is_finite()).map(|share| share * best);
            able.retain(|at| needed.is_none_or(|needed| quality(at) + EPSILON >= needed));
            able.into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b)))
        }
        // It keeps what it learns: see `learned`.
        Wanted::Learned => None,
    };
    match chosen {
        Some(chosen) => (only(logged, chosen), true),
        None => (Choice::AsLogged, false),
    }
}

/// Places of those that could have answered, and may.
pub(crate) fn able<'a>(
    pool: Option<&'a [String]>,
    logged: &'a Logged,
) -> impl Iterator<Item = usize> + 'a {
    let all = logged.candidates.iter().enumerate();
    all.filter(move |(_, one)| {
        one.able && pool.is_none_or(|pool| pool.iter().any(|name| one.is(name)))
    })
    .map(|(at, _)| at)
}

fn only(logged: &Logged, chosen: usize) -> Choice {
    let mut choice = vec![0.0; logged.candidates.len()];
    choice[chosen] = 1.0;
    Choice::Of(choice)
}

impl Candidate {
    /// Whether this is its name, or its model's.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
            || self
                .name
                .split_once('@')
                .is_some_and(|(model, _)| model == name)
    }
}
