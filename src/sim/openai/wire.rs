//! The shapes of OpenAI's chat completions, in its order of fields.

use fastrand::Rng;
use serde::Serialize;
use serde_json::{Value, json};

use crate::sim::{
    UsageFault,
    answer::{Answer, ToolCall},
    choice::{Choice, Finish},
    cite,
    reply::Reply,
    words,
};

#[derive(Serialize)]
pub(crate) struct Completion<'a> {
    pub(crate) id: &'a str,
    pub(crate) object: &'static str,
    pub(crate) created: u64,
    pub(crate) model: &'a str,
    pub(crate) choices: Vec<Value>,
    #[serde(skip_serializing_if = "UsageField::is_absent")]
    pub(crate) usage: UsageField,
    pub(crate) service_tier: &'a str,
    pub(crate) system_fingerprint: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Chunk<'a> {
    pub(crate) id: &'a str,
    pub(crate) object: &'static str,
    pub(crate) created: u64,
    pub(crate) model: &'a str,
    pub(crate) service_tier: &'a str,
    pub(crate) system_fingerprint: &'a str,
    pub(crate) choices: Vec<Value>,
    #[serde(skip_serializing_if = "UsageField::is_absent")]
    pub(crate) usage: UsageField,
}

/// The usage as it is written, true or not.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum UsageField {
    Absent,
    Null,
    Given(Usage),
    Odd(Value),
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct PromptDetails {
    cached_tokens: u64,
    audio_tokens: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
    audio_tokens: u64,
    accepted_prediction_tokens: u64,
    rejected_prediction_tokens: u64,
}

impl Usage {
    pub(crate) fn of(answer: &Answer) -> Self {
        let (completion, reasoning) = (answer.completion_tokens(), answer.reasoning_tokens());
        Self::new(answer, completion, reasoning)
    }

    /// The usage when so many tokens have been written.
    pub(crate) fn so_far(answer: &Answer, written: u64) -> Self {
        Self::new(answer, written, answer.reasoning_tokens().min(written))
    }

    fn new(answer: &Answer, completion: u64, reasoning: u64) -> Self {
        Self {
            prompt_tokens: answer.prompt_tokens,
            completion_tokens: completion,
            total_tokens: answer.prompt_tokens + completion,
            prompt_tokens_details: PromptDetails {
                cached_tokens: answer.cached_tokens,
                audio_tokens: 0,
            },
            completion_tokens_details: CompletionDetails {
                reasoning_tokens: reasoning,
                audio_tokens: 0,
                accepted_prediction_tokens: 0,
                rejected_prediction_tokens: 0,
            },
        }
    }
}

impl UsageField {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The usage of the whole answer, with the fault that was asked for.
    pub(crate) fn of(answer: &Answer, fault: Option<&UsageFault>) -> Self {
        let odd = |prompt: Value, completion: Value, total: Value| {
            Self::Odd(json!({
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": total,
            }))
        };
        match fault {
            Some(UsageFault::Missing) => Self::Absent,
            Some(UsageFault::Null) => Self::Null,
            Some(UsageFault::Zero) => odd(json!(0), json!(0), json!(0)),
            Some(UsageFault::Negative) => odd(json!(-5), json!(-7), json!(-12)),
            Some(UsageFault::Huge) => odd(json!(i64::MAX), json!(i64::MAX), json!(i64::MAX)),
            Some(UsageFault::Float) => odd(json!(12.5), json!(7.25), json!(19.75)),
            Some(UsageFault::Text) => odd(json!("12"), json!("7"), json!("19")),
            None
            | Some(
                UsageFault::Cumulative
                | UsageFault::Twice
                | UsageFault::Model(_)
                | UsageFault::Tier(_),
            ) => Self::Given(Usage::of(answer)),
        }
    }
}

/// A whole choice, as it stands in an answer that is not streamed.
pub(crate) fn choice(index: usize, choice: &Choice, reply: &Reply, logprobs: Option<u64>) -> Value {
    let mut message = json!({
        "role": "assistant", "content": null, "refusal": null, "annotations": [],
    });
    let mut probabilities = Value::Null;
    if reply.shows_reasoning && choice.reasoning > 0 {
        message["reasoning_content"] = choice.thoughts().concat().into();
    }
    if choice.finish == Finish::Refused {
        message["refusal"] = choice.text.concat().into();
    } else if choice.calls.is_empty() || !choice.text.is_empty() {
        message["content"] = choice.text.concat().into();
        if let Some(top) = logprobs {
            probabilities = self::logprobs(&choice.text, top);
        }
    }
    if choice.cites {
        message["annotations"] = annotations(choice);
    }
    if !choice.calls.is_empty() {
        let calls = choice.calls.iter();
        message["tool_calls"] = calls
            .map(|call| tool_call(call, &call.arguments()))
            .collect();
    }
    json!({
        "index": index,
        "message": message,
        "logprobs": probabilities,
        "finish_reason": finish(&choice.finish),
    })
}

/// OpenAI's word for why an answer ends.
pub(crate) fn finish(finish: &Finish) -> &str {
    match finish {
        Finish::Stop | Finish::StopText(_) | Finish::Refused | Finish::Paused => "stop",
        Finish::Length => "length",
        Finish::Calls | Finish::Malformed => "tool_calls",
        Finish::Filtered => "content_filter",
        Finish::Word(word) => word,
    }
}

/// The sources that an answer cites, by spans of characters.
pub(crate) fn annotations(choice: &Choice) -> Value {
    let cited = cite::first_sentence(&choice.text.concat()).to_owned();
    json!([{
        "type": "url_citation",
        "url_citation": {
            "start_index": 0,
            "end_index": cited.chars().count(),
            "title": cite::TITLE,
            "url": cite::URL,
        },
    }])
}

/// A tool call with this much of its input.
pub(crate) fn tool_call(call: &ToolCall, input: &str) -> Value {
    let id = format!("call_{}", call.id);
    if call.custom {
        let custom = json!({"name": call.name, "input": input});
        json!({"id": id, "type": "custom", "custom": custom})
    } else {
        let function = json!({"name": call.name, "arguments": input});
        json!({"id": id, "type": "function", "function": function})
    }
}

/// Plausible log probabilities, the same for the same tokens.
pub(crate) fn logprobs(tokens: &[String], top: u64) -> Value {
    let one = |token: &String| {
        let mut rng = Rng::with_seed(words::hash([token.as_str()]));
        let mut logprob = -0.25 * rng.f64();
        let entry = |token: &str, logprob: f64| json!({"token": token, "logprob": logprob, "bytes": token.as_bytes()});
        let mut whole = entry(token, logprob);
        let alternatives = (0..top).map(|i| {
            if i == 0 {
                return entry(token, logprob);
            }
            logprob -= 1.0 + rng.f64();
            entry(&format!(" {}", words::hex(&mut rng, 3)), logprob)
        });
        whole["top_logprobs"] = alternatives.collect();
        whole
    };
    let content: Value = tokens.iter().map(one).collect();
    json!({"content": content, "refusal": null})
}
