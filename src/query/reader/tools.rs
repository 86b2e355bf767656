use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{
    draft::Draft,
    messages::{Name, PER_MESSAGE},
    weigh::{self, Weigh},
};
use crate::query::Capability;

const MOST_TOOLS: usize = 4_096;
const TOOLS_SHOWN: usize = 64;
/// Tokens that a provider's own instructions on tools can add. The most that one documents are 804, of Claude Opus 4.7
/// (platform.claude.com/docs/en/agents-and-tools/tool-use/overview).
pub(super) const PER_TOOLS: u64 = 1_024;

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
            self.0.input += PER_TOOLS;
            self.0.need(Capability::Tools);
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
                    "function" | "custom" => {}
                    // A tool that the provider runs has fees of its own.
                    _ => draft.unbounded("tools[].type"),
                },
                "function" | "custom" => map.next_value_seed(Function(draft))?,
                "cache_control" => draft.input += map.next_value_seed(Weigh::TOP)?,
                // Some providers know a tool of their own by its key.
                _ => {
                    draft.unbounded(&format!("tools[].{key}"));
                    draft.input += map.next_value_seed(Weigh::TOP)?;
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
                if draft.prompt.tools.len() < TOOLS_SHOWN {
                    draft
                        .prompt
                        .tools
                        .push(name.chars().take(64).collect::<String>().into());
                }
                weigh::text(&name)
            } else {
                map.next_value_seed(Weigh::TOP)?
            };
            draft.input += weight + weigh::text(&key);
            draft.estimate.ascii += weight;
        }
        Ok(())
    }
}
