use serde::de::{Error, MapAccess};

use super::{
    super::{
        draft::{Draft, MOST_TOOLS, PER_MESSAGE},
        object::Known,
        table::Table,
        values::Text,
        weigh::{Present, Weigh},
    },
    list::{Each, List},
};
use crate::query::{Capability, Feature};

/// The `tools` array. Counts the functions.
pub(super) struct Tools<'a> {
    pub(super) draft: &'a mut Draft,
    pub(super) functions: &'a mut usize,
}

impl<'de> Each<'de> for Tools<'_> {
    type One<'a>
        = Tool<'a>
    where
        Self: 'a;

    fn begin(&mut self) -> Tool<'_> {
        Tool {
            draft: self.draft,
            functions: self.functions,
        }
    }

    fn end<E: Error>(tool: Tool<'_>) -> Result<(), E> {
        tool.draft.part()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Functions,
    /// By its name: the provider runs it, and has fees of its own for it.
    Hosted(&'static str, Option<Capability>),
}

const SEARCH: Option<Capability> = Some(Capability::WebSearch);

pub(super) static FIELDS: Table<Field> = Table::proto(&[
    (
        "codeExecution",
        Field::Hosted("tools[].codeExecution", None),
    ),
    (
        "computerUse",
        Field::Hosted("tools[].computerUse", Some(Capability::ComputerUse)),
    ),
    (
        "enterpriseWebSearch",
        Field::Hosted("tools[].enterpriseWebSearch", SEARCH),
    ),
    ("fileSearch", Field::Hosted("tools[].fileSearch", None)),
    ("functionDeclarations", Field::Functions),
    ("googleMaps", Field::Hosted("tools[].googleMaps", None)),
    (
        "googleSearch",
        Field::Hosted("tools[].googleSearch", SEARCH),
    ),
    (
        "googleSearchRetrieval",
        Field::Hosted("tools[].googleSearchRetrieval", SEARCH),
    ),
    ("mcpServers", Field::Hosted("tools[].mcpServers", None)),
    ("retrieval", Field::Hosted("tools[].retrieval", None)),
    ("urlContext", Field::Hosted("tools[].urlContext", None)),
]);

/// Functions, or a tool of the provider's.
pub(super) struct Tool<'a> {
    draft: &'a mut Draft,
    functions: &'a mut usize,
}

impl<'de> Known<'de> for Tool<'_> {
    type Field = Field;

    const TABLE: &'static Table<Field> = &FIELDS;
    const WHAT: &'static str = "a tool object";

    fn path(&self) -> &'static str {
        "tools[]."
    }

    fn draft(&mut self) -> &mut Draft {
        self.draft
    }

    fn member<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Functions => map.next_value_seed(List(Functions {
                draft: self.draft,
                count: self.functions,
            }))?,
            Field::Hosted(name, capability) => {
                if map.next_value_seed(Present)?.is_some() {
                    self.draft.unbounded(name);
                    self.draft.say(Feature::HostedTools);
                    if let Some(capability) = capability {
                        self.draft.need(capability);
                    }
                }
            }
        }
        Ok(())
    }
}

struct Functions<'a> {
    draft: &'a mut Draft,
    count: &'a mut usize,
}

impl<'de> Each<'de> for Functions<'_> {
    type One<'a>
        = Function<'a>
    where
        Self: 'a;

    fn begin(&mut self) -> Function<'_> {
        Function(self.draft, self.count)
    }

    fn end<E: Error>(Function(draft, count): Function<'_>) -> Result<(), E> {
        *count += 1;
        draft.input += PER_MESSAGE;
        if *count > MOST_TOOLS {
            return Err(draft.refuse("tools", "there are more than 4096 tools"));
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FunctionField {
    Name,
    /// Weighs as it could be written out again.
    Other,
}

pub(super) static FUNCTION: Table<FunctionField> = Table::proto(&[
    ("behavior", FunctionField::Other),
    ("description", FunctionField::Other),
    ("name", FunctionField::Name),
    ("parameters", FunctionField::Other),
    ("parametersJsonSchema", FunctionField::Other),
    ("response", FunctionField::Other),
    ("responseJsonSchema", FunctionField::Other),
]);

/// A function on offer.
struct Function<'a>(&'a mut Draft, &'a mut usize);

impl<'de> Known<'de> for Function<'_> {
    type Field = FunctionField;

    const TABLE: &'static Table<FunctionField> = &FUNCTION;
    const WHAT: &'static str = "a function declaration";

    fn path(&self) -> &'static str {
        "tools[].functionDeclarations[]."
    }

    fn draft(&mut self) -> &mut Draft {
        self.0
    }

    fn member<A: MapAccess<'de>>(
        &mut self,
        field: FunctionField,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let draft = &mut *self.0;
        let weight = match field {
            FunctionField::Name => {
                let name = map.next_value_seed(Text(|name: &str| draft.tool_name(name)))?;
                name.unwrap_or_default()
            }
            FunctionField::Other => map.next_value_seed(Weigh::TOP)?,
        };
        draft.input += weight;
        draft.estimate.ascii += weight;
        Ok(())
    }
}
