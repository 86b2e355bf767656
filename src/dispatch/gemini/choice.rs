use super::{
    citations::{self, Heard},
    finish::finish,
    partial::PartialArgs,
    wire::{Candidate, FunctionCall, Part, text},
};
use crate::{
    chat::{Delta, Ended, Finish, Signed, Sink},
    dispatch::Unreadable,
};

/// What has come of one candidate of an answer.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// How many functions it has called.
    calls: u32,
    /// The arguments of the last one, where more of them is to come.
    open: Option<PartialArgs>,
    heard: Heard,
    pub(super) ended: bool,
}

impl Choice {
    pub(super) const fn calls(&self) -> bool {
        self.calls > 0
    }

    /// Takes what has come; says why it ended, where it did.
    pub(super) fn take(
        &mut self,
        choice: u32,
        candidate: &Candidate<'_>,
        out: &mut dyn Sink,
    ) -> Result<Option<Finish>, Unreadable> {
        let content = candidate.content.as_ref();
        for part in content
            .and_then(|it| it.parts.as_ref())
            .into_iter()
            .flatten()
        {
            match &part.function_call {
                Some(call) => self.call(choice, call, part, out)?,
                None if out.listens() => self.words(choice, part, out),
                None => {}
            }
        }
        let finish = finish(text(&candidate.finish_reason), self.calls());
        if out.listens() {
            if let Some(sources) = candidate.grounding_metadata {
                citations::grounding(sources.get(), &mut self.heard, choice, out);
            }
            if let Some(sources) = candidate.citation_metadata {
                citations::recitation(sources, &mut self.heard, choice, out);
            }
        }
        if let Some(finish) = finish.filter(|finish| *finish != Finish::Fault) {
            let explanation = Some(text(&candidate.finish_message));
            self.end(choice, finish, explanation, out);
        }
        Ok(finish)
    }

    /// The candidate has ended. Told once.
    pub(super) fn end(
        &mut self,
        choice: u32,
        finish: Finish,
        explanation: Option<&str>,
        out: &mut dyn Sink,
    ) {
        // Some end a candidate without the end of a call whose arguments are complete all the same.
        self.close(choice, out);
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let explanation = explanation.filter(|words| !words.is_empty());
        let ended = Ended {
            explanation: explanation.map(Into::into),
            ..Ended::new(finish)
        };
        out.take(Delta::End { choice, ended });
    }

    /// Words, thought or said, and what they are signed with.
    fn words(&mut self, choice: u32, part: &Part<'_>, out: &mut dyn Sink) {
        if part.text.is_none() {
            // Code, files, tools of Google's own: nothing of them is told, nor what they are signed with.
            return;
        }
        let words = text(&part.text);
        let thought = part.thought == Some(true);
        if !words.is_empty() {
            let text = words.into();
            if thought {
                out.take(Delta::Thinking { choice, text });
            } else {
                self.heard.hear(words);
                out.take(Delta::Text { choice, text });
            }
        }
        let of = if thought {
            Signed::Thinking
        } else {
            Signed::Text
        };
        sign(choice, of, part, out);
    }

    fn call(
        &mut self,
        choice: u32,
        call: &FunctionCall<'_>,
        part: &Part<'_>,
        out: &mut dyn Sink,
    ) -> Result<(), Unreadable> {
        let goes_on = call.will_continue == Some(true);
        let name = text(&call.name);
        if !name.is_empty() {
            self.close(choice, out);
            let number = self.calls;
            self.calls += 1;
            let id = Some(text(&call.id)).filter(|id| !id.is_empty());
            out.take(Delta::ToolCall {
                choice,
                call: number,
                id: id.map(Into::into),
                name: name.into(),
            });
            sign(choice, Signed::Call(number), part, out);
            if goes_on || call.partial_args.is_some() {
                self.open = Some(PartialArgs::default());
            }
        }
        if !out.listens() {
            return Ok(());
        }
        if let Some(open) = &mut self.open {
            for piece in call.partial_args.iter().flatten() {
                open.take(piece)?;
            }
        }
        if let Some(args) = call.args.map(serde_json::value::RawValue::get)
            && let Some(number) = self.calls.checked_sub(1)
            && !is_empty(args)
        {
            // Whole, whatever else was said of them.
            self.open = None;
            out.take(Delta::Arguments {
                choice,
                call: number,
                json: args.into(),
            });
        }
        if !goes_on {
            self.close(choice, out);
        }
        Ok(())
    }

    /// Tells the arguments that have come piece by piece.
    fn close(&mut self, choice: u32, out: &mut dyn Sink) {
        let args = self.open.take().and_then(|args| args.json());
        if let Some(json) = args
            && let Some(call) = self.calls.checked_sub(1)
        {
            out.take(Delta::Arguments {
                choice,
                call,
                json: json.into(),
            });
        }
    }
}

fn sign(choice: u32, of: Signed, part: &Part<'_>, out: &mut dyn Sink) {
    let signature = text(&part.thought_signature);
    if !signature.is_empty() {
        out.take(Delta::Signature {
            choice,
            of,
            signature: signature.into(),
        });
    }
}

/// Whether arguments are none: nothing, `null` or an object without members.
fn is_empty(args: &str) -> bool {
    let inside = args.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    inside.unwrap_or(args).trim().is_empty()
}
