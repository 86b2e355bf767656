//! OpenAI's Chat Completions, and every provider that is compatible with it.

mod answer;
mod effort;
mod error;
mod failure;
mod pieces;
mod request;
mod said;
#[cfg(test)]
mod tests;
mod write;

use bytes::Bytes;
use http::{HeaderMap, header::AUTHORIZATION};

use super::{Answer, Dialect, Encoded, Outgoing, Secret};
use crate::query::{Api, Feature, Features, Op, Query, Refusal, RefusalKind};

const PATH: &str = "/chat/completions";

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

    fn expresses(&self) -> Features {
        const WITHOUT: [Feature; 14] = [
            Feature::TopK,
            Feature::FiveStops,
            Feature::ManyStops,
            Feature::Logprobs,
            Feature::Prediction,
            Feature::Prefill,
            Feature::CustomTools,
            Feature::HostedTools,
            Feature::RemoteDocument,
            Feature::OtherMedia,
            Feature::MediaOutput,
            Feature::Citations,
            Feature::State,
            Feature::Unknown,
        ];
        WITHOUT.into_iter().fold(Features::ALL, Features::without)
    }

    fn request(&self, call: &Outgoing<'_>) -> Result<Encoded, Refusal> {
        if call.query.api().op() == Op::CountTokens {
            let what = "there is no counting of tokens in this format";
            return Err(Refusal::new(RefusalKind::Unsupported, what));
        }
        let Some(asked) = call.request else {
            let body = request::edits(call).apply(call.bytes);
            return Ok(Encoded::json(PATH, body));
        };
        let (body, dropped) = write::body(call, asked)?;
        let mut encoded = Encoded::json(PATH, Bytes::from(body).into());
        encoded.dropped = dropped;
        Ok(encoded)
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
