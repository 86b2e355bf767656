use serde::Deserialize;
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
    let member = call.query.member("generationConfig");
    let config = member.and_then(|member| call.bytes.get(member.value.clone()));
    let config = Config::read(config.unwrap_or_default());
    let mut members = String::new();
    if let Some(most) = call.max_output {
        match call.query.member("generationConfig.maxOutputTokens") {
            // The caller has set none: what stands there is `null`.
            Some(null) => edits.replace(null, most.to_string()),
            None => members.push_str(&format!(r#""maxOutputTokens":{most}"#)),
        }
    }
    let start = member.map_or(0, |member| member.value.start);
    if let Some(level) = call.candidate.effort().map(Effort::level)
        && call.query.effort().is_none()
        && let Some(words) = effort(level, call)
    {
        match &config.thinking {
            Some(place) if place.says_how_much => {}
            Some(place) => {
                let inside = insertion(&words, place.empty);
                edits.replace_at(start + place.inside..start + place.inside, inside);
            }
            None => {
                if !members.is_empty() {
                    members.push(',');
                }
                members.push_str(&format!(r#""thinkingConfig":{{{words}}}"#));
            }
        }
    }
    if members.is_empty() {
        return edits;
    }
    match member {
        None => edits.insert("generationConfig", &format!("{{{members}}}")),
        Some(member) if !config.object => edits.replace(member, format!("{{{members}}}")),
        Some(_) => edits.replace_at(start + 1..start + 1, insertion(&members, config.empty)),
    }
    edits
}

fn insertion(members: &str, empty: bool) -> String {
    if empty {
        members.to_owned()
    } else {
        format!("{members},")
    }
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

/// What is known of the caller's `generationConfig`.
#[derive(Debug, Default)]
struct Config {
    object: bool,
    empty: bool,
    thinking: Option<Place>,
}

/// The caller's `thinkingConfig`.
#[derive(Debug)]
struct Place {
    /// Where its first member begins, from the start of the outer object.
    inside: usize,
    empty: bool,
    says_how_much: bool,
}

impl Config {
    fn read(config: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Outer<'a> {
            #[serde(borrow, alias = "thinking_config")]
            thinking_config: Option<&'a RawValue>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Inner<'a> {
            #[serde(borrow, alias = "thinking_level")]
            thinking_level: Option<&'a RawValue>,
            #[serde(borrow, alias = "thinking_budget")]
            thinking_budget: Option<&'a RawValue>,
        }
        let text = std::str::from_utf8(config).unwrap_or_default();
        if !text.starts_with('{') {
            return Self::default();
        }
        let outer = serde_json::from_str::<Outer<'_>>(text).unwrap_or_default();
        let thinking = outer.thinking_config.map(RawValue::get);
        let thinking = thinking.filter(|raw| raw.starts_with('{')).map(|raw| {
            let inner = serde_json::from_str::<Inner<'_>>(raw).unwrap_or_default();
            Place {
                inside: raw.as_ptr().addr() - text.as_ptr().addr() + 1,
                empty: is_empty(raw),
                says_how_much: inner.thinking_level.is_some() || inner.thinking_budget.is_some(),
            }
        });
        Self {
            object: true,
            empty: is_empty(text),
            thinking,
        }
    }
}

fn is_empty(object: &str) -> bool {
    object[1..].trim_start().starts_with('}')
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
