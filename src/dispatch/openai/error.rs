use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};

use super::failure;
use crate::observe::FailureClass;

/// An error in any of the shapes that are about: an object, or bare text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum WireError<'a> {
    Object {
        #[serde(borrow, default)]
        code: Option<Word<'a>>,
        #[serde(borrow, default)]
        r#type: Option<Word<'a>>,
        #[serde(borrow, default)]
        message: Option<Word<'a>>,
    },
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(IgnoredAny),
}

/// A member of an error, which may be anything.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Word<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Number(i64),
    Other(IgnoredAny),
}

impl Word<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Other(_) => None,
        }
    }

    /// A number, also where it is written as a text.
    fn number(&self) -> Option<i64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => Some(*number),
            Self::Other(_) => None,
        }
    }

    fn class(&self) -> Option<FailureClass> {
        match self {
            Self::Text(text) => failure::of_code(text),
            Self::Number(number) => failure::of_code(&number.to_string()),
            Self::Other(_) => None,
        }
    }
}

impl WireError<'_> {
    /// A short code for records; never the message, which may quote the prompt.
    pub(super) fn code(&self) -> Box<str> {
        // A code is a word; anything else may be anything, a key included.
        let plain = |text: &str| {
            let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            let is_word = (1..=64).contains(&text.len()) && text.bytes().all(word);
            Box::from(if is_word { text } else { "error" })
        };
        match self {
            Self::Object {
                code: Some(Word::Text(code)),
                ..
            } => plain(code),
            Self::Object {
                code: Some(Word::Number(code)),
                ..
            } => code.to_string().into(),
            Self::Object {
                r#type: Some(Word::Text(r#type)),
                ..
            } => plain(r#type),
            _ => "error".into(),
        }
    }

    /// What kind of failure it is, where it says more than a status: by its code, its type, the front of its message,
    /// and then by a code that is a status itself, which knows less than any of them.
    pub(super) fn class(&self) -> Option<FailureClass> {
        let (code, kind, message) = match self {
            Self::Object {
                code,
                r#type,
                message,
            } => {
                let message = message.as_ref().and_then(Word::text);
                (code.as_ref(), r#type.as_ref(), message)
            }
            Self::Text(message) => (None, None, Some(&**message)),
            Self::Other(_) => return None,
        };
        code.and_then(Word::class)
            .or_else(|| kind?.class())
            .or_else(|| failure::of_message(message?))
            .or_else(|| failure::of_status(code?.number()?))
    }

    /// What kind it is by a type, or a code of that meaning, that says less than a status would.
    pub(super) fn in_band(&self) -> Option<FailureClass> {
        let Self::Object { code, r#type, .. } = self else {
            return None;
        };
        let of = |word: &Option<Word<'_>>| failure::of_type(word.as_ref()?.text()?);
        of(r#type).or_else(|| of(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(error: &str) -> Option<FailureClass> {
        let error: WireError<'_> = serde_json::from_str(error).unwrap();
        error.class()
    }

    #[test]
    fn a_code_that_repeats_the_status_hides_nothing() {
        let long = Some(FailureClass::ContextTooLong);
        let llama = r#"{"code":400,"message":"the request is too long","type":"exceed_context_size_error"}"#;
        assert_eq!(class(llama), long);
        let vllm = r#"{"code":400,"type":"BadRequestError","param":null,
            "message":"This model's maximum context length is 4096 tokens."}"#;
        assert_eq!(class(vllm), long);
        assert_eq!(class(r#"{"code":"429"}"#), Some(FailureClass::Rate));
    }

    #[test]
    fn members_of_any_shape_hide_no_others() {
        let odd = r#"{"code":"1302","type":7,"message":{"detail":[]}}"#;
        assert_eq!(class(odd), Some(FailureClass::Rate));
        for nothing in [
            "null",
            "7",
            "[]",
            "{}",
            r#"{"code":[1]}"#,
            r#"{"code":1.5}"#,
        ] {
            assert_eq!(class(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_type_counts_where_there_is_no_status() {
        let error: WireError<'_> =
            serde_json::from_str(r#"{"type":"invalid_request_error","code":"odd"}"#).unwrap();
        assert_eq!(error.class(), None);
        assert_eq!(error.in_band(), Some(FailureClass::Caller));
    }
}
