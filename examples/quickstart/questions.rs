//! The questions that are played.

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// A question as somebody would ask it, and the task that its author had in mind.
#[derive(Clone, Deserialize)]
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

/// Every fifth of these questions, as they were asked before.
pub(crate) fn again(all: &[Question]) -> Vec<Question> {
    all.iter().step_by(5).cloned().collect()
}

/// Every tenth of these questions in slightly other words, so that nobody has asked them before.
pub(crate) fn reworded(all: &[Question]) -> Vec<Question> {
    let reworded = |question: &Question| Question {
        prompt: format!("{} Thank you!", question.prompt),
        ..question.clone()
    };
    all.iter().step_by(10).map(reworded).collect()
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
