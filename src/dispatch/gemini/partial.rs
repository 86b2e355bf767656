use std::{borrow::Cow, collections::HashMap, fmt};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Number;

use super::wire::{PartialArg, text};
use crate::dispatch::Unreadable;

/// Values in all; a call with more arguments is none.
const MOST_VALUES: usize = 100_000;
/// How deep a path may lead, which is as deep as JSON is read.
const DEEPEST: usize = 64;
/// How many places of a list may be passed over.
const WIDEST_GAP: usize = 64;

/// Arguments of a call that come piece by piece, each with its place.
#[derive(Default)]
pub(super) struct PartialArgs {
    root: Object,
    values: usize,
}

impl PartialArgs {
    /// Takes a piece.
    pub(super) fn take(&mut self, piece: &PartialArg<'_>) -> Result<(), Unreadable> {
        let place = self.place(text(&piece.json_path))?;
        let goes_on = piece.will_continue == Some(true);
        if let Some(more) = &piece.string_value {
            match place {
                Value::Text { text, open } if *open => {
                    text.push_str(&more.0);
                    *open = goes_on;
                }
                _ => {
                    *place = Value::Text {
                        text: more.0.as_ref().to_owned(),
                        open: goes_on,
                    }
                }
            }
        } else if let Some(number) = &piece.number_value {
            *place = Value::Number(number.clone());
        } else if let Some(truth) = piece.bool_value {
            *place = Value::Bool(truth);
        }
        Ok(())
    }

    /// The JSON text of an object; `None` for one without members.
    pub(super) fn json(&self) -> Option<String> {
        let json = serde_json::to_string(&self.root).ok();
        json.filter(|_| !self.root.members.is_empty())
    }

    /// The value at a path, made where there is none yet.
    fn place(&mut self, path: &str) -> Result<&mut Value, Unreadable> {
        let mut rest = path.strip_prefix('$').ok_or(Unreadable)?;
        let Some(Step::Name(first)) = step(&mut rest)? else {
            return Err(Unreadable);
        };
        let mut left = MOST_VALUES.checked_sub(self.values).ok_or(Unreadable)?;
        let mut place = self.root.member(&first, &mut left)?;
        let mut depth = 1;
        while let Some(step) = step(&mut rest)? {
            depth += 1;
            if depth > DEEPEST {
                return Err(Unreadable);
            }
            place = place.below(&step, &mut left)?;
        }
        self.values = MOST_VALUES - left;
        Ok(place)
    }
}

impl fmt::Debug for PartialArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartialArgs")
            .field("values", &self.values)
            .finish_non_exhaustive()
    }
}

enum Value {
    /// Also what nothing has been said of yet.
    Null,
    Bool(bool),
    Number(Number),
    Text {
        text: String,
        open: bool,
    },
    List(Vec<Value>),
    Object(Object),
}

#[derive(Default)]
struct Object {
    /// In the order in which they came.
    members: Vec<(Box<str>, Value)>,
    places: HashMap<Box<str>, usize>,
}

impl Object {
    fn member(&mut self, name: &str, left: &mut usize) -> Result<&mut Value, Unreadable> {
        let at = match self.places.get(name) {
            Some(at) => *at,
            None => {
                *left = left.checked_sub(1).ok_or(Unreadable)?;
                self.places.insert(name.into(), self.members.len());
                self.members.push((name.into(), Value::Null));
                self.members.len() - 1
            }
        };
        self.members
            .get_mut(at)
            .map(|(_, value)| value)
            .ok_or(Unreadable)
    }
}

