//! Anthropic's Messages, and every provider that is compatible with it.

mod answer;

use http::{HeaderMap, HeaderName, HeaderValue, header::InvalidHeaderValue};

use super::{Answer, Dialect, Encoded, Outgoing, Secret};
use crate::{
    Body,
    query::{Api, Query, Refusal},
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

    fn request(&self, call: &Outgoing<'_>) -> Result<Encoded, Refusal> {
        let mut encoded = Encoded::json("/v1/messages", Body::from(call.bytes.clone()));
        let version = HeaderValue::from_static("2023-06-01");
        encoded.headers.insert(VERSION, version);
        Ok(encoded)
    }

    fn authorize(&self, key: &Secret, headers: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        headers.insert(KEY, key.header("")?);
        Ok(())
    }

    fn answer(&self, _: &Query) -> Box<dyn Answer> {
        Box::new(answer::MessagesAnswer::default())
    }
}
