//! What learning takes: a query as numbers, by its length; the estimates of 16 and of 1 000 candidates from a full memory
//! of 1 024 labelled calls; a choice; taking a label; working labels in, which is off the path of calls.
//!
//! ```sh
//! cargo bench --bench profile
//! ```

#[allow(
    dead_code,
    unused_imports,
    reason = "each bench uses a part of what they share"
)]
mod support;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use support::criterion;
use tower_genai::{
    profile::{
        Vector,
        learner::{Arm, Ask, Label, Learner},
    },
    query::Prompt,
};

const WORDS: [&str; 12] = [
    "write", "a", "function", "that", "sums", "7", "numbers", "(fast)", "and", "explain", "why",
    "today?",
];

fn text(bytes: usize, random: &mut fastrand::Rng) -> String {
    let mut text = String::new();
    while text.len() < bytes {
        text.push_str(WORDS[random.usize(..WORDS.len())]);
        text.push(' ');
    }
    text
}

fn label(arms: u32, random: &mut fastrand::Rng) -> Label {
    let text = text(200, random);
    Label {
        vector: Vector::of(&Prompt::new(&text)),
        task: random.u32(..8),
        arm: random.u32(..arms),
        prior: Some(0.5),
        predicted: 0.5,
        score: f64::from(random.u8(..2)),
        weight: 1.0,
        at: 0.0,
    }
}

fn vectors(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("vector");
    for kilobytes in [1, 100] {
        let text = text(kilobytes << 10, &mut fastrand::Rng::with_seed(1));
        let prompt = Prompt::new(&text);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{kilobytes} KB"), |bencher| {
            bencher.iter(|| Vector::of(black_box(&prompt)));
        });
    }
    group.finish();
}

fn learning(criterion: &mut Criterion) {
    for candidates in [16, 1_000] {
        let mut random = fastrand::Rng::with_seed(2);
        let mut learner = Learner::new();
        for _ in 0..1_100 {
            learner.learn(label(candidates, &mut random));
            if learner.is_due() {
                learner.settle();
            }
        }
        let arm = |key| Arm {
            key,
            prior: Some(0.5),
            cost: f64::from(key) * 1e-5,
        };
        let arms: Vec<Arm> = (0..candidates).map(arm).collect();
        let asked = label(candidates, &mut random);
        let ask = Ask {
            vector: &asked.vector,
            task: asked.task,
            confidence: 1.0,
            prior_by_task: true,
            arms: &arms,
            quality: 1.0,
            explore: 0.01,
            again: false,
        };
        let scorer = learner.scorer();
        let mut group = criterion.benchmark_group(format!("{candidates} candidates"));
        group.bench_function("estimates", |bencher| bencher.iter(|| scorer.score(&ask)));
        let estimates = scorer.score(&ask);
        group.bench_function("choice", |bencher| {
            let copy = || estimates.clone();
            let choose = |estimates| learner.choose(&ask, estimates, &mut random);
            bencher.iter_batched(copy, choose, BatchSize::SmallInput);
        });
        group.finish();
    }
}

fn labels(criterion: &mut Criterion) {
    let mut random = fastrand::Rng::with_seed(3);
    let mut learner = Learner::new();
    let mut group = criterion.benchmark_group("label");
    let labels: Vec<Label> = (0..1_100).map(|_| label(16, &mut random)).collect();
    let mut next = labels.iter().cycle().cloned();
    group.bench_function("taken", |bencher| {
        bencher.iter_batched(
            || next.next(),
            |label| {
                if let Some(label) = label {
                    learner.learn(label);
                }
            },
            BatchSize::SmallInput,
        );
    });
    let mut learner = Learner::restore(Default::default(), labels.iter().cloned());
    group.bench_function("ten worked in", |bencher| {
        bencher.iter(|| {
            for label in next.by_ref().take(10) {
                learner.learn(label);
            }
            learner.settle();
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = criterion();
    vectors(&mut criterion);
    learning(&mut criterion);
    labels(&mut criterion);
    criterion.final_summary();
}
