use bytes::Bytes;

use super::{
    array::ArrayFraming,
    choice::{Choice, content},
    part::{Call, Part},
    usage,
};
use crate::{
    chat::{
        Delta, Opening, Signed, Sink, Writer, ids,
        json::{Array, Object, number},
    },
    query::{Api, Refusal},
};

/// More candidates are nobody's.
const MOST_CHOICES: u32 = 128;

/// Writes an answer of generateContent or streamGenerateContent.
pub(in crate::chat) fn writer(opening: Opening) -> Box<dyn Writer> {
    Box::new(GenerateWriter::new(opening))
}

struct GenerateWriter {
    opening: Opening,
    framing: Framing,
    /// What has been written and not been asked for.
    out: Vec<u8>,
    choices: Vec<Choice>,
    /// The member `usageMetadata`, with the comma before it.
    usage: Vec<u8>,
    /// The members that end every object.
    tail: Vec<u8>,
    said: bool,
}

#[derive(Debug)]
enum Framing {
    Events,
    Array(ArrayFraming),
    /// Not streamed.
    Whole,
}

impl std::fmt::Debug for GenerateWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GenerateWriter")
            .field("opening", &self.opening)
            .field("framing", &self.framing)
            .field("choices", &self.choices)
            .finish_non_exhaustive()
    }
}

impl GenerateWriter {
    fn new(opening: Opening) -> Self {
        let framing = match opening.api {
            Api::GeminiStreamArray => Framing::Array(ArrayFraming::default()),
            _ if opening.stream => Framing::Events,
            _ => Framing::Whole,
        };
        let tail = tail(&opening.model, &opening.id);
        Self {
            opening,
            framing,
            out: Vec::new(),
            choices: Vec::new(),
            usage: Vec::new(),
            tail,
            said: false,
        }
    }

    /// `None` for a number that no choice has.
    fn choice(&mut self, index: u32) -> Option<&mut Choice> {
        if index >= MOST_CHOICES {
            return None;
        }
        let index = index as usize;
        if self.choices.len() <= index {
            self.choices.resize_with(index + 1, Choice::default);
        }
        self.choices.get_mut(index)
    }

    /// Writes a part at once, or keeps it for the whole.
    fn part(&mut self, choice: u32, part: Part<'_>) {
        if matches!(self.framing, Framing::Whole) {
            if let Some(choice) = self.choice(choice) {
                choice.add(part);
            }
            return;
        }
        self.said |= part.says();
        self.begin();
        self.out.extend_from_slice(b"\"candidates\":[{\"content\":");
        content(std::slice::from_ref(&part), &mut self.out);
        self.out.extend_from_slice(b",\"index\":");
        number(&mut self.out, choice.into());
        self.out.extend_from_slice(b"}]");
        self.close();
    }

    /// Begins an event.
    fn begin(&mut self) {
        match &mut self.framing {
            Framing::Events => self.out.extend_from_slice(b"data: "),
            Framing::Array(array) => array.next(&mut self.out),
            Framing::Whole => {}
        }
        self.out.push(b'{');
    }

    /// Ends an event that has a member.
    fn close(&mut self) {
        self.out.extend_from_slice(&self.usage);
        self.out.extend_from_slice(&self.tail);
        self.out.push(b'}');
        if let Framing::Events = self.framing {
            self.out.extend_from_slice(b"\r\n\r\n");
        }
    }

    /// Something else than a call's arguments comes: calls that are complete go out before it.
    fn flush(&mut self, choice: u32) {
        let calls = self.choice(choice).map(Choice::complete);
        for call in calls.unwrap_or_default() {
            self.part(choice, Part::Call(call));
        }
    }

    fn text(&mut self, choice: u32, text: &str) {
        if text.is_empty() {
            return;
        }
        self.flush(choice);
        if let Some(choice) = self.choice(choice) {
            choice.sources.hear(text);
        }
        let text = text.into();
        let signature = None;
        self.part(choice, Part::Text { text, signature });
    }

