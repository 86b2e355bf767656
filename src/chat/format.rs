use std::borrow::Cow;

use serde_json::value::RawValue;

/// The form that an answer is to have.
#[derive(Clone)]
#[non_exhaustive]
pub enum Format<'a> {
    /// Some JSON object.
    JsonObject,
    /// JSON of a schema.
    JsonSchema {
        /// The caller's name for it.
        name: Option<Cow<'a, str>>,
        /// What it is for, in words.
        description: Option<Cow<'a, str>>,
        /// The JSON schema.
        schema: Cow<'a, RawValue>,
        /// Whether the answer has to follow it to the letter.
        strict: Option<bool>,
    },
}
