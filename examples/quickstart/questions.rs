//! The questions that are played.

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// A question as somebody would ask it, and the task that its author had in mind.
#[derive(Deserialize)]
pub(crate) struct Question {
    pub(crate) task: String,
    prompt: String,
    #[serde(skip)]
    stream: bool,
}

/// All questions; every second one is to be streamed.
pub(crate) fn all() -> anyhow::Result<Vec<Question>> {
    let lines = include_str!("../questions.jsonl").lines().enumerate();
    lines
        .map(|(at, line)| {
            let question: Question = serde_json::from_str(line)
                .with_context(|| format!("questions.jsonl, line {}", at + 1))?;
            Ok(Question {
                stream: at % 2 == 1,
                ..question
            })
        })
        .collect()
}

impl Question {
    /// The body of the call, for a model or an alias.
    pub(crate) fn body(&self, model: &str) -> Value {
        json!({
            "model": model,
            "stream": self.stream,
            "messages": [{"role": "user", "content": self.prompt}],
        })
    }
}
