use std::borrow::Cow;

use serde::Deserialize;

use super::{
    text::Text,
    wire::{Call, Custom, Function},
};
use crate::{
    chat::{Delta, Sink, json},
    dispatch::Unreadable,
};

/// Most calls that a choice makes.
const MOST_CALLS: usize = 1024;

/// The calls of a choice, as far as they have come.
#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: Vec<Begun>,
    /// How many have been told; a call is told when its name is known.
    told: u32,
}

#[derive(Debug, Default)]
struct Begun {
    index: Option<u32>,
    id: Option<Box<str>>,
    /// The number by which it was told.
    number: Option<u32>,
    /// What came before the name.
    early: String,
    /// Free text that is being written as the one member of an object.
    custom: bool,
    /// Some arguments have come.
    has_any: bool,
}

impl Calls {
    pub(super) fn any(&self) -> bool {
        self.told > 0
    }

    /// Tells what a piece of a call says.
    pub(super) fn tell(
        &mut self,
        choice: u32,
        piece: Call<'_>,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        let id = Text::said(piece.id);
        let (name, arguments) = match (piece.function.0, piece.custom.0) {
            (Some(Function { name, arguments }), _) => {
                (Text::said(name), arguments.map(|raw| text_of(raw.get())))
            }
            (None, Some(Custom { name, input })) => {
                return self.custom(choice, piece.index, id, Text::said(name), input, out);
            }
            (None, None) => (None, None),
        };
        let at = self.find(piece.index, id, name.is_some())?;
        self.name(at, choice, name, out);
        let arguments = arguments.transpose()?.unwrap_or_default();
        self.arguments(at, choice, &arguments, out);
        Ok(())
    }

    /// The older form, which has one call and no id.
    pub(super) fn function_call(
        &mut self,
        choice: u32,
        function: Function<'_>,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        let piece = Call {
            index: Some(0),
            function: crate::dispatch::usage::Lenient(Some(function)),
            ..Call::default()
        };
        self.tell(choice, piece, out)
    }

    fn custom(
        &mut self,
        choice: u32,
        index: Option<u32>,
        id: Option<Cow<'_, str>>,
        name: Option<Cow<'_, str>>,
        input: Option<Text<'_>>,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        let at = self.find(index, id, name.is_some())?;
        self.name(at, choice, name, out);
        let Some(Text(input)) = input else {
            return Ok(());
        };
        let Some(call) = self.calls.get_mut(at) else {
            return Ok(());
        };
        let mut written = Vec::with_capacity(input.len() + 16);
        if !std::mem::replace(&mut call.custom, true) {
            written.extend_from_slice(br#"{"input":""#);
        }
        json::inside(&mut written, &input);
        let written = String::from_utf8(written).map_err(|_| Unreadable)?;
        self.arguments(at, choice, &written, out);
        Ok(())
    }

    /// The place of the call that a piece belongs to, which may be a new one.
    ///
    /// OpenAI counts the calls. Others give every call the number 0, none at all, or say id and name again with every
    /// piece.
    fn find(
        &mut self,
        index: Option<u32>,
        id: Option<Cow<'_, str>>,
        named: bool,
    ) -> Result<usize, Unreadable> {
        let same = |call: &Begun| match (&call.id, &id) {
            (Some(known), Some(id)) => **known == **id,
            _ => true,
        };
        let found = match (index, &id) {
            (Some(_), _) => self.calls.iter().rposition(|call| call.index == index),
            (None, Some(id)) => {
                let known = |call: &Begun| call.id.as_deref() == Some(id);
                self.calls.iter().rposition(known)
            }
            (None, None) if named => None,
            (None, None) => self.calls.len().checked_sub(1),
        };
        // Another id with a name is another call, whatever its number.
        let found = found.filter(|at| !named || self.calls.get(*at).is_some_and(same));
        let at = match found {
            Some(at) => at,
            None if self.calls.len() == MOST_CALLS => return Err(Unreadable),
            None => {
                self.calls.push(Begun::default());
                self.calls.len() - 1
            }
        };
        if let Some(call) = self.calls.get_mut(at) {
            call.index = index;
            if call.id.is_none() {
                call.id = id.map(Into::into);
            }
        }
        Ok(at)
    }

    fn name(&mut self, at: usize, choice: u32, name: Option<Cow<'_, str>>, out: &mut dyn Sink) {
        let (Some(name), Some(call)) = (name, self.calls.get_mut(at)) else {
            return;
        };
        if call.number.is_some() {
            return;
        }
        let number = self.told;
        self.told += 1;
        call.number = Some(number);
        out.take(Delta::ToolCall {
            choice,
            call: number,
            id: call.id.as_deref().map(Cow::Borrowed),
            name,
        });
        if !call.early.is_empty() {
            let json = std::mem::take(&mut call.early).into();
            let call = number;
            out.take(Delta::Arguments { choice, call, json });
        }
    }

    fn arguments(&mut self, at: usize, choice: u32, json: &str, out: &mut dyn Sink) {
        let Some(call) = self.calls.get_mut(at).filter(|_| !json.is_empty()) else {
            return;
        };
        // Some write the absence of arguments as a word. No object begins with it.
        if !call.has_any && json.trim() == "null" {
            return;
        }
        call.has_any = true;
        match call.number {
            None => call.early.push_str(json),
            Some(call) => out.take(Delta::Arguments {
                choice,
                call,
                json: json.into(),
            }),
        }
    }

    /// The choice ends: the objects that are still open are closed.
    pub(super) fn end(&mut self, choice: u32, out: &mut dyn Sink) {
        for call in &mut self.calls {
            if let Some(number) = call.number
                && std::mem::take(&mut call.custom)
            {
                out.take(Delta::Arguments {
                    choice,
                    call: number,
                    json: r#""}"#.into(),
                });
            }
        }
    }
}

/// Arguments as JSON text: what a text holds, and any other value as it is.
fn text_of(raw: &str) -> Result<Cow<'_, str>, Unreadable> {
    match raw.as_bytes().first() {
        Some(b'"') => {
            let text = Text::deserialize(&mut serde_json::Deserializer::from_str(raw));
            text.map(|Text(text)| text).map_err(|_| Unreadable)
        }
        Some(b'{') => Ok(raw.into()),
        _ => Ok("".into()),
    }
}
