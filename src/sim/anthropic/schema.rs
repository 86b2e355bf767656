use serde_json::Value;

use super::check::{self, Checked, under, wrong};

/// Keywords that Anthropic's structured answers do not know how to keep to.
const REFUSED: [&str; 17] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
];

const FORMATS: [&str; 11] = [
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "uri",
    "ipv4",
    "ipv6",
    "uuid",
    "regex",
];

/// Refuses what Anthropic refuses in the schema of an answer.
pub(crate) fn check(at: &str, schema: &Value) -> Checked<()> {
    let Value::Object(map) = schema else {
        return match schema {
            Value::Bool(_) => Ok(()),
            _ => Err(wrong(at, "Input should be a valid dictionary")),
        };
    };
    let kind = map.get("type").and_then(Value::as_str);
    if let Some(name) = REFUSED.iter().find(|name| map.contains_key(**name)) {
        let of = kind.map_or_else(String::new, |kind| format!("For '{kind}' type, "));
        let why = format!("{of}property '{name}' is not supported");
        return Err(wrong(at, &why));
    }
    if map.get("minItems").is_some_and(|n| n.as_u64() > Some(1)) {
        let why = "For 'array' type, 'minItems' values other than 0 or 1 are not supported";
        return Err(wrong(at, why));
    }
    if let Some(format) = map.get("format").and_then(Value::as_str)
        && !FORMATS.contains(&format)
    {
        let why = format!("For 'string' type, format '{format}' is not supported");
        return Err(wrong(at, &why));
    }
    let closed = map.get("additionalProperties") == Some(&Value::Bool(false));
    if (kind == Some("object") || map.contains_key("properties")) && !closed {
        let why = "For 'object' type, 'additionalProperties' must be explicitly set to false";
        return Err(wrong(at, why));
    }
    if let Some(reference) = map.get("$ref").and_then(Value::as_str)
        && !reference.starts_with('#')
    {
        return Err(wrong(at, "External '$ref' is not supported"));
    }
    for name in ["properties", "$defs", "definitions"] {
        if let Some(children) = map.get(name) {
            let at = under(at, name);
            for (name, child) in check::object(&at, children)? {
                check(&under(&at, name), child)?;
            }
        }
    }
    for name in ["anyOf", "allOf", "prefixItems"] {
        if let Some(children) = map.get(name) {
            let at = under(at, name);
            for (i, child) in check::array(&at, children)?.iter().enumerate() {
                check(&under(&at, i), child)?;
            }
        }
    }
    map.get("items")
        .map_or(Ok(()), |items| check(&under(at, "items"), items))
}
