use serde_json::{Map, Value};

use super::{
    check::{self, Checked, given, missing, wrong},
    schema, system,
    thinking::{self, Mode},
    tools, turns,
};
use crate::sim::{
    Model,
    ask::{self, Ask, Format, json_bytes},
    error::ApiError,
    signature::Signer,
    state::State,
};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    Answer,
    /// The number of the prompt's tokens, for which there are fewer fields.
    Count,
}

const FIELDS: [&str; 24] = [
    "cache_control",
    "container",
    "context_management",
    "diagnostics",
    "inference_geo",
    "max_tokens",
    "mcp_servers",
    "messages",
    "metadata",
    "model",
    "output_config",
    "service_tier",
    "speed",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
    "user_profile_id",
    "workspace_id",
];

const ONLY_FOR_ANSWERS: [&str; 9] = [
    "max_tokens",
    "metadata",
    "service_tier",
    "speed",
    "stop_sequences",
    "stream",
    "temperature",
    "top_k",
    "top_p",
];

const EFFORTS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];

/// Reads a request and checks it as Anthropic does, with the budget of its thinking.
pub(crate) fn read(state: &State, body: &[u8], asks: Asks) -> Checked<(Ask, Mode)> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| ApiError::bad_request("The request body is not valid JSON"))?;
    let map = value
        .as_object()
        .ok_or_else(|| ApiError::bad_request("Input should be an object"))?;
    let unwanted = |name: &&str| asks == Asks::Count && ONLY_FOR_ANSWERS.contains(name);
    let fields: Vec<&str> = FIELDS.into_iter().filter(|name| !unwanted(name)).collect();
    check::known("", map, &fields)?;
    let name = check::required_text("", map, "model")?;
    let max_tokens = check::integer("", map, "max_tokens", 1)?;
    if max_tokens.is_none() && asks == Asks::Answer {
        return Err(missing("max_tokens"));
    }
    let model = state.model(name);
    let mode = thinking::mode(map, max_tokens)?;
    let tools = tools::tools(map)?;
    let (choice, parallel) = tools::choice(map, &tools, &mode)?;
    let signer = Signer::new(&state.name, model.map_or(name, Model::signs_as));
    let conversation = turns::read(map, &mode, &signer)?;
    let ends_open = conversation.ends_with_assistant;
    if ends_open && model.is_some_and(|model| !model.prefill) {
        return Err(ApiError::bad_request(
            "This model does not support assistant message prefill. \
             The conversation must end with a user message.",
        ));
    }
    let mut messages = system::messages(map)?;
    messages.extend(conversation.messages);
    let mut ask = Ask::new(name.to_owned(), messages);
    ask.continues = ends_open;
    ask.stream = check::boolean("", map, "stream")?.unwrap_or(false);
    ask.max_tokens = max_tokens;
    ask.stop = stops(map)?;
    ask.tools = tools;
    ask.tool_choice = choice;
    ask.parallel = parallel;
    sampling(map, &mode, model)?;
    ask.sampling = ask::sampling(map, &["temperature", "top_p", "top_k"].map(|n| (n, n)));
    ask.thinking = mode.thinking();
    ask.thinking_budget = mode.budget();
    (ask.format, ask.effort) = output(map)?;
    ask.tier = check::one_of("", map, "service_tier", &["auto", "standard_only"])?
        .filter(|tier| *tier != "standard_only")
        .map(str::to_owned);
    ask.cache = system::cache(map)?;
    let bytes = |value: Option<&Value>| value.map_or(0, json_bytes);
    ask.schema_bytes = bytes(map.get("tools")) + bytes(map.get("output_config"));
    if let Some(metadata) = given(map, "metadata") {
        let metadata = check::object("metadata", metadata)?;
        check::known("metadata", metadata, &["user_id"])?;
        let user = check::text("metadata", metadata, "user_id")?;
        ask.command = user.and_then(|u| u.strip_prefix("sim:")).map(str::to_owned);
        ask.user = user.map(str::to_owned);
    }
    Ok((ask, mode))
}

fn stops(map: &Map<String, Value>) -> Checked<Vec<String>> {
    let Some(list) = given(map, "stop_sequences") else {
        return Ok(Vec::new());
    };
    let list = check::array("stop_sequences", list)?.iter().enumerate();
    let stop = |(i, value): (usize, &Value)| {
        let at = format!("stop_sequences.{i}");
        let text = value.as_str();
        let text = text.ok_or_else(|| wrong(&at, "Input should be a valid string"))?;
        if text.trim().is_empty() {
            let why = "each stop sequence must contain non-whitespace";
            return Err(wrong("stop_sequences", why));
        }
        Ok(text.to_owned())
    };
    list.map(stop).collect()
}

fn sampling(map: &Map<String, Value>, mode: &Mode, model: Option<&Model>) -> Checked<()> {
    let temperature = check::share(map, "temperature")?;
    let top_p = check::share(map, "top_p")?;
    let top_k = check::integer("", map, "top_k", 0)?;
    if model.is_some_and(|model| !model.sampling) {
        let names = ["temperature", "top_p", "top_k"];
        if let Some(name) = names.iter().find(|name| given(map, name).is_some()) {
            let message = format!("`{name}` is not supported by this model.");
            return Err(ApiError::bad_request(message).param(*name));
        }
    }
    if temperature.is_some() && top_p.is_some() {
        return Err(ApiError::bad_request(
            "`temperature` and `top_p` cannot both be specified for this model. \
             Please use only one.",
        ));
    }
    if !mode.is_on() {
        return Ok(());
    }
    let message = if temperature.is_some_and(|t| t < 1.0) {
        "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode."
    } else if top_k.is_some() {
        "`top_k` must be unset when thinking is enabled or in adaptive mode."
    } else if top_p.is_some_and(|p| p < 0.95) {
        "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled \
         or in adaptive mode."
    } else {
        return Ok(());
    };
    Err(ApiError::bad_request(message))
}

fn output(map: &Map<String, Value>) -> Checked<(Format, Option<String>)> {
    let Some(config) = given(map, "output_config") else {
        return Ok((Format::Text, None));
    };
    let config = check::object("output_config", config)?;
    check::known(
        "output_config",
        config,
        &["effort", "format", "task_budget"],
    )?;
    let effort = check::one_of("output_config", config, "effort", &EFFORTS)?;
    let at = "output_config.format";
    let format = match given(config, "format") {
        None => Format::Text,
        Some(format) => {
            let format = check::object(at, format)?;
            check::known(at, format, &["type", "schema"])?;
            let kind = check::one_of(at, format, "type", &["json_schema"])?;
            kind.ok_or_else(|| missing("output_config.format.type"))?;
            let schema = given(format, "schema");
            let schema = schema.ok_or_else(|| missing("output_config.format.schema"))?;
            schema::check("output_config.format.schema", schema)?;
            Format::Schema {
                name: None,
                schema: schema.clone(),
            }
        }
    };
    Ok((format, effort.map(str::to_owned)))
}
