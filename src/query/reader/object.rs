use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::{
    draft::Draft,
    name::Name,
    table::{Seen, Table},
    weigh::{self, Present},
};

/// Reads an object whose members are known, each of which it may have once.
///
/// A member that nobody knows defeats the bound of the cost, under its name.
pub(super) trait Known<'de>: Sized {
    /// What its members are.
    type Field: Copy + 'static;

    /// Its members.
    const TABLE: &'static Table<Self::Field>;

    /// What stands in its place where there is none, in words for a parser's complaint.
    const WHAT: &'static str;

    /// Whether `null` stands for none.
    const OPTIONAL: bool = false;

    /// What stands before a member's name when it is told to the caller.
    fn path(&self) -> &'static str;

    fn draft(&mut self) -> &mut Draft;

    /// Reads a member's value.
    fn member<A: MapAccess<'de>>(
        &mut self,
        field: Self::Field,
        map: &mut A,
    ) -> Result<(), A::Error>;
}

/// Gives the reader back, with what it has read.
pub(super) struct Object<K>(pub(super) K);

impl<'de, K: Known<'de>> DeserializeSeed<'de> for Object<K> {
    type Value = K;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K, D::Error> {
        if K::OPTIONAL {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_map(self)
        }
    }
}

impl<'de, K: Known<'de>> Visitor<'de> for Object<K> {
    type Value = K;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::WHAT)
    }

    fn visit_unit<E: Error>(self) -> Result<K, E> {
        Ok(self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<K, A::Error> {
        let mut known = self.0;
        let path = known.path();
        let mut seen = Seen::new(K::TABLE);
        let outer = known.draft().at;
        while let Some(Name(key)) = map.next_key()? {
            let draft = known.draft();
            let Some((name, field)) = seen.member(&key, path, draft)? else {
                draft.at = outer;
                let weight = map.next_value_seed(Present)?;
                draft.unknown(&format!("{path}{key}"), weight.is_some());
                draft.input += weight.unwrap_or_default() + weigh::text(&key);
                continue;
            };
            draft.at = Some((path, name));
            known.member(field, &mut map)?;
        }
        known.draft().at = outer;
        Ok(known)
    }
}

/// Reads a text that is one object and nothing else.
pub(super) fn parse<'de, K: Known<'de>>(known: K, text: &'de str) -> serde_json::Result<K> {
    let mut json = serde_json::Deserializer::from_str(text);
    let known = Object(known).deserialize(&mut json)?;
    json.end()?;
    Ok(known)
}
