use bytes::Bytes;
use fastrand::Rng;

use super::{
    error,
    read::Extras,
    stream,
    wire::{self, Completion, UsageField},
};
use crate::sim::{
    Dialect, clock,
    error::json as to_json,
    form::Form,
    reply::Reply,
    script::{self, Step},
    words,
};

/// How chat completions are written.
#[derive(Debug)]
pub(crate) struct ChatForm {
    pub(crate) id: String,
    pub(crate) created: u64,
    pub(crate) fingerprint: String,
    pub(crate) extras: Extras,
}

impl ChatForm {
    pub(crate) fn new(reply: &Reply, extras: Extras) -> Self {
        let seeded = words::hash([reply.model.as_str()]);
        Self {
            id: format!("chatcmpl-{}", words::alphanumeric(&mut reply.rng(), 29)),
            created: clock::seconds(),
            fingerprint: format!("fp_{}", words::hex(&mut Rng::with_seed(seeded), 10)),
            extras,
        }
    }

    pub(crate) fn tier(reply: &Reply) -> &str {
        reply.tier.as_deref().unwrap_or("default")
    }
}

impl Form for ChatForm {
    fn events(&self, reply: &Reply, ends: bool) -> Vec<Step> {
        let mut steps = stream::events(self, reply);
        if ends {
            let data = stream::event(b"[DONE]");
            steps.push(Step::Event { data, tokens: 0 });
        }
        steps
    }

    fn whole(&self, reply: &Reply) -> Bytes {
        let choices = reply.answer.choices.iter().enumerate();
        to_json(&Completion {
            id: &self.id,
            object: "chat.completion",
            created: self.created,
            model: &reply.model,
            choices: choices
                .map(|(i, c)| wire::choice(i, c, reply, self.extras.logprobs))
                .collect(),
            usage: UsageField::of(&reply.answer, reply.usage_fault.as_ref()),
            service_tier: Self::tier(reply),
            system_fingerprint: &self.fingerprint,
        })
    }

    fn error_event(&self, _: &Reply, _: bool) -> Bytes {
        stream::event(&error::body(&script::error_in_band(Dialect::OpenAi)))
    }

    fn garbage(&self) -> Bytes {
        stream::event(b"{\"id\":\"chatcmpl-\",\"choices\":[{\"index\":0,\"del")
    }
}
