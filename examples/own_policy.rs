//! A policy of one's own: the longest context for long questions, the cheapest for others.
//!
//! `cargo run --example own_policy`

mod common;

use std::cmp::Reverse;

use tower_genai::select::{Policy, Pool, Question};

#[derive(Debug)]
struct ByLength {
    long: u64,
}

impl Policy for ByLength {
    fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        if question.query.prompt().bytes() > self.long {
            pool.sort_by_key(|entry| Reverse(entry.candidate().model().context()));
            pool.reason("the longest context, since the question is long");
        } else {
            pool.sort_by_key(|entry| entry.cost());
            pool.reason("the cheapest, since the question is short");
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (_provider, stack) = common::start(None).await?;
    let stack = stack.policy(ByLength { long: 1_000 });
    for words in [3, 3_000] {
        let text = "again and ".repeat(words);
        println!(
            "{:>6} bytes: {}",
            text.len(),
            common::ask(&stack, &text).await?
        );
    }
    Ok(())
}
