use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor},
};

use super::{
    count::Count,
    object::{Members, ObjectOrNothing},
};

/// Reads some members of an object as counts. Anything but an object counts as absent, and a member that is there twice
/// is no count.
#[derive(Clone, Copy)]
pub(crate) struct Counts<const N: usize>(pub(crate) &'static [&'static str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for Counts<N> {
    type Value = Option<[Count; N]>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(ObjectOrNothing(self))
    }
}

impl<'de, const N: usize> Members<'de> for Counts<N> {
    type Value = [Count; N];

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<[Count; N], A::Error> {
        let mut counts = [Count::Absent; N];
        while let Some(at) = map.next_key_seed(Place(self.0))? {
            match at.and_then(|at| counts.get_mut(at)) {
                Some(count) => count.put(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(counts)
    }
}

/// The place of a key in a list of names.
#[derive(Clone, Copy)]
pub(crate) struct Place(pub(crate) &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Place {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Place {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}
