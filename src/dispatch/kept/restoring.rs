use std::borrow::Cow;

use super::{
    Bound, Kept,
    store::{self, Keepsake, Thought},
    token,
};
use crate::{
    catalog::ToolIds,
    chat::{Content, Message, Part, Request, Role, Thinking, ids},
    context::Tenant,
};

/// What is said of a turn whose thinking the model that is asked cannot read.
const LEFT_OUT: &str = "thinking that another model has signed";

/// Gives the turns of a request back what was kept of them, as far as the model that is asked can read it, and takes out
/// what it cannot. `own` is whether signatures that were never kept here are the provider's own.
pub(in super::super) fn restore(
    request: &mut Request<'_>,
    kept: &Kept,
    bound: &Bound,
    tenant: Option<&Tenant>,
    own: bool,
) -> Restored {
    let mut restoring = Restoring {
        kept,
        bound,
        tenant,
        own,
        left_out: false,
        bytes: 0,
    };
    let turns = request.messages.iter_mut();
    for message in turns.filter(|message| message.role == Role::Assistant) {
        restoring.message(message);
    }
    Restored {
        left_out: restoring.left_out.then_some(LEFT_OUT),
        bytes: restoring.bytes,
    }
}

/// What has become of a request's turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Restored {
    /// What is said of what was left out.
    pub(in super::super) left_out: Option<&'static str>,
    /// Bytes that were added, or may have been.
    pub(in super::super) bytes: u64,
}

struct Restoring<'a> {
    kept: &'a Kept,
    bound: &'a Bound,
    tenant: Option<&'a Tenant>,
    own: bool,
    left_out: bool,
    bytes: u64,
}

impl Restoring<'_> {
    fn message(&mut self, message: &mut Message<'_>) {
        let mut thoughts: Vec<Thought> = Vec::new();
        message.parts.retain_mut(|part| match &mut part.content {
            Content::Thinking(thinking) => self.thinking(thinking),
            Content::ToolCall(call) => {
                let named = call.id.as_deref().and_then(|id| self.of_call(id));
                let signature = call.signature.take();
                call.signature = match (signature.map(|text| self.signature(text)), named) {
                    (Some(Some(signature)), _) => Some(signature),
                    (_, Some(kept)) => {
                        if thoughts.is_empty() {
                            thoughts.extend(kept.thinking.iter().cloned());
                        }
                        kept.signature
                            .as_deref()
                            .map(|text| Cow::Owned(text.into()))
                    }
                    (_, None) => None,
                };
                true
            }
            _ => true,
        });
        let signed = |part: &Part<'_>| matches!(&part.content, Content::Thinking(thinking) if thinking.signature.is_some());
        if !message.parts.iter().any(signed) {
            self.bytes += thoughts.iter().map(Thought::bytes).sum::<u64>();
            let thoughts = thoughts.into_iter().map(|thought| {
                Part::new(Content::Thinking(Thinking {
                    text: String::from(thought.text).into(),
                    signature: Some(String::from(thought.signature).into()),
                    redacted: thought.redacted,
                }))
            });
            message.parts.splice(0..0, thoughts);
        }
    }

    /// Whether a piece of thinking can stay.
    fn thinking(&mut self, thinking: &mut Thinking<'_>) -> bool {
        // An empty one signs nothing: it stands where a caller's form demands one.
        let signature = thinking.signature.take().filter(|text| !text.is_empty());
        let Some(signature) = signature else {
            return true;
        };
        if let Some(kept) = token::key(&signature).and_then(|key| self.kept.get(&key, self.bound)) {
            // Signed are the words that came with it, whatever became of them on the way.
            if let Some(thought) = kept.thinking.first() {
                self.bytes += thought.bytes();
                thinking.text = String::from(&*thought.text).into();
                thinking.redacted = thought.redacted;
            }
            thinking.signature = kept
                .signature
                .as_deref()
                .map(|text| Cow::Owned(text.into()));
            return true;
        }
        if self.own && token::key(&signature).is_none() {
            thinking.signature = Some(signature);
            return true;
        }
        self.left_out = true;
        false
    }

    /// A call's own signature, where the model can read it.
    fn signature<'s>(&mut self, signature: Cow<'s, str>) -> Option<Cow<'s, str>> {
        let Some(key) = token::key(&signature) else {
            self.left_out |= !self.own;
            return self.own.then_some(signature);
        };
        let kept = self.kept.get(&key, self.bound);
        self.left_out |= kept.is_none();
        let kept = kept?.signature.as_deref().map(ToOwned::to_owned);
        kept.map(Cow::Owned)
    }

    fn of_call(&self, id: &str) -> Option<std::sync::Arc<Keepsake>> {
        let id = ids::fitting(id, ToolIds::Any);
        let key = store::key(self.tenant, "call", &id);
        self.kept.get(&key, self.bound)
    }
}
