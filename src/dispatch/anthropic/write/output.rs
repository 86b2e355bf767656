use super::{Writing, schema, thinking::Thought};
use crate::{
    chat::{Format, Request, json::Object},
    query::{Feature, Refusal, RefusalKind},
};

/// Writes the form that the answer is to have, and how hard the model tries.
pub(super) fn config(
    request: &Request<'_>,
    thought: &Thought,
    writing: &mut Writing<'_>,
    object: &mut Object<'_>,
) -> Result<(), Refusal> {
    if request.format.is_none() && thought.effort().is_none() {
        return Ok(());
    }
    let mut config = Object::begin(object.member("output_config"));
    if let Some(effort) = thought.effort() {
        config.text("effort", effort);
    }
    match &request.format {
        None => {}
        Some(Format::JsonSchema {
            schema,
            description,
            ..
        }) => {
            if description.is_some() {
                writing.drop("the description of the answer's schema");
            }
            let mut format = Object::begin(config.member("format"));
            format.text("type", "json_schema");
            schema::write(schema, format.member("schema")).map_err(|_| {
                let what = "the schema of the answer is no JSON schema";
                let field = Feature::JsonSchema.field(writing.api);
                Refusal::new(RefusalKind::Malformed, what).with_param(field)
            })?;
            format.end();
        }
        Some(Format::JsonObject) => {
            let what = "this provider has no answers in JSON without a schema";
            return Err(writing.unsupported(Feature::JsonObject, what));
        }
    }
    config.end();
    Ok(())
}
