use std::borrow::Cow;

use super::piece::{Piece, is_object};
use crate::{
    chat::{Content, Media, Message, Part, Role, Source, ToolCall, ToolResult, Waiting},
    query::{Api, Feature, Refusal, RefusalKind},
};

/// A conversation as Gemini wants it: a system instruction, and turns of user and model that alternate, in which the
/// results of calls follow the calls at once, all of them and in their order.
#[derive(Debug)]
pub(super) struct Turns<'a> {
    pub(super) system: Vec<&'a str>,
    pub(super) turns: Vec<Turn<'a>>,
    pub(super) dropped: Vec<Cow<'static, str>>,
}

#[derive(Debug)]
pub(super) struct Turn<'a> {
    /// `user` or `model`.
    pub(super) role: &'static str,
    pub(super) parts: Vec<Piece<'a>>,
}

const USER: &str = "user";
const MODEL: &str = "model";

/// `signs` is whether the model wants a signature with the first call of every turn.
pub(super) fn turns<'a>(
    messages: &'a [Message<'a>],
    api: Api,
    signs: bool,
) -> Result<Turns<'a>, Refusal> {
    let mut builder = Builder {
        api,
        turns: Turns {
            system: Vec::new(),
            turns: Vec::new(),
            dropped: Vec::new(),
        },
        calls: Vec::new(),
        waiting: Waiting::default(),
        others: Vec::new(),
        asked: false,
    };
    for (at, message) in messages.iter().enumerate() {
        builder.message(at, message)?;
    }
    builder.user_ends()?;
    let mut turns = builder.turns;
    if turns.turns.is_empty() {
        // A conversation has to have a turn, and what there is to say is the system's.
        let parts = std::mem::take(&mut turns.system).into_iter();
        let parts: Vec<_> = parts.map(|text| Piece::Text(text.into())).collect();
        if parts.is_empty() {
            return Err(
                Refusal::new(RefusalKind::Malformed, "there is nothing to answer")
                    .with_param(field(api)),
            );
        }
        turns.turns.push(Turn { role: USER, parts });
        drops(
            &mut turns.dropped,
            "the role of a system prompt that stands alone",
        );
    }
    if signs {
        for turn in &mut turns.turns {
            let call = |piece: &&mut Piece<'_>| matches!(piece, Piece::Call { .. });
            if let Some(first) = turn.parts.iter_mut().find(call) {
                first.sign();
            }
        }
    }
    Ok(turns)
}

/// Notes something that is left out, once.
pub(super) fn drops(dropped: &mut Vec<Cow<'static, str>>, what: &'static str) {
    if !dropped.iter().any(|one| one == what) {
        dropped.push(what.into());
    }
}

/// Where a caller of an API has its messages.
fn field(api: Api) -> &'static str {
    Feature::Prefill.field(api)
}

struct Builder<'a> {
    api: Api,
    turns: Turns<'a>,
    /// The calls of the model's last turn, and their results as far as they have come.
    calls: Vec<Called<'a>>,
    waiting: Waiting<'a>,
    /// What the user says besides results, in the turn that is being read.
    others: Vec<Piece<'a>>,
    /// Somebody other than the system has spoken.
    asked: bool,
}

struct Called<'a> {
    id: Option<&'a str>,
    name: &'a str,
    result: Option<Vec<Piece<'a>>>,
}

impl<'a> Builder<'a> {
    fn message(&mut self, at: usize, message: &'a Message<'a>) -> Result<(), Refusal> {
        if message.name.is_some() {
            self.drops("name");
        }
        if message.role == Role::Assistant {
            self.user_ends()?;
        }
        for part in &message.parts {
            if part.cache.is_some() {
                self.drops("cache_control");
            }
            match message.role {
                Role::System => self.system(at, part)?,
                Role::User => self.user(at, part)?,
                Role::Assistant => self.model(at, part)?,
            }
        }
        self.asked |= message.role != Role::System;
        Ok(())
    }

    fn drops(&mut self, what: &'static str) {
        drops(&mut self.turns.dropped, what);
    }

    fn refuse(&self, kind: RefusalKind, at: usize, what: &'static str) -> Refusal {
        Refusal::new(kind, what).with_param(format!("{}[{at}]", field(self.api)))
    }

    fn system(&mut self, at: usize, part: &'a Part<'a>) -> Result<(), Refusal> {
        let Content::Text(text) = &part.content else {
            let what = "a system prompt of something else than text cannot be asked here";
            return Err(self.refuse(RefusalKind::Unsupported, at, what));
        };
        match (text.is_empty(), self.asked) {
            (true, _) => {}
            (false, false) => self.turns.system.push(text),
            (false, true) => {
                let text = format!("<system>\n{text}\n</system>");
                self.others.push(Piece::Text(text.into()));
                self.drops("the role of a system prompt within the conversation");
            }
        }
        Ok(())
    }

    fn user(&mut self, at: usize, part: &'a Part<'a>) -> Result<(), Refusal> {
        match &part.content {
            Content::ToolResult(result) => self.result(at, result),
            Content::ToolCall(_) | Content::Thinking(_) => {
                let what = "only the model calls tools and thinks";
                Err(self.refuse(RefusalKind::Malformed, at, what))
            }
            Content::Text(_)
            | Content::Refusal(_)
            | Content::Image(_)
            | Content::Audio(_)
            | Content::Document(_) => {
                let piece = self.plain(&part.content)?;
                self.others.extend(piece);
                Ok(())
            }
        }
    }

