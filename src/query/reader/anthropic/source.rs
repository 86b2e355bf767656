use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::{
    super::{
        dimensions,
        draft::Draft,
        name::Name,
        object::{Known, Object},
        table::Table,
        values::Text,
        weigh::{self, Present, Weigh},
    },
    blocks::{Blocks, Place},
};

/// How a source says where its bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In base64.
    Inline,
    /// As words.
    Text,
    /// As blocks of their own.
    Content,
    Url,
    /// At the provider, by an id.
    File,
    /// It is a word itself, that says where something was found.
    Word,
    /// Nobody knows.
    Other,
}

/// Where an image or a document is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) kind: Kind,
    /// Of an image that is in the request.
    pub(super) size: Option<(u32, u32)>,
}

/// Reads it.
pub(super) struct Seed<'a>(pub(super) &'a mut Draft);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Option<Source>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Option<Source>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a source")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
        self.0.input += weigh::text(word);
        Ok(Some(Source {
            kind: Kind::Word,
            size: None,
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let parts = Parts {
            draft: self.0,
            kind: Kind::Other,
            size: None,
            words: 0,
            others: [false; 3],
        };
        Object(parts).visit_map(map).map(|parts| Some(parts.end()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Type,
    Data,
    Content,
    /// Another place: one that the kind does not say defeats it.
    Place(usize),
    Other,
}

pub(super) static FIELDS: Table<Field> = Table::new(&[
    ("content", Field::Content),
    ("data", Field::Data),
    ("file_id", Field::Place(FILE)),
    ("media_type", Field::Other),
    ("type", Field::Type),
    ("url", Field::Place(URL)),
]);

const DATA: usize = 0;
const URL: usize = 1;
const FILE: usize = 2;

struct Parts<'a> {
    draft: &'a mut Draft,
    kind: Kind,
    size: Option<(u32, u32)>,
    /// What its data weighs, were they words.
    words: u64,
    /// Which of data, address and file it has.
    others: [bool; 3],
}

impl Parts<'_> {
    fn end(self) -> Source {
        let only = |at: usize| (0..3).all(|other| self.others[other] == (other == at));
        let kind = match self.kind {
            Kind::Inline | Kind::Text if only(DATA) => self.kind,
            Kind::Url if only(URL) => Kind::Url,
            Kind::Content if self.others == [false; 3] => Kind::Content,
            // Whatever else it says, there is a file.
            _ if self.others[FILE] => Kind::File,
            _ => Kind::Other,
        };
        if kind != Kind::Inline {
            self.draft.input += self.words;
            self.draft.estimate.ascii += self.words;
        }
        Source {
            kind,
            size: self.size,
        }
    }
}

impl<'de> Known<'de> for Parts<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "a source";

    fn path(&self) -> &'static str {
        "messages[].content[].source."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        let draft = &mut *self.draft;
        match field {
            Field::Type => {
                let Name(kind) = map.next_value()?;
                self.kind = match &*kind {
                    "base64" => Kind::Inline,
                    "text" => Kind::Text,
                    "content" => Kind::Content,
                    "url" => Kind::Url,
                    "file" => Kind::File,
                    _ => Kind::Other,
                };
            }
            Field::Data => {
                let judge = |data: &str| (dimensions::of_base64(data), weigh::text(data));
                if let Some((size, words)) = map.next_value_seed(Text(judge))? {
                    (self.size, self.words) = (size, words);
                    self.others[DATA] = true;
                }
            }
            Field::Content => {
                map.next_value_seed(Blocks::new(draft, Place::Document))?;
            }
            Field::Place(place) => {
                if let Some(weight) = map.next_value_seed(Present)? {
                    self.others[place] = true;
                    draft.input += weight;
                }
            }
            Field::Other => draft.input += map.next_value_seed(Weigh::TOP)?,
        }
        Ok(())
    }
}
