//! The callers' side of every API: requests are read from it, answers and errors written in it.

mod anthropic;
mod gemini;
mod openai;
mod opening;
mod writer;

pub(crate) use self::{gemini::ArrayFraming, opening::Opening, writer::Writer};

use super::Request;
use crate::query::{Api, Refusal, RefusalKind};

/// Reads a request in the form of an API.
pub(super) fn read(api: Api, body: &[u8]) -> Result<Request<'_>, Refusal> {
    match api {
        Api::OpenAiChat => openai::read(body),
        Api::AnthropicMessages | Api::AnthropicCountTokens => anthropic::read(body),
        Api::GeminiGenerate
        | Api::GeminiStream
        | Api::GeminiStreamArray
        | Api::GeminiCountTokens => gemini::read(api, body),
        Api::OpenAiModels
        | Api::AnthropicModels
        | Api::GeminiModels
        | Api::Grpc
        | Api::Unknown(_) => Err(Refusal::new(
            RefusalKind::UnknownPath,
            "this is no chat request",
        )),
    }
}

/// What writes an answer in the form of an API; `None` for one that has no chat answers.
pub(crate) fn writer(opening: Opening) -> Option<Box<dyn Writer>> {
    match opening.api {
        Api::OpenAiChat => Some(openai::writer(opening)),
        Api::AnthropicMessages => Some(anthropic::writer(opening)),
        Api::GeminiGenerate | Api::GeminiStream | Api::GeminiStreamArray => {
            Some(gemini::writer(opening))
        }
        _ => None,
    }
}
