//! Google's Gemini: generateContent and streamGenerateContent.

mod answer;
mod choice;
mod citations;
mod count;
mod edits;
mod effort;
mod failure;
mod finish;
mod partial;
mod path;
mod wire;

use http::{HeaderMap, HeaderName, header::InvalidHeaderValue};

use super::{Answer, Dialect, Encoded, Outgoing, Secret};
use crate::query::{Api, Op, Query, Refusal};

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
        let path = path::path(model, call.query.api(), call.query.stream());
        match call.request {
            Some(_) => Err(Refusal::new(
                crate::query::RefusalKind::Unsupported,
                "not yet",
            )),
            None => Ok(Encoded::json(path, edits::edits(call).apply(call.bytes))),
        }
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
