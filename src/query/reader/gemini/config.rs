use serde::de::MapAccess;

use super::super::{
    draft::Draft,
    name::Name,
    object::{Known, Object},
    table::Table,
    weigh::Weigh,
};
use crate::query::Feature;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Calling,
    Mode,
    Allowed,
    Other,
}

pub(super) static FIELDS: Table<Field> = Table::proto(&[
    ("functionCallingConfig", Field::Calling),
    ("includeServerSideToolInvocations", Field::Other),
    ("retrievalConfig", Field::Other),
]);

/// `toolConfig`.
pub(super) struct ToolConfig<'a>(pub(super) &'a mut Draft);

impl<'de> Known<'de> for ToolConfig<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "an object that says which tools may be called";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        "toolConfig."
    }

    fn draft(&mut self) -> &mut Draft {
        self.0
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        if field == Field::Calling {
            let calling = Calling {
                draft: self.0,
                forced: false,
                allowed: 0,
            };
            map.next_value_seed(Object(calling))?.end();
        } else {
            self.0.input += map.next_value_seed(Weigh::TOP)?;
        }
        Ok(())
    }
}

pub(super) static CALLING: Table<Field> = Table::proto(&[
    ("allowedFunctionNames", Field::Allowed),
    ("mode", Field::Mode),
    ("streamFunctionCallArguments", Field::Other),
]);

struct Calling<'a> {
    draft: &'a mut Draft,
    forced: bool,
    allowed: usize,
}

impl Calling<'_> {
    fn end(self) {
        self.draft.say_if(Feature::ForcedTool, self.forced);
        // The one that must be called is a tool by its name, for which every format has words.
        let some = self.allowed > 1 || (self.allowed == 1 && !self.forced);
        self.draft.say_if(Feature::AllowedTools, some);
    }
}

impl<'de> Known<'de> for Calling<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &CALLING;
    const WHAT: &'static str = "an object that says which functions may be called";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        "toolConfig.functionCallingConfig."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Mode => {
                let mode: Option<Name<'_>> = map.next_value()?;
                self.forced = mode.is_some_and(|mode| mode.0.eq_ignore_ascii_case("any"));
            }
            Field::Allowed => {
                let names: Option<Vec<Name<'_>>> = map.next_value()?;
                let names = names.unwrap_or_default();
                self.allowed = names.len();
            }
            _ => self.draft.input += map.next_value_seed(Weigh::TOP)?,
        }
        Ok(())
    }
}
