use std::borrow::Cow;

use serde::Deserialize;

use super::text::Text;
use crate::{chat::Problem, observe::FailureClass};

/// A longer message is cut: it may quote a prompt.
const LONGEST_MESSAGE: usize = 4096;

/// What a provider says of its failure, in any of the shapes that are about: an object under `error`, its members at the
/// top, bare text, a list under `detail`.
pub(in super::super) fn problem(
    json: &[u8],
    code: Option<&str>,
    class: Option<FailureClass>,
) -> Problem<'static> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Object<'a> {
        #[serde(borrow)]
        message: Option<Text<'a>>,
        #[serde(borrow)]
        param: Option<Text<'a>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Envelope<'a> {
        #[serde(borrow)]
        error: Option<&'a serde_json::value::RawValue>,
        #[serde(borrow)]
        message: Option<Text<'a>>,
        #[serde(borrow)]
        detail: Option<Text<'a>>,
    }
    let envelope: Envelope<'_> = serde_json::from_slice(json).unwrap_or_default();
    let raw = envelope.error.map(|error| error.get()).unwrap_or_default();
    let error: Object<'_> = match raw.as_bytes().first() {
        Some(b'{') => serde_json::from_str(raw).unwrap_or_default(),
        Some(b'"') => Object {
            message: serde_json::from_str(raw).ok(),
            param: None,
        },
        _ => Object::default(),
    };
    let cut = |Text(text): Text<'_>| {
        let mut text = text.into_owned();
        if text.len() > LONGEST_MESSAGE {
            let end = (0..=LONGEST_MESSAGE)
                .rev()
                .find(|at| text.is_char_boundary(*at));
            text.truncate(end.unwrap_or_default());
        }
        Some(text).filter(|text| !text.is_empty()).map(Cow::Owned)
    };
    let message = error.message.or(envelope.message).or(envelope.detail);
    Problem {
        class,
        code: code.map(|code| code.to_owned().into()),
        message: message.and_then(cut),
        param: error.param.and_then(cut),
        retry_after: None,
    }
}
