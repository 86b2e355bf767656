use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::super::{
    draft::{Draft, MOST_TOOLS, PER_MESSAGE, PER_TOOLS},
    name::Name,
    object::{Known, Object},
    table::Table,
    weigh::{self, Weigh},
};
use crate::query::{Capability, Feature};

/// The `tools` array.
pub(super) struct Tools<'a>(pub(super) &'a mut Draft);

impl<'de> DeserializeSeed<'de> for Tools<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tools<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of tools")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let draft = self.0;
        let mut count = 0;
        while seq.next_element_seed(Object(Tool(draft)))?.is_some() {
            draft.input += PER_MESSAGE;
            count += 1;
            if count > MOST_TOOLS {
                return Err(draft.refuse("tools", "there are more than 4096 tools"));
            }
        }
        if count > 0 {
            draft.tools();
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Type,
    Name,
    /// Weighs as it could be written out again; of a tool that the provider runs, its kind defeats the bound.
    Other,
}

pub(super) static FIELDS: Table<Field> = Table::new(&[
    ("allowed_callers", Field::Other),
    ("allowed_domains", Field::Other),
    ("blocked_domains", Field::Other),
    ("cache_control", Field::Other),
    ("citations", Field::Other),
    ("configs", Field::Other),
    ("defer_loading", Field::Other),
    ("description", Field::Other),
    ("display_height_px", Field::Other),
    ("display_number", Field::Other),
    ("display_width_px", Field::Other),
    ("eager_input_streaming", Field::Other),
    ("enable_zoom", Field::Other),
    ("input_examples", Field::Other),
    ("input_schema", Field::Other),
    ("max_characters", Field::Other),
    ("max_content_tokens", Field::Other),
    ("max_uses", Field::Other),
    ("mcp_server_name", Field::Other),
    ("name", Field::Name),
    ("response_inclusion", Field::Other),
    ("strict", Field::Other),
    ("type", Field::Type),
    ("url_sources", Field::Other),
    ("use_cache", Field::Other),
    ("user_location", Field::Other),
]);

struct Tool<'a>(&'a mut Draft);

impl Tool<'_> {
    /// A tool by its kind; a caller's own has none, or `custom`.
    fn kind(&mut self, kind: &str) {
        let draft = &mut *self.0;
        draft.input += weigh::text(kind);
        if kind == "custom" {
            return;
        }
        draft.say(Feature::HostedTools);
        if kind.starts_with("computer_") {
            draft.need(Capability::ComputerUse);
        }
        if kind.starts_with("web_search") {
            draft.need(Capability::WebSearch);
        }
        // These the caller runs itself. The provider describes them in at most 1234 tokens: 735 of a screen's tool and
        // 499 of instructions on it (platform.claude.com/docs/en/agents-and-tools/tool-use/computer-use-tool).
        let described = ["bash_20", "text_editor_20", "computer_20"];
        if described.iter().any(|start| kind.starts_with(start)) {
            draft.input += 2 * PER_TOOLS;
        } else {
            draft.unbounded("tools[].type");
        }
    }
}

impl<'de> Known<'de> for Tool<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "a tool object";

    fn path(&self) -> &'static str {
        "tools[]."
    }

    fn draft(&mut self) -> &mut Draft {
        self.0
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Type => {
                let kind: Option<Name<'_>> = map.next_value()?;
                if let Some(Name(kind)) = kind {
                    self.kind(&kind);
                }
            }
            Field::Name => {
                let Name(name) = map.next_value()?;
                self.0.input += self.0.tool_name(&name);
            }
            Field::Other => {
                let weight = map.next_value_seed(Weigh::TOP)?;
                self.0.input += weight;
                self.0.estimate.ascii += weight;
            }
        }
        Ok(())
    }
}
