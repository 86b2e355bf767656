use std::ops::Range;

use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::value::RawValue;

use super::quoted;
use crate::{
    catalog::{Effort, MaxTokensField},
    chat::{self, json::Object},
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
        effort(call, level, &mut edits);
    }
    edits
}

/// Asks for the candidate's effort in the words of its server, unless the caller has said something of thinking itself.
fn effort(call: &Outgoing<'_>, level: &str, edits: &mut Edits) {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Said<'a> {
        #[serde(borrow, deserialize_with = "also_null")]
        reasoning_effort: Option<&'a RawValue>,
        thinking: Option<IgnoredAny>,
        reasoning: Option<IgnoredAny>,
        enable_thinking: Option<IgnoredAny>,
        chat_template_kwargs: Option<IgnoredAny>,
    }
    let text = std::str::from_utf8(call.bytes).unwrap_or_default();
    let said: Said<'_> = serde_json::from_str(text).unwrap_or_default();
    if said.thinking.is_some()
        || said.reasoning.is_some()
        || said.enable_thinking.is_some()
        || said.chat_template_kwargs.is_some()
    {
        return;
    }
    if let Some(null) = said.reasoning_effort {
        let start = null.get().as_ptr().addr() - text.as_ptr().addr();
        return edits.replace_at(start..start + null.get().len(), quoted(level));
    }
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    let asked = chat::Effort::Level(level.into());
    super::effort::members(&mut object, &asked, call.candidate.model());
    object.end();
    edits.insert_members(&out);
}

/// A member that is there, `null` included.
fn also_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// Asks for usage at the stream's end, keeping the caller's other options.
fn usage(call: &Outgoing<'_>, edits: &mut Edits) {
    const OPTIONS: &str = r#"{"include_usage":true}"#;
    let Some(member) = call.query.member("stream_options") else {
        return edits.insert("stream_options", OPTIONS);
    };
    let raw = call.bytes.get(member.value.clone()).unwrap_or_default();
    let Some(place) = asked(raw) else {
        // `null`, or nothing that a provider would read.
        return edits.replace(member, OPTIONS);
    };
    let value = if !place.is_empty() {
        "true"
    } else if raw[place.end..].trim_ascii_start().starts_with(b"}") {
        r#""include_usage":true"#
    } else {
        r#""include_usage":true,"#
    };
    let start = member.value.start;
    edits.replace_at(start + place.start..start + place.end, value);
}

/// Where the value of `include_usage` lies in the options, or the empty place for it in front of the others; `None`
/// where they are no object.
fn asked(options: &[u8]) -> Option<Range<usize>> {
    #[derive(Deserialize)]
    struct Options<'a> {
        #[serde(borrow, default, deserialize_with = "also_null")]
        include_usage: Option<&'a RawValue>,
    }
    let text = std::str::from_utf8(options).ok()?;
    if !text.starts_with('{') {
        return None;
    }
    let found = serde_json::from_str::<Options<'_>>(text).ok()?;
    Some(found.include_usage.map_or(1..1, |value| {
        let start = value.get().as_ptr().addr() - text.as_ptr().addr();
        start..start + value.get().len()
    }))
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
        // The provider knows but one of the names: the caller's limit is put under it.
        None => match (call.query.member(wanted), set(other)) {
            (None, Some(member)) => edits.rename(member, call.bytes, wanted),
            (Some(null), Some(member)) if is_null(&null) => {
                edits.replace(null, call.bytes.slice(member.value.clone()));
                edits.replace(member, "null");
            }
            _ => {}
        },
    }
}
