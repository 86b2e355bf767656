//! Gemini's `generateContent`, whole and as a stream, and its `countTokens`.
//!
//! Google's parsers take a member's name in camel case and in snake case, a number as a string, and one object where
//! an array of one is meant.

mod config;
mod contents;
mod fields;
mod generation;
mod list;
mod media;
mod modalities;
mod number;
mod part;
mod thinking;
mod tools;

use serde::de::{Error, MapAccess};
use serde_json::value::RawValue;

use self::{
    config::ToolConfig,
    contents::{Content, Turns},
    fields::Field,
    generation::Generation,
    list::List,
    tools::Tools,
};
use super::{
    draft::Draft,
    name::Name,
    object::{Known, Object, parse},
    table::Table,
    weigh::{Present, Weigh},
};
use crate::query::Op;

/// Reads a request's body. `model` is the one that the path names.
pub(super) fn read(draft: &mut Draft, model: Option<&str>, body: &str) -> serde_json::Result<()> {
    if let Some(model) = model {
        draft.model(model)?;
    }
    let top = Top {
        draft,
        body,
        inner: false,
    };
    parse(top, body).map(drop)
}

struct Top<'a, 'de> {
    draft: &'a mut Draft,
    body: &'de str,
    /// It is the request within a request for a count.
    inner: bool,
}

impl<'de> Known<'de> for Top<'_, 'de> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &fields::FIELDS;
    const WHAT: &'static str = "a JSON object";

    fn path(&self) -> &'static str {
        if self.inner {
            "generateContentRequest."
        } else {
            ""
        }
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        let draft = &mut *self.draft;
        match field {
            Field::Contents => map.next_value_seed(List(Turns(draft)))?,
            Field::SystemInstruction => {
                draft.enter_system();
                let read = map.next_value_seed(Object(Content::system(draft)))?.read;
                draft.leave_system(read.any);
            }
            Field::Tools => {
                let mut functions = 0;
                let tools = Tools {
                    draft,
                    functions: &mut functions,
                };
                map.next_value_seed(List(tools))?;
                if functions > 0 {
                    self.draft.tools();
                }
            }
            Field::ToolConfig => {
                map.next_value_seed(Object(ToolConfig(draft)))?;
            }
            Field::ServiceTier => {
                let tier: Option<Name<'_>> = map.next_value()?;
                draft.query.service_tier = tier.map(|tier| of_tier(&tier.0));
            }
            Field::Request => {
                if self.inner || draft.query.api.op() != Op::CountTokens {
                    let weight = map.next_value_seed(Present)?;
                    draft.unknown("generateContentRequest", weight.is_some());
                    return Ok(());
                }
                let inner = Top {
                    draft,
                    body: self.body,
                    inner: true,
                };
                map.next_value_seed(Object(inner))?;
            }
            Field::Unbounded(name, feature) => {
                if map.next_value_seed(Present)?.is_some() {
                    draft.unbounded(name);
                    draft.say(feature);
                }
            }
            Field::Harmless => draft.input += map.next_value_seed(Weigh::TOP)?,
            Field::Model | Field::GenerationConfig => {
                let raw: &'de RawValue = map.next_value()?;
                self.head(field, raw).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

impl<'de> Top<'_, 'de> {
    /// The members that a dialect may have to write anew: their places are kept.
    fn head(&mut self, field: Field, raw: &'de RawValue) -> serde_json::Result<()> {
        let text = raw.get();
        let name = if field == Field::Model {
            let model: Option<Name<'_>> = serde_json::from_str(text)?;
            if let Some(Name(model)) = model {
                self.model(&model)?;
            }
            "model"
        } else {
            parse(Generation::new(self.draft, self.body, !self.inner), text)?.end();
            "generationConfig"
        };
        if !self.inner {
            self.draft.place(name, text, self.body);
        }
        Ok(())
    }

    /// The body may name the model once more, as a resource.
    fn model(&mut self, named: &str) -> serde_json::Result<()> {
        let bare = match named.rsplit_once("models/") {
            Some((_, bare)) => bare,
            None => named,
        };
        let known = &*self.draft.query.model;
        if known.is_empty() {
            return self.draft.model(bare);
        }
        // A name may have such a part itself.
        if known == bare || known == named || known == named.trim_start_matches("models/") {
            return Ok(());
        }
        Err(self.draft.refuse("model", "is another than the path names"))
    }
}

/// A tier as prices name it: Google's own word for it may stand before the name.
fn of_tier(tier: &str) -> Box<str> {
    let tier = tier.to_ascii_lowercase();
    let tier = tier.strip_prefix("service_tier_").unwrap_or(&tier);
    match tier {
        "unspecified" => "standard".into(),
        tier => tier.into(),
    }
}

#[cfg(test)]
mod tests;
