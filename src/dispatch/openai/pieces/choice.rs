use std::borrow::Cow;

use super::{
    calls::Calls,
    content::{Piece, Vec1},
    finish,
    text::Text,
    wire::{Annotation, Message, Said},
};
use crate::{
    chat::{Citation, Delta, Sink},
    dispatch::{Unreadable, usage::Lenient},
};

/// What has been told of a choice.
#[derive(Debug, Default)]
pub(super) struct Choice {
    calls: Calls,
    refused: bool,
    ended: bool,
}

impl Choice {
    pub(super) fn tell(
        &mut self,
        choice: u32,
        said: Said<'_>,
        whole: bool,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        // An answer in one piece may have an empty delta beside its message; a stream, all that it has said so far beside
        // what is new.
        let message = match whole {
            true => said.message.or(said.delta),
            false => said.delta.or(said.message),
        };
        if let Some(message) = message {
            self.message(choice, message, out)?;
        }
        // Some write the absence of a reason as a text, and some say it more than once.
        if let Some(Text(word)) = said.finish_reason
            && !matches!(&*word, "" | "null")
            && !self.ended
        {
            self.ended = true;
            self.calls.end(choice, out);
            let ended = finish::ended(&word, said.stop_reason, self.calls.any(), self.refused);
            out.take(Delta::End { choice, ended });
        }
        Ok(())
    }

    fn message(
        &mut self,
        choice: u32,
        message: Message<'_>,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        // Some write the same under both names.
        let thought = message
            .reasoning_content
            .0
            .filter(|words| !words.is_empty());
        if let Some(text) = thought.or(message.reasoning.0) {
            think(choice, text, out);
        }
        match message.content.0 {
            Vec1::None => {}
            Vec1::One(text) => say(choice, text, out),
            Vec1::Many(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => say(choice, text, out),
                        Piece::Thinking(text) => think(choice, text, out),
                        Piece::Refusal(text) => self.refuse(choice, text, out),
                    }
                }
            }
        }
        if let Some(Text(text)) = message.refusal {
            self.refuse(choice, text, out);
        }
        for call in message.tool_calls.into_iter().flatten() {
            self.calls.tell(choice, call, out)?;
        }
        if let Lenient(Some(function)) = message.function_call {
            self.calls.function_call(choice, function, out)?;
        }
        for Lenient(annotation) in message.annotations.into_iter().flatten() {
            let citation = annotation.and_then(citation);
            if let Some(citation) = citation {
                out.take(Delta::Citation { choice, citation });
            }
        }
        Ok(())
    }

    fn refuse(&mut self, choice: u32, text: Cow<'_, str>, out: &mut dyn Sink) {
        if !text.is_empty() {
            self.refused = true;
            out.take(Delta::Refusal { choice, text });
        }
    }
}

fn say(choice: u32, text: Cow<'_, str>, out: &mut dyn Sink) {
    if !text.is_empty() {
        out.take(Delta::Text { choice, text });
    }
}

fn think(choice: u32, text: Cow<'_, str>, out: &mut dyn Sink) {
    if !text.is_empty() {
        out.take(Delta::Thinking { choice, text });
    }
}

fn citation(annotation: Annotation<'_>) -> Option<Citation<'_>> {
    let Lenient(cited) = annotation.url_citation;
    let cited = cited?;
    Some(Citation {
        url: Text::said(cited.url),
        title: Text::said(cited.title),
        quote: Text::said(cited.content),
        span: cited.start_index.zip(cited.end_index),
    })
}
