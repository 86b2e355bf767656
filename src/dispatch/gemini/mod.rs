//! Google's Gemini: generateContent and streamGenerateContent.

mod answer;

use http::{HeaderMap, HeaderName, header::InvalidHeaderValue};

use super::{Answer, Dialect, Encoded, Outgoing, Secret};
use crate::{
    Body,
    query::{Api, Query, Refusal},
};

const KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// The dialect `gemini`: Google's generateContent.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Gemini;

impl Gemini {
    /// The dialect.
    pub const fn new() -> Self {
        Self
    }
}

impl Dialect for Gemini {
    fn name(&self) -> &str {
        "gemini"
    }

    fn is_native(&self, api: Api) -> bool {
        matches!(
            api,
            Api::GeminiGenerate
                | Api::GeminiStream
                | Api::GeminiStreamArray
                | Api::GeminiCountTokens
        )
    }

    fn request(&self, call: &Outgoing<'_>) -> Result<Encoded, Refusal> {
        let model = call.candidate.model().id();
        let path = format!("/v1beta/models/{model}:generateContent");
        Ok(Encoded::json(path, Body::from(call.bytes.clone())))
    }

    fn authorize(&self, key: &Secret, headers: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        headers.insert(KEY, key.header("")?);
        Ok(())
    }

    fn answer(&self, _: &Query) -> Box<dyn Answer> {
        Box::new(answer::GenerateAnswer::default())
    }
}
