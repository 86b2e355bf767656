use std::ops::Range;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{
    effort::{Thinking, thinking},
    path,
};
use crate::{
    catalog::Effort,
    chat,
    dispatch::{Outgoing, edit::Edits},
    query::Op,
};

/// What has to change in the caller's body for this candidate.
pub(super) fn edits(call: &Outgoing<'_>) -> Edits {
    let mut edits = Edits::default();
    if call.query.api().op() == Op::CountTokens {
        model(call, &mut edits);
        return edits;
    }
    let level = call.candidate.effort().map(Effort::level);
    let level = level.filter(|_| call.query.effort().is_none());
    let effort = level.and_then(|level| effort(level, call));
    if call.max_output.is_none() && effort.is_none() {
        return edits;
    }
    let Some(member) = call.query.member("generationConfig") else {
        let (_, config) = config("{}", call.max_output, effort.as_deref());
        edits.insert("generationConfig", &format!("{{{config}}}"));
        return edits;
    };
    let text = call.bytes.get(member.value.clone()).unwrap_or_default();
    let text = std::str::from_utf8(text).unwrap_or_default();
    if !text.starts_with('{') {
        let (_, config) = config("{}", call.max_output, effort.as_deref());
        edits.replace(member, format!("{{{config}}}"));
        return edits;
    }
    let start = member.value.start;
    let (places, front) = config(text, call.max_output, effort.as_deref());
    for (place, new) in places {
        edits.replace_at(start + place.start..start + place.end, new);
    }
    if !front.is_empty() {
        edits.replace_at(start + 1..start + 1, insertion(&front, is_empty(text)));
    }
    edits
}

