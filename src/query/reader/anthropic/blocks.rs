use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{
    super::{draft::Draft, object::Object, weigh::Weigh},
    block::Block,
};
use crate::query::Feature;

/// Where blocks of content stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    System,
    Turn,
    /// In another block: a tool's result, or what a search has found.
    Block,
    /// In a document.
    Document,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Read {
    /// Something.
    pub(super) any: bool,
    /// Results of tools.
    pub(super) results: bool,
    /// Something else.
    pub(super) words: bool,
}

/// Content: a string, an array of blocks, or null.
pub(super) struct Blocks<'a> {
    draft: &'a mut Draft,
    place: Place,
}

impl<'a> Blocks<'a> {
    pub(super) const fn new(draft: &'a mut Draft, place: Place) -> Self {
        Self { draft, place }
    }
}

impl<'de> DeserializeSeed<'de> for Blocks<'_> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        let (draft, place) = (self.draft, self.place);
        let aside = draft.aside;
        let images = draft.prompt.images;
        draft.aside |= matches!(place, Place::Block | Place::Document);
        let read = deserializer.deserialize_any(Blocks {
            draft: &mut *draft,
            place,
        })?;
        draft.aside = aside;
        let of_tool = place == Place::Block && draft.prompt.images > images;
        draft.say_if(Feature::ToolImage, of_tool);
        Ok(read)
    }
}

impl<'de> Visitor<'de> for Blocks<'_> {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of blocks")
    }

    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        Ok(Read::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Read, E> {
        self.draft.text(text);
        Ok(Read {
            any: true,
            words: true,
            ..Read::default()
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Read, A::Error> {
        let draft = self.draft;
        let mut read = Read::default();
        while let Some(block) = seq.next_element_seed(Object(Block::new(draft)))? {
            read.any = true;
            if block.end() {
                read.results = true;
            } else {
                read.words = true;
            }
            draft.part()?;
        }
        Ok(read)
    }

    /// What a tool that the provider runs has come to, whose kind defeats the bound.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        if self.place != Place::Block {
            return Err(A::Error::custom("not an array"));
        }
        while let Some(key) = map.next_key_seed(Weigh::TOP)? {
            self.draft.input += key + map.next_value_seed(Weigh::TOP)?;
        }
        self.draft.unbounded("messages[].content[].content");
        Ok(Read {
            any: true,
            words: true,
            ..Read::default()
        })
    }
}
