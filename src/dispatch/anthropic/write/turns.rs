use std::borrow::Cow;

use super::{Writing, block};
use crate::{
    chat::{
        Content, Message, Part, Request, Role, ToolCall, ToolResult, Waiting, ids,
        json::{Array, Object},
    },
    query::{Feature, Refusal},
};

/// A conversation as this format has it: system prompts apart, then turns of user and assistant by turns, a tool's
/// results first in the turn behind its call.
pub(super) struct Turns<'r> {
    system: Vec<&'r Part<'r>>,
    turns: Vec<Turn<'r>>,
}

struct Turn<'r> {
    role: Role,
    items: Vec<Item<'r>>,
}

/// What a turn says.
pub(super) enum Item<'r> {
    Part(&'r Part<'r>),
    /// A system prompt that comes late.
    System(&'r str),
    /// A call, with the id that it gets here.
    Call(&'r ToolCall<'r>, &'r Part<'r>, String),
    /// A result, with the id of its call.
    Result(&'r ToolResult<'r>, &'r Part<'r>, String),
}

impl<'r> Turns<'r> {
    /// Puts a conversation in order.
    pub(super) fn of(request: &'r Request<'_>, writing: &mut Writing<'_>) -> Result<Self, Refusal> {
        let is_system = |message: &&Message<'_>| message.role == Role::System;
        let leading = request.messages.iter().take_while(is_system).count();
        let (leading, rest) = request.messages.split_at(leading);
        let system = leading.iter().flat_map(|message| &message.parts);
        let system = system.filter(|part| !is_blank(part)).collect();
        let mut turns: Vec<Turn<'r>> = Vec::new();
        for message in rest {
            let role = match message.role {
                Role::System => Role::User,
                role => role,
            };
            let items = items(message, writing)?;
            if items.is_empty() {
                continue;
            }
            match turns.last_mut() {
                Some(turn) if turn.role == role => turn.items.extend(items),
                _ => turns.push(Turn { role, items }),
            }
        }
        let mut made = Self { system, turns };
        made.pair(writing)?;
        Ok(made)
    }

    /// Whether the conversation ends with a turn that is to be continued.
    pub(super) fn is_prefilled(&self) -> bool {
        let last = self.turns.last();
        last.is_some_and(|turn| turn.role == Role::Assistant)
    }

    /// Whether the model's last turn calls tools without signed thinking before that.
    pub(super) fn lacks_thinking(&self) -> bool {
        let mut turns = self.turns.iter().rev();
        let last = turns.find(|turn| turn.role == Role::Assistant);
        last.is_some_and(|turn| {
            let calls = |item: &Item<'_>| matches!(item, Item::Call(..));
            let thinks = |item: &Item<'_>| matches!(item, Item::Part(part) if matches!(part.content, Content::Thinking(_)));
            turn.items.iter().any(calls) && !turn.items.first().is_some_and(thinks)
        })
    }

    /// Gives every call its id and its result: results come first in the turn behind, in the order of the calls.
    fn pair(&mut self, writing: &Writing<'_>) -> Result<(), Refusal> {
        let unanswered = "a call of a tool has no result";
        let mut calls: Vec<Open<'r>> = Vec::new();
        let mut waiting = Waiting::default();
        for (at, turn) in (0..).zip(&mut self.turns) {
            if turn.role == Role::Assistant {
                for item in &mut turn.items {
                    if let Item::Call(call, _, id) = item {
                        *id = id_of(call, at, calls.len(), writing);
                        let known = call.id.as_deref().map(Cow::Borrowed);
                        waiting.add(known, Cow::Borrowed(&*call.name));
                        calls.push(Open::new(id));
                    }
                }
                continue;
            }
            let mut rest = Vec::with_capacity(turn.items.len());
            for item in std::mem::take(&mut turn.items) {
                match item {
                    Item::Result(result, part, _) => {
                        let number = waiting.answer(result.id.as_deref(), result.name.as_deref());
                        let call = number.and_then(|number| calls.get_mut(number));
                        let orphan = || writing.malformed("a tool's result belongs to no call");
                        call.ok_or_else(orphan)?.result = Some((result, part));
                    }
                    item => rest.push(item),
                }
            }
            waiting = Waiting::default();
            for call in calls.drain(..) {
                let (result, part) = call.result.ok_or_else(|| writing.malformed(unanswered))?;
                turn.items.push(Item::Result(result, part, call.id));
            }
            turn.items.append(&mut rest);
        }
        match calls.is_empty() {
            true => Ok(()),
            false => Err(writing.malformed(unanswered)),
        }
    }

