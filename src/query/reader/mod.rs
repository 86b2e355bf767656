//! Readers of callers' requests: one pass over the bytes, a typed head, everything else kept where it lies.

mod anthropic;
mod dimensions;
mod draft;
mod gemini;
mod name;
mod object;
mod openai;
mod table;
mod values;
mod weigh;

use self::draft::Draft;
use super::{Api, Query, Refusal, RefusalKind};

/// Reads a request's body; `None` for an API whose bodies are no queries. `model` is what the path names.
pub(super) fn read(api: Api, model: Option<&str>, body: &[u8]) -> Option<Result<Query, Refusal>> {
    let draft = draft(api)?;
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the body is not valid UTF-8 (byte {})", error.valid_up_to());
            return Some(Err(Refusal::new(RefusalKind::Malformed, message)));
        }
    };
    let mut draft = draft;
    let read = parse(api, model, &mut draft, text);
    Some(draft.end(read))
}

/// The texts of a request's messages, each part by itself; `None` for a body that cannot be read.
pub(super) fn texts(api: Api, body: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut draft = draft(api)?;
    draft.texts = Some(Vec::new());
    parse(api, None, &mut draft, text).ok()?;
    draft.texts
}

fn draft(api: Api) -> Option<Draft> {
    let turns = match api {
        Api::OpenAiChat | Api::AnthropicMessages | Api::AnthropicCountTokens => "messages",
        Api::GeminiGenerate
        | Api::GeminiStream
        | Api::GeminiStreamArray
        | Api::GeminiCountTokens => "contents",
        Api::OpenAiModels
        | Api::AnthropicModels
        | Api::GeminiModels
        | Api::Grpc
        | Api::Unknown(_) => {
            return None;
        }
    };
    Some(Draft::of(api, turns))
}

fn parse(api: Api, model: Option<&str>, draft: &mut Draft, text: &str) -> serde_json::Result<()> {
    match api.vendor() {
        super::Vendor::OpenAi => openai::read(draft, text),
        super::Vendor::Anthropic => anthropic::read(draft, text),
        super::Vendor::Google => gemini::read(draft, model, text),
    }
}
