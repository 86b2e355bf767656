use serde::de::{Error, MapAccess};

use super::{
    super::{
        draft::{Draft, Speaker},
        name::Name,
        object::Known,
        table::Table,
        weigh,
    },
    list::{Each, List},
    part::{Part, Read},
};

/// The turns in `contents`.
pub(super) struct Turns<'a>(pub(super) &'a mut Draft);

impl<'de> Each<'de> for Turns<'_> {
    type One<'a>
        = Content<'a>
    where
        Self: 'a;

    fn begin(&mut self) -> Content<'_> {
        self.0.scratch.clear();
        Content {
            draft: self.0,
            path: "contents[].",
            speaker: Speaker::User,
            read: Read::default(),
        }
    }

    fn end<E: Error>(content: Content<'_>) -> Result<(), E> {
        let Content {
            draft,
            speaker,
            read,
            ..
        } = content;
        let only_results = speaker == Speaker::User && read.results && !read.words;
        draft.turn(if only_results { Speaker::Tool } else { speaker })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Role,
    Parts,
}

pub(super) static FIELDS: Table<Field> =
    Table::proto(&[("parts", Field::Parts), ("role", Field::Role)]);

/// A turn, or the system prompt.
pub(super) struct Content<'a> {
    draft: &'a mut Draft,
    path: &'static str,
    speaker: Speaker,
    pub(super) read: Read,
}

impl<'a> Content<'a> {
    pub(super) fn system(draft: &'a mut Draft) -> Self {
        Self {
            draft,
            path: "systemInstruction.",
            speaker: Speaker::System,
            read: Read::default(),
        }
    }
}

impl<'de> Known<'de> for Content<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "an object with parts";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        self.path
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Role => {
                let role: Option<Name<'_>> = map.next_value()?;
                let role = role.as_ref().map_or("user", |role| &*role.0);
                self.draft.input += weigh::text(role);
                // A system prompt is one, whatever role it says.
                if self.speaker != Speaker::System {
                    self.speaker = match role {
                        "model" => Speaker::Assistant,
                        "function" | "tool" => Speaker::Tool,
                        _ => Speaker::User,
                    };
                }
                Ok(())
            }
            Field::Parts => map.next_value_seed(List(Parts {
                draft: self.draft,
                read: &mut self.read,
            })),
        }
    }
}

/// The parts of a turn.
struct Parts<'a> {
    draft: &'a mut Draft,
    read: &'a mut Read,
}

impl<'de> Each<'de> for Parts<'_> {
    type One<'a>
        = Part<'a>
    where
        Self: 'a;

    fn begin(&mut self) -> Part<'_> {
        Part::new(self.draft, self.read)
    }

    fn end<E: Error>(part: Part<'_>) -> Result<(), E> {
        part.end()
    }
}
