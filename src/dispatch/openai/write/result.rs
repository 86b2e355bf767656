use std::borrow::Cow;

use super::refused::malformed;
use crate::{
    chat::{Content, Message, Part, Role, ToolResult, Waiting},
    query::{Api, Refusal},
};

/// A call of an assistant's turn and its result.
#[derive(Debug)]
pub(super) struct Called<'a> {
    /// The id as it came.
    pub(super) id: Option<&'a str>,
    pub(super) name: &'a str,
    /// The id that is written.
    pub(super) written: Cow<'a, str>,
    pub(super) result: Option<&'a ToolResult<'a>>,
}

/// Gives the results in the messages that follow a turn to its calls: by id, else to the next one of the name, or to the
/// next.
pub(super) fn give<'a>(
    calls: &mut [Called<'a>],
    messages: &'a [Message<'a>],
    api: Api,
) -> Result<(), Refusal> {
    let mut waiting = Waiting::default();
    for called in &*calls {
        waiting.add(called.id.map(Cow::Borrowed), Cow::Borrowed(called.name));
    }
    for result in messages
        .iter()
        .flat_map(|message| &message.parts)
        .filter_map(of)
    {
        let number = waiting.answer(result.id.as_deref(), result.name.as_deref());
        let Some(called) = number.and_then(|number| calls.get_mut(number)) else {
            let what = "a result of a tool belongs to no call of the turn before it";
            return Err(malformed(api, what));
        };
        called.result = Some(result);
    }
    let others = messages.iter().any(|message| message.role == Role::User);
    if others && calls.iter().any(|called| called.result.is_none()) {
        return Err(malformed(api, "a call of a tool has no result"));
    }
    Ok(())
}

pub(super) fn of<'a>(part: &'a Part<'a>) -> Option<&'a ToolResult<'a>> {
    match &part.content {
        Content::ToolResult(result) => Some(result),
        _ => None,
    }
}

/// The words of a result. That a tool has failed is said in them, since there is no other place.
pub(super) fn words(result: &ToolResult<'_>) -> String {
    let mut words = String::new();
    if result.is_error {
        words.push_str("Error");
    }
    for part in &result.parts {
        if let Content::Text(text) = &part.content
            && !text.is_empty()
        {
            if !words.is_empty() {
                words.push_str(if words == "Error" && result.is_error {
                    ": "
                } else {
                    "\n\n"
                });
            }
            words.push_str(text);
        }
    }
    words
}
