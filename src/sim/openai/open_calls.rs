use serde_json::{Map, Value};

use super::check::invalid;
use crate::sim::{ask::Role, error::ApiError};

/// The calls of tools that the messages to come have to answer.
#[derive(Debug, Default)]
pub(crate) struct OpenCalls {
    /// All calls of the last assistant's message, and those that are not answered yet.
    calls: Vec<String>,
    left: Vec<String>,
    /// A function in the old way, which has no id.
    function: bool,
}

impl OpenCalls {
    /// Checks that a message may come now, and takes note of its calls or of what it answers.
    pub(crate) fn take(
        &mut self,
        at: &str,
        map: &Map<String, Value>,
        role: Role,
    ) -> Result<(), ApiError> {
        if role != Role::Tool {
            self.close(at)?;
            let calls = map.get("tool_calls").and_then(Value::as_array);
            let ids = calls.into_iter().flatten();
            let ids = ids.filter_map(|call| call.get("id")?.as_str().map(str::to_owned));
            self.calls = ids.collect();
            self.left.clone_from(&self.calls);
            self.function = map.contains_key("function_call");
            return Ok(());
        }
        let Some(id) = map.get("tool_call_id").and_then(Value::as_str) else {
            // The old way: checked by its place alone.
            let why = "a function message must follow a message with 'function_call'";
            let stray = !self.function;
            return if stray {
                Err(invalid(&format!("{at}.role"), why))
            } else {
                Ok(())
            };
        };
        if self.calls.is_empty() {
            let why = "a tool message must follow a message with 'tool_calls'";
            return Err(invalid(&format!("{at}.role"), why));
        }
        if !self.calls.iter().any(|call| call == id) {
            let why = format!("'{id}' is not found in 'tool_calls' of the previous message");
            return Err(invalid(&format!("{at}.tool_call_id"), &why));
        }
        self.left.retain(|call| call != id);
        Ok(())
    }

    /// Checks that nothing is left to be answered.
    pub(crate) fn close(&self, at: &str) -> Result<(), ApiError> {
        if self.left.is_empty() {
            return Ok(());
        }
        let message = format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding \
             to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
            self.left.join(", ")
        );
        Err(ApiError::bad_request(message).param(format!("{at}.role")))
    }
}
