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
    /// How rare each term is, by place: the rarer, the more it says.
    rarity: Vec<f32>,
    weights: Vec<f32>,
}

const NONE: u32 = u32::MAX;

impl Linear {
    /// Fits the model; the same rows give the same weights.
    pub(super) fn fit(classes: usize, rows: &[(usize, Evidence)]) -> Self {
        let mut places = vec![NONE; Evidence::TERMS];
        let mut documents: Vec<f32> = Vec::new();
        for (term, _) in rows.iter().flat_map(|(_, evidence)| evidence.terms()) {
            let Some(place) = places.get_mut(usize::from(*term)) else {
                continue;
            };
            if *place == NONE {
                // At most as many as there are terms.
                *place = u32::try_from(documents.len()).unwrap_or(NONE);
                documents.push(0.0);
            }
            if let Some(count) = documents.get_mut(*place as usize) {
                *count += 1.0;
            }
        }
        let all = rows.len() as f32 + 1.0;
        let rarity = documents.iter().map(|count| (all / (1.0 + count)).ln());
        let mut model = Self {
            classes,
            places,
            rarity: rarity.collect(),
            weights: vec![0.0; classes * documents.len()],
        };
        let mut seen = vec![1e-2; model.weights.len()];
        let counts = counts(classes, rows);
        let found = rows
            .iter()
            .map(|(class, evidence)| (*class, model.found(evidence)));
        let mut order: Vec<_> = found.collect();
        let mut random = fastrand::Rng::with_seed(1);
        for round in 0..ROUNDS {
            random.shuffle(&mut order);
            let step = STEP / f32::from(round).mul_add(0.2, 1.0);
            for (class, found) in &order {
                // Classes with many examples must not drown those with few.
                let weight = (rows.len() as f32 / (classes as f32 * counts[*class])).sqrt();
                model.step(&mut seen, *class, found, step, weight);
            }
        }
        model
    }

    fn step(
        &mut self,
        seen: &mut [f32],
        class: usize,
        found: &[(usize, f32)],
        step: f32,
        weight: f32,
    ) {
        let mut errors = self.sums(found);
        errors[class] -= 1.0;
        for (at, value) in found {
            let row = *at..at + self.classes;
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

    /// Where the weights of a prompt's terms begin, and how much each term counts; squares sum up to 1.
    fn found(&self, evidence: &Evidence) -> Vec<(usize, f32)> {
        let mut found: Vec<(usize, f32)> = Vec::with_capacity(evidence.terms().len());
        for (term, value) in evidence.terms() {
            let place = self.places.get(usize::from(*term)).copied().unwrap_or(NONE) as usize;
            if let Some(rarity) = self.rarity.get(place) {
                found.push((place * self.classes, value * rarity));
            }
        }
        let squares: f32 = found.iter().map(|(_, value)| value * value).sum();
        let scale = squares.max(f32::MIN_POSITIVE).sqrt().recip();
        for (_, value) in &mut found {
            *value *= scale;
        }
        found
    }

    /// How much of each class a prompt is.
    pub(super) fn shares(&self, evidence: &Evidence) -> Vec<f32> {
        self.sums(&self.found(evidence))
    }

    fn sums(&self, found: &[(usize, f32)]) -> Vec<f32> {
        let mut sums = vec![0.0; self.classes];
        for (at, value) in found {
            for (sum, weight) in sums.iter_mut().zip(&self.weights[*at..at + self.classes]) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Prompt;

    fn rows() -> Vec<(usize, Evidence)> {
        let texts = ["red apple", "red pear", "green bus", "green tram"];
        let texts = texts.iter().enumerate();
        texts
            .map(|(at, text)| (at / 2, Evidence::of(&Prompt::new(text))))
            .collect()
    }

    #[test]
    fn what_is_like_an_example_is_of_its_class() {
        let model = Linear::fit(2, &rows());
        let shares = |text: &str| model.shares(&Evidence::of(&Prompt::new(text)));
        assert!(shares("red plum")[0] > 0.6);
        assert!(shares("green train")[1] > 0.6);
        assert_eq!(shares("謎"), [0.5, 0.5]);
        assert_eq!(shares(""), [0.5, 0.5]);
    }

    #[test]
    fn the_same_examples_give_the_same_model() {
        let (one, other) = (Linear::fit(2, &rows()), Linear::fit(2, &rows()));
        assert_eq!(one.weights, other.weights);
    }
}
