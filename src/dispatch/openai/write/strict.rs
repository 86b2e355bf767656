use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

/// Whether OpenAI takes a schema with `strict`: every object names all its members, demands them all, and has no others.
pub(super) fn is_strict(schema: &str) -> bool {
    let schema: Result<Schema<'_>, _> = serde_json::from_str(schema);
    schema.is_ok_and(|schema| schema.is_strict())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Schema<'a> {
    #[serde(borrow)]
    r#type: Option<&'a RawValue>,
    #[serde(borrow)]
    properties: Option<BTreeMap<String, Schema<'a>>>,
    required: BTreeSet<String>,
    #[serde(borrow, rename = "additionalProperties")]
    others: Option<&'a RawValue>,
    #[serde(borrow)]
    items: Option<Box<Schema<'a>>>,
    #[serde(borrow, rename = "anyOf")]
    any_of: Vec<Schema<'a>>,
    #[serde(borrow, rename = "$defs")]
    defs: BTreeMap<String, Schema<'a>>,
    #[serde(borrow)]
    definitions: BTreeMap<String, Schema<'a>>,
    #[serde(rename = "oneOf")]
    one_of: Option<IgnoredAny>,
    #[serde(rename = "allOf")]
    all_of: Option<IgnoredAny>,
    not: Option<IgnoredAny>,
    r#if: Option<IgnoredAny>,
    #[serde(rename = "patternProperties")]
    pattern_properties: Option<IgnoredAny>,
}

impl Schema<'_> {
    fn is_strict(&self) -> bool {
        let refused = self.one_of.is_some()
            || self.all_of.is_some()
            || self.not.is_some()
            || self.r#if.is_some()
            || self.pattern_properties.is_some();
        let of_object = |kinds: &RawValue| kinds.get().contains("\"object\"");
        let is_object = self.properties.is_some() || self.r#type.is_some_and(of_object);
        let none = BTreeMap::new();
        let properties = self.properties.as_ref().unwrap_or(&none);
        let closed = self.others.is_some_and(|others| others.get() == "false");
        let whole = closed && properties.keys().all(|name| self.required.contains(name));
        let mut inner = properties
            .values()
            .chain(self.items.as_deref())
            .chain(&self.any_of)
            .chain(self.defs.values())
            .chain(self.definitions.values());
        !refused && (whole || !is_object) && inner.all(Self::is_strict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_closed_schemas_are_strict() {
        let of = |inner: &str| {
            format!(
                r#"{{"type":"object","properties":{{"a":{inner}}},"required":["a"],"additionalProperties":false}}"#
            )
        };
        for schema in [
            of(r#"{"type":"string"}"#),
            of(&of(r#"{"type":["string","null"]}"#)),
            of(r##"{"type":"array","items":{"$ref":"#"}}"##),
            r#"{"type":"object","properties":{},"additionalProperties":false}"#.to_owned(),
        ] {
            assert!(is_strict(&schema), "{schema}");
        }
        for schema in [
            r#"{"type":"object"}"#.to_owned(),
            r#"{"type":"object","properties":{"a":{}},"additionalProperties":false}"#.to_owned(),
            of(r#"{"type":"object","properties":{}}"#),
            of(r#"{"anyOf":[{"type":["object","null"]}]}"#),
            of(r#"{"oneOf":[{"type":"string"}]}"#),
            of("true"),
        ] {
            assert!(!is_strict(&schema), "{schema}");
        }
    }
}
