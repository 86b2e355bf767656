use serde::de::MapAccess;

use super::{
    super::{draft::Draft, name::Name, object::Known, table::Table, weigh::Weigh},
    number::{Number, whole},
};
use crate::query::{Capability, Feature};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Budget,
    Level,
    Shown,
}

pub(super) static FIELDS: Table<Field> = Table::proto(&[
    ("includeThoughts", Field::Shown),
    ("thinkingBudget", Field::Budget),
    ("thinkingLevel", Field::Level),
]);

/// `thinkingConfig`. Thoughts count towards the limit of output, so that the budget needs no bound of its own.
pub(super) struct Thinking<'a> {
    draft: &'a mut Draft,
    budget: Option<i64>,
    level: Option<Box<str>>,
}

impl<'a> Thinking<'a> {
    pub(super) const fn new(draft: &'a mut Draft) -> Self {
        Self {
            draft,
            budget: None,
            level: None,
        }
    }

    pub(super) fn end(self) {
        match (self.level, self.budget) {
            (Some(level), _) => self.draft.effort(&level),
            (None, Some(0)) => self.draft.effort("none"),
            // As much as the model likes.
            (None, Some(..0) | None) => {}
            (None, Some(_)) => {
                self.draft.need(Capability::Reasoning);
                self.draft.say(Feature::Reasoning);
            }
        }
    }
}

impl<'de> Known<'de> for Thinking<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "an object that says how to think";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        "generationConfig.thinkingConfig."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Budget => self.budget = whole(map.next_value_seed(Number)?)?,
            Field::Level => {
                let level: Option<Name<'_>> = map.next_value()?;
                let level = level.map(|level| level.0.to_ascii_lowercase());
                let level = level.filter(|level| level != "thinking_level_unspecified");
                self.level = level.map(Into::into);
            }
            Field::Shown => self.draft.input += map.next_value_seed(Weigh::TOP)?,
        }
        Ok(())
    }
}
