//! Google's Gemini: generateContent and streamGenerateContent.

mod answer;
mod choice;
mod citations;
mod config;
mod count;
mod edits;
mod effort;
mod failure;
mod finish;
mod partial;
mod path;
mod piece;
mod turns;
mod wire;
mod write;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, header::InvalidHeaderValue};

use super::{Answer, Dialect, Encoded, Outgoing, Secret};
use crate::{
    Body,
    query::{Api, Feature, Features, Op, Query, Refusal},
};

const KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// What there are no words for; of some of it there are, and none for what would be answered.
const NOT_EXPRESSED: [Feature; 15] = [
    Feature::LogitBias,
    Feature::ManyStops,
    Feature::Logprobs,
    Feature::Prediction,
    Feature::AssistantFirst,
    Feature::Prefill,
    Feature::SerialTools,
    Feature::CustomTools,
    Feature::HostedTools,
    // The media type has to be said, which callers hardly do of an image.
    Feature::RemoteImage,
    Feature::OtherMedia,
    Feature::MediaOutput,
    Feature::Citations,
    Feature::State,
    Feature::Unknown,
];

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

    fn expresses(&self) -> Features {
        NOT_EXPRESSED
            .into_iter()
            .fold(Features::ALL, Features::without)
    }

    fn request(&self, call: &Outgoing<'_>) -> Result<Encoded, Refusal> {
        let model = call.candidate.model().id();
        let api = call.query.api();
        let streams = matches!(api, Api::GeminiStream | Api::GeminiStreamArray);
        let path = path::path(model, api, streams || call.query.stream());
        let Some(request) = call.request else {
            return Ok(Encoded::json(path, edits::edits(call).apply(call.bytes)));
        };
        let (body, dropped) = write::body(call, request)?;
        let mut encoded = Encoded::json(path, Body::from(Bytes::from(body)));
        encoded.dropped = dropped;
        Ok(encoded)
    }

    fn authorize(&self, key: &Secret, headers: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        headers.insert(KEY, key.header("")?);
        Ok(())
    }

    fn answer(&self, query: &Query) -> Box<dyn Answer> {
        match query.api().op() {
            Op::CountTokens => Box::new(count::CountAnswer::default()),
            _ => Box::new(answer::GenerateAnswer::new(query.n())),
        }
    }
}

#[cfg(test)]
mod tests;
