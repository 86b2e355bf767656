/// While so few labels are known, chance plays a greater part.
const FEW: f64 = 60.0;
/// Of what is left to chance, so much goes to all alike.
const EVEN: f64 = 0.2;
/// How far a candidate's uncertainty speaks for trying it.
const CURIOUS: f64 = 1.0;
/// By how much a candidate may promise less and still be tried often.
const WIDTH: f64 = 0.1;

/// The share of calls that are left to chance, when so many labels are known of so many calls.
pub(super) fn share(exploration: f64, labels: u64, calls: u64) -> f64 {
    // Where hardly a score comes, chance teaches little.
    let known = labels.max(calls / 5) as f64;
    let start = (10.0 * exploration).min(0.1) / (1.0 + known / FEW);
    start.max(exploration).min(1.0)
}

/// With which probability each is tried when it is left to chance: the better one is, and the less is known of it, the
/// more often, and nobody never.
pub(super) fn tries(gains: &[f64], uncertain: &[f64]) -> Vec<f64> {
    let keen = gains.iter().zip(uncertain);
    let keen: Vec<f64> = keen.map(|(gain, sd)| CURIOUS.mul_add(*sd, *gain)).collect();
    let best = keen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = keen
        .iter()
        .map(|keen| ((keen - best) / WIDTH).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    let even = EVEN / gains.len().max(1) as f64;
    let weights = weights.into_iter();
    weights
        .map(|weight| (1.0 - EVEN).mul_add(weight / sum, even))
        .collect()
}

/// Draws one, of probabilities.
pub(super) fn draw(probabilities: &[f64], random: &mut fastrand::Rng) -> usize {
    let mut at = random.f64();
    for (place, probability) in probabilities.iter().enumerate() {
        at -= probability;
        if at < 0.0 {
            return place;
        }
    }
    // What rounding has left.
    probabilities.len().saturating_sub(1)
}
