//! OpenAI's chat completions.

mod check;
mod error;
mod form;
mod open_calls;
mod read;
mod stream;
mod tools;
mod wire;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) use self::error::body as error_body;
use self::form::ChatForm;
use super::{
    Model,
    ask::Ask,
    body::{AnswerBody, Broken},
    call::Call,
    error::{ApiError, json as to_json},
    reply::{self, Reply},
    response::{finished, refused, request_id},
    route::Read,
    state::State,
};

/// Answers one request.
pub(crate) async fn answer(mut call: Call, read: Read) -> Result<Response<AnswerBody>, Broken> {
    let state = call.state().clone();
    if !state.lets_in(read.bearer()) {
        return Ok(refused(call, &error::wrong_key()));
    }
    Ok(match (read.path(), read.method()) {
        ("/v1/chat/completions", &Method::POST) => match prepare(&mut call, &read.body) {
            Ok((reply, form)) => reply.send(call, form).await?,
            Err(e) => refused(call, &e),
        },
        ("/v1/models", &Method::GET) => finished(call, models(&state)),
        (path, &Method::GET) if path.starts_with("/v1/models/") => {
            let name = path.trim_start_matches("/v1/models/");
            match state.model(name) {
                Some(model) => finished(call, to_json(&model_object(&state, &model.name))),
                None => refused(call, &error::unknown_model(name)),
            }
        }
        (path @ ("/v1/chat/completions" | "/v1/models"), method) => {
            let message = format!("Not allowed to {method} on {path}.");
            let error = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, message);
            refused(call, &error.code("method_not_supported"))
        }
        (path, method) => {
            let message = format!("Invalid URL ({method} {path})");
            refused(call, &ApiError::new(StatusCode::NOT_FOUND, message))
        }
    })
}

fn prepare(call: &mut Call, body: &[u8]) -> Result<(Reply, ChatForm), ApiError> {
    let state = call.state().clone();
    let (ask, extras) = read::read(body)?;
    let model = state.model(&ask.model);
    let model = model.ok_or_else(|| error::unknown_model(&ask.model))?;
    fits(model, &ask)?;
    let reply = reply::prepare(call, model, ask)?;
    if reply.answer.blocked {
        let message = "Your request was rejected as a result of our safety system.";
        return Err(ApiError::bad_request(message).code("content_policy_violation"));
    }
    let form = ChatForm::new(&reply, extras);
    Ok((reply, form))
}

fn fits(model: &Model, ask: &Ask) -> Result<(), ApiError> {
    let (asked, most) = (
        ask.max_tokens.unwrap_or(0),
        model.max_output.unwrap_or(u64::MAX),
    );
    if asked > most {
        let why = format!("this model writes at most {most} tokens");
        return Err(check::invalid("max_tokens", &why));
    }
    let long = |(prompt, context)| {
        let message = format!(
            "This model's maximum context length is {context} tokens. \
             However, your messages resulted in {prompt} tokens."
        );
        let error = ApiError::bad_request(message).param("messages");
        error.code("context_length_exceeded")
    };
    reply::prompt_fits(model, ask).map(drop).map_err(long)
}

fn models(state: &State) -> Bytes {
    let list = state.models.iter();
    let data: Vec<_> = list.map(|model| model_object(state, &model.name)).collect();
    to_json(&json!({"object": "list", "data": data}))
}

fn model_object(state: &State, name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 1_767_225_600, "owned_by": state.name})
}

/// The headers that OpenAI puts on everything.
pub(crate) fn headers(state: &State, id: u64, took: Duration) -> Vec<(&'static str, String)> {
    let fixed = [
        ("openai-version", "2020-10-01"),
        ("x-ratelimit-limit-requests", "30000"),
        ("x-ratelimit-limit-tokens", "150000000"),
        ("x-ratelimit-remaining-requests", "29999"),
        ("x-ratelimit-remaining-tokens", "149999900"),
        ("x-ratelimit-reset-requests", "2ms"),
        ("x-ratelimit-reset-tokens", "0s"),
    ];
    let own = [
        ("x-request-id", request_id(state, id)),
        ("openai-processing-ms", took.as_millis().to_string()),
    ];
    let fixed = fixed.map(|(name, value)| (name, value.to_owned()));
    own.into_iter().chain(fixed).collect()
}
