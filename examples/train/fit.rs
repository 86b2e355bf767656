//! A linear model per class, fitted together by gradients; the same data and seed give the same weights.

use tower_genai::classify::Evidence;

/// Room for classes.
pub(crate) const ROW: usize = 16;

/// A row to learn from.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) evidence: Evidence,
    pub(crate) class: usize,
    /// How much it counts.
    pub(crate) weight: f32,
}

/// How to fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub(crate) classes: usize,
    pub(crate) rounds: usize,
    /// The first steps' length, of terms and of looks.
    pub(crate) step: f32,
    pub(crate) looks_step: f32,
    pub(crate) seed: u64,
}

/// What was fitted.
#[derive(Clone, Debug)]
pub(crate) struct Fitted {
    classes: usize,
    pub(crate) terms: Vec<[f32; ROW]>,
    pub(crate) looks: Vec<[f32; ROW]>,
}

impl Fitted {
    pub(crate) fn logits(&self, evidence: &Evidence) -> [f32; ROW] {
        let mut sums = [0.0; ROW];
        for (weights, look) in self.looks.iter().zip(evidence.looks()) {
            add(&mut sums, weights, *look);
        }
        for (term, value) in evidence.terms() {
            add(&mut sums, &self.terms[usize::from(*term)], *value);
        }
        sums
    }

    pub(crate) fn shares(&self, evidence: &Evidence, temperature: f32) -> [f32; ROW] {
        softmax(self.logits(evidence), self.classes, temperature)
    }
}

fn add(sums: &mut [f32; ROW], weights: &[f32; ROW], value: f32) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += weight * value;
    }
}

/// Scores as probabilities of the first `classes`.
pub(crate) fn softmax(logits: [f32; ROW], classes: usize, temperature: f32) -> [f32; ROW] {
    let best = logits[..classes].iter().copied().fold(f32::MIN, f32::max);
    let mut shares = [0.0; ROW];
    for (share, logit) in shares.iter_mut().zip(&logits[..classes]) {
        *share = ((logit - best) / temperature).exp();
    }
    let sum: f32 = shares.iter().sum();
    shares.map(|share| share / sum)
}

/// Fits by AdaGrad: steps get shorter where there were many. `start` is where looks begin.
pub(crate) fn fit(rows: &[&Row], how: How, start: impl Fn(usize, usize) -> f32) -> Fitted {
    let mut fitted = Fitted {
        classes: how.classes,
        terms: vec![[0.0; ROW]; Evidence::TERMS],
        looks: (0..Evidence::LOOKS)
            .map(|look| std::array::from_fn(|class| start(look, class)))
            .collect(),
    };
    let mut seen = vec![[1e-3_f32; ROW]; Evidence::TERMS];
    let mut looked = vec![[1e-3_f32; ROW]; Evidence::LOOKS];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut random = fastrand::Rng::with_seed(how.seed);
    for round in 0..how.rounds {
        random.shuffle(&mut order);
        let passed = round as f32 * 0.3;
        let slower = 1.0 / (1.0 + passed);
        for at in &order {
            let row = rows[*at];
            let mut error = fitted.shares(&row.evidence, 1.0);
            error[row.class] -= 1.0;
            for error in &mut error {
                *error *= row.weight;
            }
            for (look, value) in row.evidence.looks().iter().enumerate() {
                if *value != 0.0 {
                    let shift = how.looks_step * slower;
                    step(
                        &mut fitted.looks[look],
                        &mut looked[look],
                        &error,
                        *value,
                        shift,
                    );
                }
            }
            for (term, value) in row.evidence.terms() {
                let term = usize::from(*term);
                let shift = how.step * slower;
                step(
                    &mut fitted.terms[term],
                    &mut seen[term],
                    &error,
                    *value,
                    shift,
                );
            }
        }
    }
    fitted
}

fn step(
    weights: &mut [f32; ROW],
    seen: &mut [f32; ROW],
    error: &[f32; ROW],
    value: f32,
    length: f32,
) {
    for ((weight, seen), error) in weights.iter_mut().zip(seen).zip(error) {
        let gradient = error * value;
        *seen += gradient * gradient;
        *weight -= length * gradient / seen.sqrt();
    }
}
