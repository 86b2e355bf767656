use std::borrow::Cow;

use super::{
    part,
    refused::{malformed, unsupported},
    result::{self, Called},
};
use crate::{
    catalog::{Prefix, ThinkingField},
    chat::{
        Content, Message, Part, Role, ids,
        json::{Array, Object},
    },
    dispatch::Outgoing,
    query::{Api, Feature, Refusal},
};

/// What is told of the messages that were written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) dropped: Vec<Cow<'static, str>>,
}

impl Written {
    fn drops(&mut self, what: &'static str) {
        if !self.dropped.iter().any(|one| one == what) {
            self.dropped.push(what.into());
        }
    }
}

/// Writes the conversation. The results of tools follow the calls at once, in their order, each a message of its own.
pub(super) fn write(
    body: &mut Object<'_>,
    call: &Outgoing<'_>,
    messages: &[Message<'_>],
    prefix: Option<Prefix>,
) -> Result<Written, Refusal> {
    let mut list = Array::begin(body.member("messages"));
    let mut writer = Writer {
        call,
        api: call.query.api(),
        written: Written::default(),
        is_prefix: false,
    };
    let mut at = 0;
    while let Some(message) = messages.get(at) {
        at += 1;
        if message.parts.iter().any(|part| part.cache.is_some()) {
            writer.written.drops("cache_control");
        }
        match message.role {
            Role::System => writer.spoken(&mut list, "system", message)?,
            Role::User => {
                if message.parts.iter().any(|part| result::of(part).is_some()) {
                    let what = "a result of a tool belongs to no call of the turn before it";
                    return Err(malformed(writer.api, what));
                }
                writer.spoken(&mut list, "user", message)?;
            }
            Role::Assistant => {
                let rest = messages.get(at..).unwrap_or_default();
                let turn = rest.iter().take_while(|next| next.role != Role::Assistant);
                let (rest, count) = (rest, turn.count());
                let follow = rest.get(..count).unwrap_or_default();
                let flagged = matches!(prefix, Some(Prefix::Flag | Prefix::Echo));
                writer.is_prefix = flagged && at == messages.len();
                let calls = writer.assistant(&mut list, at, message, follow)?;
                writer.results(&mut list, &calls)?;
                let has_results = follow
                    .iter()
                    .any(|next| next.parts.iter().any(|part| result::of(part).is_some()));
                if has_results {
                    // What else these turns say comes behind the results.
                    for next in follow {
                        let role = match next.role {
                            Role::System => "system",
                            _ => "user",
                        };
                        writer.spoken(&mut list, role, next)?;
                    }
                    at += count;
                }
            }
        }
    }
    list.end();
    Ok(writer.written)
}

struct Writer<'a> {
    call: &'a Outgoing<'a>,
    api: Api,
    written: Written,
    /// Whether the turn is the beginning of the answer.
    is_prefix: bool,
}