    pub(super) fn write(
        &self,
        writing: &mut Writing<'_>,
        object: &mut Object<'_>,
    ) -> Result<(), Refusal> {
        match self.turns.first().map(|turn| turn.role) {
            Some(Role::Assistant) => {
                let what = "this provider's conversations begin with the user";
                return Err(writing.unsupported(Feature::AssistantFirst, what));
            }
            None => return Err(writing.malformed("nothing is said to the model")),
            Some(_) => {}
        }
        if !self.system.is_empty() {
            let mut blocks = Array::begin(object.member("system"));
            for part in &self.system {
                block::system(part, writing, blocks.item())?;
            }
            blocks.end();
        }
        let mut messages = Array::begin(object.member("messages"));
        let last = self.turns.len().saturating_sub(1);
        for (at, turn) in self.turns.iter().enumerate() {
            let user = turn.role == Role::User;
            let mut message = Object::begin(messages.item());
            message.text("role", if user { "user" } else { "assistant" });
            let mut blocks = Array::begin(message.member("content"));
            let ends = turn.items.len().saturating_sub(1);
            for (place, item) in turn.items.iter().enumerate() {
                // What is to be continued must not end in white space.
                let trimmed = !user && at == last && place == ends;
                block::write(item, user, trimmed, writing, blocks.item())?;
            }
            blocks.end();
            message.end();
        }
        messages.end();
        Ok(())
    }
}

/// A call that waits for its result.
struct Open<'r> {
    id: String,
    result: Option<(&'r ToolResult<'r>, &'r Part<'r>)>,
}

impl Open<'_> {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            result: None,
        }
    }
}

fn id_of(call: &ToolCall<'_>, turn: u32, place: usize, writing: &Writing<'_>) -> String {
    let form = writing.model.provider().tool_ids();
    match &call.id {
        Some(id) => ids::fitting(id, form).into_owned(),
        None => {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            ids::fitting(&ids::of_call("turn", turn, place), form).into_owned()
        }
    }
}

/// What a message says that can be said here.
fn items<'r>(
    message: &'r Message<'_>,
    writing: &mut Writing<'_>,
) -> Result<Vec<Item<'r>>, Refusal> {
    let mut items = Vec::with_capacity(message.parts.len());
    for part in &message.parts {
        let item = match &part.content {
            _ if is_blank(part) => continue,
            Content::Text(text) if message.role == Role::System => {
                writing.drop("a later system prompt stands as a user's text");
                Item::System(text)
            }
            Content::Thinking(thinking) if thinking.signature.is_none() => {
                writing.drop("thinking of earlier turns that is not signed");
                continue;
            }
            Content::ToolCall(call) if message.role == Role::Assistant => {
                Item::Call(call, part, String::new())
            }
            Content::ToolResult(result) if message.role == Role::User => {
                Item::Result(result, part, String::new())
            }
            Content::ToolCall(_) | Content::ToolResult(_) => {
                return Err(writing.malformed("the model calls tools, and the user answers"));
            }
            _ => Item::Part(part),
        };
        items.push(item);
    }
    Ok(items)
}

/// Whether it is a text of nothing, which is refused there.
pub(super) fn is_blank(part: &Part<'_>) -> bool {
    match &part.content {
        Content::Text(text) | Content::Refusal(text) => text.trim().is_empty(),
        _ => false,
    }
}
