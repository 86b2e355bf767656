use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::super::{draft::Draft, name::Name};
use crate::query::{Capability, Feature};

/// What the answer is to consist of; images and whatever else cost what is not known here.
pub(super) struct Modalities<'a>(pub(super) &'a mut Draft);

impl<'de> DeserializeSeed<'de> for Modalities<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Modalities<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of modalities")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, modality: &str) -> Result<(), E> {
        match modality.to_ascii_lowercase().as_str() {
            "text" | "modality_unspecified" => return Ok(()),
            "audio" => self.0.need(Capability::AudioOutput),
            _ => self.0.unbounded("generationConfig.responseModalities"),
        }
        self.0.say(Feature::MediaOutput);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(Name(modality)) = seq.next_element()? {
            Modalities(&mut *self.0).visit_str::<A::Error>(&modality)?;
        }
        Ok(())
    }
}
