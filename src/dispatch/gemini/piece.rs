use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::chat::json::{Object, inside};

/// What stands in the place of a signature that nobody has: Google documents it for calls that another model made.
const NOBODY_S: &str = "skip_thought_signature_validator";

/// A part of a turn, as it is written.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Text(Cow<'a, str>),
    Thought {
        text: &'a str,
        signature: &'a str,
    },
    Inline {
        media_type: &'a str,
        data: &'a str,
    },
    File {
        media_type: &'a str,
        url: &'a str,
    },
    Call {
        id: Option<&'a str>,
        name: &'a str,
        arguments: &'a str,
        signature: Option<&'a str>,
    },
    Response {
        id: Option<&'a str>,
        name: &'a str,
        text: Cow<'a, str>,
        is_error: bool,
    },
}

impl<'a> Piece<'a> {
    /// A call that no model here has signed, with what is taken for a signature.
    pub(super) fn sign(&mut self) {
        if let Self::Call { signature, .. } = self {
            signature.get_or_insert(NOBODY_S);
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut part = Object::begin(out);
        match self {
            Self::Text(text) => part.text("text", text),
            Self::Thought { text, signature } => {
                part.text("text", text);
                part.raw("thought", "true");
                part.text("thoughtSignature", signature);
            }
            Self::Inline { media_type, data } => {
                let mut inline = Object::begin(part.member("inlineData"));
                inline.text("mimeType", media_type);
                inline.text("data", data);
                inline.end();
            }
            Self::File { media_type, url } => {
                let mut file = Object::begin(part.member("fileData"));
                file.text("mimeType", media_type);
                file.text("fileUri", url);
                file.end();
            }
            Self::Call {
                id,
                name,
                arguments,
                signature,
            } => {
                let mut call = Object::begin(part.member("functionCall"));
                if let Some(id) = id {
                    call.text("id", id);
                }
                call.text("name", name);
                call.raw("args", arguments);
                call.end();
                if let Some(signature) = signature {
                    part.text("thoughtSignature", signature);
                }
            }
            Self::Response {
                id,
                name,
                text,
                is_error,
            } => {
                let mut response = Object::begin(part.member("functionResponse"));
                if let Some(id) = id {
                    response.text("id", id);
                }
                response.text("name", name);
                result(text, *is_error, response.member("response"));
                response.end();
            }
        }
        part.end();
    }
}

/// A result has to be an object: one that is goes as it is, and everything else within one.
fn result(text: &str, is_error: bool, out: &mut Vec<u8>) {
    if !is_error && is_object(text) {
        out.extend_from_slice(text.trim().as_bytes());
        return;
    }
    let name: &[u8] = if is_error {
        b"{\"error\":\""
    } else {
        b"{\"result\":\""
    };
    out.extend_from_slice(name);
    inside(out, text);
    out.extend_from_slice(b"\"}");
}

/// Whether a text is that of a JSON object.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, is_error: bool) -> String {
        let mut out = Vec::new();
        result(text, is_error, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_result_is_an_object() {
        assert_eq!(written(" {\"a\": 1.0}\n", false), "{\"a\": 1.0}");
        assert_eq!(written("21 \"C\"", false), r#"{"result":"21 \"C\""}"#);
        assert_eq!(written("[1]", false), r#"{"result":"[1]"}"#);
        assert_eq!(written("{\"a\":", false), r#"{"result":"{\"a\":"}"#);
        assert_eq!(written("{} {}", false), r#"{"result":"{} {}"}"#);
        assert_eq!(written("{\"a\":1}", true), r#"{"error":"{\"a\":1}"}"#);
        assert_eq!(written("", false), r#"{"result":""}"#);
    }
}
