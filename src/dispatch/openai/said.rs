use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// What a delta or message says, without keeping it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said {
    /// Bytes of all its strings but the role's.
    pub(super) bytes: u64,
    /// It has a refusal.
    pub(super) refuses: bool,
    /// It calls a tool.
    pub(super) calls: bool,
}

impl Said {
    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.refuses |= other.refuses;
        self.calls |= other.calls;
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Strings)
    }
}

#[derive(Clone, Copy)]
struct Strings;

impl<'de> DeserializeSeed<'de> for Strings {
    type Value = Said;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Said, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The keys that matter; others are walked all the same.
enum Key {
    Role,
    Refusal,
    Calls,
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
                Ok(match key {
                    "role" => Key::Role,
                    "refusal" => Key::Refusal,
                    "tool_calls" | "function_call" => Key::Calls,
                    _ => Key::Other,
                })
            }
        }
        deserializer.deserialize_str(Name)
    }
}

impl<'de> Visitor<'de> for Strings {
    type Value = Said;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_unit<E: Error>(self) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Said, E> {
        Ok(Said {
            bytes: text.len() as u64,
            ..Said::default()
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Said, A::Error> {
        let mut sum = Said::default();
        while let Some(said) = seq.next_element_seed(self)? {
            sum.add(said);
        }
        Ok(sum)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
        let mut sum = Said::default();
        while let Some(key) = map.next_key()? {
            if matches!(key, Key::Role) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let said = map.next_value_seed(self)?;
            sum.refuses |= matches!(key, Key::Refusal) && said.bytes > 0;
            sum.calls |= matches!(key, Key::Calls) && said.bytes > 0;
            sum.add(said);
        }
        Ok(sum)
    }
}
