use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// A count as providers write it: a number, or something that no count can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Count {
    /// Not there, or null.
    #[default]
    Absent,
    Of(u64),
    Invalid,
}

impl Count {
    /// Takes what a member says; one that is there twice is no count.
    pub(crate) fn put(&mut self, count: Self) {
        *self = match *self {
            Self::Absent => count,
            Self::Of(_) | Self::Invalid => Self::Invalid,
        };
    }

    /// The count, where absence means none.
    pub(crate) fn or_zero(self) -> Option<u64> {
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
