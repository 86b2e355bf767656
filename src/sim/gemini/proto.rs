//! JSON as protocol buffers have it: names in camelCase or snake_case, and no unknown ones.

use serde_json::{Map, Number, Value};

use crate::sim::{base64, error::ApiError};

/// A message's fields.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) fields: &'static [Field],
}

#[derive(Debug)]
pub(crate) struct Field {
    /// In snake_case.
    pub(crate) name: &'static str,
    pub(crate) many: bool,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Text,
    Bytes,
    Bool,
    Int,
    Number,
    /// One of these words; small letters will do where the flag says so.
    Word(&'static [&'static str], bool),
    /// Any object.
    Struct,
    /// Any value.
    Any,
    Message(&'static Message),
    /// Messages by names of the caller's choice.
    Map(&'static Message),
}

/// A field of which there is one.
pub(crate) const fn one(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        many: false,
        kind,
    }
}

/// A field of which there may be many.
pub(crate) const fn many(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        many: true,
        kind,
    }
}

/// Checks a message and gives it back with names in camelCase, without what is `null`.
pub(crate) fn message(at: &str, value: &Value, shape: &Message) -> Result<Value, ApiError> {
    let Some(map) = value.as_object() else {
        return Err(invalid(at, "", value));
    };
    let mut whole = Map::new();
    for (name, value) in map {
        let known = shape.fields.iter();
        let known = known.map(|field| (field, camel(field.name)));
        let mut known = known.filter(|(field, camel)| name == field.name || name == camel);
        let Some((field, camel)) = known.next() else {
            return Err(unknown(at, name));
        };
        if value.is_null() {
            continue;
        }
        let at = if at.is_empty() {
            field.name.to_owned()
        } else {
            format!("{at}.{}", field.name)
        };
        let value = if field.many {
            repeated(&at, value, &field.kind)?
        } else {
            single(&at, value, &field.kind)?
        };
        whole.insert(camel, value);
    }
    Ok(Value::Object(whole))
}

fn repeated(at: &str, value: &Value, kind: &Kind) -> Result<Value, ApiError> {
    let Value::Array(list) = value else {
        // One value stands for a list of one, as Google's parser has it for messages.
        return match kind {
            Kind::Message(_) if value.is_object() => Ok(vec![single(at, value, kind)?].into()),
            _ => Err(invalid(at, "", value)),
        };
    };
    let list = list.iter().enumerate();
    list.map(|(i, value)| single(&format!("{at}[{i}]"), value, kind))
        .collect()
}

fn single(at: &str, value: &Value, kind: &Kind) -> Result<Value, ApiError> {
    let bad = |what: &str| invalid(at, what, value);
    Ok(match kind {
        Kind::Text if value.is_string() => value.clone(),
        Kind::Text => return Err(bad("TYPE_STRING")),
        Kind::Bytes => match value.as_str() {
            Some(text) if base64::is_valid(text) => value.clone(),
            Some(text) => {
                let shown: String = text.chars().take(20).collect();
                let message = format!(
                    "Invalid value at '{at}' (TYPE_BYTES), Base64 decoding failed for \"{shown}\""
                );
                return Err(ApiError::bad_request(message).param(at));
            }
            None => return Err(bad("TYPE_BYTES")),
        },
        Kind::Bool if value.is_boolean() => value.clone(),
        Kind::Bool => return Err(bad("TYPE_BOOL")),
        Kind::Int => integer(value).ok_or_else(|| bad("TYPE_INT32"))?,
        Kind::Number => number(value).ok_or_else(|| bad("TYPE_FLOAT"))?,
        Kind::Word(words, small) => {
            let text = value.as_str().ok_or_else(|| bad("TYPE_ENUM"))?;
            let text = if *small {
                text.to_ascii_uppercase()
            } else {
                text.to_owned()
            };
            if !words.contains(&text.as_str()) {
                return Err(bad("TYPE_ENUM"));
            }
            Value::String(text)
        }
        Kind::Struct if value.is_object() => value.clone(),
        Kind::Struct => return Err(bad("type.googleapis.com/google.protobuf.Struct")),
        Kind::Any => value.clone(),
        Kind::Message(shape) => message(at, value, shape)?,
        Kind::Map(shape) => {
            let map = value.as_object().ok_or_else(|| bad("TYPE_MESSAGE"))?;
            let entry = |(name, value): (&String, &Value)| {
                // Names of the caller's stay as they are.
                let value = message(&format!("{at}[{name}]"), value, shape)?;
                Ok((name.clone(), value))
            };
            Value::Object(map.iter().map(entry).collect::<Result<_, ApiError>>()?)
        }
    })
}

