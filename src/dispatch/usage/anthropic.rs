use serde::Deserialize;

use super::{
    Report, Share,
    count::Count,
    lenient::{Lenient, List},
    reader::Shaped,
    word::Word,
};
use crate::{
    catalog::{Unit, Usage},
    dispatch::Reported,
};

/// Anthropic's Messages. `input_tokens` leaves out what a cache served or kept; a stream's counts are sums so far, and
/// its last event says only some of them again.
#[derive(Debug, Default)]
pub(super) struct Messages {
    usage: Option<Wire>,
}

/// A message, or an event: `message_start` carries a message, `message_delta` its usage beside the delta.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Event {
    usage: Lenient<Wire>,
    message: Lenient<Message>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    usage: Lenient<Wire>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wire {
    input_tokens: Count,
    output_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_creation: Lenient<Creation>,
    output_tokens_details: Lenient<Details>,
    server_tool_use: Lenient<Tools>,
    service_tier: Word,
    inference_geo: Word,
    speed: Word,
    iterations: List<Iteration>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Creation {
    ephemeral_5m_input_tokens: Count,
    ephemeral_1h_input_tokens: Count,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    thinking_tokens: Count,
}

/// Fetching a page costs its tokens and no fee.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Tools {
    web_search_requests: Count,
}

/// One of several inferences that make up the answer: of a fallback, a compaction, an advisor.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Iteration {
    model: Word,
    input_tokens: Count,
    output_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_creation: Lenient<Creation>,
}

/// Tokens of one inference.
struct Tokens {
    input: Count,
    output: Count,
    read: Count,
    written: Count,
    creation: Option<Creation>,
}

impl Tokens {
    fn usage(self) -> Option<Usage> {
        let creation = self.creation.unwrap_or_default();
        let five = creation.ephemeral_5m_input_tokens.or_zero()?;
        let hour = creation.ephemeral_1h_input_tokens.or_zero()?;
        let split = five.checked_add(hour)?;
        let written = match self.written {
            Count::Absent => split,
            written => written.or_zero()?,
        };
        Some(Usage {
            input: self.input.or_zero()?,
            cache_read: self.read.or_zero()?,
            cache_write_5m: five,
            cache_write_1h: hour,
            // For how long the rest is kept is not said.
            cache_write: written.checked_sub(split)?,
            output: self.output.or_zero()?,
            ..Usage::default()
        })
    }
}

impl Wire {
    /// Takes what a later event says.
    fn put(&mut self, later: Self) {
        for (mine, theirs) in [
            (&mut self.input_tokens, later.input_tokens),
            (&mut self.output_tokens, later.output_tokens),
            (
                &mut self.cache_read_input_tokens,
                later.cache_read_input_tokens,
            ),
            (
                &mut self.cache_creation_input_tokens,
                later.cache_creation_input_tokens,
            ),
        ] {
            if theirs != Count::Absent {
                *mine = theirs;
            }
        }
        self.cache_creation.0 = later.cache_creation.0.or(self.cache_creation.0);
        let details = later.output_tokens_details.0;
        self.output_tokens_details.0 = details.or(self.output_tokens_details.0);
        self.server_tool_use.0 = later.server_tool_use.0.or(self.server_tool_use.0);
        self.service_tier.put(later.service_tier);
        self.inference_geo.put(later.inference_geo);
        self.speed.put(later.speed);
        if !later.iterations.0.is_empty() {
            self.iterations = later.iterations;
        }
    }

    fn usage(&self) -> Option<(Usage, Vec<Share>)> {
        let mut usage = Tokens {
            input: self.input_tokens,
            output: self.output_tokens,
            read: self.cache_read_input_tokens,
            written: self.cache_creation_input_tokens,
            creation: self.cache_creation.0,
        }
        .usage()?;
        let mut shares = Vec::new();
        for iteration in &self.iterations.0 {
            let one = Tokens {
                input: iteration.input_tokens,
                output: iteration.output_tokens,
                read: iteration.cache_read_input_tokens,
                written: iteration.cache_creation_input_tokens,
                creation: iteration.cache_creation.0,
            };
            shares.push(Share::new(iteration.model.0.clone(), one.usage()?));
        }
        if !shares.is_empty() {
            let mut sum = Usage::default();
            shares.iter().for_each(|share| sum.add(&share.usage));
            // The sums beside them leave some out, and never have more.
            if sum.prompt() < usage.prompt() || sum.answer() < usage.answer() {
                return None;
            }
            usage = sum;
        }
        if shares.iter().all(|share| share.model.is_none()) {
            shares.clear();
        }
        let tools = self.server_tool_use.0.unwrap_or_default();
        let searches = tools.web_search_requests.or_zero()?;
        if searches > 0 {
            let searches = (Unit::ToolCall("web_search".into()), searches);
            if !shares.is_empty() {
                let of_searches = Usage {
                    extra: vec![searches.clone()],
                    ..Usage::default()
                };
                shares.push(Share::new(None, of_searches));
            }
            usage.extra.push(searches);
        }
        // Thinking costs what the answer does, and belongs to whichever model has thought.
        if shares.is_empty() {
            let details = self.output_tokens_details.0.unwrap_or_default();
            usage.reasoning = details.thinking_tokens.or_zero()?;
            usage.output = usage.output.checked_sub(usage.reasoning)?;
        }
        Some((usage, shares))
    }
}

impl Shaped for Messages {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let event: Event = serde_json::from_str(json)?;
        let started = event.message.0.and_then(|message| message.usage.0);
        if let Some(later) = event.usage.0.or(started) {
            match &mut self.usage {
                Some(usage) => usage.put(later),
                None => self.usage = Some(later),
            }
        }
        Ok(())
    }

    fn report(&self, said: bool) -> Report {
        let Some(wire) = &self.usage else {
            return Report::default();
        };
        let (usage, shares) = match wire.usage() {
            _ if wire.input_tokens == Count::Absent && wire.output_tokens == Count::Absent => {
                (Reported::Missing, Vec::new())
            }
            Some((usage, shares)) if usage.prompt() > 0 && (usage.answer() > 0 || !said) => {
                (Reported::Usage(usage), shares)
            }
            _ => (Reported::Implausible, Vec::new()),
        };
        // Speed is a dearer tier by another name.
        let tier = if wire.speed.is("fast") {
            &wire.speed
        } else {
            &wire.service_tier
        };
        let region = wire.inference_geo.0.clone();
        Report {
            usage,
            shares,
            tier: tier.0.clone(),
            region: region.filter(|geo| **geo != *"not_available"),
            ..Report::default()
        }
    }
}
