use std::{borrow::Cow, collections::BTreeMap, fmt};

use super::{
    Bound, Kept,
    store::{self, Keepsake, LONGEST, Thought},
    token,
};
use crate::{
    catalog::ToolIds,
    chat::{Delta, Signed, ids},
    context::Tenant,
};

/// Sees to it, while an answer goes by, that what the caller cannot carry is kept; and that every call of a tool has an
/// id by which it is found again.
pub(in super::super) struct Keeping {
    kept: Kept,
    bound: Bound,
    tenant: Option<Tenant>,
    /// The answer's id, of which ids of calls are made.
    answer: Box<str>,
    choices: BTreeMap<u32, Choice>,
}

/// What one choice has said so far that is to be kept.
#[derive(Default)]
struct Choice {
    /// Of the piece of thinking that is not signed yet.
    open: String,
    bytes: usize,
    thinking: Vec<Thought>,
    calls: Vec<Call>,
}

struct Call {
    number: u32,
    id: Box<str>,
    signature: Option<Box<str>>,
}

impl fmt::Debug for Keeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeping")
            .field("kept", &self.kept)
            .field("bound", &self.bound)
            .field("choices", &self.choices.len())
            .finish_non_exhaustive()
    }
}

impl Keeping {
    pub(in super::super) fn new(
        kept: Kept,
        bound: Bound,
        tenant: Option<Tenant>,
        answer: &str,
    ) -> Self {
        Self {
            kept,
            bound,
            tenant,
            answer: answer.into(),
            choices: BTreeMap::new(),
        }
    }

    /// The piece as the caller is to get it.
    pub(in super::super) fn pass<'a>(&mut self, delta: Delta<'a>) -> Delta<'a> {
        match delta {
            Delta::Begin { id, model } => {
                if let Some(id) = &id {
                    self.answer = id.as_ref().into();
                }
                Delta::Begin { id, model }
            }
            Delta::Thinking { choice, text } => {
                self.choice(choice).think(&text);
                Delta::Thinking { choice, text }
            }
            Delta::Signature {
                choice,
                of,
                signature,
            } => Delta::Signature {
                choice,
                of,
                signature: self.sign(choice, of, &signature),
            },
            Delta::ToolCall {
                choice,
                call,
                id,
                name,
            } => {
                let id = self.call(choice, call, id);
                Delta::ToolCall {
                    choice,
                    call,
                    id: Some(id),
                    name,
                }
            }
            Delta::End { choice, ended } => {
                self.end(choice);
                Delta::End { choice, ended }
            }
            other => other,
        }
    }

    fn choice(&mut self, choice: u32) -> &mut Choice {
        self.choices.entry(choice).or_default()
    }

    /// Keeps what is signed, and says what the caller gets in the signature's place.
    fn sign(&mut self, choice: u32, of: Signed, signature: &str) -> Cow<'static, str> {
        let thought = |text: String| Thought {
            text: text.into(),
            signature: signature.into(),
            redacted: of == Signed::Redacted,
        };
        let mut keepsake = Keepsake {
            bound: self.bound.clone(),
            thinking: Vec::new(),
            signature: Some(signature.into()),
        };
        let state = self.choice(choice);
        match of {
            Signed::Thinking | Signed::Redacted => {
                let open = match of {
                    Signed::Thinking => std::mem::take(&mut state.open),
                    _ => String::new(),
                };
                state.bytes += signature.len();
                if state.bytes <= LONGEST {
                    let thought = thought(open);
                    state.thinking.push(thought.clone());
                    keepsake.thinking.push(thought);
                }
            }
            Signed::Call(number) => {
                if let Some(call) = state.calls.iter_mut().find(|call| call.number == number) {
                    call.signature = Some(signature.into());
                }
            }
            Signed::Text => {}
        }
        let key = store::key(self.tenant.as_ref(), "signature", signature);
        self.kept.put(key, keepsake);
        token::signature(&key)
    }

    fn call<'a>(&mut self, choice: u32, number: u32, id: Option<Cow<'a, str>>) -> Cow<'a, str> {
        let id = match id {
            Some(id) => match ids::fitting(&id, ToolIds::Any) {
                Cow::Borrowed(_) => id,
                Cow::Owned(other) => other.into(),
            },
            None => ids::of_call(&self.answer, choice, number).into(),
        };
        let call = Call {
            number,
            id: id.as_ref().into(),
            signature: None,
        };
        self.choice(choice).calls.push(call);
        id
    }

    /// What belongs to a choice's calls is known when it has ended.
    fn end(&mut self, choice: u32) {
        let Some(Choice {
            mut thinking,
            calls,
            ..
        }) = self.choices.remove(&choice)
        else {
            return;
        };
        for call in calls {
            // Thinking comes before the first call, and goes back with it.
            let thinking = std::mem::take(&mut thinking);
            if thinking.is_empty() && call.signature.is_none() {
                continue;
            }
            let key = store::key(self.tenant.as_ref(), "call", &call.id);
            self.kept.put(
                key,
                Keepsake {
                    bound: self.bound.clone(),
                    thinking,
                    signature: call.signature,
                },
            );
        }
    }
}

impl Choice {
    fn think(&mut self, text: &str) {
        self.bytes += text.len();
        if self.bytes <= LONGEST {
            self.open.push_str(text);
        }
    }
}
