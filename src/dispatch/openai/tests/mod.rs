//! What the files of this folder come to together.

mod answers;
mod hostile;
mod recorded;
mod requests;
mod round_trip;

use std::sync::Arc;

use crate::{
    catalog::{Candidate, Catalog, Usage},
    chat::{Delta, Ended, Finish, Sink},
};

/// A model of the dialect, with more lines for its provider and for itself.
pub(super) fn candidate(provider: &str, model: &str) -> Candidate {
    let text = format!(
        r#"
        [[provider]]
        name = "p"
        dialect = "openai"
        base_url = "https://o.example/v1"
        {provider}
        [[model]]
        name = "m"
        id = "model-x"
        provider = "p"
        price = {{ free = true }}
        can = ["tools", "vision", "audio", "files", "json_schema", "reasoning", "stream", "n"]
        {model}
        "#
    );
    let catalog = Catalog::from_toml(&text).unwrap().snapshot();
    let model = Arc::clone(catalog.model("m").unwrap());
    Candidate::all(&model).next().unwrap()
}

/// What an answer says, however it was divided.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    id: Option<String>,
    model: Option<String>,
    choices: Vec<Choice>,
    usage: Option<Usage>,
    failed: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Choice {
    text: String,
    refusal: String,
    thinking: String,
    /// Ids, names and arguments.
    calls: Vec<(Option<String>, String, String)>,
    cited: Vec<(String, Option<(u64, u64)>)>,
    ends: Vec<Ended<'static>>,
}

impl Choice {
    fn finish(&self) -> Option<Finish> {
        self.ends.first().map(|ended| ended.finish)
    }
}

impl Told {
    fn choice(&mut self, number: u32) -> &mut Choice {
        let at = number as usize;
        if self.choices.len() <= at {
            self.choices.resize(at + 1, Choice::default());
        }
        &mut self.choices[at]
    }
}

impl Sink for Told {
    fn take(&mut self, delta: Delta<'_>) {
        match delta {
            Delta::Begin { id, model } => {
                self.id = id.map(Into::into).or(self.id.take());
                self.model = model.map(Into::into).or(self.model.take());
            }
            Delta::Text { choice, text } => self.choice(choice).text.push_str(&text),
            Delta::Refusal { choice, text } => self.choice(choice).refusal.push_str(&text),
            Delta::Thinking { choice, text } => self.choice(choice).thinking.push_str(&text),
            Delta::Signature { .. } => {}
            Delta::Citation { choice, citation } => {
                let url = citation.url.unwrap_or_default().into_owned();
                self.choice(choice).cited.push((url, citation.span));
            }
            Delta::ToolCall {
                choice,
                call,
                id,
                name,
            } => {
                let calls = &mut self.choice(choice).calls;
                assert_eq!(
                    call as usize,
                    calls.len(),
                    "calls are numbered as they come"
                );
                calls.push((id.map(Into::into), name.into(), String::new()));
            }
            Delta::Arguments { choice, call, json } => {
                self.choice(choice).calls[call as usize].2.push_str(&json);
            }
            Delta::End { choice, ended } => self.choice(choice).ends.push(Ended {
                finish: ended.finish,
                stop: ended.stop.map(|stop| stop.into_owned().into()),
                explanation: ended.explanation.map(|why| why.into_owned().into()),
            }),
            Delta::Usage(usage) => self.usage = Some(usage),
            Delta::Failed(problem) => {
                self.failed = Some(format!(
                    "class: {:?}, code: {:?}, message: {:?}, param: {:?}, retry_after: {:?}",
                    problem.class,
                    problem.code,
                    problem.message,
                    problem.param,
                    problem.retry_after
                ));
            }
        }
    }
}
