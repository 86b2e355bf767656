use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::super::{
    draft::{Draft, PER_TOOLS},
    name::Name,
    object::{Known, Object},
    table::Table,
    weigh::{self, Present, Weigh},
};
use crate::query::{Capability, Feature};

/// The members of all objects that say how an answer is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Type,
    Serial,
    Budget,
    Effort,
    Format,
    Other,
}

pub(super) static CHOICE: Table<Field> = Table::new(&[
    ("disable_parallel_tool_use", Field::Serial),
    ("name", Field::Other),
    ("type", Field::Type),
]);

/// `tool_choice`.
pub(super) struct ToolChoice<'a> {
    draft: &'a mut Draft,
    forced: bool,
}

impl<'a> ToolChoice<'a> {
    pub(super) const fn new(draft: &'a mut Draft) -> Self {
        Self {
            draft,
            forced: false,
        }
    }

    pub(super) fn end(self) {
        self.draft.say_if(Feature::ForcedTool, self.forced);
    }
}

impl<'de> Known<'de> for ToolChoice<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &CHOICE;
    const WHAT: &'static str = "an object that says which tools may be called";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        "tool_choice."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Type => {
                let Name(kind) = map.next_value()?;
                self.forced = !matches!(&*kind, "auto" | "none");
                self.draft.input += weigh::text(&kind);
            }
            Field::Serial => {
                let serial: Option<bool> = map.next_value()?;
                self.draft
                    .say_if(Feature::SerialTools, serial == Some(true));
            }
            _ => self.draft.input += map.next_value_seed(Weigh::TOP)?,
        }
        Ok(())
    }
}

pub(super) static THINKING: Table<Field> = Table::new(&[
    ("budget_tokens", Field::Budget),
    ("display", Field::Other),
    ("type", Field::Type),
]);

/// `thinking`.
pub(super) struct Thinking<'a> {
    draft: &'a mut Draft,
    budget: Option<u32>,
    off: Option<bool>,
}

impl<'a> Thinking<'a> {
    pub(super) const fn new(draft: &'a mut Draft) -> Self {
        Self {
            draft,
            budget: None,
            off: None,
        }
    }

    /// The most tokens of thinking, where there is such a limit.
    pub(super) fn end(self) -> Option<u32> {
        match self.off {
            // A level that is asked for besides says more.
            Some(true) if self.draft.query.effort.is_none() => self.draft.effort("none"),
            Some(false) => {
                self.draft.need(Capability::Reasoning);
                self.draft.say(Feature::Reasoning);
            }
            _ => {}
        }
        self.budget
    }
}

impl<'de> Known<'de> for Thinking<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &THINKING;
    const WHAT: &'static str = "an object that says how to think";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        "thinking."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Type => {
                let Name(kind) = map.next_value()?;
                self.off = Some(kind == "disabled");
            }
            Field::Budget => self.budget = map.next_value()?,
            _ => self.draft.input += map.next_value_seed(Weigh::TOP)?,
        }
        Ok(())
    }
}

pub(super) static OUTPUT: Table<Field> =
    Table::new(&[("effort", Field::Effort), ("format", Field::Format)]);

/// `output_config`.
pub(super) struct Output<'a>(&'a mut Draft);

impl<'a> Output<'a> {
    pub(super) const fn new(draft: &'a mut Draft) -> Self {
        Self(draft)
    }
}

impl<'de> Known<'de> for Output<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &OUTPUT;
    const WHAT: &'static str = "an object that says how to answer";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        "output_config."
    }

    fn draft(&mut self) -> &mut Draft {
        self.0
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Effort => {
                let effort: Option<Name<'_>> = map.next_value()?;
                if let Some(Name(effort)) = effort {
                    self.0.effort(&effort);
                }
            }
            _ => {
                let format = Format::new(self.0, "output_config.format.");
                map.next_value_seed(Object(format))?.end();
            }
        }
        Ok(())
    }
}

pub(super) static FORMAT: Table<Field> =
    Table::new(&[("schema", Field::Other), ("type", Field::Type)]);

/// The form that the answer is to have.
pub(super) struct Format<'a> {
    draft: &'a mut Draft,
    path: &'static str,
    json: Option<bool>,
}

impl<'a> Format<'a> {
    pub(super) const fn new(draft: &'a mut Draft, path: &'static str) -> Self {
        Self {
            draft,
            path,
            json: None,
        }
    }

    pub(super) fn end(self) {
        match self.json {
            Some(true) => {
                self.draft.need(Capability::JsonSchema);
                self.draft.say(Feature::JsonSchema);
                // The provider writes instructions of its own around the schema.
                self.draft.input += PER_TOOLS;
            }
            Some(false) => {
                let name = format!("{}type", self.path);
                self.draft.unknown(&name, true);
            }
            None => {}
        }
    }
}

impl<'de> Known<'de> for Format<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FORMAT;
    const WHAT: &'static str = "an object that says how to answer";
    const OPTIONAL: bool = true;

    fn path(&self) -> &'static str {
        self.path
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        if field == Field::Type {
            let Name(kind) = map.next_value()?;
            self.json = Some(kind == "json_schema");
        } else {
            self.draft.input += map.next_value_seed(Weigh::TOP)?;
        }
        Ok(())
    }
}

/// `citations` of a block: whether they are wanted, or, of a text, those that it has. Says whether they are wanted.
pub(super) struct Citations<'a>(pub(super) &'a mut Draft);

impl<'de> DeserializeSeed<'de> for Citations<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Citations<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("citations")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        while let Some(weight) = seq.next_element_seed(Weigh::TOP)? {
            self.0.input += weight;
        }
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut wanted = false;
        while let Some(Name(key)) = map.next_key()? {
            if key == "enabled" {
                wanted |= map.next_value::<Option<bool>>()? == Some(true);
            } else {
                let weight = map.next_value_seed(Present)?;
                let name = format!("messages[].content[].citations.{key}");
                self.0.unknown(&name, weight.is_some());
                self.0.input += weight.unwrap_or_default();
            }
        }
        Ok(wanted)
    }
}