/// A whole number, which may also stand as a text or with a fraction of nothing.
fn integer(value: &Value) -> Option<Value> {
    if value.is_i64() || value.is_u64() {
        return Some(value.clone());
    }
    let text = value.as_str().map(str::to_owned);
    let text = text.or_else(|| {
        let n = value.as_f64().filter(|n| n.fract() == 0.0)?;
        (n.abs() < 9e15).then(|| format!("{n:.0}"))
    })?;
    Some(Value::from(text.parse::<i64>().ok()?))
}

fn number(value: &Value) -> Option<Value> {
    if value.is_number() {
        return Some(value.clone());
    }
    let n: f64 = value.as_str()?.parse().ok()?;
    Number::from_f64(n).map(Value::Number)
}

/// A name in camelCase.
fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for (i, word) in name.split('_').enumerate() {
        let first = if i == 0 { 0 } else { word.len().min(1) };
        camel.push_str(&word[..first].to_ascii_uppercase());
        camel.push_str(&word[first..]);
    }
    camel
}

fn unknown(at: &str, name: &str) -> ApiError {
    let place = if at.is_empty() {
        String::new()
    } else {
        format!(" at '{at}'")
    };
    ApiError::bad_request(format!(
        "Invalid JSON payload received. Unknown name \"{name}\"{place}: Cannot find field."
    ))
    .param(at)
}

fn invalid(at: &str, what: &str, value: &Value) -> ApiError {
    let what = if what.is_empty() {
        String::new()
    } else {
        format!(" ({what})")
    };
    let kind = match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string().chars().take(40).collect(),
    };
    ApiError::bad_request(format!("Invalid value at '{at}'{what}, {kind}")).param(at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static INNER: Message = Message {
        fields: &[
            one("max_size", Kind::Int),
            many("kinds", Kind::Word(&["BIG", "SMALL"], true)),
            one("inner", Kind::Message(&INNER)),
            one("by_name", Kind::Map(&INNER)),
        ],
    };

    #[test]
    fn both_ways_of_writing_names_are_one() {
        let snake = json!({"max_size": 5, "by_name": {"my_key": {"max_size": "7"}}, "inner": null});
        let camel = json!({"maxSize": 5.0, "byName": {"my_key": {"maxSize": 7}}});
        let expected = json!({"maxSize": 5, "byName": {"my_key": {"maxSize": 7}}});
        assert_eq!(message("", &snake, &INNER).unwrap(), expected);
        assert_eq!(message("", &camel, &INNER).unwrap(), expected);
    }

    #[test]
    fn what_is_unknown_or_of_another_kind_is_named() {
        let said = |value: Value| message("", &value, &INNER).unwrap_err().message.unwrap();
        let unknown = said(json!({"inner": {"size": 1}}));
        assert!(unknown.contains("Unknown name \"size\" at 'inner': Cannot find field."));
        assert!(said(json!({"maxSize": 1.5})).contains("'max_size' (TYPE_INT32)"));
        assert!(said(json!({"kinds": ["big", "huge"]})).contains("'kinds[1]' (TYPE_ENUM)"));
        assert!(said(json!({"byName": {"a": []}})).contains("'by_name[a]'"));
        assert!(said(json!([])).contains("a list"));
    }
}
