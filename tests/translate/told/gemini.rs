use serde_json::Value;

use super::{Call, Choice, Finish, Told, Usage, count, list, partial_args, string};

pub(super) fn chunks<'a>(chunks: impl IntoIterator<Item = &'a Value>, told: &mut Told) {
    let mut open = None;
    for chunk in chunks {
        for candidate in list(&chunk["candidates"]) {
            let into = told.choice(&candidate["index"]);
            for part in list(&candidate["content"]["parts"]) {
                said(part, into, &mut open);
            }
            finished(candidate, into);
        }
        if let Some(reason) = chunk["promptFeedback"]["blockReason"].as_str()
            && reason != "BLOCK_REASON_UNSPECIFIED"
        {
            told.choice(&Value::Null).finish = Some(Finish::Filter);
        }
        used(&chunk["usageMetadata"], told);
    }
}

fn said(part: &Value, into: &mut Choice, open: &mut Option<Value>) {
    let text = string(&part["text"]);
    match part["thought"] == true {
        true => into.thinking.push_str(text),
        false => into.text.push_str(text),
    }
    let call = &part["functionCall"];
    if !call.is_object() {
        return;
    }
    // Arguments in pieces: a call without a name goes on with the last.
    let pieces = list(&call["partialArgs"]);
    if call["name"].is_string() {
        into.calls.push(Call {
            id: string(&call["id"]).to_owned(),
            name: string(&call["name"]).to_owned(),
            text: match &call["args"] {
                Value::Null => "{}".to_owned(),
                args => args.to_string(),
            },
        });
        *open = None;
    }
    if !pieces.is_empty() {
        let args = open.get_or_insert_with(|| serde_json::json!({}));
        for piece in pieces {
            partial_args::put(args, piece);
        }
        if let Some(last) = into.calls.last_mut() {
            last.text = args.to_string();
        }
    }
}

fn finished(candidate: &Value, into: &mut Choice) {
    let finish = match string(&candidate["finishReason"]) {
        "" | "FINISH_REASON_UNSPECIFIED" => return,
        "STOP" if !into.calls.is_empty() => Finish::Tools,
        "STOP" => Finish::Stop,
        "MAX_TOKENS" => Finish::Length,
        "CONTINUATION" => Finish::Pause,
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE"
        | "MALFORMED_RESPONSE"
        | "OTHER" => Finish::Fault,
        _ => Finish::Filter,
    };
    into.finish = Some(finish);
    if finish == Finish::Filter {
        into.refusal.push_str(string(&candidate["finishMessage"]));
    }
}

/// What was thought counts apart, unless the total says otherwise.
fn used(usage: &Value, told: &mut Told) {
    if !usage.is_object() {
        return;
    }
    let input = count(usage, "promptTokenCount") + count(usage, "toolUsePromptTokenCount");
    let (answer, thought) = (
        count(usage, "candidatesTokenCount"),
        count(usage, "thoughtsTokenCount"),
    );
    let inside = count(usage, "totalTokenCount") == input + answer;
    told.usage = Some(Usage {
        input,
        cached: count(usage, "cachedContentTokenCount"),
        output: answer + if inside { 0 } else { thought },
    });
}
