//! OpenAI's Chat Completions, and every provider that is compatible with it.

mod answer;
mod failure;
mod request;
mod said;

use bytes::Bytes;
use http::{HeaderMap, header::AUTHORIZATION};

use super::{Answer, Dialect, Encoded, Outgoing, Secret};
use crate::query::{Api, Query, Refusal};

/// The dialect `openai`: OpenAI's Chat Completions and what is compatible with it.
///
/// A caller who speaks it too gets bytes through as they are: only the model's name, a limit of output that a budget
/// needs, and the wish for usage at a stream's end are written, and that extra chunk is hidden again.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct OpenAi;

impl OpenAi {
    /// The dialect.
    pub const fn new() -> Self {
        Self
    }
}

impl Dialect for OpenAi {
    fn name(&self) -> &str {
        "openai"
    }

    fn is_native(&self, api: Api) -> bool {
        api == Api::OpenAiChat
    }

    fn request(&self, call: &Outgoing<'_>) -> Result<Encoded, Refusal> {
        let body = request::edits(call).apply(call.bytes);
        Ok(Encoded::json("/chat/completions", body))
    }

    fn authorize(
        &self,
        key: &Secret,
        headers: &mut HeaderMap,
    ) -> Result<(), http::header::InvalidHeaderValue> {
        headers.insert(AUTHORIZATION, key.header("Bearer")?);
        Ok(())
    }

    fn answer(&self, query: &Query) -> Box<dyn Answer> {
        let hide_usage = query.stream() && !query.include_usage();
        Box::new(answer::ChatAnswer::new(hide_usage, query.n()))
    }
}

/// A JSON string, quotes included.
fn quoted(text: &str) -> Bytes {
    serde_json::to_vec(text).unwrap_or_default().into()
}
