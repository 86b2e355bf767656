use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// An object of more members is not read: they are looked up one after the other.
pub(super) const MOST_MEMBERS: usize = 1_024;

/// The members of an object, in order, their values as they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a>(pub(super) Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Object<'a> {
    pub(super) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn read_bytes(bytes: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The value of a member, unless it is `null`.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found
            .map(|(_, value)| *value)
            .filter(|value| *value != "null")
    }

    /// Its members but for those of these names.
    pub(super) fn without<'s>(
        &'s self,
        names: &'s [&'s str],
    ) -> impl Iterator<Item = &'s (Cow<'a, str>, &'a str)> {
        let other = |(name, _): &&(Cow<'a, str>, &'a str)| !names.contains(&name.as_ref());
        self.0.iter().filter(other)
    }
}

/// The values of an array as they are written.
pub(super) fn array(text: &str) -> Option<Vec<&str>> {
    let values: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(values.into_iter().map(RawValue::get).collect())
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut all = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(Name(name)) = map.next_key()? {
                    if all.len() == MOST_MEMBERS {
                        return Err(A::Error::custom("too many members"));
                    }
                    all.push((name, map.next_value::<&'de RawValue>()?.get()));
                }
                Ok(Object(all))
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Writes JSON.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Text as it is.
    pub(super) fn raw(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// The opening of an object or an array.
    pub(super) fn open(&mut self, bracket: &str) -> &mut Self {
        self.separate();
        self.raw(bracket)
    }

    /// A member; its value is JSON.
    pub(super) fn member(&mut self, name: &str, value: &str) -> &mut Self {
        self.key(name).raw(value)
    }

    /// The name of a member, after which its value is written.
    pub(super) fn key(&mut self, name: &str) -> &mut Self {
        self.separate();
        // Writing to a vector does not fail, and a name is text.
        let _ = serde_json::to_writer(&mut self.0, name);
        self.raw(":")
    }

    /// An element of an array; JSON.
    pub(super) fn element(&mut self, value: &str) -> &mut Self {
        self.separate();
        self.raw(value)
    }

    fn separate(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':' | b' ')) {
            self.0.push(b',');
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}
