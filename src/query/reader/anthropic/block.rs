use serde::de::MapAccess;

use super::{
    super::{
        draft::Draft,
        name::Name,
        object::Known,
        table::Table,
        values::Text,
        weigh::{self, Present, Weigh},
    },
    blocks::{Blocks, Place},
    config::Citations,
    source::{Kind as Lies, Source},
};
use crate::query::{Capability, Feature, ImageIn};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Type,
    Text,
    Source,
    Content,
    Thinking,
    /// What a provider wants back with its thoughts.
    Signature,
    Citations,
    /// Weighs as it could be written out again.
    Other,
}

pub(super) static FIELDS: Table<Field> = Table::new(&[
    ("cache_control", Field::Other),
    ("caller", Field::Other),
    ("citations", Field::Citations),
    ("content", Field::Content),
    ("context", Field::Other),
    ("data", Field::Signature),
    ("id", Field::Other),
    ("input", Field::Other),
    ("is_error", Field::Other),
    ("name", Field::Other),
    ("signature", Field::Signature),
    ("source", Field::Source),
    ("text", Field::Text),
    ("thinking", Field::Thinking),
    ("title", Field::Other),
    ("tool_use_id", Field::Other),
    ("transformations", Field::Other),
    ("type", Field::Type),
]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Image,
    Document,
    SearchResult,
    ToolUse,
    ToolResult,
    Thinking,
    /// One that nobody knows, or of a tool that the provider runs.
    Other,
}

/// One block of content. Its members come in any order, so that they are judged at its end.
pub(super) struct Block<'a> {
    draft: &'a mut Draft,
    kind: Option<Kind>,
    source: Option<Source>,
    cited: bool,
}

impl<'a> Block<'a> {
    pub(super) const fn new(draft: &'a mut Draft) -> Self {
        Self {
            draft,
            kind: None,
            source: None,
            cited: false,
        }
    }

    /// Judges what was read; whether it is the result of a tool.
    pub(super) fn end(self) -> bool {
        const SOURCE: &str = "messages[].content[].source";
        let draft = self.draft;
        match (self.kind, self.source) {
            (Some(Kind::Image), Some(source)) => image(draft, &source),
            (Some(Kind::Document), Some(source)) => document(draft, &source, self.cited),
            (Some(Kind::SearchResult), source) => {
                draft.say(Feature::Document);
                cited(draft, self.cited);
                // Where it was found: words.
                if source.is_some_and(|source| source.kind != Lies::Word) {
                    draft.unbounded(SOURCE);
                }
            }
            (Some(Kind::Image | Kind::Document), None) | (Some(_), Some(_)) => {
                draft.unbounded(SOURCE);
            }
            (Some(Kind::Other), None) => {}
            (None, _) => draft.unknown("messages[].content[].type", true),
            (Some(_), None) => {}
        }
        self.kind == Some(Kind::ToolResult)
    }
}

fn image(draft: &mut Draft, source: &Source) {
    match source.kind {
        Lies::Inline => draft.image(ImageIn::new(source.size, false), true),
        Lies::Url => draft.image(ImageIn::default(), false),
        _ => {
            draft.image(ImageIn::default(), false);
            elsewhere(draft, source);
        }
    }
}

fn document(draft: &mut Draft, source: &Source, is_cited: bool) {
    match source.kind {
        Lies::Inline => {
            draft.query.files = true;
            draft.need(Capability::Files);
            draft.say(Feature::Document);
        }
        Lies::Text | Lies::Content => draft.say(Feature::Document),
        Lies::Url => {
            draft.query.files = true;
            draft.need(Capability::Files);
            draft.say(Feature::RemoteDocument);
            draft.unbounded("messages[].content[].source.url");
        }
        _ => {
            draft.query.files = true;
            draft.need(Capability::Files);
            elsewhere(draft, source);
        }
    }
    cited(draft, is_cited);
}

/// Citations cut a text into sentences and number them: it may have more tokens than bytes.
fn cited(draft: &mut Draft, is_cited: bool) {
    if is_cited {
        draft.query.files = true;
        draft.say(Feature::Citations);
    }
}

fn elsewhere(draft: &mut Draft, source: &Source) {
    if source.kind == Lies::File {
        draft.unbounded("messages[].content[].source.file_id");
        draft.say(Feature::State);
    } else {
        draft.unknown("messages[].content[].source.type", true);
    }
}

impl<'de> Known<'de> for Block<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "a content block";

    fn path(&self) -> &'static str {
        "messages[].content[]."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        let draft = &mut *self.draft;
        match field {
            Field::Type => {
                let Name(kind) = map.next_value()?;
                self.kind = Some(match &*kind {
                    "text" => Kind::Text,
                    "image" => Kind::Image,
                    "document" => Kind::Document,
                    "search_result" => Kind::SearchResult,
                    "tool_use" => Kind::ToolUse,
                    "tool_result" => Kind::ToolResult,
                    "thinking" | "redacted_thinking" => Kind::Thinking,
                    "container_upload" => {
                        draft.say(Feature::State);
                        draft.unbounded("messages[].content[].type");
                        Kind::Other
                    }
                    _ => {
                        draft.say(Feature::HostedTools);
                        draft.unbounded("messages[].content[].type");
                        Kind::Other
                    }
                });
            }
            Field::Text | Field::Thinking => {
                map.next_value_seed(Text(|text: &str| draft.text(text)))?;
            }
            Field::Source => {
                let source = map.next_value_seed(super::source::Seed(draft))?;
                self.source = source;
            }
            Field::Content => {
                map.next_value_seed(Blocks::new(draft, Place::Block))?;
            }
            // Encrypted, which makes nothing shorter: there are not more tokens in it than letters.
            Field::Signature => {
                let weight = map.next_value_seed(Present)?;
                draft.say_if(Feature::Signed, weigh::is_filled(weight));
                draft.input += weight.unwrap_or_default();
            }
            Field::Citations => {
                let wanted = map.next_value_seed(Citations(draft))?;
                self.cited |= wanted;
            }
            Field::Other => {
                let weight = map.next_value_seed(Weigh::TOP)?;
                draft.input += weight;
                draft.estimate.ascii += weight / 2;
            }
        }
        Ok(())
    }
}
