//! A Chat Completions request, read into the hub's words.

mod content;
mod format;
mod messages;
mod place;
mod reasoning;
mod sampling;
#[cfg(test)]
mod tests;
mod text;
mod tools;
mod top;
mod wire;

use serde::de::DeserializeSeed;

use self::{place::Place, top::Top};
use crate::{
    chat::Request,
    query::{Refusal, RefusalKind},
};

/// Reads a request's body.
pub(in crate::chat) fn read(body: &[u8]) -> Result<Request<'_>, Refusal> {
    let text = std::str::from_utf8(body)
        .map_err(|_| Refusal::new(RefusalKind::Malformed, "the body is not valid UTF-8"))?;
    let place = Place::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let said = Top(&place)
        .deserialize(&mut json)
        .and_then(|said| json.end().map(|()| said));
    match said {
        Ok(said) => said.request(),
        Err(error) => Err(place.explain(&error)),
    }
}

/// The request is not valid at a field.
fn malformed(field: impl Into<String>, what: &str) -> Refusal {
    refuse(RefusalKind::Malformed, field.into(), what)
}

/// There is no word for what a field says.
fn unsupported(field: impl Into<String>, what: &str) -> Refusal {
    refuse(RefusalKind::Unsupported, field.into(), what)
}

fn refuse(kind: RefusalKind, field: String, what: &str) -> Refusal {
    Refusal::new(kind, format!("`{field}` {what}")).with_param(field)
}
