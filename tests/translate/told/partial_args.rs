//! Gemini's arguments in pieces: each says by a path (`$.cities[0].name`) where its value goes.

use serde_json::{Value, json};

/// Puts one piece into the arguments so far. Texts go on where they end.
pub(super) fn put(args: &mut Value, piece: &Value) {
    let path = piece["jsonPath"].as_str().unwrap_or("$");
    let mut at = args;
    for step in path
        .trim_start_matches('$')
        .split(['.', '['])
        .filter(|step| !step.is_empty())
    {
        at = match step.strip_suffix(']') {
            Some(inside) => match inside.parse::<usize>() {
                Ok(index) => element(at, index),
                Err(_) => &mut at[inside.trim_matches(['\'', '"'])],
            },
            None => &mut at[step],
        };
    }
    let text = piece["stringValue"].as_str();
    match (at, text) {
        (Value::String(so_far), Some(more)) => so_far.push_str(more),
        (at, Some(text)) => *at = json!(text),
        (at, None) => {
            let values = ["numberValue", "boolValue"];
            let value = values.iter().find_map(|name| piece.get(*name));
            *at = value.cloned().unwrap_or_default();
        }
    }
}

fn element(list: &mut Value, index: usize) -> &mut Value {
    if !list.is_array() {
        *list = json!([]);
    }
    let elements = list.as_array_mut().expect("it was made one");
    while elements.len() <= index {
        elements.push(Value::Null);
    }
    &mut elements[index]
}
