use serde_json::Value;

use super::{Call, Choice, Finish, Told, Usage, count, list, string};

pub(super) fn whole(body: &Value, told: &mut Told) {
    for choice in list(&body["choices"]) {
        let into = told.choice(&choice["index"]);
        said(&choice["message"], into);
        finished(choice, into);
    }
    used(&body["usage"], told);
}

pub(super) fn chunk(chunk: &Value, told: &mut Told) {
    for choice in list(&chunk["choices"]) {
        let into = told.choice(&choice["index"]);
        said(&choice["delta"], into);
        finished(choice, into);
    }
    used(&chunk["usage"], told);
    used(&chunk["x_groq"]["usage"], told);
}

fn said(message: &Value, into: &mut Choice) {
    match &message["content"] {
        Value::String(text) => into.text.push_str(text),
        // Mistral's pieces.
        pieces => {
            for piece in list(pieces) {
                into.text.push_str(string(&piece["text"]));
                for thought in list(&piece["thinking"]) {
                    into.thinking.push_str(string(&thought["text"]));
                }
            }
        }
    }
    into.refusal.push_str(string(&message["refusal"]));
    let thought = message["reasoning_content"].as_str();
    into.thinking
        .push_str(thought.unwrap_or(string(&message["reasoning"])));
    for call in list(&message["tool_calls"]) {
        called(call, into);
    }
    // One server says all members that there are, empty.
    if !string(&message["function_call"]["name"]).is_empty() {
        let call = serde_json::json!({ "index": 0, "function": message["function_call"] });
        called(&call, into);
    }
}

/// By index where there is one. Some servers have none and send calls whole; some say an index again for another id.
fn called(call: &Value, into: &mut Choice) {
    let id = string(&call["id"]);
    let at = match call["index"].as_u64() {
        Some(index) => usize::try_from(index).unwrap(),
        None => into.calls.len(),
    };
    while into.calls.len() <= at {
        into.calls.push(Call::default());
    }
    let into = &mut into.calls[at];
    if into.id.is_empty() {
        id.clone_into(&mut into.id);
    }
    let function = &call["function"];
    if into.name.is_empty() {
        string(&function["name"]).clone_into(&mut into.name);
    }
    match &function["arguments"] {
        Value::String(text) => into.text.push_str(text),
        Value::Null => {}
        object => into.text = object.to_string(),
    }
}

fn finished(choice: &Value, into: &mut Choice) {
    let Some(reason) = choice["finish_reason"].as_str() else {
        return;
    };
    let finish = match reason {
        "length" | "model_length" => Finish::Length,
        "tool_calls" | "function_call" => Finish::Tools,
        "content_filter" => Finish::Filter,
        "error" => Finish::Fault,
        _ => Finish::Stop,
    };
    into.finish = Some(finish);
}

fn used(usage: &Value, told: &mut Told) {
    if !usage.is_object() {
        return;
    }
    let (input, mut output) = (
        count(usage, "prompt_tokens"),
        count(usage, "completion_tokens"),
    );
    let thought = count(&usage["completion_tokens_details"], "reasoning_tokens");
    // xAI and Google count apart what was thought, and their totals say so.
    let total = count(usage, "total_tokens");
    if total == input + output + thought || (thought == 0 && total > input + output) {
        output = total - input;
    }
    let cached = count(&usage["prompt_tokens_details"], "cached_tokens");
    let others = [
        "prompt_cache_hit_tokens",
        "num_cached_tokens",
        "cached_tokens",
    ];
    let cached = others
        .iter()
        .fold(cached, |cached, name| cached.max(count(usage, name)));
    told.usage = Some(Usage {
        input,
        cached,
        output,
    });
}