    fn model(&mut self, at: usize, part: &'a Part<'a>) -> Result<(), Refusal> {
        let piece = match &part.content {
            Content::ToolCall(call) => Some(self.call(at, call)?),
            Content::Thinking(thinking) => match thinking.signature.as_deref() {
                Some(signature) if !signature.is_empty() => Some(Piece::Thought {
                    text: &thinking.text,
                    signature,
                }),
                _ => {
                    self.drops("thinking of earlier turns");
                    None
                }
            },
            Content::ToolResult(_) => {
                let what = "the model gives no results of tools";
                return Err(self.refuse(RefusalKind::Malformed, at, what));
            }
            other => self.plain(other)?,
        };
        if let Some(piece) = piece {
            self.push(MODEL, piece);
        }
        Ok(())
    }

    fn push(&mut self, role: &'static str, piece: Piece<'a>) {
        match self.turns.turns.last_mut() {
            Some(turn) if turn.role == role => turn.parts.push(piece),
            _ => self.turns.turns.push(Turn {
                role,
                parts: vec![piece],
            }),
        }
    }

    fn call(&mut self, at: usize, call: &'a ToolCall<'a>) -> Result<Piece<'a>, Refusal> {
        let arguments = match call.arguments.trim() {
            "" => "{}",
            arguments if is_object(arguments) => arguments,
            _ => {
                let what = "the arguments of a tool call are no JSON object";
                return Err(self.refuse(RefusalKind::Malformed, at, what));
            }
        };
        let (id, name) = (call.id.as_deref(), &*call.name);
        self.waiting.add(id.map(Cow::Borrowed), Cow::Borrowed(name));
        self.calls.push(Called {
            id,
            name,
            result: None,
        });
        Ok(Piece::Call {
            id,
            name,
            arguments,
            signature: call.signature.as_deref(),
        })
    }

    /// Finds the call that a result belongs to: by its id, else the next one of its name, or the next.
    fn result(&mut self, at: usize, result: &'a ToolResult<'a>) -> Result<(), Refusal> {
        let (id, name) = (result.id.as_deref(), result.name.as_deref());
        let number = self.waiting.answer(id, name);
        let Some(called) = number.and_then(|number| self.calls.get_mut(number)) else {
            let what = "a result of a tool belongs to no call of the turn before it";
            return Err(self.refuse(RefusalKind::Malformed, at, what));
        };
        let mut texts: Vec<&str> = Vec::new();
        let (id, name) = (called.id, called.name);
        let mut pieces = Vec::new();
        for part in &result.parts {
            match &part.content {
                Content::Text(text) => texts.push(text),
                other => pieces.extend(plain(other, self.api, &mut self.turns.dropped)?),
            }
        }
        let text = match texts[..] {
            [one] => Cow::Borrowed(one),
            _ => texts.join("\n").into(),
        };
        let response = Piece::Response {
            id,
            name,
            text,
            is_error: result.is_error,
        };
        pieces.insert(0, response);
        called.result = Some(pieces);
        Ok(())
    }

    /// The user's turn is over: results come first, then what is in them besides text, then what else was said.
    fn user_ends(&mut self) -> Result<(), Refusal> {
        let others = std::mem::take(&mut self.others);
        let answered = self.calls.iter().any(|called| called.result.is_some());
        if others.is_empty() && !answered {
            // The model speaks on, or nobody does.
            return Ok(());
        }
        let mut media = Vec::new();
        self.waiting = Waiting::default();
        for called in std::mem::take(&mut self.calls) {
            let Some(result) = called.result else {
                return Err(
                    Refusal::new(RefusalKind::Malformed, "a call of a tool has no result")
                        .with_param(field(self.api)),
                );
            };
            let mut pieces = result.into_iter();
            if let Some(response) = pieces.next() {
                self.push(USER, response);
            }
            media.extend(pieces);
        }
        for piece in media.into_iter().chain(others) {
            self.push(USER, piece);
        }
        Ok(())
    }

    fn plain(&mut self, content: &'a Content<'a>) -> Result<Option<Piece<'a>>, Refusal> {
        plain(content, self.api, &mut self.turns.dropped)
    }
}

/// Words and media; nothing for an empty text.
fn plain<'a>(
    content: &'a Content<'a>,
    api: Api,
    dropped: &mut Vec<Cow<'static, str>>,
) -> Result<Option<Piece<'a>>, Refusal> {
    let (media, remote) = match content {
        Content::Text(text) | Content::Refusal(text) => {
            return Ok((!text.is_empty()).then(|| Piece::Text((&**text).into())));
        }
        Content::Image(media) => (media, Feature::RemoteImage),
        Content::Audio(media) => (media, Feature::OtherMedia),
        Content::Document(media) => (media, Feature::RemoteDocument),
        Content::ToolCall(_) | Content::ToolResult(_) | Content::Thinking(_) => return Ok(None),
    };
    if media.detail.is_some() {
        drops(dropped, "detail");
    }
    if media.name.is_some() {
        drops(dropped, "the name of a document");
    }
    source(media, remote).map(Some).ok_or_else(|| {
        let what = "the media type of what is at an address has to be known here";
        Refusal::new(RefusalKind::Unsupported, what).with_param(remote.field(api))
    })
}

fn source<'a>(media: &'a Media<'a>, remote: Feature) -> Option<Piece<'a>> {
    Some(match &media.source {
        Source::Inline { media_type, data } => Piece::Inline { media_type, data },
        Source::Text(text) => Piece::Text((&**text).into()),
        Source::Url { url, media_type } => {
            let media_type = match (media_type, remote) {
                (Some(media_type), _) => media_type,
                // Whoever asks for a document at an address without saying its kind means one kind.
                (None, Feature::RemoteDocument) => "application/pdf",
                (None, _) => return None,
            };
            Piece::File { media_type, url }
        }
    })
}
