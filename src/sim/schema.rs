//! The smallest instance of a JSON Schema that comes to mind.

use serde_json::{Map, Number, Value, json};

/// Deeper than any sensible schema; what refers to itself without end stops here.
const DEPTH: u32 = 32;

/// An instance of `schema`: required properties only, the first of an `enum` or of alternatives.
///
/// Patterns are not matched, and a schema that no value can satisfy gets some value all the same.
pub(crate) fn instance(schema: &Value) -> Value {
    make(schema, schema, DEPTH)
}

fn make(root: &Value, schema: &Value, depth: u32) -> Value {
    let Some(map) = schema.as_object().filter(|_| depth > 0) else {
        return Value::Null;
    };
    if let Some(target) = map.get("$ref").and_then(Value::as_str) {
        let target = target.strip_prefix('#').and_then(|path| root.pointer(path));
        return target.map_or(Value::Null, |schema| make(root, schema, depth - 1));
    }
    if let Some(value) = map.get("const") {
        return value.clone();
    }
    if let Some(first) = list(map, "enum").first() {
        return first.clone();
    }
    if let Some(first) = ["anyOf", "oneOf"].iter().find_map(|k| list(map, k).first()) {
        return make(root, &joined(map, first), depth - 1);
    }
    let all = list(map, "allOf");
    if !all.is_empty() {
        let mut whole = Value::Object(without(map, "allOf"));
        for part in all {
            let part = resolved(root, part);
            whole = joined(whole.as_object().unwrap_or(&Map::new()), part);
        }
        return make(root, &whole, depth - 1);
    }
    match kind(map) {
        "object" => object(root, map, depth),
        "array" => array(root, map, depth),
        "string" => Value::String(string(map)),
        "integer" => number(map, 1.0),
        "number" => number(map, 0.0),
        "boolean" => Value::Bool(false),
        "null" => Value::Null,
        _ => Value::String("text".to_owned()),
    }
}

fn list<'a>(map: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    map.get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn without(map: &Map<String, Value>, name: &str) -> Map<String, Value> {
    let mut map = map.clone();
    map.remove(name);
    map
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema.get("$ref").and_then(Value::as_str);
    let target = target.and_then(|t| root.pointer(t.strip_prefix('#')?));
    target.unwrap_or(schema)
}

