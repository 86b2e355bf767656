use serde_json::{Map, Value};

use super::{check, check_tools, error::ApiError};

/// What a chat completions request asks for, read and checked as the provider does.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) model: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) n: u64,
    pub(crate) stop: Vec<String>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) tool_choice: ToolChoice,
    pub(crate) parallel: bool,
    pub(crate) format: Format,
    /// How many alternatives, if logprobs are wanted at all.
    pub(crate) logprobs: Option<u64>,
    pub(crate) tier: Option<String>,
    /// The bytes of the JSON of `tools` and `response_format`.
    pub(crate) schema_bytes: u64,
    /// The faults that the caller asks for.
    pub(crate) command: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) role: String,
    pub(crate) text: String,
    pub(crate) images: u64,
}

#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) custom: bool,
    pub(crate) parameters: Value,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ToolChoice {
    None,
    Any,
    Named(String),
}

#[derive(Debug)]
pub(crate) enum Format {
    Text,
    Object,
    Schema(Value),
}

impl Ask {
    pub(crate) fn read(body: &[u8]) -> Result<Self, ApiError> {
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
        let messages = check::messages(map.get("messages"))?;
        let stream = check::boolean(&map, "stream")?.unwrap_or(false);
        let max_completion_tokens = check::integer(&map, "max_completion_tokens", 1, u64::MAX)?;
        let max_tokens = check::integer(&map, "max_tokens", 1, u64::MAX)?;
        if max_completion_tokens.is_some() && max_tokens.is_some() {
            let message = "'max_tokens' and 'max_completion_tokens' cannot both be set.";
            return Err(ApiError::bad_request(message)
                .param("max_tokens")
                .code("invalid_parameter_combination"));
        }
        check::number(&map, "temperature", 0.0, 2.0)?;
        check::number(&map, "top_p", 0.0, 1.0)?;
        check::number(&map, "presence_penalty", -2.0, 2.0)?;
        check::number(&map, "frequency_penalty", -2.0, 2.0)?;
        let tools = check_tools::tools(map.get("tools"))?;
        let bytes = |name| map.get(name).map_or(0, json_bytes);
        Ok(Self {
            model,
            messages,
            stream,
            include_usage: check::include_usage(&map, stream)?,
            max_tokens: max_completion_tokens.or(max_tokens),
            n: check::integer(&map, "n", 1, 128)?.unwrap_or(1),
            stop: check::stop(map.get("stop"))?,
            tool_choice: check_tools::tool_choice(map.get("tool_choice"), &tools)?,
            tools,
            parallel: check::boolean(&map, "parallel_tool_calls")?.unwrap_or(true),
            format: check_tools::format(map.get("response_format"))?,
            logprobs: check::logprobs(&map)?,
            tier: check::text(&map, "service_tier")?,
            schema_bytes: bytes("tools") + bytes("response_format"),
            command: command(&map),
        })
    }

    /// The text of all messages.
    pub(crate) fn says(&self, word: &str) -> bool {
        self.messages.iter().any(|m| m.text.contains(word))
    }

    /// Whether the last word is the user's, so that a tool may be called.
    pub(crate) fn user_spoke_last(&self) -> bool {
        self.messages.last().is_some_and(|m| m.role == "user")
    }
}

fn json_bytes(value: &Value) -> u64 {
    serde_json::to_vec(value).map_or(0, |json| json.len() as u64)
}

fn command(map: &Map<String, Value>) -> Option<String> {
    Some(map.get("metadata")?.get("sim")?.as_str()?.to_owned())
}
