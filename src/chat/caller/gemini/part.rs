use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::chat::json::{Object, string};

/// A part of an answer.
pub(super) enum Part<'a> {
    Text {
        text: Cow<'a, str>,
        signature: Option<Cow<'a, str>>,
    },
    Thought {
        text: Cow<'a, str>,
        signature: Option<Cow<'a, str>>,
    },
    Call(Call),
}

/// A call of a function, of which the arguments may not be all there yet.
#[derive(Default)]
pub(super) struct Call {
    pub(super) number: u32,
    pub(super) id: Box<str>,
    pub(super) name: Box<str>,
    pub(super) arguments: String,
    pub(super) signature: Option<Box<str>>,
}

impl Call {
    /// Whether the arguments are the whole text of an object.
    pub(super) fn is_complete(&self) -> bool {
        // Whoever looks at every piece would look at the whole each time.
        let (front, back) = (self.arguments.trim_start(), self.arguments.trim_end());
        front.starts_with('{')
            && back.ends_with('}')
            && serde_json::from_str::<&RawValue>(&self.arguments).is_ok()
    }
}

impl Part<'_> {
    /// Whether it is more than a signature.
    pub(super) fn says(&self) -> bool {
        match self {
            Self::Text { text, .. } | Self::Thought { text, .. } => !text.is_empty(),
            Self::Call(_) => true,
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut part = Object::begin(out);
        match self {
            Self::Text { text, signature } => {
                part.text("text", text);
                if let Some(signature) = signature {
                    part.text("thoughtSignature", signature);
                }
            }
            Self::Thought { text, signature } => {
                part.text("text", text);
                part.raw("thought", "true");
                if let Some(signature) = signature {
                    part.text("thoughtSignature", signature);
                }
            }
            Self::Call(call) => {
                let mut object = Object::begin(part.member("functionCall"));
                object.text("id", &call.id);
                object.text("name", &call.name);
                let arguments = call.arguments.trim();
                if arguments.is_empty() {
                    object.raw("args", "{}");
                } else if call.is_complete() {
                    object.raw("args", arguments);
                } else {
                    // No object: kept for whoever wants to know what the model said.
                    let mut raw = Object::begin(object.member("args"));
                    string(raw.member("_raw"), arguments);
                    raw.end();
                }
                object.end();
                if let Some(signature) = &call.signature {
                    part.text("thoughtSignature", signature);
                }
            }
        }
        part.end();
    }
}
