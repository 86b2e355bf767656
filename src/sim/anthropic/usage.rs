use serde_json::{Map, Value, json};

use crate::sim::{UsageFault, ask::CacheFor, reply::Reply};

/// The usage of an answer of which so many tokens are written.
///
/// The input is what was neither read from the cache nor written to it.
fn of(reply: &Reply, output: u64) -> Map<String, Value> {
    let answer = &reply.answer;
    let (read, written) = (answer.cached_tokens, answer.cache_writes);
    let mut usage = Map::new();
    let mut put = |name: &str, value: Value| usage.insert(name.to_owned(), value);
    put("input_tokens", json!(answer.prompt_tokens - read - written));
    put("cache_creation_input_tokens", json!(written));
    put("cache_read_input_tokens", json!(read));
    put("output_tokens", json!(output));
    usage
}

/// The usage of a whole answer.
pub(crate) fn whole(reply: &Reply) -> Option<Value> {
    let output = reply.answer.completion_tokens();
    let mut usage = of(reply, output);
    start_details(reply, &mut usage);
    output_details(reply, &mut usage);
    spoil(reply, usage)
}

/// The usage when a stream starts.
pub(crate) fn start(reply: &Reply) -> Option<Value> {
    // The first token is on its way, unless there is none at all.
    let mut usage = of(reply, reply.answer.completion_tokens().min(1));
    start_details(reply, &mut usage);
    spoil(reply, usage)
}

/// The usage when a stream ends: all of it, not what was added.
pub(crate) fn end(reply: &Reply) -> Option<Value> {
    let mut usage = of(reply, reply.answer.completion_tokens());
    output_details(reply, &mut usage);
    spoil(reply, usage)
}

fn start_details(reply: &Reply, usage: &mut Map<String, Value>) {
    let written = reply.answer.cache_writes;
    let hour = reply.ask.cache == Some(CacheFor::Hour);
    let (short, long) = if hour { (0, written) } else { (written, 0) };
    let split = json!({"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long});
    usage.insert("cache_creation".to_owned(), split);
    let tier = reply.tier.as_deref().unwrap_or("standard");
    usage.insert("service_tier".to_owned(), json!(tier));
    usage.insert("inference_geo".to_owned(), json!("global"));
}

fn output_details(reply: &Reply, usage: &mut Map<String, Value>) {
    let thinking = reply.answer.reasoning_tokens();
    if thinking > 0 {
        let details = json!({ "thinking_tokens": thinking });
        usage.insert("output_tokens_details".to_owned(), details);
    }
}

/// The usage with the fault that was asked for; `None` leaves it out.
fn spoil(reply: &Reply, usage: Map<String, Value>) -> Option<Value> {
    let odd = |input: Value, output: Value| {
        Some(json!({
            "input_tokens": input,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output,
        }))
    };
    match &reply.usage_fault {
        Some(UsageFault::Missing) => None,
        Some(UsageFault::Null) => Some(Value::Null),
        Some(UsageFault::Zero) => odd(json!(0), json!(0)),
        Some(UsageFault::Negative) => odd(json!(-5), json!(-7)),
        Some(UsageFault::Huge) => odd(json!(i64::MAX), json!(i64::MAX)),
        Some(UsageFault::Float) => odd(json!(12.5), json!(7.25)),
        Some(UsageFault::Text) => odd(json!("12"), json!("7")),
        None
        | Some(
            UsageFault::Cumulative | UsageFault::Twice | UsageFault::Model(_) | UsageFault::Tier(_),
        ) => Some(Value::Object(usage)),
    }
}
