use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// Bytes of all strings in a delta or message but the role's: what was said, without keeping it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said(pub(super) u64);

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Strings).map(Self)
    }
}

#[derive(Clone, Copy)]
struct Strings;

impl<'de> DeserializeSeed<'de> for Strings {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The keys that matter; others are walked all the same.
enum Key {
    Role,
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
                Ok(if key == "role" { Key::Role } else { Key::Other })
            }
        }
        deserializer.deserialize_str(Name)
    }
}

impl<'de> Visitor<'de> for Strings {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_unit<E: Error>(self) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        Ok(text.len() as u64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<u64, A::Error> {
        let mut sum = 0;
        while let Some(bytes) = seq.next_element_seed(self)? {
            sum += bytes;
        }
        Ok(sum)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
        let mut sum = 0;
        while let Some(key) = map.next_key()? {
            match key {
                Key::Role => {
                    map.next_value::<IgnoredAny>()?;
                }
                Key::Other => sum += map.next_value_seed(self)?,
            }
        }
        Ok(sum)
    }
}

/// A count as providers write it: a number, or something that no count can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Count {
    /// Not there, or null.
    #[default]
    Absent,
    Of(u64),
    Invalid,
}

impl Count {
    /// The count, where absence means none.
    pub(super) fn or_zero(self) -> Option<u64> {
        match self {
            Self::Absent => Some(0),
            Self::Of(count) => Some(count),
            Self::Invalid => None,
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lenient;
        impl<'de> Visitor<'de> for Lenient {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count")
            }

            fn visit_u64<E: Error>(self, count: u64) -> Result<Count, E> {
                // No call uses a trillion of anything.
                Ok(if count < 1 << 40 {
                    Count::Of(count)
                } else {
                    Count::Invalid
                })
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Count, E> {
                Ok(Count::Invalid)
            }

            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            fn visit_f64<E: Error>(self, count: f64) -> Result<Count, E> {
                let whole = count >= 0.0 && count.fract() == 0.0 && count < 1e12;
                Ok(if whole {
                    Count::Of(count as u64)
                } else {
                    Count::Invalid
                })
            }

            fn visit_unit<E: Error>(self) -> Result<Count, E> {
                Ok(Count::Absent)
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Count, E> {
                Ok(Count::Invalid)
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Count, E> {
                Ok(Count::Invalid)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Count, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Count::Invalid)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Count::Invalid)
            }
        }
        deserializer.deserialize_any(Lenient)
    }
}
