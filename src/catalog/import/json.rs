use std::{fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::ImportError;

/// A file that was found to be JSON. Its parts are read where they are asked for, so that what nobody asks for costs
/// no memory, and numbers stay the text that they are.
pub(super) struct Document<'a> {
    pub(super) file: Arc<str>,
    text: &'a str,
    root: &'a RawValue,
    /// Where lines begin.
    lines: Vec<usize>,
}

impl<'a> Document<'a> {
    /// No list is nearly as large; what is, is something else.
    pub(super) const MOST_BYTES: usize = 32 << 20;

    pub(super) fn read(name: &str, bytes: &'a [u8]) -> Result<Self, ImportError> {
        let file: Arc<str> = name.into();
        if bytes.len() > Self::MOST_BYTES {
            let what = "is larger than 32 MiB, which no price list is";
            return Err(ImportError::new(&file, (0, 0), what));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let breaks = good.iter().filter(|b| **b == b'\n').count();
            let column = good.iter().rev().take_while(|b| **b != b'\n').count();
            let what = "is no text in UTF-8";
            ImportError::new(&file, (small(breaks), small(column)), what)
        })?;
        // One pass over everything: what is below is known to be JSON, however deep.
        let root: &RawValue = serde_json::from_str(text).map_err(|error| {
            let clamp = |n: usize| u32::try_from(n.max(1)).unwrap_or(u32::MAX);
            let place = (clamp(error.line()), clamp(error.column()));
            let what = if error.is_eof() {
                "ends in the middle of its JSON"
            } else {
                "is no JSON from here on"
            };
            ImportError::new(&file, place, what)
        })?;
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let lines = std::iter::once(0)
            .chain(breaks.map(|(i, _)| i + 1))
            .collect();
        Ok(Self {
            file,
            text,
            root,
            lines,
        })
    }

    pub(super) const fn root(&self) -> Node<'_, 'a> {
        Node {
            document: self,
            raw: self.root,
        }
    }

    pub(super) fn error(&self, node: Node<'_, '_>, what: impl Into<Box<str>>) -> ImportError {
        ImportError::new(&self.file, node.place(), what)
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n + 1).unwrap_or(u32::MAX)
}

/// A value in a document.
#[derive(Clone, Copy)]
pub(super) struct Node<'d, 'a> {
    document: &'d Document<'a>,
    raw: &'a RawValue,
}

impl<'d, 'a> Node<'d, 'a> {
    /// Line and column, from 1.
    pub(super) fn place(self) -> (u32, u32) {
        // The raw text is a part of the document's own.
        let begin = self.document.text.as_ptr() as usize;
        let at = (self.raw.get().as_ptr() as usize).saturating_sub(begin);
        let lines = &self.document.lines;
        let line = lines.partition_point(|start| *start <= at).max(1) - 1;
        let start = lines.get(line).copied().unwrap_or(0);
        (small(line), small(at.saturating_sub(start)))
    }

    /// The members of an object, in order, keys that repeat included; `None` for anything else, and where a key is
    /// no text after all (half of a surrogate pair).
    pub(super) fn members(self) -> Option<Vec<(String, Self)>> {
        if !self.raw.get().starts_with('{') {
            return None;
        }
        let Members(members) = serde_json::from_str(self.raw.get()).ok()?;
        let node = |raw| Self {
            document: self.document,
            raw,
        };
        Some(
            members
                .into_iter()
                .map(|(key, raw)| (key, node(raw)))
                .collect(),
        )
    }

    /// The member of a key that is there once.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        let mut found = self.members()?.into_iter().filter(|(name, _)| name == key);
        let (_, node) = found.next()?;
        found.next().is_none().then_some(node)
    }

    pub(super) fn items(self) -> Option<Vec<Self>> {
        if !self.raw.get().starts_with('[') {
            return None;
        }
        let items: Vec<&RawValue> = serde_json::from_str(self.raw.get()).ok()?;
        let node = |raw| Self {
            document: self.document,
            raw,
        };
        Some(items.into_iter().map(node).collect())
    }

    pub(super) fn text(self) -> Option<String> {
        serde_json::from_str(self.raw.get()).ok()
    }

    pub(super) fn flag(self) -> Option<bool> {
        serde_json::from_str(self.raw.get()).ok()
    }

    pub(super) fn is_null(self) -> bool {
        self.raw.get() == "null"
    }

    pub(super) fn is_object(self) -> bool {
        self.raw.get().starts_with('{')
    }

    /// A number as it is written, also one that is written as text.
    pub(super) fn digits(self) -> Option<String> {
        let raw = self.raw.get();
        if raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return Some(raw.to_owned());
        }
        self.text()
    }

    /// A whole number above zero, also written `256000.0`.
    pub(super) fn whole(self) -> Option<u64> {
        let raw = self.raw.get();
        let (digits, fraction) = raw.split_once('.').unwrap_or((raw, ""));
        let none = fraction.bytes().all(|b| b == b'0');
        digits.parse().ok().filter(|n| none && *n > 0)
    }
}

/// The members of one object, each value as its text.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_text() {
        let text = "\u{feff}{\n  \"a\": {\"b\": 1.25e-06},\n  \"a\": \"2.50\"\n}";
        let document = Document::read("f", text.as_bytes()).unwrap();
        let members = document.root().members().unwrap();
        assert_eq!(members.len(), 2, "keys that repeat are both there");
        let inner = members[0].1.members().unwrap();
        assert_eq!(inner[0].1.digits().unwrap(), "1.25e-06");
        assert_eq!(inner[0].1.place(), (2, 14));
        assert_eq!(members[1].1.digits().unwrap(), "2.50");
        assert_eq!(members[1].1.place(), (3, 8));
    }

    #[test]
    fn says_where_it_is_wrong() {
        for (bytes, place) in [
            (&b"{\n \"a\": NaN}"[..], Some((2, 7))),
            (b"{\"a\":\n", Some((2, 1))),
            (b"{\n\"\xff\"}", Some((2, 2))),
            (b"", Some((1, 1))),
        ] {
            let Err(error) = Document::read("f", bytes) else {
                panic!("{bytes:?} was read");
            };
            let found = error.line().zip(error.column());
            assert_eq!(found.map(|p| p.0), place.map(|p| p.0), "{error}");
        }
        let large = vec![b' '; Document::MOST_BYTES + 1];
        assert!(Document::read("f", &large).is_err());
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        let document = Document::read("f", deep.as_bytes()).unwrap();
        assert_eq!(document.root().items().unwrap().len(), 1);
    }

    #[test]
    fn whole_numbers_only() {
        let whole = |text: &str| {
            let document = Document::read("f", text.as_bytes()).unwrap();
            document.root().whole()
        };
        assert_eq!(whole("256000.0"), Some(256_000));
        assert_eq!(whole("8192"), Some(8192));
        for text in ["0", "1.5", "-3", "\"5\"", "1e3", "99999999999999999999"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
