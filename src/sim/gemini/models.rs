use bytes::Bytes;
use serde_json::{Value, json};

use crate::sim::{
    Model,
    error::{ApiError, json as to_json},
    route::Read,
    state::State,
};

/// A page of the list of models. A page's token is the number of models before it.
pub(crate) fn list(state: &State, read: &Read) -> Result<Bytes, ApiError> {
    let number = |name: &str, usual: usize| {
        let wrong = || ApiError::bad_request(format!("Invalid value for {name}."));
        let text = read.parameter(name).filter(|text| !text.is_empty());
        text.map_or(Ok(usual), |text| text.parse().map_err(|_| wrong()))
    };
    let size = match number("pageSize", 50)? {
        0 => 50,
        size => size.min(1_000),
    };
    let from = number("pageToken", 0)?;
    let models = state.models.iter().skip(from).take(size);
    let models: Vec<Value> = models.map(object).collect();
    let mut list = json!({ "models": models });
    if from.saturating_add(size) < state.models.len() {
        list["nextPageToken"] = (from + size).to_string().into();
    }
    Ok(to_json(&list))
}

/// What is told of a model.
pub(crate) fn object(model: &Model) -> Value {
    json!({
        "name": format!("models/{}", model.name),
        "version": "001",
        "displayName": model.name,
        "description": "A simulated model.",
        "inputTokenLimit": model.context.unwrap_or(1_048_576),
        "outputTokenLimit": model.max_output.unwrap_or(65_536),
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        "thinking": model.reasoning > 0,
    })
}