    fn signature(&mut self, choice: u32, of: Signed, signature: &str) {
        if !is_base64(signature) {
            // No client of Google's can read another.
            return;
        }
        let text = "".into();
        let shows = self.opening.shows_thinking;
        match of {
            Signed::Call(number) => {
                let call = self.choice(choice).and_then(|choice| choice.call(number));
                if let Some(call) = call {
                    call.signature = Some(signature.into());
                }
            }
            Signed::Text => {
                let signature = Some(signature.into());
                self.part(choice, Part::Text { text, signature });
            }
            Signed::Thinking | Signed::Redacted if shows => {
                let signature = Some(signature.into());
                self.part(choice, Part::Thought { text, signature });
            }
            Signed::Thinking | Signed::Redacted => {}
        }
    }
}

/// Every object's last members, with the comma before them.
fn tail(model: &str, id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    object.text("modelVersion", model);
    object.text("responseId", id);
    // What opens the object becomes the comma.
    if let Some(first) = out.first_mut() {
        *first = b',';
    }
    out
}

/// Whether Google's clients, for whom signatures are bytes, can read it.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
    !digits.is_empty() && digits.bytes().all(digit)
}

impl Sink for GenerateWriter {
    fn take(&mut self, delta: Delta<'_>) {
        match delta {
            Delta::Begin { model, .. } => {
                if let Some(model) = model {
                    self.tail = tail(&model, &self.opening.id);
                }
            }
            Delta::Text { choice, text } | Delta::Refusal { choice, text } => {
                self.text(choice, &text);
            }
            Delta::Thinking { choice, text } => {
                if self.opening.shows_thinking && !text.is_empty() {
                    self.flush(choice);
                    let signature = None;
                    self.part(choice, Part::Thought { text, signature });
                }
            }
            Delta::Signature {
                choice,
                of,
                signature,
            } => self.signature(choice, of, &signature),
            Delta::Citation { choice, citation } => {
                if let Some(choice) = self.choice(choice) {
                    choice.sources.cite(citation);
                }
            }
            Delta::ToolCall {
                choice: index,
                call,
                id,
                name,
            } => {
                self.flush(index);
                let made = || ids::of_call(&self.opening.id, index, call).into();
                let id = id.map_or_else(made, |id| id.as_ref().into());
                if let Some(choice) = self.choice(index) {
                    choice.calls.push(Call {
                        number: call,
                        id,
                        name: name.as_ref().into(),
                        ..Call::default()
                    });
                }
            }
            Delta::Arguments { choice, call, json } => {
                let choice = self.choice(choice);
                if let Some(call) = choice.and_then(|choice| choice.call(call)) {
                    call.arguments.push_str(&json);
                }
            }
            Delta::End { choice, ended } => {
                if let Some(choice) = self.choice(choice) {
                    choice.end(ended);
                }
            }
            Delta::Usage(used) => {
                self.usage.clear();
                self.usage.extend_from_slice(b",\"usageMetadata\":");
                usage::metadata(&used, &mut self.usage);
            }
            // The caller is told by `fail`.
            Delta::Failed(_) => {}
        }
    }
}

impl Writer for GenerateWriter {
    fn has_said(&self) -> bool {
        self.said
    }

    fn written(&mut self) -> Bytes {
        std::mem::take(&mut self.out).into()
    }

    fn end(&mut self) -> Bytes {
        self.begin();
        let mut choices = std::mem::take(&mut self.choices);
        let mut candidates = Array::begin({
            self.out.extend_from_slice(b"\"candidates\":");
            &mut self.out
        });
        for (choice, index) in choices.iter_mut().zip(0..) {
            choice.finish(index, candidates.item());
        }
        candidates.end();
        self.close();
        if let Framing::Array(array) = &mut self.framing {
            array.end(&mut self.out);
        }
        self.written()
    }

    fn fail(&mut self, why: &Refusal) -> Bytes {
        match &mut self.framing {
            Framing::Array(array) => array.fail(why, &mut self.out),
            Framing::Events | Framing::Whole => {
                self.out.extend_from_slice(&why.event(Api::GeminiStream));
            }
        }
        self.written()
    }
}
