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
        code: Option<ErrorCode<'a>>,
        #[serde(borrow, default)]
        r#type: Option<Cow<'a, str>>,
        #[serde(borrow, default)]
        message: Option<Cow<'a, str>>,
    },
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ErrorCode<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Number(i64),
    Other(IgnoredAny),
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
                code: Some(ErrorCode::Text(code)),
                ..
            } => plain(code),
            Self::Object {
                code: Some(ErrorCode::Number(code)),
                ..
            } => code.to_string().into(),
            Self::Object {
                r#type: Some(r#type),
                ..
            } => plain(r#type),
            _ => "error".into(),
        }
    }

    /// What kind of failure it is, where its code, its type or the front of its message tells.
    pub(super) fn class(&self) -> Option<FailureClass> {
        let Self::Object {
            code,
            r#type,
            message,
        } = self
        else {
            return None;
        };
        let of_code = match code {
            Some(ErrorCode::Text(code)) => failure::of_code(code),
            Some(ErrorCode::Number(code)) => failure::of_number(*code),
            Some(ErrorCode::Other(_)) | None => None,
        };
        of_code
            .or_else(|| failure::of_code(r#type.as_deref()?))
            .or_else(|| {
                failure::says_too_long(message.as_deref()?).then_some(FailureClass::ContextTooLong)
            })
    }
}
