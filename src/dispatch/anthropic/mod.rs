//! Anthropic's Messages, and every provider that is compatible with it.

mod answer;
mod blocks;
mod failure;
mod request;
mod wire;
mod write;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header::InvalidHeaderValue};

use super::{Answer, Dialect, Encoded, Outgoing, Secret};
use crate::{
    Body,
    query::{Api, Feature, Features, Op, Query, Refusal},
};

const VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The dialect `anthropic`: Anthropic's Messages and what is compatible with it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Anthropic;

impl Anthropic {
    /// The dialect.
    pub const fn new() -> Self {
        Self
    }
}

impl Dialect for Anthropic {
    fn name(&self) -> &str {
        "anthropic"
    }

    fn is_native(&self, api: Api) -> bool {
        matches!(api, Api::AnthropicMessages | Api::AnthropicCountTokens)
    }

    fn expresses(&self) -> Features {
        const NONE: [Feature; 16] = [
            Feature::HighTemperature,
            Feature::Penalties,
            Feature::LogitBias,
            Feature::BlankStop,
            Feature::Logprobs,
            Feature::Choices,
            Feature::AssistantFirst,
            Feature::CustomTools,
            Feature::HostedTools,
            Feature::Audio,
            Feature::OtherMedia,
            Feature::MediaOutput,
            Feature::JsonObject,
            Feature::Citations,
            Feature::State,
            Feature::Unknown,
        ];
        NONE.into_iter().fold(Features::ALL, Features::without)
    }

    fn request(&self, call: &Outgoing<'_>) -> Result<Encoded, Refusal> {
        let (body, dropped) = match call.request {
            None => (request::edits(call).apply(call.bytes), Vec::new()),
            Some(request) => {
                let written = write::write(call, request)?;
                (Body::from(Bytes::from(written.body)), written.dropped)
            }
        };
        let path = match call.query.api().op() {
            Op::CountTokens => "/v1/messages/count_tokens",
            _ => "/v1/messages",
        };
        let mut encoded = Encoded::json(path, body);
        let version = HeaderValue::from_static("2023-06-01");
        encoded.headers.insert(VERSION, version);
        encoded.dropped = dropped;
        Ok(encoded)
    }

    fn authorize(&self, key: &Secret, headers: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        headers.insert(KEY, key.header("")?);
        Ok(())
    }

    fn answer(&self, query: &Query) -> Box<dyn Answer> {
        let counts = query.api().op() == Op::CountTokens;
        Box::new(answer::MessagesAnswer::new(counts))
    }
}
