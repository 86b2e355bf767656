//! Google's Gemini.

mod contents;
mod error;
mod fields;
mod form;
mod generation;
mod models;
mod parts;
mod proto;
mod read;
mod schema;
mod signed;
mod stream;
mod tools;
mod usage;

use std::time::Duration;

use http::{Method, Response};
use serde_json::json;

pub(crate) use self::error::body as error_body;
use self::form::{GenerateForm, Wire};
use super::{
    body::{AnswerBody, Broken},
    call::Call,
    error::{ApiError, json as to_json},
    reply::{self, Reply},
    response::{finished, refused},
    route::Read,
    state::State,
};

/// Answers one request.
pub(crate) async fn answer(mut call: Call, read: Read) -> Result<Response<AnswerBody>, Broken> {
    let state = call.state().clone();
    let given = read.header("x-goog-api-key").or(read.parameter("key"));
    if !state.lets_in(given.or(read.bearer())) {
        return Ok(refused(call, &error::wrong_key(given.is_some())));
    }
    let path = read.path().replace("%3A", ":").replace("%3a", ":");
    let below = ["/v1beta/models", "/v1/models"]
        .iter()
        .find_map(|root| path.strip_prefix(root));
    let Some(below) = below else {
        return Ok(refused(call, &error::no_such_path()));
    };
    let below = below.strip_prefix('/').unwrap_or(below);
    Ok(match (below.split_once(':'), read.method()) {
        (None, &Method::GET) if below.is_empty() => match models::list(&state, &read) {
            Ok(list) => finished(call, list),
            Err(e) => refused(call, &e),
        },
        (None, &Method::GET) => match state.model(below) {
            Some(model) => finished(call, to_json(&models::object(model))),
            None => refused(call, &error::unknown_model(below, "GetModel")),
        },
        (Some((name, "countTokens")), &Method::POST) => match count(&state, name, &read.body) {
            Ok(tokens) => finished(call, tokens),
            Err(e) => refused(call, &e),
        },
        (Some((name, "generateContent")), &Method::POST) => {
            match prepare(&mut call, name, &read.body, Wire::Whole) {
                Ok((reply, form)) => reply.send(call, form).await?,
                Err(e) => refused(call, &e),
            }
        }
        (Some((name, "streamGenerateContent")), &Method::POST) => {
            let events = read.parameter("alt") == Some("sse");
            let wire = if events { Wire::Events } else { Wire::List };
            match prepare(&mut call, name, &read.body, wire) {
                Ok((reply, form)) => reply.send(call, form).await?,
                Err(mut e) => {
                    e.listed = wire == Wire::List;
                    refused(call, &e)
                }
            }
        }
        _ => refused(call, &error::no_such_path()),
    })
}

fn prepare(
    call: &mut Call,
    name: &str,
    body: &[u8],
    wire: Wire,
) -> Result<(Reply, GenerateForm), ApiError> {
    let state = call.state().clone();
    let model = state.model(name);
    let model = model.ok_or_else(|| error::unknown_model(name, "generateContent"))?;
    let mut ask = read::generate(&state, model, body)?;
    ask.stream = wire != Wire::Whole;
    if let (Some(asked), Some(most)) = (ask.max_tokens, model.max_output)
        && asked > most
    {
        return Err(ApiError::bad_request(format!(
            "Unable to submit request because it has a maxOutputTokens value of {asked} but the \
             supported range is from 1 (inclusive) to {} (exclusive). Update the value and try \
             again.",
            most.saturating_add(1)
        )));
    }
    let long = |(prompt, context)| {
        ApiError::bad_request(format!(
            "The input token count ({prompt}) exceeds the maximum number of tokens allowed \
             ({context})."
        ))
    };
    reply::prompt_fits(model, &ask).map_err(long)?;
    let reply = reply::prepare(call, model, ask)?;
    let form = GenerateForm::new(&reply, wire);
    Ok((reply, form))
}

fn count(state: &State, name: &str, body: &[u8]) -> Result<bytes::Bytes, ApiError> {
    let model = state.model(name);
    let model = model.ok_or_else(|| error::unknown_model(name, "countTokens"))?;
    let ask = read::count(state, model, body)?;
    let tokens = reply::prompt_fits(model, &ask).unwrap_or_else(|(prompt, _)| prompt);
    let details = usage::prompt_details(&ask, tokens);
    Ok(to_json(
        &json!({"totalTokens": tokens, "promptTokensDetails": details}),
    ))
}

/// The headers that Google puts on everything.
pub(crate) fn headers(took: Duration) -> Vec<(&'static str, String)> {
    vec![
        (
            "server-timing",
            format!("gfet4t7; dur={}", took.as_millis()),
        ),
        ("vary", "Origin, X-Origin, Referer".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("x-frame-options", "SAMEORIGIN".to_owned()),
        ("x-xss-protection", "0".to_owned()),
    ]
}
