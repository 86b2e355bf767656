use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::super::{
    draft::{Draft, MOST_TOOLS, PER_MESSAGE},
    name::Name,
    weigh::{self, Present, Weigh},
};
use crate::query::Feature;

/// The `tools` array.
pub(super) struct Tools<'a>(pub(super) &'a mut Draft);

impl<'de> DeserializeSeed<'de> for Tools<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tools<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of tools")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut count = 0;
        while seq.next_element_seed(Tool(self.0))?.is_some() {
            count += 1;
            if count > MOST_TOOLS {
                return Err(self.0.refuse("tools", "there are more than 4096 tools"));
            }
        }
        if count > 0 {
            self.0.tools();
        }
        Ok(())
    }
}

struct Tool<'a>(&'a mut Draft);

impl<'de> DeserializeSeed<'de> for Tool<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Tool<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tool object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let draft = self.0;
        while let Some(Name(key)) = map.next_key()? {
            match &*key {
                "type" => match &*map.next_value::<Name<'_>>()?.0 {
                    "function" => {}
                    "custom" => draft.say(Feature::CustomTools),
                    // A tool that the provider runs has fees of its own.
                    _ => {
                        draft.say(Feature::HostedTools);
                        draft.unbounded("tools[].type");
                    }
                },
                "function" | "custom" => map.next_value_seed(Function(draft))?,
                "cache_control" => draft.input += map.next_value_seed(Weigh::TOP)?,
                // Some providers know a tool of their own by its key.
                _ => {
                    let weight = map.next_value_seed(Present)?;
                    draft.unknown(&format!("tools[].{key}"), weight.is_some());
                    draft.input += weight.unwrap_or_default();
                }
            }
        }
        draft.input += PER_MESSAGE;
        Ok(())
    }
}

struct Function<'a>(&'a mut Draft);

impl<'de> DeserializeSeed<'de> for Function<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Function<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let draft = self.0;
        while let Some(Name(key)) = map.next_key()? {
            let weight = if key == "name" {
                let Name(name) = map.next_value()?;
                draft.tool_name(&name)
            } else {
                map.next_value_seed(Weigh::TOP)?
            };
            draft.input += weight + weigh::text(&key);
            draft.estimate.ascii += weight;
        }
        Ok(())
    }
}
