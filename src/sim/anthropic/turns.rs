use serde_json::{Map, Value};

use super::{
    blocks::{self, Link},
    check::{self, Checked, given, missing, wrong},
    thinking::Mode,
};
use crate::sim::{
    ask::{Message, Role},
    error::ApiError,
    signature::Signer,
};

/// The messages of a request, checked one by one and against each other.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) messages: Vec<Message>,
    pub(crate) ends_with_assistant: bool,
}

/// One message as it was sent, with what ties it to its neighbours.
#[derive(Debug)]
struct Turn {
    role: Role,
    calls: Vec<String>,
    results: Vec<String>,
    thinks_first: bool,
}

pub(crate) fn read(
    map: &Map<String, Value>,
    mode: &Mode,
    signer: &Signer,
) -> Checked<Conversation> {
    let list = given(map, "messages").ok_or_else(|| missing("messages"))?;
    let list = check::array("messages", list)?;
    if list.is_empty() {
        return Err(wrong("messages", "at least one message is required"));
    }
    let mut messages = Vec::new();
    let mut turns: Vec<Turn> = Vec::with_capacity(list.len());
    for (i, value) in list.iter().enumerate() {
        let last = i + 1 == list.len();
        let turn = turn(i, value, last, signer, &mut messages)?;
        if i == 0 && turn.role != Role::User {
            let why = "first message must use the \"user\" role";
            return Err(wrong("messages", why));
        }
        answered(i, turns.last(), &turn)?;
        turns.push(turn);
    }
    let last = turns.last();
    if let Some(turn) = last.filter(|turn| !turn.calls.is_empty()) {
        return Err(unanswered(turns.len() - 1, &turn.calls));
    }
    if let Mode::Enabled { .. } = mode {
        thinks_before_tools(&turns)?;
    }
    Ok(Conversation {
        ends_with_assistant: last.is_some_and(|turn| turn.role == Role::Assistant),
        messages,
    })
}

fn turn(
    i: usize,
    value: &Value,
    last: bool,
    signer: &Signer,
    messages: &mut Vec<Message>,
) -> Checked<Turn> {
    let at = format!("messages.{i}");
    let map = check::object(&at, value)?;
    check::known(&at, map, &["role", "content"])?;
    let role = match check::required_text(&at, map, "role")? {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => {
            return Err(ApiError::bad_request(
                "messages: Unexpected role \"system\". The Messages API accepts a top-level \
                 `system` parameter, not \"system\" as an input message role.",
            ));
        }
        other => {
            return Err(ApiError::bad_request(format!(
                "messages: Unexpected role \"{other}\". Allowed roles are \"user\" or \"assistant\"."
            )));
        }
    };
    let mut turn = Turn {
        role,
        calls: Vec::new(),
        results: Vec::new(),
        thinks_first: false,
    };
    let mut said = Message::new(role, "");
    let content = given(map, "content").ok_or_else(|| missing(&format!("{at}.content")))?;
    let optional = last && role == Role::Assistant;
    match content {
        Value::String(text) if text.is_empty() && !optional => return Err(empty(&at)),
        Value::String(text) => said.text.clone_from(text),
        Value::Array(list) if list.is_empty() && !optional => return Err(empty(&at)),
        Value::Array(list) => {
            turn.thinks_first = list.first().is_some_and(blocks::is_thought);
            let mut others = 0;
            for (j, block) in list.iter().enumerate() {
                let at = format!("{at}.content.{j}");
                let block = check::object(&at, block)?;
                let link = if role == Role::User {
                    blocks::user(&at, block, &mut said)?
                } else {
                    blocks::assistant(&at, block, &mut said, signer)?
                };
                match link {
                    Some(Link::Use(id)) if turn.calls.contains(&id) => {
                        return Err(wrong(&at, "`tool_use` ids must be unique"));
                    }
                    Some(Link::Use(id)) => turn.calls.push(id),
                    Some(Link::Result(..)) if others > 0 => {
                        let why = "`tool_result` blocks must come before other content";
                        return Err(wrong(&at, why));
                    }
                    Some(Link::Result(id, _)) if turn.results.contains(&id) => {
                        let why = format!(
                            "each tool_use must have a single result. \
                             Found multiple `tool_result` blocks with id: {id}"
                        );
                        return Err(wrong(&at, &why));
                    }
                    Some(Link::Result(id, message)) => {
                        turn.results.push(id);
                        messages.push(message);
                    }
                    None => others += 1,
                }
            }
            if others == 0 && role == Role::User {
                return Ok(turn);
            }
        }
        _ => {
            let why = "Input should be a valid string or list";
            return Err(wrong(&format!("{at}.content"), why));
        }
    }
    if optional && said.text.ends_with(char::is_whitespace) {
        let why = "final assistant content cannot end with trailing whitespace";
        return Err(wrong("messages", why));
    }
    messages.push(said);
    Ok(turn)
}

fn empty(at: &str) -> ApiError {
    let why = "all messages must have non-empty content except for the optional final assistant \
               message";
    wrong(at, why)
}

/// Every call of the turn before is answered in this one, and nothing else is.
fn answered(i: usize, before: Option<&Turn>, turn: &Turn) -> Checked<()> {
    let calls: &[String] = before.map_or(&[], |before| &before.calls);
    let open: Vec<String> = calls
        .iter()
        .filter(|id| !turn.results.contains(id))
        .cloned()
        .collect();
    if !open.is_empty() {
        return Err(unanswered(i - 1, &open));
    }
    let stray = turn.results.iter().position(|id| !calls.contains(id));
    if let Some(j) = stray {
        let why = format!(
            "unexpected `tool_use_id` found in `tool_result` blocks: {}. Each `tool_result` block \
             must have a corresponding `tool_use` block in the previous message.",
            turn.results[j]
        );
        return Err(wrong(&format!("messages.{i}.content.{j}"), &why));
    }
    Ok(())
}

fn unanswered(i: usize, ids: &[String]) -> ApiError {
    let why = format!(
        "`tool_use` ids were found without `tool_result` blocks immediately after: {}. \
         Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
        ids.join(", ")
    );
    wrong(&format!("messages.{i}"), &why)
}

/// With thinking enabled, the turn whose tools are being answered must begin with its thought.
fn thinks_before_tools(turns: &[Turn]) -> Checked<()> {
    let mut first = None;
    for pair in (1..turns.len()).rev().step_by(2) {
        if turns[pair].results.is_empty() {
            break;
        }
        first = Some(pair - 1);
    }
    match first {
        Some(i) if !turns[i].thinks_first => Err(wrong(
            &format!("messages.{i}.content.0.type"),
            "Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is \
             enabled, a final `assistant` message must start with a thinking block (preceeding \
             the lastmost set of `tool_use` and `tool_result` blocks). To avoid this requirement, \
             disable `thinking`.",
        )),
        _ => Ok(()),
    }
}