impl Writer<'_> {
    /// What the operator or the user says; results of tools stand elsewhere.
    fn spoken(
        &self,
        list: &mut Array<'_>,
        role: &str,
        message: &Message<'_>,
    ) -> Result<(), Refusal> {
        let own = || {
            message
                .parts
                .iter()
                .filter(|part| result::of(part).is_none())
        };
        if own().next().is_none() && !message.parts.is_empty() {
            return Ok(());
        }
        let strange =
            |part: &Part<'_>| matches!(part.content, Content::ToolCall(_) | Content::Thinking(_));
        if own().any(strange) {
            return Err(malformed(self.api, "only the model calls tools and thinks"));
        }
        let mut written = Object::begin(list.item());
        written.text("role", role);
        if let Some(text) = text_of(own()) {
            written.text("content", &text);
        } else {
            if role == "system" {
                let what = "a system prompt of something else than text cannot be asked here";
                return Err(unsupported(Feature::OtherMedia, self.api, what));
            }
            let mut parts = Array::begin(written.member("content"));
            for part in own() {
                if !is_empty(part) {
                    part::write(parts.item(), &part.content, self.api)?;
                }
            }
            parts.end();
        }
        if let Some(name) = &message.name {
            written.text("name", name);
        }
        written.end();
        Ok(())
    }

    /// A turn of the model's; gives its calls with the results that follow.
    fn assistant<'m>(
        &mut self,
        list: &mut Array<'_>,
        at: usize,
        message: &'m Message<'m>,
        follow: &'m [Message<'m>],
    ) -> Result<Vec<Called<'m>>, Refusal> {
        let (mut text, mut refusal, mut thought) = (String::new(), String::new(), String::new());
        let mut calls = Vec::new();
        let mut arguments = Vec::new();
        let tool_ids = self.call.candidate.model().provider().tool_ids();
        for part in &message.parts {
            match &part.content {
                Content::Text(words) => text.push_str(words),
                Content::Refusal(words) => refusal.push_str(words),
                Content::Thinking(thinking) if thinking.redacted => {
                    self.written.drops("thinking of earlier turns");
                }
                Content::Thinking(thinking) => thought.push_str(&thinking.text),
                Content::ToolCall(call) => {
                    // The place in a conversation is the same whenever it is told again.
                    let turn = u32::try_from(at).unwrap_or(u32::MAX);
                    let number = u32::try_from(calls.len()).unwrap_or(u32::MAX);
                    let made = || ids::of_call("", turn, number);
                    let written = match call.id.as_deref() {
                        Some(id) => ids::fitting(id, tool_ids),
                        None => ids::fitting(&made(), tool_ids).into_owned().into(),
                    };
                    arguments.push(&*call.arguments);
                    calls.push(Called {
                        id: call.id.as_deref(),
                        name: &call.name,
                        written,
                        result: None,
                    });
                }
                Content::Image(_)
                | Content::Audio(_)
                | Content::Document(_)
                | Content::ToolResult(_) => {
                    let what = "a turn of the model's can have nothing but text and calls here";
                    return Err(unsupported(Feature::OtherMedia, self.api, what));
                }
            }
        }
        result::give(&mut calls, follow, self.api)?;
        let mut written = Object::begin(list.item());
        written.text("role", "assistant");
        if text.is_empty() && (!calls.is_empty() || !refusal.is_empty()) {
            written.raw("content", "null");
        } else {
            written.text("content", &text);
        }
        if !refusal.is_empty() {
            written.text("refusal", &refusal);
        }
        if self.is_prefix {
            written.raw("prefix", "true");
        }
        if !thought.is_empty() {
            match self.call.candidate.model().provider().thinking_field() {
                ThinkingField::ReasoningContent => written.text("reasoning_content", &thought),
                ThinkingField::Reasoning => written.text("reasoning", &thought),
                ThinkingField::None => self.written.drops("thinking of earlier turns"),
            }
        }
        if !calls.is_empty() {
            let mut list = Array::begin(written.member("tool_calls"));
            for (called, arguments) in calls.iter().zip(arguments) {
                let mut call = Object::begin(list.item());
                call.text("id", &called.written);
                call.text("type", "function");
                let mut function = Object::begin(call.member("function"));
                function.text("name", called.name);
                let arguments = match arguments {
                    "" => "{}",
                    arguments => arguments,
                };
                function.text("arguments", arguments);
                function.end();
                call.end();
            }
            list.end();
        }
        if let Some(name) = &message.name {
            written.text("name", name);
        }
        written.end();
        Ok(calls)
    }

    /// Writes the results. What is in them besides text follows in a message of the user's.
    fn results(&mut self, list: &mut Array<'_>, calls: &[Called<'_>]) -> Result<(), Refusal> {
        let mut media = Vec::new();
        for called in calls {
            let Some(result) = called.result else {
                continue;
            };
            let mut written = Object::begin(list.item());
            written.text("role", "tool");
            written.text("tool_call_id", &called.written);
            written.text("content", &result::words(result));
            written.end();
            if result.parts.iter().any(|part| part.cache.is_some()) {
                self.written.drops("cache_control");
            }
            let is_media = |part: &&Part<'_>| !matches!(part.content, Content::Text(_));
            media.extend(
                result
                    .parts
                    .iter()
                    .filter(is_media)
                    .map(|part| (called, part)),
            );
        }
        if media.is_empty() {
            return Ok(());
        }
        let mut written = Object::begin(list.item());
        written.text("role", "user");
        let mut parts = Array::begin(written.member("content"));
        let mut last = None;
        for (called, part) in media {
            if last != Some(&called.written) {
                let whose = format!("From the result of {} ({}):", called.name, called.written);
                part::text(parts.item(), &whose);
                last = Some(&called.written);
            }
            let Part { content, .. } = part;
            if matches!(
                content,
                Content::ToolCall(_) | Content::ToolResult(_) | Content::Thinking(_)
            ) {
                let what = "a result of a tool has nothing but texts and media";
                return Err(malformed(self.api, what));
            }
            part::write(parts.item(), content, self.api)?;
        }
        parts.end();
        written.end();
        Ok(())
    }
}

/// The words of a turn that has nothing else, as one text: every server takes that.
fn text_of<'a>(parts: impl Iterator<Item = &'a Part<'a>>) -> Option<Cow<'a, str>> {
    let mut all = Cow::Borrowed("");
    for part in parts {
        let (Content::Text(text) | Content::Refusal(text)) = &part.content else {
            return None;
        };
        if all.is_empty() {
            all = Cow::Borrowed(text);
        } else if !text.is_empty() {
            let all = all.to_mut();
            all.push_str("\n\n");
            all.push_str(text);
        }
    }
    Some(all)
}

fn is_empty(part: &Part<'_>) -> bool {
    matches!(&part.content, Content::Text(text) if text.is_empty())
}
