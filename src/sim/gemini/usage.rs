use serde_json::{Map, Value, json};

use crate::sim::{UsageFault, ask::Ask, reply::Reply, tokens};

/// The usage when so many tokens of thoughts and of answers are written; `None` leaves it out.
///
/// The prompt includes what was cached; the answer does not include the thoughts.
pub(crate) fn so_far(reply: &Reply, thoughts: u64, answers: u64) -> Option<Value> {
    let odd = |prompt: Value, candidates: Value, total: Value| {
        Some(json!({
            "promptTokenCount": prompt,
            "candidatesTokenCount": candidates,
            "totalTokenCount": total,
        }))
    };
    match &reply.usage_fault {
        Some(UsageFault::Missing) => None,
        Some(UsageFault::Null) => Some(Value::Null),
        Some(UsageFault::Zero) => odd(json!(0), json!(0), json!(0)),
        Some(UsageFault::Negative) => odd(json!(-5), json!(-7), json!(-12)),
        Some(UsageFault::Huge) => odd(json!(i64::MAX), json!(i64::MAX), json!(i64::MAX)),
        Some(UsageFault::Float) => odd(json!(12.5), json!(7.25), json!(19.75)),
        Some(UsageFault::Text) => odd(json!("12"), json!("7"), json!("19")),
        None
        | Some(
            UsageFault::Cumulative | UsageFault::Twice | UsageFault::Model(_) | UsageFault::Tier(_),
        ) => Some(of(reply, thoughts, answers)),
    }
}

fn of(reply: &Reply, thoughts: u64, answers: u64) -> Value {
    let answer = &reply.answer;
    let prompt = answer.prompt_tokens;
    let mut usage = Map::new();
    let mut put = |name: &str, value: Value| usage.insert(name.to_owned(), value);
    put("promptTokenCount", json!(prompt));
    put("totalTokenCount", json!(prompt + thoughts + answers));
    put("promptTokensDetails", prompt_details(&reply.ask, prompt));
    let tier = reply.tier.as_deref().unwrap_or("standard");
    put("serviceTier", json!(tier));
    // What there is none of is left out.
    for (name, tokens) in [
        ("candidatesTokenCount", answers),
        ("thoughtsTokenCount", thoughts),
        ("cachedContentTokenCount", answer.cached_tokens),
    ] {
        if tokens > 0 {
            put(name, json!(tokens));
        }
    }
    Value::Object(usage)
}

/// The tokens of a prompt by modality.
pub(crate) fn prompt_details(ask: &Ask, prompt: u64) -> Value {
    let media = |n: u64| (n * tokens::PER_IMAGE).min(prompt);
    let images = media(ask.images());
    let files = media(ask.files()).min(prompt - images);
    let text = prompt - images - files;
    let modalities = [("TEXT", text), ("IMAGE", images), ("DOCUMENT", files)];
    let modalities = modalities.into_iter().filter(|(_, tokens)| *tokens > 0);
    modalities
        .map(|(name, tokens)| json!({"modality": name, "tokenCount": tokens}))
        .collect()
}
