use bytes::Bytes;

use super::{
    json::{Object, Writer, array},
    usage,
};
use crate::catalog::Usage;

/// Writes a whole answer as a stream: for each choice a chunk with all that it says, then a chunk with the reason of its
/// end; then what was used, if `tell`; then the end.
pub(super) fn write(body: &[u8], tell: bool, used: Option<&Usage>) -> Option<Bytes> {
    // An event's data is one line; line breaks of JSON are space, for there are none within its strings.
    let space = |b: &u8| if matches!(b, b'\n' | b'\r') { b' ' } else { *b };
    let body: Vec<u8> = body.iter().map(space).collect();
    let answer = Object::read_bytes(&body)?;
    let choices: Option<Vec<Object<'_>>> = array(answer.get("choices")?)?
        .into_iter()
        .map(Object::read)
        .collect();
    let choices = choices?;
    if repeated(&answer, choices.len()) > 4 * body.len() + REPEATED {
        return None;
    }
    let mut out = Writer::with_capacity(body.len() + 512 * (choices.len() + 1));
    for (at, choice) in choices.iter().enumerate() {
        begin(&mut out, &answer);
        out.open("[")
            .open("{")
            .member("index", index(choice, at, &mut String::new()));
        out.key("delta");
        delta(
            &mut out,
            &Object::read(choice.get("message").unwrap_or("{}"))?,
        )?;
        for (name, value) in choice.without(&["index", "message", "finish_reason"]) {
            out.member(name, value);
        }
        out.member("finish_reason", "null").raw("}]");
        end(&mut out, tell.then_some("null"));
    }
    for (at, choice) in choices.iter().enumerate() {
        begin(&mut out, &answer);
        out.open("[")
            .open("{")
            .member("index", index(choice, at, &mut String::new()));
        out.member("delta", "{}").member("logprobs", "null");
        out.member(
            "finish_reason",
            choice.get("finish_reason").unwrap_or("null"),
        )
        .raw("}]");
        end(&mut out, tell.then_some("null"));
    }
    let used = used.map(usage::json);
    if let Some(used) = answer.get("usage").or(used.as_deref()).filter(|_| tell) {
        begin(&mut out, &answer);
        out.raw("[]");
        end(&mut out, Some(used));
    }
    out.raw("data: [DONE]\n\n");
    Some(out.finish().into())
}

/// However short an answer is, so much of it may be repeated.
const REPEATED: usize = 64 * 1_024;

/// How many bytes every chunk says again, in all.
fn repeated(answer: &Object<'_>, choices: usize) -> usize {
    let common = answer.without(COMMON_NOT);
    let each: usize = common.map(|(name, value)| name.len() + value.len()).sum();
    each.saturating_mul(2 * choices + 1)
}

/// Members of an answer that its chunks do not have in common.
const COMMON_NOT: &[&str] = &["choices", "usage"];

/// Begins an event with what all chunks have in common, up to the value of `choices`.
fn begin(out: &mut Writer, answer: &Object<'_>) {
    out.raw("data: ").open("{");
    for (name, value) in answer.without(COMMON_NOT) {
        let value = if name == "object" {
            "\"chat.completion.chunk\""
        } else {
            value
        };
        out.member(name, value);
    }
    out.key("choices");
}

fn end(out: &mut Writer, usage: Option<&str>) {
    if let Some(usage) = usage {
        out.member("usage", usage);
    }
    out.raw("}\n\n");
}

fn index<'a>(choice: &Object<'a>, at: usize, own: &'a mut String) -> &'a str {
    choice.get("index").unwrap_or_else(|| {
        own.push_str(&at.to_string());
        own
    })
}

/// A message as a delta: the same, but that tool calls are numbered.
fn delta(out: &mut Writer, message: &Object<'_>) -> Option<()> {
    out.open("{");
    for (name, value) in &message.0 {
        if name != "tool_calls" || *value == "null" {
            out.member(name, value);
            continue;
        }
        out.key(name).open("[");
        for (at, call) in array(value)?.into_iter().enumerate() {
            out.open("{").member("index", &at.to_string());
            for (name, value) in Object::read(call)?.without(&["index"]) {
                out.member(name, value);
            }
            out.raw("}");
        }
        out.raw("]");
    }
    out.raw("}");
    Some(())
}
