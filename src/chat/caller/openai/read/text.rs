use std::borrow::Cow;

use serde::Deserialize;

/// Text that is copied only where it has escapes; within an `Option`, a bare `Cow` always is.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl<'a> Text<'a> {
    /// The text of a member that may be missing.
    pub(super) fn of(text: Option<Self>) -> Option<Cow<'a, str>> {
        text.map(|Text(text)| text)
    }
}

/// The two sides of a separator. What was borrowed stays so.
pub(super) fn split_once<'a>(
    text: Cow<'a, str>,
    separator: char,
) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    match text {
        Cow::Borrowed(text) => {
            let (before, after) = text.split_once(separator)?;
            Some((before.into(), after.into()))
        }
        Cow::Owned(mut before) => {
            let after = before.split_off(before.find(separator)?);
            let after = after.get(separator.len_utf8()..)?.to_owned();
            Some((before.into(), after.into()))
        }
    }
}
