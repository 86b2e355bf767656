use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::sim::{
    Model,
    error::{ApiError, json as to_json},
    route::Read,
    state::State,
};

/// A page of the list of models.
pub(crate) fn list(state: &State, read: &Read) -> Result<Bytes, ApiError> {
    let limit = match read.parameter("limit") {
        None => 20,
        Some(text) => text
            .parse()
            .ok()
            .filter(|n| (1..=1_000).contains(n))
            .ok_or_else(|| ApiError::bad_request("limit: Input should be between 1 and 1000"))?,
    };
    let at = |name: &str| {
        let id = read.parameter(name);
        let found = |id: &str| {
            let at = state.models.iter().position(|model| model.name == id);
            let message = format!("{name}: no such model");
            at.ok_or_else(|| ApiError::new(StatusCode::BAD_REQUEST, message))
        };
        id.map(found).transpose()
    };
    let (after, before) = (at("after_id")?, at("before_id")?);
    let models = state.models.iter().enumerate();
    let mut models: Vec<&Model> = models
        .filter(|(i, _)| after.is_none_or(|at| *i > at) && before.is_none_or(|at| *i < at))
        .map(|(_, model)| model)
        .collect();
    let has_more = models.len() > limit;
    if before.is_some() {
        // Those right before, not the first ones.
        models.drain(..models.len().saturating_sub(limit));
    }
    models.truncate(limit);
    let data: Vec<Value> = models.iter().map(|model| object(model)).collect();
    Ok(to_json(&json!({
        "data": data,
        "has_more": has_more,
        "first_id": models.first().map(|model| &model.name),
        "last_id": models.last().map(|model| &model.name),
    })))
}

/// What is told of a model.
pub(crate) fn object(model: &Model) -> Value {
    json!({
        "type": "model",
        "id": model.name,
        "display_name": model.name,
        "created_at": "2026-01-01T00:00:00Z",
        "max_input_tokens": model.context,
        "max_tokens": model.max_output,
    })
}
