//! Difficulty on sets that it was not fitted on.

use crate::{
    data::Asked,
    difficulty::{Tried, left_out, score, tried},
};

pub(crate) fn print(asked: &[Asked]) {
    let (tried, names) = tried(asked);
    println!("\nDifficulty, set left out: AUC of \"weak is right\" by model, length, heuristics");
    let (mut sums, mut count) = ([0.0; 3], 0.0);
    for (name, rows, weights) in left_out(&tried, &names) {
        let of = |by: &dyn Fn(&Tried<'_>) -> f32| {
            auc(rows.iter().map(|row| (by(row), row.right)).collect())
        };
        let found = [
            of(&|row| score(&weights, &row.asked.evidence)),
            of(&|row| row.asked.prompt.len() as f32),
            of(&|row| row.asked.evidence.heuristics().difficulty()),
        ];
        println!(
            "  {name:<22}{:>6}{:>8.3}{:>8.3}{:>8.3}",
            rows.len(),
            found[0],
            found[1],
            found[2]
        );
        // Parts of the exams have the rest of the exams in training: the mean is over what is new altogether.
        if !name.starts_with("exams ") {
            count += 1.0;
            for (sum, found) in sums.iter_mut().zip(found) {
                *sum += found;
            }
        }
    }
    let [model, length, heuristics] = sums.map(|sum| sum / count);
    println!(
        "  {:<22}{count:>6}{model:>8.3}{length:>8.3}{heuristics:>8.3}",
        "mean of sets left out"
    );
}

/// How probably one that was right scores below one that was wrong.
fn auc(mut scored: Vec<(f32, f32)>) -> f32 {
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut wrongs, mut pairs) = (0.0_f64, 0.0_f64, 0.0_f64);
    for same in scored.chunk_by(|a, b| a.0 == b.0) {
        let right: f64 = same.iter().map(|(_, right)| f64::from(*right)).sum();
        let wrong = same.len() as f64 - right;
        pairs += wrong * (below + right / 2.0);
        below += right;
        wrongs += wrong;
    }
    (pairs / (below * wrongs)) as f32
}
