//! What the files of this folder come to together.

mod answers;
mod native;
mod recorded;
mod requests;
mod roundtrip;

use std::fmt::Write as _;

use crate::{
    catalog::{Candidate, Catalog},
    chat::{Delta, Signed},
};

/// A model of the dialect, with more lines of a catalog.
pub(super) fn candidate(more: &str) -> Candidate {
    let text = format!(
        r#"
        [[provider]]
        name = "google"
        dialect = "gemini"
        base_url = "https://g.example"
        [[model]]
        name = "m"
        id = "gemini-x"
        provider = "google"
        price = {{ free = true }}
        can = ["tools", "vision", "audio", "json_schema", "reasoning", "stream", "n"]
        {more}
        "#
    );
    let catalog = Catalog::from_toml(&text).unwrap().snapshot();
    let model = catalog.model("m").unwrap();
    Candidate::all(model).next().unwrap()
}

/// What an answer says, however it was divided: a line for each thing, words that go on in one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) text: String,
    pub(super) thinking: String,
    /// Names, ids and arguments.
    pub(super) calls: Vec<(String, Option<String>, String)>,
    /// What is signed with what.
    pub(super) signatures: Vec<(Signed, String)>,
    pub(super) ends: Vec<(u32, String)>,
    pub(super) cited: Vec<String>,
    pub(super) usage: Option<crate::catalog::Usage>,
    pub(super) failed: Option<String>,
    pub(super) model: Option<String>,
}

impl crate::chat::Sink for Told {
    fn take(&mut self, delta: Delta<'_>) {
        match delta {
            Delta::Begin { model, .. } => {
                self.model = model.map(Into::into).or(self.model.take());
            }
            Delta::Text { text, .. } | Delta::Refusal { text, .. } => self.text.push_str(&text),
            Delta::Thinking { text, .. } => self.thinking.push_str(&text),
            Delta::Signature { of, signature, .. } => {
                self.signatures.push((of, signature.into_owned()));
            }
            Delta::Citation { citation, .. } => {
                let mut line = String::new();
                let _ = write!(line, "{citation:?}");
                self.cited.push(line);
            }
            Delta::ToolCall { call, id, name, .. } => {
                assert_eq!(
                    call as usize,
                    self.calls.len(),
                    "calls are numbered as they come"
                );
                let id = id.map(Into::into);
                self.calls.push((name.into_owned(), id, String::new()));
            }
            Delta::Arguments { call, json, .. } => self.calls[call as usize].2.push_str(&json),
            Delta::End { choice, ended } => {
                self.ends.push((choice, format!("{:?}", ended.finish)));
            }
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
