use serde_json::Value;

use super::{Call, Choice, Finish, Told, Usage, count, list, string};

pub(super) fn whole(body: &Value, told: &mut Told) {
    let into = told.choice(&Value::Null);
    for block in list(&body["content"]) {
        started(block, into);
    }
    into.finish = finish(&body["stop_reason"]);
    refused(&body["stop_details"], into);
    used(&body["usage"], told);
}

pub(super) fn events(events: &[Value], told: &mut Told) {
    // What stands behind an index: the number of a call, or none.
    let mut open: Option<usize> = None;
    for event in events {
        let into = told.choice(&Value::Null);
        match string(&event["type"]) {
            "message_start" => used(&event["message"]["usage"], told),
            "content_block_start" => {
                let before = into.calls.len();
                started(&event["content_block"], into);
                open = (into.calls.len() > before).then_some(before);
                // The input comes in pieces.
                if let Some(at) = open
                    && into.calls[at].text == "{}"
                {
                    into.calls[at].text.clear();
                }
            }
            "content_block_delta" => {
                let delta = &event["delta"];
                into.text.push_str(string(&delta["text"]));
                into.thinking.push_str(string(&delta["thinking"]));
                if let Some(at) = open {
                    into.calls[at].text.push_str(string(&delta["partial_json"]));
                }
            }
            "content_block_stop" => open = None,
            "message_delta" => {
                into.finish = finish(&event["delta"]["stop_reason"]).or(into.finish);
                refused(&event["delta"]["stop_details"], into);
                used(&event["usage"], told);
            }
            _ => {}
        }
    }
}

fn started(block: &Value, into: &mut Choice) {
    match string(&block["type"]) {
        "text" => into.text.push_str(string(&block["text"])),
        "thinking" => into.thinking.push_str(string(&block["thinking"])),
        "tool_use" => into.calls.push(Call {
            id: string(&block["id"]).to_owned(),
            name: string(&block["name"]).to_owned(),
            text: block["input"].to_string(),
        }),
        _ => {}
    }
}

fn refused(details: &Value, into: &mut Choice) {
    if let Some(words) = details["explanation"].as_str() {
        words.clone_into(&mut into.refusal);
    }
}

fn finish(reason: &Value) -> Option<Finish> {
    Some(match reason.as_str()? {
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::Tools,
        "refusal" => Finish::Filter,
        "pause_turn" | "compaction" => Finish::Pause,
        _ => Finish::Stop,
    })
}

/// What several models did on one call, summed; else later counts are those of the whole message, and those that are not there stay.
fn used(usage: &Value, told: &mut Told) {
    if !usage.is_object() {
        return;
    }
    let each = list(&usage["iterations"]);
    if !each.is_empty() {
        let sum = |name: &str| each.iter().map(|one| count(one, name)).sum::<u64>();
        let cached = sum("cache_read_input_tokens");
        told.usage = Some(Usage {
            input: sum("input_tokens") + sum("cache_creation_input_tokens") + cached,
            cached,
            output: sum("output_tokens"),
        });
        return;
    }
    let known = told.usage.unwrap_or_default();
    let fresh = known.input - known.cached;
    let parts = ["cache_creation_input_tokens", "input_tokens"];
    let some = |name: &&str| usage[*name].is_u64();
    let fresh = match parts.iter().any(some) {
        true => parts.iter().map(|name| count(usage, name)).sum(),
        false => fresh,
    };
    let cached = usage["cache_read_input_tokens"]
        .as_u64()
        .unwrap_or(known.cached);
    told.usage = Some(Usage {
        input: fresh + cached,
        cached,
        output: usage["output_tokens"].as_u64().unwrap_or(known.output),
    });
}
