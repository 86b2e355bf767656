//! A request of another format, written as one of Messages.

mod block;
mod media;
mod node;
mod output;
mod schema;
mod thinking;
mod tools;
mod turns;

use std::borrow::Cow;

use self::{thinking::Thought, turns::Turns};
use crate::{
    catalog::Model,
    chat::{
        CacheMark, Request,
        json::{Array, Object, string},
    },
    dispatch::Outgoing,
    query::{Api, Feature, Op, Refusal, RefusalKind},
};

/// A limit of output for a model of which none is known: the form demands one.
const USUAL_OUTPUT: u64 = 4_096;
/// More marks than these are refused.
const MOST_MARKS: u8 = 4;

/// A body, and what it leaves out.
pub(super) struct Written {
    pub(super) body: Vec<u8>,
    pub(super) dropped: Vec<Cow<'static, str>>,
}

/// Writes the body for a candidate.
pub(super) fn write(call: &Outgoing<'_>, request: &Request<'_>) -> Result<Written, Refusal> {
    let model = &**call.candidate.model();
    let api = call.query.api();
    let mut writing = Writing {
        api,
        model,
        marks: 0,
        dropped: request.extras.clone(),
    };
    let counts = api.op() == Op::CountTokens;
    let turns = Turns::of(request, &mut writing)?;
    let most = most_output(call);
    let thought = Thought::of(call, request, &turns, most, &mut writing);
    let mut body = Vec::with_capacity(call.bytes.len() + 1_024);
    let mut object = Object::begin(&mut body);
    object.text("model", model.id());
    if !counts {
        object.number("max_tokens", most);
        if request.stream {
            object.raw("stream", "true");
        }
        writing.sampling(request, &thought, &mut object)?;
        if let Some(user) = &request.user {
            let mut metadata = Object::begin(object.member("metadata"));
            metadata.text("user_id", user);
            metadata.end();
        }
    }
    thought.write(&mut object);
    output::config(request, &thought, &mut writing, &mut object)?;
    // In the order in which the provider puts the prompt together, which is the order that marks count in.
    tools::write(request, &mut writing, &mut object)?;
    turns.write(&mut writing, &mut object)?;
    object.end();
    let dropped = writing.dropped;
    Ok(Written { body, dropped })
}

/// The limit of output: the call's, as far as the model can write that much.
fn most_output(call: &Outgoing<'_>) -> u64 {
    let model = call.candidate.model().max_output();
    let asked = call.most_output().map(u64::from);
    let most = asked.or(model).unwrap_or(USUAL_OUTPUT);
    model.map_or(most, |model| most.min(model))
}

/// What all that is written of a request goes by.
struct Writing<'a> {
    api: Api,
    model: &'a Model,
    /// Marks of the cache so far.
    marks: u8,
    dropped: Vec<Cow<'static, str>>,
}

impl Writing<'_> {
    /// Tells what is left out, once.
    fn drop(&mut self, what: &'static str) {
        if !self.dropped.iter().any(|said| *said == *what) {
            self.dropped.push(what.into());
        }
    }

    /// A refusal that names the caller's field for something.
    fn unsupported(&self, feature: Feature, what: &'static str) -> Refusal {
        Refusal::new(RefusalKind::Unsupported, what).with_param(feature.field(self.api))
    }

    /// What is wrong with the conversation, whichever format it goes to.
    fn malformed(&self, what: impl Into<Cow<'static, str>>) -> Refusal {
        // The field of whatever is said in turns.
        let field = Feature::Prefill.field(self.api);
        Refusal::new(RefusalKind::Malformed, what).with_param(field)
    }

    /// Writes a mark up to which the prompt is to be cached.
    fn mark(&mut self, mark: Option<CacheMark>, object: &mut Object<'_>) {
        let Some(mark) = mark else {
            return;
        };
        if self.marks == MOST_MARKS {
            return self.drop("cache_control beyond the fourth");
        }
        self.marks += 1;
        object.raw(
            "cache_control",
            match mark {
                CacheMark::Usual => r#"{"type":"ephemeral"}"#,
                CacheMark::Hour => r#"{"type":"ephemeral","ttl":"1h"}"#,
            },
        );
    }

    /// How tokens are drawn. What does not go with thinking, or with each other, is left out.
    fn sampling(
        &mut self,
        request: &Request<'_>,
        thought: &Thought,
        object: &mut Object<'_>,
    ) -> Result<(), Refusal> {
        let asked = &request.sampling;
        for (said, what) in [
            (asked.seed.is_some(), "seed"),
            (request.cache_key.is_some(), "prompt_cache_key"),
        ] {
            if said {
                self.drop(what);
            }
        }
        let number = |object: &mut Object<'_>, name, number: &serde_json::Number| {
            object.raw(name, &number.to_string());
        };
        match &asked.temperature {
            // The only one that goes with thinking is what it is anyway.
            Some(temperature) if thought.thinks() && temperature.as_f64() == Some(1.0) => {}
            Some(_) if thought.thinks() => {
                self.drop("temperature, which does not go with thinking");
            }
            Some(temperature) => number(object, "temperature", temperature),
            None => {}
        }
        match &asked.top_p {
            Some(_) if thought.thinks() => self.drop("top_p, which does not go with thinking"),
            Some(_) if asked.temperature.is_some() => {
                self.drop("top_p, which does not go with a temperature");
            }
            Some(top_p) => number(object, "top_p", top_p),
            None => {}
        }
        match &asked.top_k {
            Some(_) if thought.thinks() => self.drop("top_k, which does not go with thinking"),
            Some(top_k) => number(object, "top_k", top_k),
            None => {}
        }
        if asked.stop.iter().any(|stop| stop.trim().is_empty()) {
            let what = "a stop text of nothing but white space is not taken by this provider";
            return Err(self.unsupported(Feature::BlankStop, what));
        }
        if !asked.stop.is_empty() {
            let mut stops = Array::begin(object.member("stop_sequences"));
            for stop in &asked.stop {
                string(stops.item(), stop);
            }
            stops.end();
        }
        Ok(())
    }
}
