//! What an answer says, read from any vendor's JSON into one neutral form, whole or streamed; and whether its form is what
//! the vendor's own clients rely on (`form`).

mod anthropic;
pub(crate) mod form;
mod gemini;
mod openai;
mod partial_args;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::way::{Caller, Form, Got, Vendor};

/// What an answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) choices: BTreeMap<u64, Choice>,
    pub(crate) usage: Option<Usage>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Choice {
    pub(crate) text: String,
    pub(crate) refusal: String,
    pub(crate) thinking: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) finish: Option<Finish>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    /// JSON text while it comes in.
    pub(crate) text: String,
}

impl Call {
    /// What the arguments say; nothing is the empty object.
    pub(crate) fn arguments(&self) -> Value {
        let text = if self.text.trim().is_empty() {
            "{}"
        } else {
            &self.text
        };
        serde_json::from_str(text).unwrap_or_else(|_| self.text.clone().into())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Stop,
    Length,
    Tools,
    Filter,
    Pause,
    Fault,
}

/// Tokens in all, those from a cache and those that were thought among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) input: u64,
    pub(crate) cached: u64,
    pub(crate) output: u64,
}

impl Told {
    /// Reads a whole answer.
    pub(crate) fn whole(vendor: Vendor, body: &Value) -> Self {
        let mut told = Self::default();
        match vendor {
            Vendor::OpenAi => openai::whole(body, &mut told),
            Vendor::Anthropic => anthropic::whole(body, &mut told),
            Vendor::Gemini => gemini::chunks([body], &mut told),
        }
        told
    }

    /// Reads a stream's events.
    pub(crate) fn stream(vendor: Vendor, events: &[Value]) -> Self {
        let mut told = Self::default();
        match vendor {
            Vendor::OpenAi => events
                .iter()
                .for_each(|event| openai::chunk(event, &mut told)),
            Vendor::Anthropic => anthropic::events(events, &mut told),
            Vendor::Gemini => gemini::chunks(events, &mut told),
        }
        told
    }

    /// Reads what a caller got.
    #[track_caller]
    pub(crate) fn got(caller: Caller, got: &Got) -> Self {
        match caller.form {
            Form::Whole => Self::whole(caller.vendor, &got.json()),
            Form::Stream => {
                let events: Vec<Value> = events(got.text())
                    .into_iter()
                    .map(|event| event.1)
                    .collect();
                Self::stream(caller.vendor, &events)
            }
            Form::Array => match got.json() {
                Value::Array(events) => Self::stream(caller.vendor, &events),
                other => panic!("no array: {other}"),
            },
        }
    }

    fn choice(&mut self, index: &Value) -> &mut Choice {
        self.choices.entry(index.as_u64().unwrap_or(0)).or_default()
    }
}

/// The events of a stream that are JSON, by name and data. The format's end marker is none.
#[track_caller]
pub(crate) fn events(stream: &str) -> Vec<(String, Value)> {
    let stream = stream.trim_start_matches('\u{feff}');
    let normal = stream.replace("\r\n", "\n").replace('\r', "\n");
    let blocks = normal.split("\n\n");
    let events = blocks.filter_map(|block| {
        let mut name = String::new();
        let mut data = Vec::new();
        for line in block.lines() {
            if let Some(rest) = line.strip_prefix("event:") {
                rest.trim().clone_into(&mut name);
            } else if let Some(rest) = line.strip_prefix("data:") {
                data.push(rest.strip_prefix(' ').unwrap_or(rest));
            }
        }
        let data = data.join("\n");
        if data.is_empty() || data == "[DONE]" {
            return None;
        }
        let value = serde_json::from_str(&data);
        Some((
            name,
            value.unwrap_or_else(|error| panic!("{error}: {data}")),
        ))
    });
    events.collect()
}

fn count(usage: &Value, name: &str) -> u64 {
    usage[name].as_u64().unwrap_or(0)
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
