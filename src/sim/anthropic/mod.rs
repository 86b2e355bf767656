//! Anthropic's messages.

mod blocks;
mod check;
mod error;
mod form;
mod models;
mod read;
mod schema;
mod stream;
mod system;
mod thinking;
mod tools;
mod turns;
mod usage;

use http::{Method, Response, StatusCode};
use serde_json::json;

pub(crate) use self::error::body as error_body;
use self::form::MessagesForm;
use super::{
    body::{AnswerBody, Broken},
    call::Call,
    clock,
    error::{ApiError, json as to_json},
    reply::{self, Reply},
    response::{finished, refused, request_id},
    route::Read,
    state::State,
};

/// Answers one request.
pub(crate) async fn answer(mut call: Call, read: Read) -> Result<Response<AnswerBody>, Broken> {
    let state = call.state().clone();
    let given = read.header("x-api-key").or(read.bearer());
    if !state.lets_in(given) {
        let message = "invalid x-api-key";
        return Ok(refused(
            call,
            &ApiError::new(StatusCode::UNAUTHORIZED, message),
        ));
    }
    if let Err(e) = version(&read) {
        return Ok(refused(call, &e));
    }
    Ok(match (read.path(), read.method()) {
        ("/v1/messages", &Method::POST) => match prepare(&mut call, &read.body) {
            Ok((reply, form)) => reply.send(call, form).await?,
            Err(e) => refused(call, &e),
        },
        ("/v1/messages/count_tokens", &Method::POST) => match count(&state, &read.body) {
            Ok(tokens) => finished(call, to_json(&json!({"input_tokens": tokens}))),
            Err(e) => refused(call, &e),
        },
        ("/v1/models", &Method::GET) => match models::list(&state, &read) {
            Ok(list) => finished(call, list),
            Err(e) => refused(call, &e),
        },
        (path, &Method::GET) if path.starts_with("/v1/models/") => {
            let name = path.trim_start_matches("/v1/models/");
            match state.model(name) {
                Some(model) => finished(call, to_json(&models::object(model))),
                None => refused(call, &error::unknown_model(name)),
            }
        }
        ("/v1/messages" | "/v1/messages/count_tokens" | "/v1/models", _) => {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            refused(call, &ApiError::new(status, "Method Not Allowed"))
        }
        _ => refused(call, &ApiError::new(StatusCode::NOT_FOUND, "Not Found")),
    })
}

/// The version of the API, which is a date.
fn version(read: &Read) -> Result<(), ApiError> {
    let Some(version) = read.header("anthropic-version") else {
        return Err(ApiError::bad_request(
            "anthropic-version: header is required",
        ));
    };
    let date = version.len() == 10
        && version.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    if date && version >= "2023-01-01" {
        return Ok(());
    }
    let message = format!("anthropic-version: \"{version}\" is not a valid version");
    Err(ApiError::bad_request(message))
}

fn prepare(call: &mut Call, body: &[u8]) -> Result<(Reply, MessagesForm), ApiError> {
    let state = call.state().clone();
    let (ask, _) = read::read(&state, body, read::Asks::Answer)?;
    let model = state.model(&ask.model);
    let model = model.ok_or_else(|| error::unknown_model(&ask.model))?;
    if let (Some(asked), Some(most)) = (ask.max_tokens, model.max_output)
        && asked > most
    {
        return Err(ApiError::bad_request(format!(
            "max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens \
             for {}",
            model.name
        )));
    }
    let long = |(prompt, context)| {
        ApiError::bad_request(format!(
            "prompt is too long: {prompt} tokens > {context} maximum"
        ))
    };
    reply::prompt_fits(model, &ask).map_err(long)?;
    let reply = reply::prepare(call, model, ask)?;
    let form = MessagesForm::new(&reply, request_id(&state, call.id()));
    Ok((reply, form))
}

fn count(state: &State, body: &[u8]) -> Result<u64, ApiError> {
    let (ask, _) = read::read(state, body, read::Asks::Count)?;
    let model = state.model(&ask.model);
    let model = model.ok_or_else(|| error::unknown_model(&ask.model))?;
    Ok(reply::prompt_fits(model, &ask).unwrap_or_else(|(prompt, _)| prompt))
}

/// The headers that Anthropic puts on everything.
pub(crate) fn headers(state: &State, id: u64) -> Vec<(&'static str, String)> {
    let reset = clock::rfc3339(clock::seconds());
    let mut headers = vec![
        ("request-id", request_id(state, id)),
        (
            "anthropic-organization-id",
            "00000000-0000-4000-8000-000000000000".to_owned(),
        ),
    ];
    let limits = [
        (
            "anthropic-ratelimit-requests-limit",
            "anthropic-ratelimit-requests-remaining",
            "anthropic-ratelimit-requests-reset",
            20_000,
        ),
        (
            "anthropic-ratelimit-tokens-limit",
            "anthropic-ratelimit-tokens-remaining",
            "anthropic-ratelimit-tokens-reset",
            4_800_000,
        ),
        (
            "anthropic-ratelimit-input-tokens-limit",
            "anthropic-ratelimit-input-tokens-remaining",
            "anthropic-ratelimit-input-tokens-reset",
            4_000_000,
        ),
        (
            "anthropic-ratelimit-output-tokens-limit",
            "anthropic-ratelimit-output-tokens-remaining",
            "anthropic-ratelimit-output-tokens-reset",
            800_000,
        ),
    ];
    for (limit, remaining, at, most) in limits {
        headers.push((limit, most.to_string()));
        headers.push((remaining, (most - 1).to_string()));
        headers.push((at, reset.clone()));
    }
    headers
}
