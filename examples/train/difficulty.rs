//! How hard a prompt is for a weak model, as far as text tells.
//!
//! Most of what an n-gram model learns of difficulty is which set a prompt is from, and that is worth nothing on other
//! sets. So the model has an intercept of its own for each set, is linear in the looks alone, and its rank and that of
//! plain length count alike. It was chosen for the mean over sets that were left out.

use std::collections::BTreeMap;

use tower_genai::classify::Evidence;

use crate::data::{Asked, Set};

/// Of these the mean counts as "a weak model".
const WEAK: [&str; 5] = [
    "gemma-2-9b-it",
    "llama-3.1-8b-instruct",
    "qwen2.5-7b-instruct",
    "mistral-7b-instruct-v0.3",
    "mixtral-8x7b-instruct",
];

const RIDGE: f32 = 0.1;
const ROUNDS: u16 = 120;

/// Which look is the text's length.
const LENGTH: usize = Evidence::LOOKS - 2;

/// A prompt of which it is known how right weak models were.
#[derive(Debug)]
pub(crate) struct Tried<'a> {
    pub(crate) asked: &'a Asked,
    /// The set, by number.
    group: usize,
    /// The share of weak models that were right.
    pub(crate) right: f32,
}

/// All that were tried, and the names of the sets. The subjects of exams are three sets.
pub(crate) fn tried(all: &[Asked]) -> (Vec<Tried<'_>>, Vec<String>) {
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::new();
    let mut tried = Vec::new();
    for asked in all {
        let weak = WEAK.iter().filter_map(|model| asked.scores.get(*model));
        let weak: Vec<f32> = weak.copied().collect();
        if weak.is_empty() {
            continue;
        }
        let name = match asked.set {
            Set::Mmlu => format!(
                "exams {}",
                1 + asked.part.bytes().map(usize::from).sum::<usize>() % 3
            ),
            _ => asked.part.clone(),
        };
        let group = *groups.entry(name.clone()).or_insert_with(|| {
            names.push(name);
            names.len() - 1
        });
        let right = weak.iter().sum::<f32>() / weak.len() as f32;
        tried.push(Tried {
            asked,
            group,
            right,
        });
    }
    (tried, names)
}

/// The weights for the crate.
pub(crate) fn fit(all: &[Asked]) -> Vec<f32> {
    let (tried, names) = tried(all);
    let rows: Vec<_> = tried.iter().collect();
    calibrated(&rows, mixed(&rows, names.len()), names.len())
}

/// What weights that never saw a set say of it: name, rows, and the weights.
pub(crate) fn left_out<'a>(
    tried: &'a [Tried<'a>],
    names: &'a [String],
) -> impl Iterator<Item = (String, Vec<&'a Tried<'a>>, Vec<f32>)> {
    let exams = |group: usize| names[group].starts_with("exams");
    let alone = (0..names.len()).map(|group| (names[group].clone(), vec![group]));
    let together = (0..names.len())
        .filter(move |group| exams(*group))
        .collect();
    let parts = alone.chain([("exams".to_owned(), together)]);
    parts.map(|(name, out)| {
        let (test, train): (Vec<_>, Vec<_>) =
            tried.iter().partition(|tried| out.contains(&tried.group));
        let weights = mixed(&train, names.len());
        let weights = calibrated(&train, weights, names.len());
        (name, test, weights)
    })
}

pub(crate) fn score(weights: &[f32], evidence: &Evidence) -> f32 {
    let looks = evidence.looks().iter().zip(weights);
    looks.map(|(look, weight)| look * weight).sum()
}

