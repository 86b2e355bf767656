use std::ops::Range;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{
    catalog::{Effort, ReasoningForm},
    dispatch::{Outgoing, edit::Edits},
    query::{Member, Op},
};

const OUTPUT_CONFIG: &str = "output_config";

/// What has to change in the body of a caller of the same format for this candidate. A limit of output is not among
/// it: the format demands that the caller sets one.
pub(super) fn edits(call: &Outgoing<'_>) -> Edits {
    let mut edits = Edits::default();
    let model = call.candidate.model();
    if call.query.model() != model.id()
        && let Some(member) = call.query.member("model")
    {
        let quoted = serde_json::to_vec(model.id()).unwrap_or_default();
        edits.replace(member, quoted);
    }
    if let Some(level) = call.candidate.effort().map(Effort::level)
        && call.query.effort().is_none()
        && call.query.api().op() == Op::Generate
        && model
            .reasoning()
            .is_none_or(|form| form == ReasoningForm::Adaptive)
        && matches!(level, "low" | "medium" | "high" | "xhigh" | "max")
    {
        effort(call, level, &mut edits);
    }
    edits
}

/// Writes the candidate's effort, keeping what else the caller says of the output.
fn effort(call: &Outgoing<'_>, level: &str, edits: &mut Edits) {
    let Some(Member { value, .. }) = call.query.member(OUTPUT_CONFIG) else {
        return edits.insert(OUTPUT_CONFIG, &format!("{{\"effort\":\"{level}\"}}"));
    };
    let raw = call.bytes.get(value.clone()).unwrap_or_default();
    let Some(place) = asked(raw) else {
        // `null`, or nothing that the provider would read.
        return edits.replace_at(value.clone(), format!("{{\"effort\":\"{level}\"}}"));
    };
    let text = if !place.is_empty() {
        format!("\"{level}\"")
    } else if raw[place.end..].trim_ascii_start().starts_with(b"}") {
        format!("\"effort\":\"{level}\"")
    } else {
        format!("\"effort\":\"{level}\",")
    };
    let start = value.start;
    edits.replace_at(start + place.start..start + place.end, text);
}

/// Where the value of `effort` lies in an object, or the empty place for it in front of the others; `None` where it is
/// no object.
fn asked(config: &[u8]) -> Option<Range<usize>> {
    #[derive(Deserialize)]
    struct Config<'a> {
        #[serde(borrow, default, deserialize_with = "also_null")]
        effort: Option<&'a RawValue>,
    }
    fn also_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
        <&RawValue>::deserialize(from).map(Some)
    }
    let text = std::str::from_utf8(config).ok()?;
    if !text.starts_with('{') {
        return None;
    }
    let found = serde_json::from_str::<Config<'_>>(text).ok()?;
    Some(found.effort.map_or(1..1, |value| {
        let start = value.get().as_ptr().addr() - text.as_ptr().addr();
        start..start + value.get().len()
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use http_body_util::BodyExt;

    use super::*;
    use crate::{
        catalog::{Candidate, Model, ModelBuilder, Price, Provider, Snapshot},
        query::{Api, Query},
    };

    fn at(effort: &str, change: impl FnOnce(ModelBuilder) -> ModelBuilder) -> Candidate {
        let model = Model::builder("claude", "p")
            .id("claude-x")
            .price(Price::free())
            .effort(Effort::new(effort));
        let snapshot = Snapshot::builder()
            .provider(Provider::builder("p", "anthropic", "https://a.example"))
            .model(change(model))
            .build()
            .unwrap();
        Candidate::at_effort(Arc::clone(snapshot.model("claude").unwrap()), 0).unwrap()
    }

    fn edited(api: Api, body: &str, candidate: &Candidate) -> String {
        let query = Query::read(api, body.as_bytes()).unwrap();
        let bytes = Bytes::copy_from_slice(body.as_bytes());
        let body = edits(&Outgoing::new(&query, &bytes, candidate)).apply(&bytes);
        let body = tokio_test::block_on(body.collect()).unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[test]
    fn the_model_and_a_candidate_s_effort_are_all_that_changes() {
        let high = at("high", |model| model);
        let head = r#""max_tokens": 9,"messages":[{"role":"user","content":"x"}]"#;
        for (config, becomes) in [
            (
                r#""output_config": {}"#,
                r#""output_config": {"effort":"high"}"#,
            ),
            (
                r#""output_config":{ "effort": null}"#,
                r#""output_config":{ "effort": "high"}"#,
            ),
            (
                r#""output_config":{"format":{"type":"json_schema","schema":{}}}"#,
                r#""output_config":{"effort":"high","format":{"type":"json_schema","schema":{}}}"#,
            ),
            (
                r#""output_config":null"#,
                r#""output_config":{"effort":"high"}"#,
            ),
            (
                r#""output_config":{"effort":"low"}"#,
                r#""output_config":{"effort":"low"}"#,
            ),
        ] {
            let body = format!(r#"{{"model":"auto",{head}, {config}}}"#);
            let expected = format!(r#"{{"model":"claude-x",{head}, {becomes}}}"#);
            assert_eq!(edited(Api::AnthropicMessages, &body, &high), expected);
        }
        let body = format!(r#"{{"model":"claude-x",{head}}}"#);
        let with = format!(r#"{{"output_config":{{"effort":"high"}},"model":"claude-x",{head}}}"#);
        assert_eq!(edited(Api::AnthropicMessages, &body, &high), with);
        let budget = at("high", |model| model.reasoning(ReasoningForm::Budget));
        assert_eq!(edited(Api::AnthropicMessages, &body, &budget), body);
        let none = at("none", |model| model);
        assert_eq!(edited(Api::AnthropicMessages, &body, &none), body);
        assert_eq!(edited(Api::AnthropicCountTokens, &body, &high), body);
    }
}
