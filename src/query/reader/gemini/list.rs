use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
    value::MapAccessDeserializer,
};

use super::super::object::{Known, Object};

/// What an array's elements are read into, one after the other.
pub(super) trait Each<'de> {
    /// One element, which is an object.
    type One<'a>: Known<'de>
    where
        Self: 'a;

    /// Begins an element.
    fn begin(&mut self) -> Self::One<'_>;

    /// It was read.
    fn end<E: Error>(one: Self::One<'_>) -> Result<(), E>;
}

/// An array of objects, one object in its place, or null.
pub(super) struct List<T>(pub(super) T);

impl<'de, T: Each<'de>> DeserializeSeed<'de> for List<T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Each<'de>> Visitor<'de> for List<T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let one = self.0.begin();
            match seq.next_element_seed(Object(one))? {
                Some(one) => T::end(one)?,
                None => return Ok(()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let one = Object(self.0.begin()).deserialize(MapAccessDeserializer::new(map))?;
        T::end(one)
    }
}
