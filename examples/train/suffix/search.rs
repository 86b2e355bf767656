//! A search for words that, appended to a prompt, send it somewhere dearer.

use std::collections::BTreeSet;

use tower_genai::{
    classify::Trained,
    query::{Prompt, Shares},
};

/// How many words are appended at most.
const WORDS: usize = 20;
/// How many words are tried at each place: those that alone speak most for what is dear.
const TRIED: usize = 150;

/// What calls of each known task cost, in the order of [`Shares::tasks`].
pub(crate) type Prices = [f64; Shares::LEN];

/// What was found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    /// Prompts that could be sent somewhere dearer at all, since their task is not the dearest.
    pub(crate) prompts: usize,
    /// Those that some words sent there.
    pub(crate) upgraded: usize,
    /// How many words that took, all together.
    pub(crate) words: usize,
}

/// Searches greedily for each prompt, with the weights at hand: what the most knowing attacker does.
pub(crate) fn search(
    trained: &Trained,
    prices: &Prices,
    prompts: &[&str],
    texts: &[&str],
) -> Found {
    let mut found = Found::default();
    let dearest = prices.iter().copied().fold(0.0, f64::max);
    let words = vocabulary(texts);
    for prompt in prompts {
        let before = price(trained, prices, prompt);
        if before * 1.05 >= dearest {
            continue;
        }
        found.prompts += 1;
        let dear = |shares: &Shares| -> f32 {
            let shares = shares.as_array().iter().zip(prices);
            shares
                .filter(|(_, price)| **price > before * 1.05)
                .map(|(share, _)| share)
                .sum()
        };
        let mut alone: Vec<(f32, &str)> = words
            .iter()
            .map(|word| {
                (
                    dear(&trained.shares(&Prompt::new(&format!("{prompt} {word}")))),
                    *word,
                )
            })
            .collect();
        alone.sort_by(|a, b| b.0.total_cmp(&a.0));
        alone.truncate(TRIED);
        let mut text = (*prompt).to_owned();
        for count in 1..=WORDS {
            let longer = alone.iter().map(|(_, word)| {
                let longer = format!("{text} {word}");
                (dear(&trained.shares(&Prompt::new(&longer))), longer)
            });
            let Some((_, longer)) = longer.max_by(|a, b| a.0.total_cmp(&b.0)) else {
                break;
            };
            text = longer;
            if price(trained, prices, &text) > before * 1.05 {
                found.upgraded += 1;
                found.words += count;
                break;
            }
        }
    }
    found
}

/// What a prompt costs.
fn price(trained: &Trained, prices: &Prices, prompt: &str) -> f64 {
    let found = trained.read(&Prompt::new(prompt));
    let tasks = Shares::tasks().iter().zip(prices);
    let mut price = tasks.filter(|(task, _)| *task == found.task());
    price.next().map_or(0.0, |(_, price)| *price)
}

/// All words of some texts.
fn vocabulary<'a>(texts: &[&'a str]) -> Vec<&'a str> {
    let words = texts.iter().flat_map(|text| text.split_whitespace());
    let words: BTreeSet<&str> = words.filter(|word| word.len() < 24).collect();
    words.into_iter().collect()
}
