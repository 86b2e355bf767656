use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::super::{
    draft::Draft,
    name::Name,
    weigh::{self, Weigh},
};
use crate::query::Feature;

/// `tool_choice`, and `function_call` before it: a word, or an object that names a tool or those that are allowed.
pub(super) struct Choice<'a>(pub(super) &'a mut Draft);

impl<'de> DeserializeSeed<'de> for Choice<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Choice<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word or an object that names a tool")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<(), E> {
        self.0.input += weigh::text(word);
        // `any` is Mistral's word.
        let forced = !matches!(word, "auto" | "none");
        self.0.say_if(Feature::ForcedTool, forced);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let draft = self.0;
        let (mut allowed, mut forced) = (false, true);
        while let Some(Name(key)) = map.next_key()? {
            draft.input += weigh::text(&key);
            match &*key {
                "type" => {
                    let Name(kind) = map.next_value()?;
                    draft.input += weigh::text(&kind);
                    allowed |= kind == "allowed_tools";
                }
                "allowed_tools" => forced = map.next_value_seed(Allowed(draft))?,
                _ => draft.input += map.next_value_seed(Weigh::TOP)?,
            }
        }
        draft.say_if(Feature::AllowedTools, allowed);
        draft.say_if(Feature::ForcedTool, forced);
        Ok(())
    }
}

/// The tools that are allowed. Says whether one of them must be called.
struct Allowed<'a>(&'a mut Draft);

impl<'de> DeserializeSeed<'de> for Allowed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Allowed<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with tools")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut forced = false;
        while let Some(Name(key)) = map.next_key()? {
            self.0.input += weigh::text(&key);
            if key == "mode" {
                let Name(mode) = map.next_value()?;
                self.0.input += weigh::text(&mode);
                forced |= mode != "auto";
            } else {
                self.0.input += map.next_value_seed(Weigh::TOP)?;
            }
        }
        Ok(forced)
    }
}