/// A schema with the keywords of another beside its own; properties and required names add up.
fn joined(map: &Map<String, Value>, other: &Value) -> Value {
    let mut whole = without(&without(map, "anyOf"), "oneOf");
    for (name, value) in other.as_object().into_iter().flatten() {
        match (whole.get_mut(name), value) {
            (Some(Value::Object(mine)), Value::Object(theirs)) if name == "properties" => {
                mine.extend(theirs.clone());
            }
            (Some(Value::Array(mine)), Value::Array(theirs)) if name == "required" => {
                mine.extend(theirs.iter().cloned());
            }
            _ => {
                whole.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(whole)
}

fn kind(map: &Map<String, Value>) -> &str {
    match map.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or("null"),
        _ if map.contains_key("properties") => "object",
        _ if map.contains_key("items") => "array",
        _ => "",
    }
}

fn object(root: &Value, map: &Map<String, Value>, depth: u32) -> Value {
    let properties = map.get("properties").and_then(Value::as_object);
    let required = list(map, "required").iter().filter_map(Value::as_str);
    let fill = |name: &str| {
        let schema = properties.and_then(|p| p.get(name));
        make(root, schema.unwrap_or(&json!({})), depth - 1)
    };
    Value::Object(required.map(|name| (name.to_owned(), fill(name))).collect())
}

fn array(root: &Value, map: &Map<String, Value>, depth: u32) -> Value {
    let first = list(map, "prefixItems");
    let items = map.get("items").cloned().unwrap_or(json!({}));
    let least = map.get("minItems").and_then(Value::as_u64).unwrap_or(0);
    // An instance is to be small; a schema that asks for more is not served.
    let least = usize::try_from(least.min(1_000))
        .unwrap_or(0)
        .max(first.len());
    (0..least)
        .map(|i| make(root, first.get(i).unwrap_or(&items), depth - 1))
        .collect()
}

fn string(map: &Map<String, Value>) -> String {
    let mut text = match map.get("format").and_then(Value::as_str) {
        Some("date") => "2026-01-01",
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("time") => "00:00:00Z",
        Some("duration") => "PT1S",
        Some("email") => "a@example.com",
        Some("hostname") => "example.com",
        Some("ipv4") => "127.0.0.1",
        Some("ipv6") => "::1",
        Some("uri") => "https://example.com/",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        _ => "text",
    }
    .to_owned();
    let bound = |name| {
        let n = map.get(name).and_then(Value::as_u64);
        n.map(|n| usize::try_from(n.min(10_000)).unwrap_or(0))
    };
    while text.len() < bound("minLength").unwrap_or(0) {
        text.push('x');
    }
    text.truncate(bound("maxLength").unwrap_or(usize::MAX));
    text
}

/// The least number that the bounds allow, in steps of `multipleOf`; `least_step` 1 means integers.
fn number(map: &Map<String, Value>, least_step: f64) -> Value {
    let bound = |name| map.get(name).and_then(Value::as_f64);
    let step = bound("multipleOf")
        .filter(|s| *s > 0.0)
        .unwrap_or(least_step);
    let up = |n: f64| {
        if step > 0.0 {
            (n / step).ceil() * step
        } else {
            n
        }
    };
    let down = |n: f64| {
        if step > 0.0 {
            (n / step).floor() * step
        } else {
            n
        }
    };
    let jump = if step > 0.0 { step } else { 0.5 };
    let mut n: f64 = 0.0;
    if let Some(most) = bound("maximum") {
        n = n.min(down(most));
    }
    if let Some(most) = bound("exclusiveMaximum").filter(|most| n >= *most) {
        n = down(most - jump);
    }
    if let Some(least) = bound("minimum") {
        n = n.max(up(least));
    }
    if let Some(least) = bound("exclusiveMinimum").filter(|least| n <= *least) {
        n = up(least);
        if n <= least {
            n += jump;
        }
    }
    // Beyond 2^53 a float is no exact integer any more, and no such number is written here.
    if n.fract() == 0.0 && n.abs() < 9e15 {
        #[allow(clippy::cast_possible_truncation)]
        return Value::Number(Number::from(n as i64));
    }
    Number::from_f64(n).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_what_is_required_and_no_more() {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer", "minimum": 2},
                "unit": {"enum": ["C", "F"]},
                "spare": {"type": "string"},
                "at": {"type": ["null", "string"], "format": "date"},
                "kind": {"const": "weather"},
                "deep": {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
            },
            "required": ["city", "days", "unit", "at", "kind", "deep"]
        });
        assert_eq!(
            instance(&schema),
            json!({
                "city": "text", "days": 2, "unit": "C", "at": "2026-01-01", "kind": "weather",
                "deep": {"ok": false}
            })
        );
    }

    #[test]
    fn follows_references_and_alternatives() {
        let schema = json!({
            "$defs": {
                "point": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
                "tree": {"type": "object", "properties": {
                    "kids": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}, "required": ["kids"]}
            },
            "type": "object",
            "properties": {
                "points": {"type": "array", "items": {"$ref": "#/$defs/point"}, "minItems": 2},
                "tree": {"$ref": "#/$defs/tree"},
                "either": {"anyOf": [{"type": "null"}, {"type": "string"}]},
                "both": {"allOf": [
                    {"$ref": "#/$defs/point"},
                    {"type": "object", "properties": {"y": {"type": "integer"}}, "required": ["y"]}]}
            },
            "required": ["points", "tree", "either", "both"]
        });
        assert_eq!(
            instance(&schema),
            json!({
                "points": [{"x": 0}, {"x": 0}],
                "tree": {"kids": []},
                "either": null,
                "both": {"x": 0, "y": 0}
            })
        );
    }

    #[test]
    fn a_schema_without_end_ends() {
        let schema =
            json!({"type": "object", "properties": {"me": {"$ref": "#"}}, "required": ["me"]});
        assert!(instance(&schema).is_object());
        assert_eq!(instance(&json!({"$ref": "#"})), Value::Null);
    }

    #[test]
    fn keeps_within_bounds() {
        let check =
            |schema: Value, expected: Value| assert_eq!(instance(&schema), expected, "{schema}");
        check(json!({"type": "integer", "exclusiveMinimum": 3}), json!(4));
        check(
            json!({"type": "integer", "minimum": 7, "multipleOf": 5}),
            json!(10),
        );
        check(json!({"type": "integer", "maximum": -3}), json!(-3));
        check(
            json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
            json!(0.5),
        );
        check(json!({"type": "string", "minLength": 6}), json!("textxx"));
        check(json!({"type": "string", "maxLength": 2}), json!("te"));
        check(json!({}), json!("text"));
        check(json!(null), json!(null));
    }
}
