use serde_json::{Map, Value};

use super::{
    blocks,
    check::{self, Checked, given, wrong},
};
use crate::sim::{
    ask::{CacheFor, Message, Role},
    error::ApiError,
};

/// A prompt may be cut for the cache at so many places.
const BREAKPOINTS: usize = 4;

/// The system's text as the first message, if there is any.
pub(crate) fn messages(map: &Map<String, Value>) -> Checked<Vec<Message>> {
    let text = match given(map, "system") {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => {
            let mut texts = Vec::new();
            for (i, block) in list.iter().enumerate() {
                let at = format!("system.{i}");
                let block = check::object(&at, block)?;
                check::one_of(&at, block, "type", &["text"])?;
                texts.push(blocks::text(&at, block, "system: text content blocks")?);
            }
            texts.join("\n")
        }
        Some(_) => return Err(wrong("system", "Input should be a valid string or array")),
    };
    if text.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![Message::new(Role::System, text)])
}

/// How long the prompt is to be cached, by the longest of its `cache_control`s.
pub(crate) fn cache(map: &Map<String, Value>) -> Checked<Option<CacheFor>> {
    let mut found = Vec::new();
    for name in ["cache_control", "system", "tools", "messages"] {
        if let Some(value) = map.get(name) {
            let own = name == "cache_control";
            collect(value, own, &mut found);
        }
    }
    if found.len() > BREAKPOINTS {
        return Err(ApiError::bad_request(format!(
            "A maximum of {BREAKPOINTS} blocks with cache_control may be provided. Found {}.",
            found.len()
        )));
    }
    let mut longest = None;
    for value in found {
        let at = "cache_control";
        let control = check::object(at, value)?;
        check::known(at, control, &["type", "ttl", "scope"])?;
        check::one_of(at, control, "type", &["ephemeral"])?;
        let hour = check::one_of(at, control, "ttl", &["5m", "1h"])? == Some("1h");
        if hour {
            longest = Some(CacheFor::Hour);
        } else {
            longest = longest.or(Some(CacheFor::FiveMinutes));
        }
    }
    Ok(longest)
}

/// Every `cache_control` of a block. The depth of the JSON is bounded by its parser.
fn collect<'a>(value: &'a Value, own: bool, found: &mut Vec<&'a Value>) {
    match value {
        Value::Null => {}
        _ if own => found.push(value),
        Value::Array(list) => list.iter().for_each(|value| collect(value, false, found)),
        Value::Object(map) => {
            for (name, value) in map {
                // What the caller's schemas and arguments are called is no concern of the cache.
                if name != "input_schema" && name != "input" {
                    collect(value, name == "cache_control", found);
                }
            }
        }
        _ => {}
    }
}
