use crate::{classify::Evidence, query::Prompt};

/// Prompts of all kinds, one a line: what is none of a user's own tasks.
const PROMPTS: &str = include_str!("background.txt");

/// From this likeness on, a prompt is too like an example of a user's to be called something else.
const ALIKE: f32 = 0.4;

/// What all examples are told from, without what is like one of them.
pub(super) fn background(examples: &[(usize, Evidence)]) -> Vec<Evidence> {
    let prompts = PROMPTS.lines().map(|line| Evidence::of(&Prompt::new(line)));
    prompts
        .filter(|prompt| {
            let alike = |(_, example): &(usize, Evidence)| likeness(prompt, example) >= ALIKE;
            !examples.iter().any(alike)
        })
        .collect()
}

/// How alike the terms of two prompts are: 1, if they are the same.
fn likeness(a: &Evidence, b: &Evidence) -> f32 {
    let (short, long) = if a.terms().len() < b.terms().len() {
        (a, b)
    } else {
        (b, a)
    };
    let mut sum = 0.0;
    for (term, value) in short.terms() {
        if let Some((_, other)) = long.terms().iter().find(|(other, _)| other == term) {
            sum += value * other;
        }
    }
    sum
}
