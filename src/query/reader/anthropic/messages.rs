use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{
    super::{
        draft::{Draft, Speaker},
        name::Name,
        object::{Known, Object},
        table::Table,
        weigh,
    },
    blocks::{Blocks, Place, Read},
};

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
        let draft = self.0;
        loop {
            draft.scratch.clear();
            let message = Message {
                draft,
                role: None,
                read: Read::default(),
            };
            let Some(Message { role, read, .. }) = seq.next_element_seed(Object(message))? else {
                return Ok(());
            };
            let only_results = read.results && !read.words;
            draft.turn(match role {
                Some(Speaker::User) | None if only_results => Speaker::Tool,
                role => role.unwrap_or(Speaker::User),
            })?;
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Role,
    Content,
}

pub(super) static FIELDS: Table<Field> =
    Table::new(&[("content", Field::Content), ("role", Field::Role)]);

struct Message<'a> {
    draft: &'a mut Draft,
    role: Option<Speaker>,
    read: Read,
}

impl<'de> Known<'de> for Message<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "a message object";

    fn path(&self) -> &'static str {
        "messages[]."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        let draft = &mut *self.draft;
        match field {
            Field::Role => {
                let Name(role) = map.next_value()?;
                draft.input += weigh::text(&role);
                self.role = Some(match &*role {
                    "user" => Speaker::User,
                    "assistant" => Speaker::Assistant,
                    "system" => Speaker::System,
                    _ => return Err(draft.refuse("messages[].role", "is no role")),
                });
            }
            Field::Content => self.read = map.next_value_seed(Blocks::new(draft, Place::Turn))?,
        }
        Ok(())
    }
}
