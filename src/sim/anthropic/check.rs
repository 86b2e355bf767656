//! Anthropic's checks of fields, each with the error that names the field.

use serde_json::{Map, Value};

use crate::sim::error::ApiError;

pub(crate) type Checked<T> = Result<T, ApiError>;

pub(crate) fn wrong(at: &str, why: &str) -> ApiError {
    ApiError::bad_request(format!("{at}: {why}")).param(at)
}

pub(crate) fn missing(at: &str) -> ApiError {
    wrong(at, "Field required")
}

/// A path with one more step.
pub(crate) fn under(at: &str, name: impl std::fmt::Display) -> String {
    if at.is_empty() {
        name.to_string()
    } else {
        format!("{at}.{name}")
    }
}

/// A field that is there and not `null`.
pub(crate) fn given<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).filter(|value| !value.is_null())
}

/// Refuses fields that the API does not know.
pub(crate) fn known(at: &str, map: &Map<String, Value>, names: &[&str]) -> Checked<()> {
    match map.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(wrong(&under(at, name), "Extra inputs are not permitted")),
        None => Ok(()),
    }
}

pub(crate) fn object<'a>(at: &str, value: &'a Value) -> Checked<&'a Map<String, Value>> {
    let map = value.as_object();
    map.ok_or_else(|| wrong(at, "Input should be an object"))
}

pub(crate) fn array<'a>(at: &str, value: &'a Value) -> Checked<&'a [Value]> {
    let list = value.as_array().map(Vec::as_slice);
    list.ok_or_else(|| wrong(at, "Input should be a valid array"))
}

pub(crate) fn text<'a>(
    at: &str,
    map: &'a Map<String, Value>,
    name: &str,
) -> Checked<Option<&'a str>> {
    let text = |value: &'a Value| {
        let text = value.as_str();
        text.ok_or_else(|| wrong(&under(at, name), "Input should be a valid string"))
    };
    given(map, name).map(text).transpose()
}

pub(crate) fn required_text<'a>(
    at: &str,
    map: &'a Map<String, Value>,
    name: &str,
) -> Checked<&'a str> {
    text(at, map, name)?.ok_or_else(|| missing(&under(at, name)))
}

pub(crate) fn boolean(at: &str, map: &Map<String, Value>, name: &str) -> Checked<Option<bool>> {
    let boolean = |value: &Value| {
        let boolean = value.as_bool();
        boolean.ok_or_else(|| wrong(&under(at, name), "Input should be a valid boolean"))
    };
    given(map, name).map(boolean).transpose()
}

pub(crate) fn integer(
    at: &str,
    map: &Map<String, Value>,
    name: &str,
    least: u64,
) -> Checked<Option<u64>> {
    let at = under(at, name);
    let Some(value) = given(map, name) else {
        return Ok(None);
    };
    if !value.is_i64() && !value.is_u64() {
        return Err(wrong(&at, "Input should be a valid integer"));
    }
    let why = format!("Input should be greater than or equal to {least}");
    let number = value.as_u64().filter(|n| *n >= least);
    number.map(Some).ok_or_else(|| wrong(&at, &why))
}

/// A number from 0 to 1.
pub(crate) fn share(map: &Map<String, Value>, name: &str) -> Checked<Option<f64>> {
    let Some(value) = given(map, name) else {
        return Ok(None);
    };
    let n = value
        .as_f64()
        .ok_or_else(|| wrong(name, "Input should be a valid number"))?;
    if n < 0.0 {
        return Err(wrong(name, "Input should be greater than or equal to 0"));
    }
    if n > 1.0 {
        return Err(wrong(name, "Input should be less than or equal to 1"));
    }
    Ok(Some(n))
}

/// One of the words that a field takes.
pub(crate) fn one_of<'a>(
    at: &str,
    map: &'a Map<String, Value>,
    name: &str,
    words: &[&str],
) -> Checked<Option<&'a str>> {
    let Some(word) = text(at, map, name)? else {
        return Ok(None);
    };
    if words.contains(&word) {
        return Ok(Some(word));
    }
    let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let why = format!("Input should be {}", words.join(", "));
    Err(wrong(&under(at, name), &why))
}
