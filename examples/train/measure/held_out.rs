//! Questions that nothing was trained on, by the weights as they ship.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};
use tower_genai::{classify::Trained, query::Task};

use super::calibration::Calibration;
use crate::data::{self, Set, broad};

const FILES: [&str; 3] = [
    "/tests/heuristics/held_out.jsonl",
    "/tests/heuristics/unseen.jsonl",
    "/examples/questions.jsonl",
];

pub(crate) fn print(bytes: Vec<u8>) -> Result<()> {
    let trained = Trained::from_weights(bytes)?;
    println!(
        "\nHeld-out questions: mean accuracy over nine tasks, trained, the same where parts are wrong, heuristics; and by task"
    );
    let mut calibration = Calibration::default();
    for name in FILES {
        let path = format!("{}{name}", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(&path).context(path)?;
        let mut tasks: BTreeMap<usize, [f32; 4]> = BTreeMap::new();
        for asked in data::tasks(&text, Set::Own)? {
            let found = trained.weigh(&asked.evidence);
            let right = |task: &Task| data::class_of(task.as_str()).map(broad) == Some(asked.class);
            calibration.add(found.confidence(), right(found.task()));
            let row = tasks.entry(asked.class).or_default();
            row[0] += 1.0;
            row[1] += f32::from(u8::from(right(found.task())));
            let exact = data::class_of(found.task().as_str()) == Some(asked.class);
            row[2] += f32::from(u8::from(exact));
            row[3] += f32::from(u8::from(right(asked.evidence.heuristics().task())));
        }
        let mean = |at: usize| {
            let shares = tasks.values().map(|row| row[at] / row[0]);
            shares.sum::<f32>() / tasks.len() as f32
        };
        println!(
            "  {name:<36}{:>8.3}{:>8.3}{:>8.3}",
            mean(1),
            mean(2),
            mean(3)
        );
        for (class, row) in &tasks {
            let task = &tower_genai::query::Shares::tasks()[*class];
            println!(
                "    {:<16}{:>8.3}{:>8.3}{:>8.3}",
                task.as_str(),
                row[1] / row[0],
                row[2] / row[0],
                row[3] / row[0]
            );
        }
    }
    println!("calibration error {:.3}", calibration.error());
    Ok(())
}
