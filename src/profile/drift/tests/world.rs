use crate::profile::drift::{Drifts, Found, What};

/// Yes or no, yes with this probability.
pub(super) fn yes(random: &mut fastrand::Rng, p: f64) -> f64 {
    if random.f64() < p { 1.0 } else { 0.0 }
}

/// About normal, with a standard deviation of 1.
pub(super) fn normal(random: &mut fastrand::Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}

/// A model that was this good for so many scored answers.
pub(super) fn settled(random: &mut fastrand::Rng, p: f64, answers: usize) -> Drifts {
    let mut drifts = Drifts::default();
    for _ in 0..answers {
        score(&mut drifts, random, p);
    }
    drifts
}

/// One more answer of a model that is this good, and predicted to be right.
pub(super) fn score(drifts: &mut Drifts, random: &mut fastrand::Rng, p: f64) -> Found {
    drifts.scored(1, 1, (p, yes(random, p), 1.0))
}

/// After how many answers of a model that is this good now a fall is found, within so many.
pub(super) fn found(
    drifts: &mut Drifts,
    random: &mut fastrand::Rng,
    p: f64,
    within: usize,
) -> Option<usize> {
    (1..=within).find(|_| {
        let found = score(drifts, random, p);
        found
            .iter()
            .any(|one| one.what == What::Quality && one.worse)
    })
}
