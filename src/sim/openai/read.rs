use serde_json::{Map, Value};

use super::{check, tools};
use crate::sim::{
    ask::{self, Ask, Role, Thinking, json_bytes},
    error::ApiError,
};

/// What OpenAI's chat completions have beyond what every dialect asks.
#[derive(Debug)]
pub(crate) struct Extras {
    pub(crate) include_usage: bool,
    /// How many alternatives, if logprobs are wanted at all.
    pub(crate) logprobs: Option<u64>,
}

const SAMPLING: [(&str, &str); 5] = [
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("presence_penalty", "presence_penalty"),
    ("frequency_penalty", "frequency_penalty"),
    ("seed", "seed"),
];

/// Reads a request and checks it as OpenAI does.
pub(crate) fn read(body: &[u8]) -> Result<(Ask, Extras), ApiError> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| ApiError::bad_request("The body of this request is not valid JSON."))?;
    let Value::Object(map) = value else {
        return Err(ApiError::bad_request(
            "The body of this request must be a JSON object.",
        ));
    };
    let model = match map.get("model") {
        None | Some(Value::Null) => {
            return Err(ApiError::bad_request("You must provide a model parameter."));
        }
        Some(Value::String(model)) => model.clone(),
        Some(other) => return Err(check::wrong_type("model", "a string", other)),
    };
    let mut ask = Ask::new(model, check::messages(map.get("messages"))?);
    ask.stream = check::boolean(&map, "stream")?.unwrap_or(false);
    ask.continues = continues(&map, &ask)?;
    let max_completion_tokens = check::integer(&map, "max_completion_tokens", 1, u64::MAX)?;
    let max_tokens = check::integer(&map, "max_tokens", 1, u64::MAX)?;
    if max_completion_tokens.is_some() && max_tokens.is_some() {
        let message = "'max_tokens' and 'max_completion_tokens' cannot both be set.";
        return Err(ApiError::bad_request(message)
            .param("max_tokens")
            .code("invalid_parameter_combination"));
    }
    ask.max_tokens = max_completion_tokens.or(max_tokens);
    check::number(&map, "temperature", 0.0, 2.0)?;
    check::number(&map, "top_p", 0.0, 1.0)?;
    check::number(&map, "presence_penalty", -2.0, 2.0)?;
    check::number(&map, "frequency_penalty", -2.0, 2.0)?;
    ask.sampling = ask::sampling(&map, &SAMPLING);
    ask.tools = tools::tools(map.get("tools"))?;
    let bytes = |name| map.get(name).map_or(0, json_bytes);
    ask.n = check::integer(&map, "n", 1, 128)?.unwrap_or(1);
    ask.stop = check::stop(map.get("stop"))?;
    ask.tool_choice = tools::tool_choice(map.get("tool_choice"), &ask.tools)?;
    ask.parallel = check::boolean(&map, "parallel_tool_calls")?.unwrap_or(true);
    ask.format = tools::format(map.get("response_format"))?;
    ask.tier = check::text(&map, "service_tier")?;
    ask.effort = check::text(&map, "reasoning_effort")?;
    ask.thinking = match ask.effort.as_deref() {
        None => Thinking::Default,
        Some("none") => Thinking::Off,
        Some(_) => Thinking::On { shown: true },
    };
    ask.user = check::text(&map, "safety_identifier")?.or(check::text(&map, "user")?);
    ask.schema_bytes = bytes("tools") + bytes("response_format");
    ask.command = command(&map);
    let extras = Extras {
        include_usage: check::include_usage(&map, ask.stream)?,
        logprobs: check::logprobs(&map)?,
    };
    Ok((ask, extras))
}

/// Whether the last message is to be gone on with: DeepSeek's and Mistral's way of saying so, or vLLM's.
fn continues(map: &Map<String, Value>, ask: &Ask) -> Result<bool, ApiError> {
    let last = map.get("messages").and_then(Value::as_array);
    let last = last.and_then(|list| list.last());
    let prefix = last.and_then(|last| last.get("prefix")) == Some(&Value::Bool(true));
    let final_message = check::boolean(map, "continue_final_message")?.unwrap_or(false);
    if final_message && check::boolean(map, "add_generation_prompt")?.unwrap_or(true) {
        let message =
            "Cannot set both `continue_final_message` and `add_generation_prompt` to True.";
        return Err(ApiError::bad_request(message));
    }
    if (prefix || final_message)
        && ask
            .messages
            .last()
            .is_none_or(|m| m.role != Role::Assistant)
    {
        let message = "The message to go on with must be the last one, of the assistant.";
        return Err(ApiError::bad_request(message));
    }
    Ok(prefix || final_message)
}

fn command(map: &Map<String, Value>) -> Option<String> {
    Some(map.get("metadata")?.get("sim")?.as_str()?.to_owned())
}
