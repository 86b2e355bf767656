use serde_json::Value;

use super::error;
use crate::sim::error::ApiError;

/// Refuses what Google's schemas can not be, beyond fields that they do not have.
pub(crate) fn check(at: &str, schema: &Value) -> Result<(), ApiError> {
    let kind = schema.get("type").and_then(Value::as_str);
    let any_of = schema.get("anyOf").and_then(Value::as_array);
    if kind.is_none() && any_of.is_none() {
        return Err(error::field(&format!("{at}.type"), "must be specified"));
    }
    if kind == Some("ARRAY") && schema.get("items").is_none() {
        return Err(error::field(&format!("{at}.items"), "missing field."));
    }
    let words = schema.get("enum").and_then(Value::as_array);
    if let Some(words) = words {
        if kind != Some("STRING") {
            let why = "only allowed for STRING type";
            return Err(error::field(&format!("{at}.enum"), why));
        }
        if let Some(i) = words.iter().position(|word| word == "") {
            return Err(error::field(&format!("{at}.enum[{i}]"), "cannot be empty"));
        }
    }
    let format = schema.get("format").and_then(Value::as_str);
    if kind == Some("STRING") && format.is_some_and(|f| f != "enum" && f != "date-time") {
        let why = "only 'enum' and 'date-time' are supported for STRING type";
        return Err(error::field(&format!("{at}.format"), why));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    for (i, name) in required.into_iter().flatten().enumerate() {
        let defined = name.as_str().zip(properties);
        if !defined.is_some_and(|(name, properties)| properties.contains_key(name)) {
            let at = format!("{at}.required[{i}]");
            return Err(error::field(&at, "property is not defined"));
        }
    }
    for (name, child) in properties.into_iter().flatten() {
        check(&format!("{at}.properties[{name}]"), child)?;
    }
    for (i, child) in any_of.into_iter().flatten().enumerate() {
        check(&format!("{at}.any_of[{i}]"), child)?;
    }
    let items = schema.get("items");
    items.map_or(Ok(()), |items| check(&format!("{at}.items"), items))
}

/// The schema as JSON Schema writes it, for an instance of it.
pub(crate) fn as_json_schema(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let entry = |(name, value): (&String, &Value)| {
                let value = match (name.as_str(), value) {
                    ("type", Value::String(kind)) => kind.to_ascii_lowercase().into(),
                    ("properties", Value::Object(children)) => {
                        let child = |(n, v): (&String, &Value)| (n.clone(), as_json_schema(v));
                        Value::Object(children.iter().map(child).collect())
                    }
                    ("items" | "anyOf", value) => as_json_schema(value),
                    (_, value) => value.clone(),
                };
                (name.clone(), value)
            };
            Value::Object(map.iter().map(entry).collect())
        }
        Value::Array(list) => list.iter().map(as_json_schema).collect(),
        other => other.clone(),
    }
}
