use serde_json::Value;

use super::{
    error,
    parts::{self, name},
    signed,
};
use crate::sim::{
    ask::{Message, Role},
    error::ApiError,
    signature::Signer,
};

/// One content as it was sent, with what ties it to its neighbours.
#[derive(Debug)]
struct Turn<'a> {
    role: Role,
    calls: Vec<&'a Value>,
    responses: Vec<&'a Value>,
    /// Whether it has anything that answers no function.
    speaks: bool,
}

/// Reads the conversation and checks its contents one by one and against each other.
pub(crate) fn read(
    list: &[Value],
    signer: &Signer,
    signatures: bool,
) -> Result<Vec<Message>, ApiError> {
    let mut messages = Vec::new();
    let mut turns: Vec<Turn<'_>> = Vec::with_capacity(list.len());
    for (i, content) in list.iter().enumerate() {
        let turn = turn(i, content, &mut messages)?;
        follows(turns.last(), &turn)?;
        turns.push(turn);
    }
    if let Some(last) = turns.last().filter(|turn| !turn.calls.is_empty()) {
        matches(&last.calls, &[])?;
    }
    let spoke = |turn: &Turn<'_>| turn.role == Role::User && turn.speaks;
    let now = turns.iter().rposition(spoke).map_or(0, |at| at + 1);
    for (i, content) in list.iter().enumerate() {
        let required = signatures && i >= now && turns[i].role == Role::Assistant;
        signed::check(i, parts::list(content), signer, required)?;
    }
    Ok(messages)
}

fn turn<'a>(
    i: usize,
    content: &'a Value,
    messages: &mut Vec<Message>,
) -> Result<Turn<'a>, ApiError> {
    let at = format!("contents[{i}]");
    let role = match content.get("role").and_then(Value::as_str) {
        None | Some("" | "user" | "function") => Role::User,
        Some("model") => Role::Assistant,
        Some(_) => {
            return Err(ApiError::bad_request(
                "Please use a valid role: user, model.",
            ));
        }
    };
    let list = parts::list(content);
    if list.is_empty() {
        let why = "contents.parts must not be empty.";
        return Err(error::field(&format!("{at}.parts"), why));
    }
    let mut turn = Turn {
        role,
        calls: Vec::new(),
        responses: Vec::new(),
        speaks: false,
    };
    let mut said = Message::new(role, "");
    for (j, part) in list.iter().enumerate() {
        let at = format!("{at}.parts[{j}]");
        let kind = parts::kind(&at, part)?;
        match (kind, role) {
            ("functionCall", Role::Assistant) => turn.calls.push(&part[kind]),
            ("functionResponse", Role::User) => {
                turn.responses.push(&part[kind]);
                let mut result = Message::new(Role::Tool, "");
                named(&at, "function_response", &part[kind])?;
                if part[kind].get("response").is_none() {
                    let at = format!("{at}.function_response.response");
                    return Err(error::field(&at, "must be specified"));
                }
                parts::add(&at, part, kind, &mut result)?;
                messages.push(result);
                continue;
            }
            ("functionCall" | "functionResponse", _) => {
                let message = "Please ensure that function call turns are the model's and \
                               function response turns are the user's.";
                return Err(ApiError::bad_request(message));
            }
            _ => {}
        }
        if kind == "functionCall" {
            named(&at, "function_call", &part[kind])?;
        }
        turn.speaks = true;
        parts::add(&at, part, kind, &mut said)?;
    }
    if turn.speaks {
        messages.push(said);
    }
    Ok(turn)
}

fn named(at: &str, kind: &str, data: &Value) -> Result<(), ApiError> {
    if name(data).is_empty() {
        let at = format!("{at}.{kind}.name");
        return Err(error::field(&at, "Name cannot be empty."));
    }
    Ok(())
}

/// Whether a turn may come after the one before it.
fn follows(before: Option<&Turn<'_>>, turn: &Turn<'_>) -> Result<(), ApiError> {
    let calls: &[&Value] = before.map_or(&[], |before| &before.calls);
    let comes_after_user = before.is_some_and(|before| before.role == Role::User);
    if !turn.calls.is_empty() && !comes_after_user {
        return Err(ApiError::bad_request(
            "Please ensure that function call turn comes immediately after a user turn or after \
             a function response turn.",
        ));
    }
    if calls.is_empty() && !turn.responses.is_empty() {
        return Err(ApiError::bad_request(
            "Please ensure that function response turn comes immediately after a function call \
             turn.",
        ));
    }
    matches(calls, &turn.responses)
}

/// Every call has its response, by id where both have one, else by name and order.
fn matches(calls: &[&Value], responses: &[&Value]) -> Result<(), ApiError> {
    if calls.len() != responses.len() {
        return Err(ApiError::bad_request(
            "Please ensure that the number of function response parts is equal to the number of \
             function call parts of the function call turn.",
        ));
    }
    for (i, response) in responses.iter().enumerate() {
        let id = response.get("id").and_then(Value::as_str);
        let by_id = id.and_then(|id| {
            let mut calls = calls.iter();
            calls.find(|call| call.get("id").and_then(Value::as_str) == Some(id))
        });
        let call = by_id.unwrap_or(&calls[i]);
        if name(call) != name(response) {
            return Err(ApiError::bad_request(format!(
                "Please ensure that function response `{}` answers the function call `{}`.",
                name(response),
                name(call)
            )));
        }
    }
    Ok(())
}
