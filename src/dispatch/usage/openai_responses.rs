use serde::Deserialize;

use super::{
    Report, WireUsage,
    lenient::{Lenient, List},
    of_responses,
    reader::Shaped,
    word::Word,
};
use crate::{catalog::Unit, dispatch::Reported};

/// OpenAI's Responses: `usage` of the response, and the calls of hosted tools among its output, which have fees of
/// their own.
#[derive(Debug, Default)]
pub(super) struct Responses {
    usage: Option<WireUsage>,
    calls: Vec<(&'static str, u64)>,
    tier: Word,
}

/// A response, or an event that carries one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Event {
    response: Lenient<Response>,
    #[serde(deserialize_with = "of_responses")]
    usage: Option<WireUsage>,
    output: List<Item>,
    service_tier: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Response {
    #[serde(deserialize_with = "of_responses")]
    usage: Option<WireUsage>,
    output: List<Item>,
    service_tier: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    r#type: Word,
    action: Lenient<Action>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Action {
    r#type: Word,
}

impl Item {
    /// The tool that has a fee by the call. Opening a page that a search has found is a part of the search; a
    /// container is charged once and may be called often, so counting each call is at least enough.
    fn tool(&self) -> Option<&'static str> {
        match self.r#type.0.as_deref()? {
            "web_search_call" => {
                let of_search = |action: &Action| {
                    action.r#type.is("open_page") || action.r#type.is("find_in_page")
                };
                (!self.action.0.as_ref().is_some_and(of_search)).then_some("web_search")
            }
            "file_search_call" => Some("file_search"),
            "code_interpreter_call" => Some("code_interpreter"),
            "image_generation_call" => Some("image_generation"),
            _ => None,
        }
    }
}

impl Shaped for Responses {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let event: Event = serde_json::from_str(json)?;
        let response = event.response.0.unwrap_or(Response {
            usage: event.usage,
            output: event.output,
            service_tier: event.service_tier,
        });
        self.usage = response.usage.or(self.usage);
        self.tier.put(response.service_tier);
        let mut calls: Vec<(&'static str, u64)> = Vec::new();
        for tool in response.output.0.iter().filter_map(Item::tool) {
            match calls.iter_mut().find(|(name, _)| *name == tool) {
                Some((_, count)) => *count += 1,
                None => calls.push((tool, 1)),
            }
        }
        if !calls.is_empty() {
            self.calls = calls;
        }
        Ok(())
    }

    fn report(&self, said: bool) -> Report {
        let wire = self.usage.unwrap_or_default();
        let mut usage = wire.reported(said);
        if let Reported::Usage(usage) = &mut usage {
            let calls = self.calls.iter();
            let calls = calls.map(|(tool, count)| (Unit::ToolCall((*tool).into()), *count));
            usage.extra.extend(calls);
        }
        Report {
            usage,
            cost: wire.cost(),
            tier: self.tier.0.clone(),
            ..Report::default()
        }
    }
}