impl Value {
    fn below(&mut self, step: &Step<'_>, left: &mut usize) -> Result<&mut Self, Unreadable> {
        if let Self::Null = self {
            *self = match step {
                Step::Name(_) => Self::Object(Object::default()),
                Step::At(_) => Self::List(Vec::new()),
            };
        }
        match (self, step) {
            (Self::Object(object), Step::Name(name)) => object.member(name, left),
            (Self::List(list), Step::At(at)) => {
                let new = (at + 1).saturating_sub(list.len());
                if new > WIDEST_GAP {
                    return Err(Unreadable);
                }
                *left = left.checked_sub(new).ok_or(Unreadable)?;
                list.extend((0..new).map(|_| Self::Null));
                list.get_mut(*at).ok_or(Unreadable)
            }
            _ => Err(Unreadable),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Number(number) => number.serialize(serializer),
            Self::Text { text, .. } => serializer.serialize_str(text),
            Self::List(list) => list.serialize(serializer),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

enum Step<'a> {
    Name(Cow<'a, str>),
    At(usize),
}

/// Takes the next step off a path: `.name`, `[3]`, `['name']` or `["name"]`.
fn step<'a>(rest: &mut &'a str) -> Result<Option<Step<'a>>, Unreadable> {
    if rest.is_empty() {
        return Ok(None);
    }
    if let Some(name) = rest.strip_prefix('.') {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (name, tail) = name.split_at(end);
        *rest = tail;
        return if name.is_empty() {
            Err(Unreadable)
        } else {
            Ok(Some(Step::Name(name.into())))
        };
    }
    let inside = rest.strip_prefix('[').ok_or(Unreadable)?;
    if let Some(quote @ ('\'' | '"')) = inside.chars().next() {
        let (name, tail) = quoted(&inside[1..], quote)?;
        *rest = tail.strip_prefix(']').ok_or(Unreadable)?;
        return Ok(Some(Step::Name(name)));
    }
    let (at, tail) = inside.split_once(']').ok_or(Unreadable)?;
    *rest = tail;
    let at = at.parse::<u32>().map_err(|_| Unreadable)?;
    Ok(Some(Step::At(at as usize)))
}

/// A name up to its quote; a backslash keeps what follows it from meaning anything.
fn quoted(text: &str, quote: char) -> Result<(Cow<'_, str>, &str), Unreadable> {
    let end = text.find([quote, '\\']).ok_or(Unreadable)?;
    if text[end..].starts_with(quote) {
        return Ok((text[..end].into(), &text[end + 1..]));
    }
    let mut name = text[..end].to_owned();
    let mut chars = text[end..].char_indices();
    while let Some((at, char)) = chars.next() {
        if char == quote {
            return Ok((name.into(), &text[end + at + 1..]));
        }
        let plain = if char == '\\' {
            chars.next().ok_or(Unreadable)?.1
        } else {
            char
        };
        name.push(plain);
    }
    Err(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(pieces: &[&str]) -> Result<String, Unreadable> {
        let mut args = PartialArgs::default();
        for piece in pieces {
            args.take(&serde_json::from_str(piece).unwrap())?;
        }
        Ok(args.json().unwrap_or_default())
    }

    #[test]
    fn pieces_come_to_one_object_in_their_order() {
        let json = args(&[
            r#"{"jsonPath":"$.z.list[0].amount","stringValue":"16 ","willContinue":true}"#,
            r#"{"jsonPath":"$.z.list[0].amount","stringValue":"oz"}"#,
            r#"{"jsonPath":"$.z.list[1].n","numberValue":0.5}"#,
            r#"{"jsonPath":"$.a['b.c']","boolValue":true}"#,
            r#"{"jsonPath":"$.none","nullValue":"NULL_VALUE"}"#,
            r#"{"jsonPath":"$[\"q\\\"]\"]","numberValue":7}"#,
        ]);
        let whole = r#"{"z":{"list":[{"amount":"16 oz"},{"n":0.5}]},"a":{"b.c":true},"none":null,"q\"]":7}"#;
        assert_eq!(json.as_deref(), Ok(whole));
    }

    #[test]
    fn a_text_that_was_closed_is_said_anew() {
        let json = args(&[
            r#"{"jsonPath":"$.a","stringValue":"x"}"#,
            r#"{"jsonPath":"$.a","stringValue":"y"}"#,
        ]);
        assert_eq!(json.as_deref(), Ok(r#"{"a":"y"}"#));
    }

    #[test]
    fn paths_that_lead_nowhere_are_refused() {
        let deep = format!("$.a{}", "[0]".repeat(100));
        for path in [
            "",
            "a",
            "$",
            "$[0]",
            "$.a[4000000000]",
            "$.a[-1]",
            "$.a[",
            "$['a",
            "$..a",
            &deep,
        ] {
            let piece = serde_json::json!({"jsonPath": path, "stringValue": "x"}).to_string();
            assert_eq!(args(&[&piece]), Err(Unreadable), "{path}");
        }
        let both = [
            r#"{"jsonPath":"$.a.b","stringValue":"x"}"#,
            r#"{"jsonPath":"$.a[0]","stringValue":"x"}"#,
        ];
        assert_eq!(args(&both), Err(Unreadable), "an object is no list");
    }
}
