use serde::de::{Error, MapAccess};

use super::{
    super::{
        draft::Draft,
        name::Name,
        object::{Known, Object},
        table::Table,
        values::Text,
        weigh::{self, Present, Weigh},
    },
    list::{Each, List},
    media::{Media, Where},
};
use crate::query::Feature;

/// What the parts of a turn are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Read {
    /// Something.
    pub(super) any: bool,
    /// Results of functions.
    pub(super) results: bool,
    /// Something else.
    pub(super) words: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Text,
    InlineData,
    FileData,
    Call,
    Response,
    Hosted,
    Signature,
    MediaResolution,
    /// Weighs as it could be written out again.
    Other,
}

pub(super) static FIELDS: Table<Field> = Table::proto(&[
    ("codeExecutionResult", Field::Hosted),
    ("executableCode", Field::Hosted),
    ("fileData", Field::FileData),
    ("functionCall", Field::Call),
    ("functionResponse", Field::Response),
    ("inlineData", Field::InlineData),
    ("mediaResolution", Field::MediaResolution),
    ("partMetadata", Field::Other),
    ("text", Field::Text),
    ("thought", Field::Other),
    ("thoughtSignature", Field::Signature),
    ("videoMetadata", Field::Other),
]);

/// A part of a turn.
pub(super) struct Part<'a> {
    draft: &'a mut Draft,
    read: &'a mut Read,
}

impl<'a> Part<'a> {
    pub(super) const fn new(draft: &'a mut Draft, read: &'a mut Read) -> Self {
        Self { draft, read }
    }

    pub(super) fn end<E: Error>(self) -> Result<(), E> {
        self.read.any = true;
        self.draft.part()
    }
}

impl<'de> Known<'de> for Part<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "a part";

    fn path(&self) -> &'static str {
        "contents[].parts[]."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        let draft = &mut *self.draft;
        match field {
            Field::Text => {
                map.next_value_seed(Text(|text: &str| draft.text(text)))?;
                self.read.words = true;
            }
            Field::InlineData | Field::FileData => {
                let place = if field == Field::InlineData {
                    Where::Inline
                } else {
                    Where::Elsewhere
                };
                map.next_value_seed(Object(Media::new(draft, place)))?.end();
                self.read.words = true;
            }
            Field::Call => {
                self.read.words = true;
                let weight = map.next_value_seed(Weigh::TOP)?;
                draft.input += weight;
                draft.estimate.ascii += weight / 2;
            }
            Field::Response => {
                self.read.results = true;
                map.next_value_seed(Object(Response(draft)))?;
            }
            // What a tool of the provider's has come to goes along as text.
            Field::Hosted => {
                self.read.words = true;
                if let Some(weight) = map.next_value_seed(Present)? {
                    draft.say(Feature::HostedTools);
                    draft.input += weight;
                    draft.estimate.ascii += weight / 2;
                }
            }
            // Encrypted, which makes nothing shorter: there are not more tokens in it than letters.
            Field::Signature => {
                let weight = map.next_value_seed(Present)?;
                draft.say_if(Feature::Signed, weigh::is_filled(weight));
                draft.input += weight.unwrap_or_default();
            }
            Field::MediaResolution => {
                map.next_value_seed(Object(Resolution(draft)))?;
            }
            Field::Other => draft.input += map.next_value_seed(Weigh::TOP)?,
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseField {
    Parts,
    Other,
}

pub(super) static RESPONSE: Table<ResponseField> = Table::proto(&[
    ("id", ResponseField::Other),
    ("name", ResponseField::Other),
    ("parts", ResponseField::Parts),
    ("response", ResponseField::Other),
    ("scheduling", ResponseField::Other),
    ("willContinue", ResponseField::Other),
]);

/// What a function has come to.
struct Response<'a>(&'a mut Draft);

impl<'de> Known<'de> for Response<'_> {
    type Field = ResponseField;

    const TABLE: &'static Table<ResponseField> = &RESPONSE;
    const WHAT: &'static str = "a function's response";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        "contents[].parts[].functionResponse."
    }

    fn draft(&mut self) -> &mut Draft {
        self.0
    }

    fn member<A: MapAccess<'de>>(
        &mut self,
        field: ResponseField,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let draft = &mut *self.0;
        match field {
            ResponseField::Parts => {
                let images = draft.prompt.images;
                map.next_value_seed(List(Found(draft)))?;
                draft.say_if(Feature::ToolImage, draft.prompt.images > images);
            }
            ResponseField::Other => {
                let weight = map.next_value_seed(Weigh::TOP)?;
                draft.input += weight;
                draft.estimate.ascii += weight / 2;
            }
        }
        Ok(())
    }
}

pub(super) static FOUND: Table<Where> = Table::proto(&[
    ("fileData", Where::Elsewhere),
    ("inlineData", Where::Inline),
]);

/// Media that a function has found.
struct Found<'a>(&'a mut Draft);

impl<'de> Each<'de> for Found<'_> {
    type One<'a>
        = Found<'a>
    where
        Self: 'a;

    fn begin(&mut self) -> Found<'_> {
        Found(self.0)
    }

    fn end<E: Error>(found: Found<'_>) -> Result<(), E> {
        found.0.part()
    }
}

impl<'de> Known<'de> for Found<'_> {
    type Field = Where;

    const TABLE: &'static Table<Where> = &FOUND;
    const WHAT: &'static str = "a part of a function's response";

    fn path(&self) -> &'static str {
        "contents[].parts[].functionResponse.parts[]."
    }

    fn draft(&mut self) -> &mut Draft {
        self.0
    }

    fn member<A: MapAccess<'de>>(&mut self, place: Where, map: &mut A) -> Result<(), A::Error> {
        map.next_value_seed(Object(Media::new(self.0, place)))?
            .end();
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResolutionField {
    Level,
    NumTokens,
}

pub(super) static RESOLUTION: Table<ResolutionField> = Table::proto(&[
    ("level", ResolutionField::Level),
    ("numTokens", ResolutionField::NumTokens),
]);

/// How closely a picture is looked at: by a level, the highest of which a bound takes anyway, or by its tokens.
struct Resolution<'a>(&'a mut Draft);

impl<'de> Known<'de> for Resolution<'_> {
    type Field = ResolutionField;

    const TABLE: &'static Table<ResolutionField> = &RESOLUTION;
    const WHAT: &'static str = "an object with a level";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        "contents[].parts[].mediaResolution."
    }

    fn draft(&mut self) -> &mut Draft {
        self.0
    }

    fn member<A: MapAccess<'de>>(
        &mut self,
        field: ResolutionField,
        map: &mut A,
    ) -> Result<(), A::Error> {
        if field == ResolutionField::Level {
            let _: Option<Name<'_>> = map.next_value()?;
        } else if map.next_value_seed(Present)?.is_some() {
            self.0
                .unbounded("contents[].parts[].mediaResolution.numTokens");
        }
        Ok(())
    }
}
