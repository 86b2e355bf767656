//! What a user with tasks of his own gets: CLINC150's intents as such tasks, by `classify::Examples`.

use std::collections::BTreeMap;

use tower_genai::{
    classify::{Examples, Heuristics},
    query::{Prompt, Task},
};

/// Every fifth intent is kept out, to see how many of its prompts are taken for another one.
const UNKNOWN: usize = 5;

/// Prompts by intent.
pub(crate) type Intents = BTreeMap<String, Vec<String>>;

pub(crate) fn print(intents: &Intents) {
    println!(
        "\nOwn tasks: CLINC150, examples each, right on the fifth that was kept out; and where only sure answers count"
    );
    for most in [10, 96] {
        let all: Vec<&str> = intents.keys().map(|intent| &**intent).collect();
        let Some(examples) = learn(intents, &all, most) else {
            continue;
        };
        let (mut right, mut sure, mut sure_right, mut count) = (0.0, 0.0, 0.0, 0.0);
        let any = examples.clone().sure(0.0);
        for intent in &all {
            for prompt in tested(&intents[*intent]) {
                let prompt = Prompt::new(prompt);
                count += 1.0;
                let is_right = |own: Option<(&Task, f32)>| {
                    own.map_or(0.0, |(task, _)| {
                        f32::from(u8::from(task.as_str() == *intent))
                    })
                };
                right += is_right(any.own(&prompt));
                let own = examples.own(&prompt);
                sure += f32::from(u8::from(own.is_some()));
                sure_right += is_right(own);
            }
        }
        println!(
            "  {most:>3} of {} intents: {:.3}; sure {:.3}, of these right {:.3}",
            all.len(),
            right / count,
            sure / count,
            sure_right / sure
        );
        let known: Vec<&str> = all
            .iter()
            .enumerate()
            .filter(|(at, _)| at % UNKNOWN != 0)
            .map(|(_, intent)| *intent)
            .collect();
        let Some(examples) = learn(intents, &known, most) else {
            continue;
        };
        let (mut taken, mut count) = (0.0, 0.0);
        for intent in all.iter().step_by(UNKNOWN) {
            for prompt in tested(&intents[*intent]) {
                count += 1.0;
                taken += f32::from(u8::from(examples.own(&Prompt::new(prompt)).is_some()));
            }
        }
        println!(
            "      of {} intents: {:.3} of the prompts of all others are taken for one of them",
            known.len(),
            taken / count
        );
    }
}

fn learn(intents: &Intents, names: &[&str], most: usize) -> Option<Examples<Heuristics>> {
    let examples = names.iter().flat_map(|intent| {
        let prompts = intents[*intent].iter().enumerate();
        let learned = prompts.filter(|(at, _)| at % 5 != 4).take(most);
        learned.map(|(_, prompt)| (Task::new((*intent).to_owned()), prompt))
    });
    Examples::new(Heuristics::new(), examples).ok()
}

/// The fifth that is kept out.
fn tested(prompts: &[String]) -> impl Iterator<Item = &String> {
    prompts.iter().skip(4).step_by(5)
}