/// Each set counts alike, however many prompts it has.
fn shares(rows: &[&Tried<'_>], groups: usize) -> Vec<f32> {
    let mut counts = vec![0.0_f32; groups];
    for row in rows {
        counts[row.group] += 1.0;
    }
    counts
        .into_iter()
        .map(|count| 1.0 / count.max(1.0))
        .collect()
}

/// The model's score and length, each by its spread.
fn mixed(rows: &[&Tried<'_>], groups: usize) -> Vec<f32> {
    let mut weights = ranked(rows, groups);
    let spread = spread(rows, |row| score(&weights, &row.asked.evidence));
    for weight in &mut weights {
        *weight /= spread;
    }
    weights[LENGTH] += 1.0 / self::spread(rows, |row| row.asked.evidence.looks()[LENGTH]);
    weights
}

fn mean(rows: &[&Tried<'_>], of: impl Fn(&Tried<'_>) -> f32) -> f32 {
    rows.iter().map(|row| of(row)).sum::<f32>() / rows.len() as f32
}

fn spread(rows: &[&Tried<'_>], of: impl Fn(&Tried<'_>) -> f32) -> f32 {
    let mean = mean(rows, &of);
    self::mean(rows, |row| (of(row) - mean).powi(2)).sqrt() + 1e-3
}

fn sigmoid(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

/// Logistic ridge regression on standardised looks, with an intercept for each set that is forgotten afterwards.
fn ranked(rows: &[&Tried<'_>], groups: usize) -> Vec<f32> {
    let looks = Evidence::LOOKS;
    let spreads: Vec<(f32, f32)> = (0..looks)
        .map(|look| {
            let of = |row: &Tried<'_>| row.asked.evidence.looks()[look];
            (mean(rows, of), spread(rows, of))
        })
        .collect();
    let shares = shares(rows, groups);
    let total: f32 = rows.iter().map(|row| shares[row.group]).sum();
    let (mut weights, mut intercepts) = (vec![0.0_f32; looks], vec![0.0_f32; groups]);
    for round in 0..ROUNDS {
        let slower = f32::from(round) * 0.01;
        let step = 0.8 / (1.0 + slower);
        let (mut slopes, mut shifts) = (vec![0.0; looks], vec![0.0; groups]);
        for row in rows {
            let found = row.asked.evidence.looks().iter().zip(&spreads);
            let found: Vec<f32> = found
                .map(|(look, (mean, spread))| (look - mean) / spread)
                .collect();
            let sum: f32 = found
                .iter()
                .zip(&weights)
                .map(|(look, weight)| look * weight)
                .sum();
            let error = sigmoid(sum + intercepts[row.group]) - (1.0 - row.right);
            shifts[row.group] += error * shares[row.group];
            for (slope, look) in slopes.iter_mut().zip(&found) {
                *slope += error * look * shares[row.group];
            }
        }
        for (weight, slope) in weights.iter_mut().zip(slopes) {
            let shrink = RIDGE * *weight;
            *weight -= step * (slope / total + shrink);
        }
        for (intercept, shift) in intercepts.iter_mut().zip(shifts) {
            *intercept -= 2.0 * shift;
        }
    }
    let weights = weights.iter().zip(&spreads);
    weights
        .map(|(weight, (_, spread))| weight / spread)
        .collect()
}

/// Scaled and shifted, so that it says how probably a weak model is wrong.
fn calibrated(rows: &[&Tried<'_>], weights: Vec<f32>, groups: usize) -> Vec<f32> {
    let shares = shares(rows, groups);
    let total: f32 = rows.iter().map(|row| shares[row.group]).sum();
    let middle = mean(rows, |row| score(&weights, &row.asked.evidence));
    let (mut scale, mut shift) = (0.1_f32, 0.0_f32);
    for _ in 0..400 {
        let (mut slope, mut error) = (0.0, 0.0);
        for row in rows {
            let score = score(&weights, &row.asked.evidence) - middle;
            let scaled = scale * score;
            let wrong = sigmoid(scaled + shift) - (1.0 - row.right);
            slope += wrong * score * shares[row.group];
            error += wrong * shares[row.group];
        }
        scale = (scale - 0.3 * slope / total).max(0.05);
        shift -= error / total;
    }
    let mut weights: Vec<f32> = weights.iter().map(|weight| weight * scale).collect();
    // The last look is always 1.
    let centred = scale * middle;
    weights[Evidence::LOOKS - 1] += shift - centred;
    weights
}
