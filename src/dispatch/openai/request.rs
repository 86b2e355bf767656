use serde_json::{Map, Value};

use super::quoted;
use crate::{
    catalog::{Effort, MaxTokensField},
    dispatch::{Outgoing, edit::Edits},
    query::Member,
};

const MAX_TOKENS: &str = "max_tokens";
const MAX_COMPLETION_TOKENS: &str = "max_completion_tokens";

/// What has to change in the caller's body for this candidate.
pub(super) fn edits(call: &Outgoing<'_>) -> Edits {
    let mut edits = Edits::default();
    let model = call.candidate.model();
    if call.query.model() != model.id()
        && let Some(member) = call.query.member("model")
    {
        edits.replace(member, quoted(model.id()));
    }
    if call.query.stream() && !call.query.include_usage() && model.provider().stream_usage() {
        usage(call, &mut edits);
    }
    max_output(call, &mut edits);
    if let Some(level) = call.candidate.effort().map(Effort::level)
        && call.query.effort().is_none()
    {
        edits.insert("reasoning_effort", &format!("\"{level}\""));
    }
    edits
}

/// Asks for usage at the stream's end, keeping the caller's other options.
fn usage(call: &Outgoing<'_>, edits: &mut Edits) {
    let member = call.query.member("stream_options");
    let options = member.and_then(|member| call.bytes.get(member.value.clone()));
    let options = options.and_then(|raw| serde_json::from_slice::<Map<String, Value>>(raw).ok());
    let mut options = options.unwrap_or_default();
    options.insert("include_usage".into(), Value::Bool(true));
    let options = Value::Object(options).to_string();
    match member {
        Some(member) => edits.replace(member, options),
        None => edits.insert("stream_options", &options),
    }
}

/// Writes the limit that a budget needs, under the name that the provider knows.
fn max_output(call: &Outgoing<'_>, edits: &mut Edits) {
    let (wanted, other) = match call.candidate.model().provider().max_tokens_field() {
        MaxTokensField::MaxTokens => (MAX_TOKENS, MAX_COMPLETION_TOKENS),
        _ => (MAX_COMPLETION_TOKENS, MAX_TOKENS),
    };
    let is_null = |member: &&Member| call.bytes.get(member.value.clone()) == Some(b"null");
    let set = |name| call.query.member(name).filter(|member| !is_null(member));
    match call.max_output {
        Some(most) => match call.query.member(wanted) {
            Some(null) => edits.replace(null, most.to_string()),
            None => edits.insert(wanted, &most.to_string()),
        },
        // Both names are understood by most; where the provider knows but one, the caller's is put under it.
        None if wanted == MAX_TOKENS && call.query.member(wanted).is_none() => {
            if let Some(member) = set(other) {
                edits.rename(member, call.bytes, wanted);
            }
        }
        None => {}
    }
}
