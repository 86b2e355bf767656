use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{malformed, text::Text, unsupported};
use crate::{chat::Format, query::Refusal};

/// `response_format`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireFormat<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    json_schema: Option<JsonSchema<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct JsonSchema<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    schema: Option<&'a RawValue>,
    strict: Option<bool>,
}

/// The form of the answer; `None` for plain text.
pub(super) fn format(wire: WireFormat<'_>) -> Result<Option<Format<'_>>, Refusal> {
    match wire.r#type.as_ref().map(|Text(kind)| &**kind) {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(Format::JsonObject)),
        Some("json_schema") => {
            const FIELD: &str = "response_format.json_schema";
            let json = wire
                .json_schema
                .ok_or_else(|| malformed(FIELD, "is missing"))?;
            // One without a schema is an object of any shape.
            let Some(schema) = json.schema else {
                return Ok(Some(Format::JsonObject));
            };
            if !schema.get().starts_with('{') {
                let field = format!("{FIELD}.schema");
                return Err(malformed(field, "is no JSON object"));
            }
            Ok(Some(Format::JsonSchema {
                name: Text::of(json.name),
                description: Text::of(json.description),
                schema: Cow::Borrowed(schema),
                strict: json.strict,
            }))
        }
        Some(_) => Err(unsupported(
            "response_format.type",
            "is no format that is known here",
        )),
        None => Err(malformed("response_format.type", "is missing")),
    }
}
