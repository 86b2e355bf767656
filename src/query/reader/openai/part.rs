use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::{
    super::{
        draft::Draft,
        name::Name,
        weigh::{self, Present, Weigh},
    },
    image_url::{File, ImageUrl, Lies},
    messages::Content,
};
use crate::query::{Capability, Feature};

/// One part of a content array; some clients send bare strings.
pub(super) struct Part<'a>(pub(super) &'a mut Draft);

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
                    _ => draft.unknown("messages[].content[].type", true),
                },
                "text" | "refusal" | "thinking" => map.next_value_seed(Content(draft))?,
                "image_url" => {
                    let (image, inline) = map.next_value_seed(ImageUrl)?;
                    draft.image(image, inline);
                }
                "input_audio" => {
                    // Base64 of at least a byte a token: providers count tens of tokens a second.
                    draft.audio += map.next_value_seed(Weigh::TOP)?;
                    draft.need(Capability::Audio);
                    draft.say(Feature::Audio);
                }
                "file" => {
                    draft.need(Capability::Files);
                    draft.query.files = true;
                    let lies = map.next_value_seed(File)?;
                    draft.say(match lies {
                        Lies::Here => Feature::Document,
                        Lies::AtAnAddress => Feature::RemoteDocument,
                        Lies::Elsewhere => Feature::State,
                    });
                    if lies != Lies::Here {
                        draft.unbounded("messages[].content[].file");
                    }
                }
                "cache_control" => draft.input += map.next_value_seed(Weigh::TOP)?,
                // Some servers tell a part's kind by its keys, or take keys in another case.
                _ => {
                    let weight = map.next_value_seed(Present)?;
                    draft.unknown(&format!("messages[].content[].{key}"), weight.is_some());
                    draft.input += weight.unwrap_or_default() + weigh::text(&key);
                }
            }
        }
        Ok(())
    }
}
