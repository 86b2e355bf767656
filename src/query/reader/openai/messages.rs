use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{
    super::{
        draft::{Draft, Speaker},
        name::Name,
        weigh::{self, Present},
    },
    part::Part,
};
use crate::query::Feature;

/// The `messages` array.
pub(super) struct Messages<'a>(pub(super) &'a mut Draft);

impl<'de> DeserializeSeed<'de> for Messages<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Messages<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Message(self.0))?.is_some() {}
        Ok(())
    }
}

/// What else a message may have without costing more than its bytes.
const MESSAGE_KEYS: [&str; 14] = [
    "id",
    "parsed",
    "thinking_blocks",
    "name",
    "tool_calls",
    "tool_call_id",
    "function_call",
    "refusal",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "annotations",
    "cache_control",
    "prefix",
];

struct Message<'a>(&'a mut Draft);

impl<'de> DeserializeSeed<'de> for Message<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Message<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let draft = self.0;
        draft.scratch.clear();
        let images = draft.prompt.images;
        let mut speaker = Speaker::Tool;
        while let Some(Name(key)) = map.next_key()? {
            match &*key {
                "role" => {
                    let Name(role) = map.next_value()?;
                    draft.input += weigh::text(&role);
                    speaker = of_role(&role);
                }
                "content" => map.next_value_seed(Content(draft))?,
                // Speech of an earlier answer by its id: as long as it was, and billed again.
                "audio" => {
                    if map.next_value_seed(Present)?.is_some() {
                        draft.say(Feature::State);
                        draft.unbounded("messages[].audio");
                    }
                }
                // Counted as they could be written out again.
                _ => {
                    let value = map.next_value_seed(Present)?;
                    if !MESSAGE_KEYS.contains(&&*key) {
                        draft.unknown(&format!("messages[].{key}"), value.is_some());
                    }
                    let signs = matches!(&*key, "thinking_blocks" | "reasoning_details");
                    draft.say_if(Feature::Signed, signs && weigh::is_filled(value));
                    let weight = value.unwrap_or(weigh::NUMBER);
                    draft.input += weight + key.len() as u64;
                    draft.estimate.ascii += weight / 2;
                }
            }
        }
        let of_tool = speaker == Speaker::Tool && draft.prompt.images > images;
        draft.say_if(Feature::ToolImage, of_tool);
        draft.turn(speaker)
    }
}

fn of_role(role: &str) -> Speaker {
    match role {
        "system" | "developer" => Speaker::System,
        "user" => Speaker::User,
        "assistant" => Speaker::Assistant,
        _ => Speaker::Tool,
    }
}

/// `content`: a string, an array of parts, or null.
pub(super) struct Content<'a>(pub(super) &'a mut Draft);

impl<'de> DeserializeSeed<'de> for Content<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Content<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, an array of parts, or null")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Part(self.0))?.is_some() {
            self.0.part()?;
        }
        Ok(())
    }
}