/// What has to change within `generationConfig`, which is an object: places within it with what is put there, and
/// members that come in front. `effort` is a member of `thinkingConfig`.
fn config(
    text: &str,
    most: Option<u32>,
    effort: Option<&str>,
) -> (Vec<(Range<usize>, String)>, String) {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Outer<'a> {
        #[serde(borrow, alias = "thinking_config", deserialize_with = "also_null")]
        thinking_config: Option<&'a RawValue>,
        #[serde(borrow, alias = "max_output_tokens", deserialize_with = "also_null")]
        max_output_tokens: Option<&'a RawValue>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Inner<'a> {
        #[serde(borrow, alias = "thinking_level")]
        thinking_level: Option<&'a RawValue>,
        #[serde(borrow, alias = "thinking_budget")]
        thinking_budget: Option<&'a RawValue>,
    }
    fn also_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
        <&RawValue>::deserialize(from).map(Some)
    }
    let outer = serde_json::from_str::<Outer<'_>>(text).unwrap_or_default();
    let place = |raw: &RawValue| {
        let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
        start..start + raw.get().len()
    };
    let (mut places, mut front) = (Vec::new(), Vec::new());
    if let Some(most) = most {
        match outer.max_output_tokens {
            // The caller has set none: what stands there is `null`.
            Some(null) => places.push((place(null), most.to_string())),
            None => front.push(format!(r#""maxOutputTokens":{most}"#)),
        }
    }
    match (effort, outer.thinking_config) {
        (None, _) => {}
        (Some(effort), None) => front.push(format!(r#""thinkingConfig":{{{effort}}}"#)),
        (Some(effort), Some(raw)) if !raw.get().starts_with('{') => {
            places.push((place(raw), format!("{{{effort}}}")));
        }
        (Some(effort), Some(raw)) => {
            let inner = serde_json::from_str::<Inner<'_>>(raw.get()).unwrap_or_default();
            // A caller who says how much is not to be told otherwise.
            if inner.thinking_level.is_none() && inner.thinking_budget.is_none() {
                let inside = place(raw).start + 1;
                places.push((inside..inside, insertion(effort, is_empty(raw.get()))));
            }
        }
    }
    (places, front.join(","))
}

/// Members in front of what an object has.
fn insertion(members: &str, empty: bool) -> String {
    if empty {
        members.to_owned()
    } else {
        format!("{members},")
    }
}

fn is_empty(object: &str) -> bool {
    object[1..].trim_start().starts_with('}')
}

/// The member by which the candidate's effort is said.
fn effort(level: &str, call: &Outgoing<'_>) -> Option<String> {
    let effort = match level {
        "none" => chat::Effort::Off,
        level => chat::Effort::Level(level.into()),
    };
    let most = call.max_output.or(call.query.max_output());
    Some(match thinking(&effort, call.candidate.model(), most)? {
        Thinking::Level(level) => format!(r#""thinkingLevel":"{level}""#),
        Thinking::Budget(tokens) => format!(r#""thinkingBudget":{tokens}"#),
    })
}

/// A request to count tokens that has a whole request in it names the model there once more.
fn model(call: &Outgoing<'_>, edits: &mut Edits) {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Count<'a> {
        #[serde(borrow, alias = "generate_content_request")]
        generate_content_request: Option<Inner<'a>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Inner<'a> {
        #[serde(borrow)]
        model: Option<&'a RawValue>,
    }
    let Ok(text) = std::str::from_utf8(call.bytes) else {
        return;
    };
    let count = serde_json::from_str::<Count<'_>>(text).unwrap_or_default();
    if let Some(model) = count.generate_content_request.and_then(|it| it.model) {
        let start = model.get().as_ptr().addr() - text.as_ptr().addr();
        let name = path::resource(call.candidate.model().id());
        let name = serde_json::to_vec(&name).unwrap_or_default();
        edits.replace_at(start..start + model.get().len(), name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `generationConfig` is with a limit of 9 and an effort.
    fn changed(text: &str) -> String {
        let effort = r#""thinkingLevel":"HIGH""#;
        let (mut places, front) = config(text, Some(9), Some(effort));
        if !front.is_empty() {
            places.push((1..1, insertion(&front, is_empty(text))));
        }
        places.sort_by_key(|(place, _)| place.start);
        let mut out = text.to_owned();
        for (place, new) in places.into_iter().rev() {
            out.replace_range(place, &new);
        }
        out
    }

    #[test]
    fn a_limit_and_an_effort_are_put_where_they_belong() {
        for (text, wanted) in [
            (
                "{}",
                r#"{"maxOutputTokens":9,"thinkingConfig":{"thinkingLevel":"HIGH"}}"#,
            ),
            (
                r#"{ "top_k": 1.0, "max_output_tokens": null}"#,
                r#"{"thinkingConfig":{"thinkingLevel":"HIGH"}, "top_k": 1.0, "max_output_tokens": 9}"#,
            ),
            (
                r#"{"thinking_config": {"include_thoughts": true}}"#,
                r#"{"maxOutputTokens":9,"thinking_config": {"thinkingLevel":"HIGH","include_thoughts": true}}"#,
            ),
            (
                r#"{"thinkingConfig":{ }}"#,
                r#"{"maxOutputTokens":9,"thinkingConfig":{"thinkingLevel":"HIGH" }}"#,
            ),
            (
                r#"{"thinkingConfig":null}"#,
                r#"{"maxOutputTokens":9,"thinkingConfig":{"thinkingLevel":"HIGH"}}"#,
            ),
            (
                r#"{"thinkingConfig":{"thinkingBudget":0}}"#,
                r#"{"maxOutputTokens":9,"thinkingConfig":{"thinkingBudget":0}}"#,
            ),
        ] {
            let changed = changed(text);
            let read = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(read(&changed), read(wanted), "{changed}");
        }
        let text = r#"{"topP": 1.0, "topK":[ ]}"#;
        let kept = changed(text);
        assert!(kept.ends_with(&text[1..]), "{kept}");
    }

    #[test]
    fn what_is_no_such_object_is_left_to_the_provider() {
        for text in ["{\"a\":", "{\"thinkingConfig\":{", "{]"] {
            changed(text);
        }
    }
}
