use tower_genai::{
    classify::{Evidence, Trained},
    query::{Prompt, Shares, Task},
};

use crate::{
    fit::{How, Row, fit},
    weights,
};

/// Prompts of two tasks, told by one word each.
const PROMPTS: [(usize, &str); 6] = [
    (5, "glimmerish thing one"),
    (5, "glimmerish thing two"),
    (5, "a glimmerish other thing"),
    (6, "brontic thing one"),
    (6, "brontic thing two"),
    (6, "a brontic other thing"),
];

fn bytes(seed: u64) -> Vec<u8> {
    let row = |(class, prompt): (usize, &str)| Row {
        evidence: Evidence::of(&Prompt::new(prompt)),
        class,
        weight: 1.0,
    };
    let rows = PROMPTS.map(row);
    let how = How {
        classes: Shares::LEN,
        rounds: 20,
        step: 0.5,
        looks_step: 0.01,
        seed,
    };
    let fitted = fit(&rows.iter().collect::<Vec<_>>(), how, |_, _| 0.0);
    weights::write(&fitted, 1.0, &[0.0; Evidence::LOOKS])
}

#[test]
fn the_same_seed_gives_the_same_weights_byte_for_byte() {
    let once = bytes(3);
    assert!(once == bytes(3));
    assert!(once != bytes(4));
    assert!(once.len() < 600_000);
}

#[test]
fn what_was_trained_is_told() {
    let trained = Trained::from_weights(bytes(3)).unwrap();
    for (word, task) in [("glimmerish", Task::CREATIVE), ("brontic", Task::KNOWLEDGE)] {
        let found = trained.read(&Prompt::new(&format!("one more {word} thing")));
        assert_eq!(found.task(), &task);
        assert_eq!(found.difficulty(), 0.5);
    }
}

#[test]
fn weights_that_were_changed_are_refused() {
    let good = bytes(3);
    for at in [0, 7, 8, 200, 4000, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(Trained::from_weights(bad).is_err(), "byte {at}");
    }
    assert!(Trained::from_weights(&good[1..]).is_err());
    let longer = [&good[..], &[0]].concat();
    assert!(Trained::from_weights(longer).is_err());
    assert!(Trained::from_weights(good).is_ok());
}
