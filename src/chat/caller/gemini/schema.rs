//! Schemas in Google's own form, which is OpenAPI's with the names of types in capital letters.

use std::ops::Range;

use serde_json::value::RawValue;

/// Deeper ones are refused everywhere; none is looked into.
const DEEPEST: usize = 128;

/// The same schema as a JSON schema: names of types in small letters, `nullable` as one type more, counts as numbers,
/// keywords as JSON schema spells them. Every other byte stays, and so does what is no schema.
pub(super) fn json_schema(raw: &RawValue) -> Box<RawValue> {
    let text = raw.get();
    let mut edits = Scan::new(text).edits().unwrap_or_default();
    edits.sort_by_key(|(place, _)| place.start);
    let mut out = String::with_capacity(text.len() + 16 * edits.len());
    let mut from = 0;
    for (place, new) in edits {
        out.push_str(text.get(from..place.start).unwrap_or_default());
        out.push_str(&new);
        from = place.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    RawValue::from_string(out).unwrap_or_else(|_| raw.to_owned())
}

/// What stands at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Schema,
    /// Schemas by names.
    Named,
    /// A list of schemas.
    List,
    Type,
    Nullable,
    /// A number, which Google also writes as a text.
    Count,
    Opaque,
}

/// What a keyword of a schema holds, and how it is spelled where Google also spells it otherwise.
fn keyword(name: &str) -> (Slot, Option<&'static str>) {
    match name {
        "type" => (Slot::Type, None),
        "nullable" => (Slot::Nullable, None),
        "items" | "additionalProperties" | "not" | "contains" => (Slot::Schema, None),
        "additional_properties" => (Slot::Schema, Some("additionalProperties")),
        "properties" | "$defs" | "definitions" | "patternProperties" => (Slot::Named, None),
        "defs" => (Slot::Named, Some("$defs")),
        "ref" => (Slot::Opaque, Some("$ref")),
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => (Slot::List, None),
        "any_of" => (Slot::List, Some("anyOf")),
        "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties" => {
            (Slot::Count, None)
        }
        "min_items" => (Slot::Count, Some("minItems")),
        "max_items" => (Slot::Count, Some("maxItems")),
        "min_length" => (Slot::Count, Some("minLength")),
        "max_length" => (Slot::Count, Some("maxLength")),
        "min_properties" => (Slot::Count, Some("minProperties")),
        "max_properties" => (Slot::Count, Some("maxProperties")),
        _ => (Slot::Opaque, None),
    }
}

/// An object or a list that is being read.
struct Frame {
    slot: Slot,
    object: bool,
    /// The next text is a key.
    key: bool,
    /// What the value after the key is.
    value: Slot,
    type_at: Option<Range<usize>>,
    nullable: bool,
}

struct Scan<'a> {
    text: &'a str,
    frames: Vec<Frame>,
    edits: Vec<(Range<usize>, String)>,
}

impl<'a> Scan<'a> {
    const fn new(text: &'a str) -> Self {
        Self {
            text,
            frames: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// One pass over JSON, without recursion; `None` where it is too deep.
    fn edits(mut self) -> Option<Vec<(Range<usize>, String)>> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let end = end_of(bytes, at)?;
                    self.string(at..end);
                    at = end;
                    continue;
                }
                b'{' => self.open(true)?,
                b'[' => self.open(false)?,
                b'}' | b']' => self.close(),
                b',' => {
                    if let Some(frame) = self.frames.last_mut() {
                        frame.key = frame.object;
                    }
                }
                b't' => self.truth(),
                _ => {}
            }
            at += 1;
        }
        Some(self.edits)
    }

    /// What the value is that begins here.
    fn slot(&self) -> Slot {
        self.frames.last().map_or(Slot::Schema, |frame| frame.value)
    }

    fn open(&mut self, object: bool) -> Option<()> {
        let slot = match (self.slot(), object) {
            (slot @ (Slot::Schema | Slot::Named), true) => slot,
            (slot @ (Slot::List | Slot::Type), false) => slot,
            _ => Slot::Opaque,
        };
        let value = match slot {
            Slot::List | Slot::Named => Slot::Schema,
            Slot::Type => Slot::Type,
            _ => Slot::Opaque,
        };
        let frame = Frame {
            slot,
            object,
            key: object,
            value,
            type_at: None,
            nullable: false,
        };
        self.frames.push(frame);
        (self.frames.len() <= DEEPEST).then_some(())
    }

    fn close(&mut self) {
        if let Some(frame) = self.frames.pop()
            && let Some(place) = frame.type_at
        {
            let name = self.text[place.clone()].to_ascii_lowercase();
            let new = match frame.nullable {
                true => format!("[{name},\"null\"]"),
                false => name,
            };
            self.edits.push((place, new));
        }
    }

    fn string(&mut self, place: Range<usize>) {
        let inside = &self.text[place.start + 1..place.end - 1];
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        if std::mem::replace(&mut frame.key, false) {
            if frame.slot == Slot::Schema {
                let (slot, spelled) = keyword(inside);
                frame.value = slot;
                if let Some(spelled) = spelled {
                    self.edits.push((place, format!("\"{spelled}\"")));
                }
            }
            return;
        }
        match (frame.value, frame.object) {
            (Slot::Type, true) => frame.type_at = Some(place),
            (Slot::Type, false) => {
                let name = self.text[place.clone()].to_ascii_lowercase();
                self.edits.push((place, name));
            }
            (Slot::Count, _)
                if !inside.is_empty() && inside.bytes().all(|b| b.is_ascii_digit()) =>
            {
                let number = inside.trim_start_matches('0');
                let number = if number.is_empty() { "0" } else { number };
                self.edits.push((place, number.to_owned()));
            }
            _ => {}
        }
    }

    /// `true`, the only word that begins like that.
    fn truth(&mut self) {
        if let Some(frame) = self.frames.last_mut()
            && frame.value == Slot::Nullable
        {
            frame.nullable = true;
        }
    }
}

/// Where a text that begins at a quote ends.
fn end_of(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        let next = memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        at += next + 1;
        match bytes[at - 1] {
            b'"' => return Some(at),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        json_schema(raw).get().to_owned()
    }

    #[test]
    fn types_become_small_and_everything_else_stays() {
        let google = r#"{"type": "OBJECT", "properties": {"type": {"type":"STRING","description":"a \"TYPE\": \"STRING\""},
            "list":{"type":"ARRAY","items":{"type":"NUMBER"},"minItems":"2"}, "e":{"enum":["STRING"],"type":"STRING","nullable":true}},
            "required":["type"],"example":{"type":"STRING"},"any_of":[{"type":"INTEGER"}], "default":1.0}"#;
        let json = r#"{"type": "object", "properties": {"type": {"type":"string","description":"a \"TYPE\": \"STRING\""},
            "list":{"type":"array","items":{"type":"number"},"minItems":2}, "e":{"enum":["STRING"],"type":["string","null"],"nullable":true}},
            "required":["type"],"example":{"type":"STRING"},"anyOf":[{"type":"integer"}], "default":1.0}"#;
        assert_eq!(of(google), json);
        assert_eq!(of(json), json, "a JSON schema stays what it is");
    }

    #[test]
    fn what_is_no_schema_stays() {
        let deep = format!(
            "{}{}",
            r#"{"items":"#.repeat(100_000),
            "1".to_owned() + &"}".repeat(100_000)
        );
        for odd in ["null", "7", "\"STRING\"", "[\"STRING\"]", "{}", &deep] {
            assert_eq!(of(odd), odd);
        }
    }
}
