use std::borrow::Cow;

use serde_json::value::RawValue;

use super::node::Node;
use crate::{
    chat::json::{Array, Object, string},
    dispatch::Unreadable,
};

/// The formats of texts that are enforced.
const FORMATS: [&str; 10] = [
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
];

/// Writes a JSON schema with what this format enforces; what it refuses is told to the model in the description.
///
/// # Errors
/// When it is no object.
pub(super) fn write(schema: &RawValue, out: &mut Vec<u8>) -> Result<(), Unreadable> {
    let node: Node<'_> = serde_json::from_str(schema.get()).map_err(|_| Unreadable)?;
    match node {
        Node::Object(members) => {
            of(&members, out);
            Ok(())
        }
        _ => Err(Unreadable),
    }
}

type Members<'a> = [(Cow<'a, str>, Node<'a>)];

fn any(node: &Node<'_>, out: &mut Vec<u8>) {
    match node {
        Node::Object(members) => of(members, out),
        // `true` and the like: any value.
        _ => out.extend_from_slice(b"{}"),
    }
}

fn of(members: &Members<'_>, out: &mut Vec<u8>) {
    let find = |name: &str| members.iter().find(|(key, _)| key == name);
    let is_object = find("properties").is_some()
        || matches!(find("type"), Some((_, Node::Text(kind))) if *kind == *"object");
    let mut object = Object::begin(out);
    let mut limits = String::new();
    for (key, value) in members {
        match (&**key, value) {
            ("description", Node::Text(_)) | ("$schema" | "$id" | "$comment", _) => {}
            ("additionalProperties", _) if is_object => {
                if !matches!(value, Node::Bool(_)) {
                    limit(key, value, &mut limits);
                }
            }
            ("properties" | "$defs" | "definitions", Node::Object(named)) => {
                let mut inner = Object::begin(object.member(key));
                for (name, schema) in named {
                    any(schema, inner.named(name));
                }
                inner.end();
            }
            ("items", Node::Object(_)) => any(value, object.member(key)),
            ("anyOf" | "allOf", Node::List(list)) => choices(list, object.member(key)),
            ("oneOf", Node::List(list)) if find("anyOf").is_none() => {
                choices(list, object.member("anyOf"));
            }
            ("type" | "required" | "enum" | "const" | "title" | "default", _) => {
                value.write(object.member(key));
            }
            ("$ref", Node::Text(to)) if to.starts_with('#') => value.write(object.member(key)),
            ("format", Node::Text(format)) if FORMATS.contains(&&**format) => {
                value.write(object.member(key));
            }
            ("minItems", Node::Number(least)) if matches!(least.as_u64(), Some(0 | 1)) => {
                value.write(object.member(key));
            }
            _ => limit(key, value, &mut limits),
        }
    }
    if is_object {
        object.raw("additionalProperties", "false");
    }
    let description = match find("description") {
        Some((_, Node::Text(text))) => Some(&**text),
        _ => None,
    };
    match (description, limits.is_empty()) {
        (None, true) => {}
        (Some(text), true) => object.text("description", text),
        (None, false) => object.text("description", &format!("{{{limits}}}")),
        (Some(text), false) => object.text("description", &format!("{text}\n\n{{{limits}}}")),
    }
    object.end();
}

fn choices(list: &[Node<'_>], out: &mut Vec<u8>) {
    let mut array = Array::begin(out);
    for schema in list {
        any(schema, array.item());
    }
    array.end();
}

/// Adds a limit that only words can tell.
fn limit(key: &str, value: &Node<'_>, limits: &mut String) {
    let mut json = Vec::new();
    string(&mut json, key);
    json.extend_from_slice(b": ");
    value.write(&mut json);
    if !limits.is_empty() {
        limits.push_str(", ");
    }
    // JSON that was read as text.
    limits.push_str(&String::from_utf8(json).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(schema: &str) -> String {
        let raw: &RawValue = serde_json::from_str(schema).unwrap();
        let mut out = Vec::new();
        write(raw, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn limits_are_told_in_words() {
        let schema = r#"{"$schema":"x","type":"object","required":["b","a"],"properties":{"b":{"type":"integer","minimum":1,"maximum":1.50,"description":"How many."},"a":{"oneOf":[{"type":"string","maxLength":5,"format":"uri"},{"type":"null"}]},"l":{"type":"array","items":{"type":"string","format":"color"},"minItems":1,"maxItems":3}},"additionalProperties":true}"#;
        assert_eq!(
            written(schema),
            r#"{"type":"object","required":["b","a"],"properties":{"b":{"type":"integer","description":"How many.\n\n{\"minimum\": 1, \"maximum\": 1.5}"},"a":{"anyOf":[{"type":"string","format":"uri","description":"{\"maxLength\": 5}"},{"type":"null"}]},"l":{"type":"array","items":{"type":"string","description":"{\"format\": \"color\"}"},"minItems":1,"description":"{\"maxItems\": 3}"}},"additionalProperties":false}"#
        );
    }

    #[test]
    fn names_of_properties_are_no_words_of_schemas() {
        let schema = r#"{"properties":{"min\"imum":{"type":"number"},"oneOf":true}}"#;
        assert_eq!(
            written(schema),
            r#"{"properties":{"min\"imum":{"type":"number"},"oneOf":{}},"additionalProperties":false}"#
        );
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        for bad in ["[]", "true", "7"] {
            let raw: &RawValue = serde_json::from_str(bad).unwrap();
            assert!(write(raw, &mut Vec::new()).is_err(), "{bad}");
        }
        let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        let deep = format!("{{\"enum\":{deep}}}");
        let raw: &RawValue = serde_json::from_str(&deep).unwrap();
        assert!(write(raw, &mut Vec::new()).is_err());
    }
}
