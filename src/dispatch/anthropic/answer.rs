use std::borrow::Cow;

use super::{
    blocks::Blocks,
    failure,
    wire::{self, Counted, Details, Event, Message, WireError, Words},
};
use crate::{
    catalog::Usage,
    chat::{Delta, Ended, Finish, Problem, Sink},
    dispatch::{
        Answer, Reported, Seen, Step, Unreadable,
        usage::{Reader, Shape},
    },
    observe::FinishReason,
};

/// A longer name is nobody's, and is not kept.
const LONGEST_NAME: usize = 256;
/// A longer word is no code.
const LONGEST_CODE: usize = 64;

/// Reads an answer of Messages, or of its counting endpoint.
#[derive(Debug)]
pub(super) struct MessagesAnswer {
    counts: bool,
    usage: Reader,
    blocks: Blocks,
    begun: bool,
    /// Why the answer ends, where a stream begins with that.
    reason: Option<Box<str>>,
    seen: Seen,
}

impl MessagesAnswer {
    /// `counts` is whether nothing but the length of a prompt was asked for.
    pub(super) fn new(counts: bool) -> Self {
        Self {
            counts,
            usage: Reader::new(Shape::Anthropic),
            blocks: Blocks::default(),
            begun: false,
            reason: None,
            seen: Seen::default(),
        }
    }

    fn take(
        &mut self,
        data: &[u8],
        event: &Event<'_>,
        out: &mut dyn Sink,
    ) -> Result<Step, Unreadable> {
        match &*event.kind.0 {
            "message_start" => {
                if self.begun {
                    self.blocks.restart(out)?;
                }
                let message = event.message.0.as_ref().ok_or(Unreadable)?;
                self.seen.progress += 1;
                self.begin(message, out)?;
                self.report(data, out)?;
                // It is an end once the end marker says so.
                let reason = &message.stop_reason.0;
                self.reason = (reason.len() <= LONGEST_CODE).then(|| (&**reason).into());
            }
            "content_block_start" => {
                let block = event.content_block.0.as_ref().ok_or(Unreadable)?;
                let bytes = self.blocks.start(event.index, block, out)?;
                self.seen.progress += 1;
                self.said(bytes);
            }
            "content_block_delta" => {
                let piece = event.delta.0.as_ref().ok_or(Unreadable)?;
                let length = data.len() as u64;
                self.seen.progress += u64::from(piece.citation.0.is_some());
                let bytes = self.blocks.piece(event.index, piece, length, out)?;
                self.said(bytes);
            }
            "content_block_stop" => {
                self.seen.progress += 1;
                self.blocks.stop(event.index, out);
            }
            "message_delta" => {
                self.blocks.stop_all(out);
                self.report(data, out)?;
                if let Some(delta) = &event.delta.0 {
                    let details = &delta.stop_details.0;
                    self.end(&delta.stop_reason, &delta.stop_sequence, details, out);
                }
            }
            "message_stop" => {
                // The end of an answer that never began is none.
                if !self.begun {
                    return Err(Unreadable);
                }
                self.blocks.stop_all(out);
                self.complete(out);
                return Ok(Step::Done);
            }
            "error" => {
                self.fail(event.error.as_ref(), out);
                return Ok(Step::Failed);
            }
            // Pings, and what later versions add.
            _ if event.error.is_some() => {
                self.fail(event.error.as_ref(), out);
                return Ok(Step::Failed);
            }
            _ => {}
        }
        Ok(Step::Pass)
    }

    /// A message begins, with whatever content it has.
    fn begin(&mut self, message: &Message<'_>, out: &mut dyn Sink) -> Result<(), Unreadable> {
        self.begun = true;
        let Message { id, model, .. } = message;
        if (1..=LONGEST_NAME).contains(&model.0.len()) {
            self.seen.model = Some((&*model.0).into());
        }
        if out.listens() {
            out.take(Delta::Begin {
                id: id.said(),
                model: model.said(),
            });
        }
        let blocks = message.content.as_ref().map_or(&[][..], |list| &list.0);
        for (index, block) in (0..).zip(blocks) {
            let bytes = self.blocks.start(index, block, out)?;
            self.blocks.stop(index, out);
            self.said(bytes);
        }
        Ok(())
    }

    /// Content has come: what was reported before is not all of it.
    fn said(&mut self, bytes: u64) {
        if bytes > 0 {
            self.seen.content_bytes += bytes;
            self.seen.usage = Reported::Missing;
            self.seen.shares.clear();
        }
    }

