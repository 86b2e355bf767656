use crate::classify::Evidence;

const ROUNDS: u16 = 16;
const STEP: f32 = 0.6;
/// What is less wrong than this is right.
const RIGHT: f32 = 1e-3;

/// A linear model per class over the terms that the examples have.
#[derive(Debug)]
pub(super) struct Linear {
    classes: usize,
    /// Where the weights of a term begin, by term; `NONE`, if no example has it.
    places: Vec<u32>,
    weights: Vec<f32>,
}

const NONE: u32 = u32::MAX;

impl Linear {
    /// Fits the model; the same rows give the same weights.
    pub(super) fn fit(classes: usize, rows: &[(usize, Evidence)]) -> Self {
        let mut places = vec![NONE; Evidence::TERMS];
        let mut terms = 0_u32;
        for (term, _) in rows.iter().flat_map(|(_, evidence)| evidence.terms()) {
            if let Some(place) = places
                .get_mut(usize::from(*term))
                .filter(|place| **place == NONE)
            {
                *place = terms;
                terms += 1;
            }
        }
        let mut model = Self {
            classes,
            places,
            weights: vec![0.0; classes * terms as usize],
        };
        let mut seen = vec![1e-2; model.weights.len()];
        let counts = counts(classes, rows);
        let mut order: Vec<_> = rows.iter().collect();
        let mut random = fastrand::Rng::with_seed(1);
        for round in 0..ROUNDS {
            random.shuffle(&mut order);
            let step = STEP / (1.0 + 0.2 * f32::from(round));
            for (class, evidence) in &order {
                // Classes with many examples must not drown those with few.
                let weight = (rows.len() as f32 / (classes as f32 * counts[*class])).sqrt();
                model.step(&mut seen, *class, evidence, step, weight);
            }
        }
        model
    }

    fn step(
        &mut self,
        seen: &mut [f32],
        class: usize,
        evidence: &Evidence,
        step: f32,
        weight: f32,
    ) {
        let mut errors = self.shares(evidence);
        errors[class] -= 1.0;
        for (term, value) in evidence.terms() {
            let Some(at) = self.at(*term) else { continue };
            let row = at..at + self.classes;
            let weights = self.weights[row.clone()].iter_mut().zip(&mut seen[row]);
            for ((w, seen), error) in weights.zip(&errors) {
                if error.abs() < RIGHT {
                    continue;
                }
                let slope = error * value * weight;
                *seen += slope * slope;
                *w -= step * slope / seen.sqrt();
            }
        }
    }

    fn at(&self, term: u16) -> Option<usize> {
        let place = self
            .places
            .get(usize::from(term))
            .filter(|place| **place != NONE)?;
        Some(*place as usize * self.classes)
    }

    /// How much of each class a prompt is.
    pub(super) fn shares(&self, evidence: &Evidence) -> Vec<f32> {
        let mut sums = vec![0.0; self.classes];
        for (term, value) in evidence.terms() {
            let Some(at) = self.at(*term) else { continue };
            for (sum, weight) in sums.iter_mut().zip(&self.weights[at..at + self.classes]) {
                *sum += weight * value;
            }
        }
        let best = sums.iter().copied().fold(f32::MIN, f32::max);
        for sum in &mut sums {
            *sum = (*sum - best).exp();
        }
        let all: f32 = sums.iter().sum();
        for sum in &mut sums {
            *sum /= all;
        }
        sums
    }
}

fn counts(classes: usize, rows: &[(usize, Evidence)]) -> Vec<f32> {
    let mut counts = vec![0.0; classes];
    for (class, _) in rows {
        counts[*class] += 1.0;
    }
    counts
}
