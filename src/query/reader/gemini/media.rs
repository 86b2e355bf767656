use serde::de::MapAccess;

use super::super::{
    dimensions, draft::Draft, object::Known, table::Table, values::Text, weigh::Weigh,
};
use crate::query::{Capability, Feature, ImageIn};

/// Where media are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Inline,
    /// At an address, or at the provider.
    Elsewhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    Uri,
    Type,
    Other,
}

pub(super) static FIELDS: Table<Field> = Table::proto(&[
    ("data", Field::Data),
    ("displayName", Field::Other),
    ("fileUri", Field::Uri),
    ("mimeType", Field::Type),
]);

/// What kind of media it is, by the type that the caller says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Image,
    Audio,
    Video,
    Document,
}

impl Kind {
    fn of(mime: &str) -> Self {
        let is = |kind: &str| {
            let start = mime.get(..kind.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(kind))
        };
        if is("image/") {
            Self::Image
        } else if is("audio/") {
            Self::Audio
        } else if is("video/") {
            Self::Video
        } else {
            Self::Document
        }
    }
}

/// `inlineData` or `fileData`.
pub(super) struct Media<'a> {
    draft: &'a mut Draft,
    place: Where,
    kind: Option<Kind>,
    size: Option<(u32, u32)>,
    /// Whether its address is one that anybody could fetch.
    is_public: bool,
    is_there: bool,
}

impl<'a> Media<'a> {
    pub(super) const fn new(draft: &'a mut Draft, place: Where) -> Self {
        Self {
            draft,
            place,
            kind: None,
            size: None,
            is_public: false,
            is_there: false,
        }
    }

    /// Judges what was read: its members come in any order.
    pub(super) fn end(self) {
        if !self.is_there {
            return;
        }
        let draft = self.draft;
        let kind = self.kind.unwrap_or(Kind::Document);
        let inline = self.place == Where::Inline;
        match kind {
            Kind::Image => draft.image(ImageIn::new(self.size, false), inline),
            Kind::Audio => {
                draft.need(Capability::Audio);
                draft.say(Feature::Audio);
            }
            Kind::Video => draft.say(Feature::OtherMedia),
            Kind::Document if inline => {
                draft.need(Capability::Files);
                draft.say(Feature::Document);
            }
            Kind::Document => {
                draft.need(Capability::Files);
                draft.say(Feature::RemoteDocument);
            }
        }
        // Sound and films compress too well for their bytes to bound their tokens.
        draft.query.files |= kind != Kind::Image;
        if !inline {
            // What lies there may be anything, whatever the caller says.
            draft.query.files = true;
            draft.unbounded("contents[].parts[].fileData");
            draft.say_if(Feature::State, !self.is_public);
        }
    }
}

impl<'de> Known<'de> for Media<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "media";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        match self.place {
            Where::Inline => "contents[].parts[].inlineData.",
            Where::Elsewhere => "contents[].parts[].fileData.",
        }
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Data => {
                self.is_there = true;
                self.size = map.next_value_seed(Text(dimensions::of_base64))?.flatten();
                if self.place == Where::Elsewhere {
                    self.draft.unbounded("contents[].parts[].fileData.data");
                }
            }
            Field::Uri => {
                self.is_there = true;
                // Files that were sent to Google before have addresses there, too.
                let public = |uri: &str| {
                    uri.starts_with("http") && !uri.contains("generativelanguage.googleapis.com")
                };
                self.is_public = map.next_value_seed(Text(public))?.unwrap_or_default();
                if self.place == Where::Inline {
                    self.place = Where::Elsewhere;
                }
            }
            Field::Type => self.kind = map.next_value_seed(Text(Kind::of))?,
            Field::Other => self.draft.input += map.next_value_seed(Weigh::TOP)?,
        }
        Ok(())
    }
}