    /// Reads what is said of usage.
    fn report(&mut self, json: &[u8], out: &mut dyn Sink) -> Result<(), Unreadable> {
        self.usage.read(json)?;
        self.seen
            .report(self.usage.report(self.seen.content_bytes > 0));
        if out.listens()
            && let Reported::Usage(usage) = &self.seen.usage
        {
            out.take(Delta::Usage(usage.clone()));
        }
        Ok(())
    }

    fn end(
        &mut self,
        reason: &Words<'_>,
        stop: &Words<'_>,
        details: &Option<Details<'_>>,
        out: &mut dyn Sink,
    ) {
        if reason.is_empty() || self.seen.finished {
            return;
        }
        let (finish, word) = finish(&reason.0, self.blocks.calls() > 0);
        self.seen.finish_reasons = self.seen.finish_reasons.with(word);
        self.seen.finished = true;
        if !out.listens() {
            return;
        }
        let explanation = details
            .as_ref()
            .and_then(|details| details.explanation.said());
        let ended = Ended {
            finish,
            stop: stop.said(),
            explanation,
        };
        out.take(Delta::End { choice: 0, ended });
    }

    /// The end marker came, with or without a reason before it.
    fn complete(&mut self, out: &mut dyn Sink) {
        let early = self.reason.take().filter(|reason| !reason.is_empty());
        let reason = match (early, self.blocks.calls()) {
            (Some(reason), _) => Cow::Owned(reason.into()),
            (None, 0) => Cow::Borrowed("end_turn"),
            (None, _) => Cow::Borrowed("tool_use"),
        };
        let reason = Words(reason);
        self.end(&reason, &Words::default(), &None, out);
        self.seen.done = true;
    }

    fn fail(&mut self, error: Option<&WireError<'_>>, out: &mut dyn Sink) {
        let (kind, number, message) = match error {
            Some(WireError::Object {
                r#type,
                code,
                message,
            }) => (&*r#type.0, &*code.0, &*message.0),
            Some(WireError::Text(message)) => ("", "", &**message),
            Some(WireError::Other(_)) | None => ("", "", ""),
        };
        // A code is a word; anything else may be anything, a key included.
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_word = (1..=LONGEST_CODE).contains(&kind.len()) && kind.bytes().all(letter);
        let code = if is_word { kind } else { "error" };
        self.seen.error = Some(code.into());
        self.seen.failure = failure::of(kind, number, message);
        self.seen.in_band = failure::in_band(kind);
        if out.listens() {
            let some = |text: &'_ str| (!text.is_empty()).then(|| Cow::Owned(text.to_owned()));
            out.take(Delta::Failed(Problem {
                class: self.seen.failure,
                code: is_word.then_some(Cow::Borrowed(code)),
                message: some(message),
                ..Problem::unknown()
            }));
        }
    }

    fn counted(&mut self, body: &[u8], out: &mut dyn Sink) -> Result<(), Unreadable> {
        let counted: Counted = wire::whole(body)?;
        let usage = Usage::text(counted.input_tokens, 0);
        self.seen.usage = Reported::Usage(usage.clone());
        self.seen.finished = true;
        self.seen.done = true;
        out.take(Delta::Usage(usage));
        Ok(())
    }

    fn message(
        &mut self,
        body: &[u8],
        message: &Message<'_>,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        if message.content.is_none() {
            return Err(Unreadable);
        }
        self.begin(message, out)?;
        self.report(body, out)?;
        let details = &message.stop_details.0;
        self.end(&message.stop_reason, &message.stop_sequence, details, out);
        self.complete(out);
        Ok(())
    }
}

impl Answer for MessagesAnswer {
    fn event(&mut self, data: &[u8], out: &mut dyn Sink) -> Step {
        let step = wire::event(data).and_then(|event| self.take(data, &event, out));
        step.unwrap_or(Step::Garbage)
    }

    fn whole(&mut self, body: &[u8], out: &mut dyn Sink) -> Result<(), Unreadable> {
        let message: Message<'_> = wire::whole(body)?;
        if let Some(error) = &message.error {
            self.fail(Some(error), out);
            return Ok(());
        }
        if self.counts {
            return self.counted(body, out);
        }
        self.message(body, &message, out)
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

/// What a reason means here, and the word of records. `calls` is whether tools are called.
fn finish(reason: &str, calls: bool) -> (Finish, FinishReason) {
    let finish = match reason {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopText,
        "max_tokens" => Finish::Length,
        "model_context_window_exceeded" => Finish::Context,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::Refused,
        "pause_turn" | "compaction" => Finish::Paused,
        // One that later versions add.
        _ if calls => return (Finish::ToolCalls, FinishReason::Other),
        _ => return (Finish::Stop, FinishReason::Other),
    };
    (finish, finish.reason())
}
