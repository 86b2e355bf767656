use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{
    draft::Draft,
    image_url::{File, ImageUrl},
    weigh::{self, Weigh},
};
use crate::query::{Capability, Prompt, prompt::push_cut};

/// More messages or parts than any provider takes; refused rather than walked.
const MOST_ITEMS: u32 = 20_000;
/// Tokens that a chat template can put around one message: role, separators, name.
pub(super) const PER_MESSAGE: u64 = 16;

/// Tokens that can stand between two parts of a message.
const PER_PART: u64 = 4;

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
        while seq.next_element_seed(Message(self.0))?.is_some() {
            if self.0.prompt.turns > MOST_ITEMS {
                return Err(self
                    .0
                    .refuse("messages", "there are more than 20000 messages"));
            }
        }
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
        let mut role = Role::Other;
        while let Some(Name(key)) = map.next_key()? {
            match &*key {
                "role" => {
                    let name: Name<'_> = map.next_value()?;
                    draft.input += weigh::text(&name.0);
                    role = name.into();
                }
                "content" => map.next_value_seed(Content(draft))?,
                // Speech of an earlier answer by its id: as long as it was, and billed again.
                "audio" => {
                    let kept: Option<serde::de::IgnoredAny> = map.next_value()?;
                    if kept.is_some() {
                        draft.unbounded("messages[].audio");
                    }
                }
                // Counted as they could be written out again.
                _ => {
                    if !MESSAGE_KEYS.contains(&&*key) {
                        draft.unbounded(&format!("messages[].{key}"));
                    }
                    let weight = map.next_value_seed(Weigh::TOP)?;
                    draft.input += weight + key.len() as u64;
                    draft.estimate.ascii += weight / 2;
                }
            }
        }
        draft.prompt.turns += 1;
        draft.input += PER_MESSAGE;
        draft.estimate.ascii += 16;
        match role {
            Role::System => {
                draft.opening.turn(b"system");
                if draft.prompt.system.len() < 2 * Prompt::SYSTEM_CUT {
                    push_cut(&mut draft.prompt.system, &draft.scratch, Prompt::SYSTEM_CUT);
                }
            }
            Role::User => {
                draft.opening.turn(b"user");
                std::mem::swap(&mut draft.prompt.user, &mut draft.scratch);
            }
            Role::Other => draft.opening.turn(b"other"),
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Role {
    System,
    User,
    Other,
}

impl From<Name<'_>> for Role {
    fn from(name: Name<'_>) -> Self {
        match &*name.0 {
            "system" | "developer" => Self::System,
            "user" => Self::User,
            _ => Self::Other,
        }
    }
}

/// A short string, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// `content`: a string, an array of parts, or null.
struct Content<'a>(&'a mut Draft);

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
            self.0.parts += 1;
            self.0.input += PER_PART;
            if self.0.parts > MOST_ITEMS {
                return Err(self
                    .0
                    .refuse("messages", "there are more than 20000 content parts"));
            }
        }
        Ok(())
    }
}

/// One part of a content array; some clients send bare strings.
struct Part<'a>(&'a mut Draft);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a content part")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.text(text);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let draft = self.0;
        while let Some(Name(key)) = map.next_key()? {
            match &*key {
                "type" => match &*map.next_value::<Name<'_>>()?.0 {
                    "text" | "refusal" | "image_url" | "input_audio" | "file" | "thinking" => {}
                    _ => draft.unbounded("messages[].content[].type"),
                },
                "text" | "refusal" | "thinking" => map.next_value_seed(Content(draft))?,
                "image_url" => {
                    draft.opening.update(b"image");
                    let image = map.next_value_seed(ImageUrl)?;
                    draft.query.images.push(image);
                    draft.prompt.images += 1;
                    draft.needs = draft.needs.with(Capability::Vision);
                }
                "input_audio" => {
                    // Base64 of at least a byte a token: providers count tens of tokens a second.
                    draft.audio += map.next_value_seed(Weigh::TOP)?;
                    draft.needs = draft.needs.with(Capability::Audio);
                }
                "file" => {
                    draft.needs = draft.needs.with(Capability::Files);
                    draft.query.files = true;
                    if !map.next_value_seed(File)? {
                        draft.unbounded("messages[].content[].file");
                    }
                }
                "cache_control" => draft.input += map.next_value_seed(Weigh::TOP)?,
                // Some servers tell a part's kind by its keys, or take keys in another case.
                _ => {
                    draft.unbounded(&format!("messages[].content[].{key}"));
                    draft.input += map.next_value_seed(Weigh::TOP)? + weigh::text(&key);
                }
            }
        }
        Ok(())
    }
}
