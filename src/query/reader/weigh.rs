use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Walks any value without keeping it and says how many tokens its JSON can take, however a provider writes it again: a
/// byte each, escaped to ASCII at worst, and each element on a line of its own, indented. Being a recursive visitor it also
/// obeys the parser's limit of depth, which a skipped or raw value would not.
#[derive(Clone, Copy)]
pub(super) struct Weigh {
    /// How deep it lies, in levels.
    depth: u64,
}

impl Weigh {
    /// A value as it stands in the request. A template may put it some levels deeper.
    pub(super) const TOP: Self = Self { depth: 4 };

    const fn inner(self) -> Self {
        Self {
            depth: self.depth + 1,
        }
    }

    /// What an object or an array comes to with its elements. One without any that is all there is has no lines.
    const fn closed(self, elements: u64) -> u64 {
        if elements == 0 && self.depth == Self::TOP.depth {
            return PUNCTUATION;
        }
        PUNCTUATION + self.line() + elements
    }

    /// Tokens of the line and of its indentation, by four spaces a level: vocabularies have runs of at least sixteen spaces.
    const fn line(self) -> u64 {
        1 + self.depth.div_ceil(4)
    }
}

/// Bytes of a scalar that is no string, and of a value's punctuation.
pub(super) const NUMBER: u64 = 24;
const PUNCTUATION: u64 = 4;
/// Whether a value of such a weight says something: it is there, is not null, and is not empty.
pub(super) fn is_filled(weight: Option<u64>) -> bool {
    weight.is_some_and(|weight| weight > PUNCTUATION)
}

pub(super) fn text(text: &str) -> u64 {
    let plain = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\');
    let plain = count(text.as_bytes(), plain);
    // A control character or a UTF-16 unit is `\uXXXX`; no UTF-8 byte needs more than those six.
    plain + (text.len() as u64 - plain) * 6 + PUNCTUATION
}

/// How many bytes are as asked; in steps that a processor takes many at once.
pub(super) fn count(bytes: &[u8], is: impl Fn(&u8) -> bool) -> u64 {
    let of_few = |few: &[u8]| few.iter().map(|byte| u8::from(is(byte))).sum::<u8>();
    bytes.chunks(128).map(|few| u64::from(of_few(few))).sum()
}

impl<'de> DeserializeSeed<'de> for Weigh {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Weigh {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<u64, E> {
        Ok(NUMBER)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<u64, E> {
        Ok(NUMBER)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<u64, E> {
        Ok(NUMBER)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<u64, E> {
        Ok(NUMBER)
    }

    fn visit_unit<E: Error>(self) -> Result<u64, E> {
        Ok(NUMBER)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<u64, E> {
        Ok(text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<u64, A::Error> {
        let inner = self.inner();
        let mut sum = 0;
        while let Some(weight) = seq.next_element_seed(inner)? {
            sum += weight + inner.line();
        }
        Ok(self.closed(sum))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
        let inner = self.inner();
        let mut sum = 0;
        while let Some(key) = map.next_key_seed(inner)? {
            sum += key + map.next_value_seed(inner)? + inner.line();
        }
        Ok(self.closed(sum))
    }
}

/// The same for a value that may be null, which counts as absent.
pub(super) struct Present;

impl<'de> DeserializeSeed<'de> for Present {
    type Value = Option<u64>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<u64>, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Present {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Option<u64>, D::Error> {
        Weigh::TOP.deserialize(value).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weigh(json: &str) -> Result<u64, serde_json::Error> {
        Weigh::TOP.deserialize(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn depth_is_limited() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(weigh(&deep).is_err());
        assert!(weigh("[[[[1]]]]").is_ok());
    }

    #[test]
    fn bytes_are_counted() {
        for len in [0, 1, 127, 128, 129, 1000] {
            let text = "aé".repeat(len);
            assert_eq!(count(text.as_bytes(), u8::is_ascii), len as u64);
        }
    }

    #[test]
    fn what_is_empty_is_not_filled() {
        let filled = |json: &str| {
            let weight = Present.deserialize(&mut serde_json::Deserializer::from_str(json));
            is_filled(weight.unwrap())
        };
        for empty in ["null", "{}", "[ ]", "\"\""] {
            assert!(!filled(empty), "{empty}");
        }
        for full in [
            "0",
            "false",
            "[0]",
            "{\"\":\"\"}",
            "[[]]",
            "\"a\"",
            "\"ab\"",
        ] {
            assert!(filled(full), "{full}");
        }
    }

    proptest! {
        #[test]
        fn no_way_of_writing_is_longer(text in ".{0,40}", key in ".{0,8}") {
            let value = serde_json::json!({ key: [text, 1.5, true, null] });
            let plain = value.to_string();
            let ascii: usize = plain
                .chars()
                .map(|c| if c.is_ascii() && c != '\x7f' { 1 } else { 6 * c.len_utf16() })
                .sum();
            let spaced = plain.matches([',', ':']).count();
            let weight = weigh(&plain).unwrap();
            prop_assert!(weight >= (ascii.max(plain.len())) as u64, "{weight} {ascii}");
            let _ = spaced;
        }
    }
}
