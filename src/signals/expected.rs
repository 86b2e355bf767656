use std::fmt;

use serde_json::{Value, value::RawValue};

use super::schema::fits;
use crate::{
    chat::{Finish, Format, Request, Tool},
    query::Api,
    transcript::{Called, Said},
};

/// Schemas that are kept of one request, in bytes; with more, none is.
const MOST_SCHEMAS: usize = 256 * 1024;

/// What a request says of the form of its answer.
#[derive(Default)]
pub(super) struct Expected {
    format: Option<Wanted>,
    tools: Vec<Offered>,
}

enum Wanted {
    Object,
    Schema(Box<RawValue>),
}

struct Offered {
    name: Box<str>,
    /// `None` where it has no arguments.
    parameters: Option<Box<RawValue>>,
}

impl Expected {
    /// Of a request in the form of an API; `None` where it cannot be read, or says nothing.
    pub(super) fn read(api: Api, body: &[u8]) -> Option<Self> {
        let request = Request::read(api, body).ok()?;
        let format = request.format.map(|format| match format {
            Format::JsonObject => Wanted::Object,
            Format::JsonSchema { schema, .. } => Wanted::Schema(schema.into_owned()),
        });
        let offered = |tool: Tool<'_>| Offered {
            name: tool.name.as_ref().into(),
            parameters: tool.parameters.map(|schema| schema.into_owned()),
        };
        let tools: Vec<_> = request.tools.into_iter().map(offered).collect();
        let expected = Self { format, tools };
        (expected.bytes() <= MOST_SCHEMAS).then_some(expected)
    }

    fn bytes(&self) -> usize {
        let format = match &self.format {
            Some(Wanted::Schema(schema)) => schema.get().len(),
            Some(Wanted::Object) | None => 0,
        };
        let tools = self.tools.iter().map(|tool| {
            let schema = tool.parameters.as_ref();
            tool.name.len() + schema.map_or(0, |schema| schema.get().len())
        });
        format + tools.sum::<usize>()
    }

    /// Whether the words are what was asked for; `None` where nothing was, or that cannot be told.
    pub(super) fn is_met_by_text(&self, said: &Said) -> Option<bool> {
        let wanted = self.format.as_ref().filter(|_| is_answer(said))?;
        // Who calls tools answers later.
        if said.text().trim().is_empty() && !said.calls().is_empty() {
            return None;
        }
        let Ok(value) = serde_json::from_str::<Value>(said.text()) else {
            return Some(false);
        };
        match wanted {
            Wanted::Object => Some(value.is_object()),
            Wanted::Schema(schema) => fits(&serde_json::from_str(schema.get()).ok()?, &value),
        }
    }

    /// Whether each call is one of a tool on offer, as that wants it; `None` where there are none, or that cannot be told.
    pub(super) fn is_met_by_calls(&self, said: &Said) -> Option<bool> {
        if self.tools.is_empty() || said.calls().is_empty() || !is_answer(said) {
            return None;
        }
        let mut calls = said.calls().iter().map(|call| self.is_valid(call));
        // One that is wrong is enough, whatever the others are.
        let all = calls.try_fold(true, |all, one| match one {
            Some(false) => Err(()),
            Some(true) => Ok(all),
            None => Ok(false),
        });
        match all {
            Err(()) => Some(false),
            Ok(true) => Some(true),
            Ok(false) => None,
        }
    }

    fn is_valid(&self, call: &Called) -> Option<bool> {
        let mut tools = self.tools.iter();
        let Some(tool) = tools.find(|tool| *tool.name == *call.name()) else {
            return Some(false);
        };
        let Ok(arguments) = serde_json::from_str::<Value>(call.arguments()) else {
            return Some(false);
        };
        if !arguments.is_object() {
            return Some(false);
        }
        match &tool.parameters {
            Some(schema) => fits(&serde_json::from_str(schema.get()).ok()?, &arguments),
            None => Some(true),
        }
    }
}

/// Whether the model has said all that it wanted to.
fn is_answer(said: &Said) -> bool {
    let cut = matches!(
        said.finish(),
        Some(Finish::Length | Finish::Context | Finish::Filtered | Finish::Paused | Finish::Fault)
    );
    !said.refused() && !cut
}

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected")
            .field("format", &self.format.is_some())
            .field("tools", &self.tools.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOLS: &str = r#"{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[
        {"type":"function","function":{"name":"look","parameters":{"type":"object","required":["at"],
            "properties":{"at":{"type":"string"}},"additionalProperties":false}}},
        {"type":"function","function":{"name":"stop"}}]}"#;

    fn expected(body: &str) -> Expected {
        Expected::read(Api::OpenAiChat, body.as_bytes()).unwrap()
    }

    fn format(format: &str) -> Expected {
        expected(&format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"response_format":{format}}}"#
        ))
    }

    #[test]
    fn calls_of_tools() {
        let expected = expected(TOOLS);
        let call = |name: &str, arguments: &str| Said::new("").with_call(name, arguments);
        let good = call("look", r#"{"at":"Rome"}"#);
        for (said, met) in [
            (good.clone(), Some(true)),
            (good.clone().with_call("stop", ""), Some(true)),
            (good.clone().with_call("run", "{}"), Some(false)),
            (call("look", "{}"), Some(false)),
            (call("look", r#"{"at":1}"#), Some(false)),
            (call("look", r#"{"at":"x","by":"y"}"#), Some(false)),
            (call("look", r#"{"at":"x""#), Some(false)),
            (call("look", r#""x""#), Some(false)),
            (call("stop", "[]"), Some(false)),
            (Said::new("I cannot look."), None),
        ] {
            assert_eq!(expected.is_met_by_calls(&said), met, "{:?}", said.words());
            assert_eq!(expected.is_met_by_text(&said), None);
        }
    }

    #[test]
    fn json_that_was_asked_for() {
        let object = format(r#"{"type":"json_object"}"#);
        let schema = format(
            r#"{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","required":["a"]}}}"#,
        );
        let text = format(r#"{"type":"text"}"#);
        for (words, any, fits) in [
            (r#" {"a":1} "#, true, true),
            ("{}", true, false),
            ("[]", false, false),
            ("```json\n{\"a\":1}\n```", false, false),
            ("", false, false),
        ] {
            let said = Said::new(words);
            assert_eq!(object.is_met_by_text(&said), Some(any), "{words}");
            assert_eq!(schema.is_met_by_text(&said), Some(fits), "{words}");
            assert_eq!(text.is_met_by_text(&said), None, "{words}");
        }
        let called = Said::new("").with_call("f", "{}");
        assert_eq!(object.is_met_by_text(&called), None, "it answers later");
    }

    #[test]
    fn a_request_with_more_than_that_is_passed_over() {
        let long = "x".repeat(MOST_SCHEMAS);
        let body = TOOLS.replace(
            "\"string\"",
            &format!("\"string\",\"description\":\"{long}\""),
        );
        assert!(Expected::read(Api::OpenAiChat, body.as_bytes()).is_none());
        assert!(Expected::read(Api::OpenAiChat, b"[]").is_none());
    }
}
