use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::{
    draft::Draft,
    name::Name,
    weigh::{self, NUMBER},
};
use crate::query::Feature;

/// A string, of any length, that is looked at where it lies; or null.
pub(super) struct Text<F>(pub(super) F);

impl<'de, T, F: FnOnce(&str) -> T> DeserializeSeed<'de> for Text<F> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Text<F> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        Ok(Some(self.0(text)))
    }
}

/// Texts at which the answer stops: one, or an array of them, or null.
pub(super) struct Stops<'a>(pub(super) &'a mut Draft);

impl<'de> DeserializeSeed<'de> for Stops<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Stops<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or an array of texts")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.input += weigh::text(text);
        self.0.say(Feature::Stop);
        self.0.say_if(Feature::BlankStop, text.trim().is_empty());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut count = 0_u64;
        while let Some(Name(text)) = seq.next_element()? {
            count += 1;
            Stops(&mut *self.0).visit_str::<A::Error>(&text)?;
        }
        self.0.say_if(Feature::FiveStops, count > 4);
        self.0.say_if(Feature::ManyStops, count > 5);
        Ok(())
    }
}

/// Takes a number that no price hangs on.
pub(super) fn temperature(draft: &mut Draft, value: Option<f64>) {
    draft.input += NUMBER;
    draft.say_if(Feature::Temperature, value.is_some());
    // One that is no number is no low one.
    draft.say_if(
        Feature::HighTemperature,
        value.is_some_and(|value| value.is_nan() || value > 1.0),
    );
}

/// The same for how much is drawn, or how repetitions are held off.
pub(super) fn sampling(draft: &mut Draft, feature: Feature, value: Option<f64>) {
    draft.input += NUMBER;
    let says = match feature {
        Feature::Penalties => value.is_some_and(|value| value != 0.0),
        _ => value.is_some(),
    };
    draft.say_if(feature, says);
}
