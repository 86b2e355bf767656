//! A classifier of one's own: a task that this app knows by its words, and the built-in classifier for the rest.
//!
//! `cargo run --example own_classifier`

mod common;

use tower_genai::{
    classify::{Classifier, Trained},
    query::{Classification, Query, Task},
};

/// Contracts are law, whatever else they look like.
#[derive(Debug, Default)]
struct Lawyer(Trained);

impl Classifier for Lawyer {
    fn classify(&self, query: &Query) -> Classification {
        let text = query.prompt().user().to_lowercase();
        let words = ["contract", "liability", "clause"];
        if words.iter().any(|word| text.contains(word)) {
            return Classification::new(Task::new("law")).with_difficulty(0.8);
        }
        self.0.classify(query)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (_provider, stack) = common::start(None).await?;
    let stack = stack.classifier(Lawyer::default());
    for text in [
        "What is for lunch?",
        "Which clause of this contract limits my liability?",
    ] {
        println!("{text:<52}{}", common::ask(&stack, text).await?);
    }
    Ok(())
}
