//! Schemas in a form in which two of them can be compared.

use serde_json::{Map, Value, json};

/// That of a function's arguments. One that has none is the empty object's.
pub(super) fn arguments(schema: &Value) -> Value {
    let mut schema = match plain(schema) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    schema.entry("type").or_insert_with(|| json!("object"));
    schema.entry("properties").or_insert_with(|| json!({}));
    schema.into()
}

/// What formats may leave out of a schema, left out.
pub(super) fn plain(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(members) = &mut schema {
        members.remove("$schema");
    }
    unsaid(&mut schema);
    schema
}

/// `nullable` says nothing where `null` is among the types.
fn unsaid(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("type").is_some_and(Value::is_array) {
                members.remove("nullable");
            }
            members.values_mut().for_each(unsaid);
        }
        Value::Array(each) => each.iter_mut().for_each(unsaid),
        _ => {}
    }
}

/// Google's older form as JSON Schema: types in lower case, `nullable` among them.
pub(super) fn lowered(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut lower = Map::new();
    for (name, value) in members {
        let value = match (name.as_str(), value) {
            ("type", Value::String(word)) => word.to_lowercase().into(),
            ("properties", Value::Object(each)) => {
                let each = each
                    .iter()
                    .map(|(name, schema)| (name.clone(), lowered(schema)));
                Value::Object(each.collect())
            }
            ("items", schema) => lowered(schema),
            ("anyOf" | "any_of", Value::Array(each)) => each.iter().map(lowered).collect(),
            _ => value.clone(),
        };
        lower.insert(name.clone(), value);
    }
    if lower.remove("nullable") == Some(true.into())
        && let Some(Value::String(word)) = lower.get("type")
    {
        let word = word.clone();
        lower.insert("type".to_owned(), json!([word, "null"]));
    }
    lower.into()
}

/// What every vendor takes of an answer's schema: names, types, what must be there, choices.
pub(super) fn skeleton(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut kept = Map::new();
    for (name, value) in members {
        let value = match (name.as_str(), value) {
            ("type" | "required" | "enum" | "const" | "$ref", value) => value.clone(),
            ("properties" | "$defs" | "definitions", Value::Object(each)) => {
                let each = each
                    .iter()
                    .map(|(name, schema)| (name.clone(), skeleton(schema)));
                Value::Object(each.collect())
            }
            ("items", schema) => skeleton(schema),
            ("anyOf" | "oneOf", Value::Array(each)) => {
                kept.insert("anyOf".to_owned(), each.iter().map(skeleton).collect());
                continue;
            }
            _ => continue,
        };
        kept.insert(name.clone(), value);
    }
    kept.into()
}
