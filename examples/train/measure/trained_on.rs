//! What is said of each prompt by the weights of the folds that it is not in.

use std::collections::BTreeMap;

use tower_genai::query::{Shares, Task};

use super::calibration::Calibration;
use crate::{
    crossed::Crossed,
    data::{Asked, Set, broad},
};

pub(crate) fn print(asked: &[Asked], crossed: &Crossed, temperature: f32) {
    let mut sets: BTreeMap<Set, [f32; 4]> = BTreeMap::new();
    let mut parts: BTreeMap<&str, [f32; 4]> = BTreeMap::new();
    let mut three: BTreeMap<&str, [f32; 4]> = BTreeMap::new();
    let mut calibration = Calibration::default();
    for (at, asked) in asked.iter().enumerate() {
        let shares = crossed.shares(at, temperature);
        let shares = Shares::new(std::array::from_fn(|class| shares[class]));
        let (task, share) = shares.most();
        let named = class(task);
        let right = broad(named) == broad(asked.class);
        let heuristics = class(asked.evidence.heuristics().task()) == broad(asked.class);
        let row = [1.0, of(right), of(named == asked.class), of(heuristics)];
        add(sets.entry(asked.set).or_default(), row);
        match asked.set {
            Set::Ulab => add(parts.entry(&asked.part).or_default(), row),
            Set::Arena => {
                let name = Shares::tasks()[asked.class].as_str();
                if ["coding", "math", "creative"].contains(&name) {
                    add(three.entry(name).or_default(), row);
                }
                calibration.add(share, right);
            }
            Set::Own | Set::Development => calibration.add(share, right),
            _ => {}
        }
    }
    println!(
        "\nFivefold, the sets that are trained on: right task of nine, of thirteen, heuristics of nine"
    );
    for (set, row) in sets {
        show(&format!("{set:?}"), row);
    }
    for (part, row) in parts.into_iter().chain(three) {
        show(part, row);
    }
    println!("calibration error {:.3}", calibration.error());
}

fn class(task: &Task) -> usize {
    Shares::tasks()
        .iter()
        .position(|known| known == task)
        .unwrap_or(8)
}

fn of(right: bool) -> f32 {
    f32::from(u8::from(right))
}

fn add(sums: &mut [f32; 4], row: [f32; 4]) {
    for (sum, one) in sums.iter_mut().zip(row) {
        *sum += one;
    }
}

fn show(name: &str, [count, nine, all, heuristics]: [f32; 4]) {
    println!(
        "  {name:<22}{count:>6}{:>8.3}{:>8.3}{:>8.3}",
        nine / count,
        all / count,
        heuristics / count
    );
}
