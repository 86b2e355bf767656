use std::collections::VecDeque;

use bytes::Bytes;

use super::{
    arguments::Arguments,
    head::Head,
    waiting::Waiting,
    whole::{call_id, cited},
};
use crate::{
    chat::{
        Citation, Delta, Opening, Signed, Sink, Writer,
        json::{self, Object},
    },
    query::Refusal,
};

mod block;

const PING: &[u8] = b"event: ping\ndata: {\"type\": \"ping\"}\n\n";
const STOP: &[u8] = b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

/// Writes an answer as events: blocks one after the other, one open at a time.
///
/// A call whose arguments are not complete stays open; what comes besides waits until they are, or until the end.
pub(super) struct Events {
    head: Head,
    id: Box<str>,
    api: crate::query::Api,
    shows_thinking: bool,
    out: Vec<u8>,
    /// `Begin` came, or more.
    begun: bool,
    started: bool,
    open: Option<Open>,
    /// The number of the next block.
    next: u64,
    calls: bool,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
enum Open {
    Text,
    Thinking { signed: bool },
    Call { call: u32, arguments: Arguments },
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events")
            .field("head", &self.head)
            .field("open", &self.open)
            .field("blocks", &self.next)
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

impl Events {
    pub(super) fn new(opening: Opening) -> Self {
        Self {
            head: Head::new(&opening),
            id: opening.id,
            api: opening.api,
            shows_thinking: opening.shows_thinking,
            out: Vec::new(),
            begun: false,
            started: false,
            open: None,
            next: 0,
            calls: false,
            waiting: VecDeque::new(),
        }
    }

    /// Whether something else than more of the open block has to wait.
    fn waits(&self) -> bool {
        match &self.open {
            Some(Open::Call { arguments, .. }) => !arguments.is_complete(),
            _ => false,
        }
    }

    fn start(&mut self) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        self.out.extend_from_slice(b"event: message_start\ndata: ");
        let mut event = Object::begin(&mut self.out);
        event.text("type", "message_start");
        let mut message = Object::begin(event.member("message"));
        self.head.open(&mut message);
        message.raw("content", "[]");
        message.raw("stop_reason", "null");
        message.raw("stop_sequence", "null");
        self.head.usage_so_far(message.member("usage"));
        message.end();
        event.end();
        self.out.extend_from_slice(b"\n\n");
        self.out.extend_from_slice(PING);
    }

    fn say(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.waits() {
            return self.later_text(text);
        }
        self.text_block();
        self.more("text_delta", "text", |out| json::string(out, text));
    }

    fn later_text(&mut self, text: &str) {
        match self.waiting.back_mut() {
            Some(Waiting::Text(waiting)) => waiting.push_str(text),
            _ => self.waiting.push_back(Waiting::Text(text.to_owned())),
        }
    }

    fn text_block(&mut self) {
        if !matches!(self.open, Some(Open::Text)) {
            self.block(Open::Text, |block| {
                block.text("type", "text");
                block.text("text", "");
            });
        }
    }

    fn think(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.waits() {
            return self.waiting.push_back(Waiting::Thinking(text.to_owned()));
        }
        if !matches!(self.open, Some(Open::Thinking { signed: false })) {
            self.thinking_block();
        }
        self.more("thinking_delta", "thinking", |out| json::string(out, text));
    }

    fn thinking_block(&mut self) {
        self.block(Open::Thinking { signed: false }, |block| {
            block.text("type", "thinking");
            block.text("thinking", "");
            block.text("signature", "");
        });
    }

    fn sign(&mut self, of: Signed, signature: &str) {
        if matches!(of, Signed::Call(_) | Signed::Text) {
            return;
        }
        if self.waits() {
            let waiting = Waiting::Signature(of, signature.to_owned());
            return self.waiting.push_back(waiting);
        }
        if of == Signed::Redacted {
            self.block(Open::Text, |block| {
                block.text("type", "redacted_thinking");
                block.text("data", signature);
            });
            return self.close();
        }
        if !matches!(self.open, Some(Open::Thinking { signed: false })) {
            self.thinking_block();
        }
        self.more("signature_delta", "signature", |out| {
            json::string(out, signature);
        });
        self.open = Some(Open::Thinking { signed: true });
    }

    fn cite(&mut self, citation: Citation<'_>) {
        let Some(url) = &citation.url else {
            // The form has no place for it.
            return;
        };
        if self.waits() {
            return self.waiting.push_back(Waiting::cited(citation));
        }
        self.text_block();
        self.more("citations_delta", "citation", |out| {
            cited(url, &citation, out);
        });
    }

    fn call(&mut self, call: u32, id: String, name: String) {
        self.calls = true;
        if self.waits() {
            return self.waiting.push_back(Waiting::Call {
                call,
                id,
                name,
                arguments: String::new(),
            });
        }
        let open = Open::Call {
            call,
            arguments: Arguments::default(),
        };
        self.block(open, |block| {
            block.text("type", "tool_use");
            block.text("id", &id);
            block.text("name", &name);
            block.raw("input", "{}");
        });
    }

    fn arguments(&mut self, number: u32, json: &str) {
        if self.feed(number, json) {
            return self.catch_up();
        }
        let late = self.waiting.iter_mut().rev().find_map(|late| match late {
            Waiting::Call {
                call, arguments, ..
            } if *call == number => Some(arguments),
            _ => None,
        });
        if let Some(arguments) = late {
            arguments.push_str(json);
        }
    }

    /// More of the arguments of the open call; says whether it is this one.
    fn feed(&mut self, number: u32, json: &str) -> bool {
        let Some(Open::Call { call, arguments }) = &mut self.open else {
            return false;
        };
        if *call != number {
            return false;
        }
        let mut piece = Vec::with_capacity(json.len());
        arguments.write(json, &mut piece);
        // Made of texts, and cut where they are cut.
        let piece = String::from_utf8(piece).unwrap_or_default();
        if !piece.is_empty() {
            self.more("input_json_delta", "partial_json", |out| {
                json::string(out, &piece);
            });
        }
        true
    }

    /// Writes what has waited, up to the next call that is not complete.
    fn catch_up(&mut self) {
        while !self.waits()
            && let Some(waiting) = self.waiting.pop_front()
        {
            match waiting {
                Waiting::Text(text) => self.say(&text),
                Waiting::Thinking(text) => self.think(&text),
                Waiting::Signature(of, signature) => self.sign(of, &signature),
                Waiting::Citation(citation) => self.cite(citation),
                Waiting::Call {
                    call,
                    id,
                    name,
                    arguments,
                } => {
                    self.call(call, id, name);
                    self.feed(call, &arguments);
                }
            }
        }
    }
}

impl Sink for Events {
    fn take(&mut self, delta: Delta<'_>) {
        self.begun = true;
        match delta {
            Delta::Begin { id, model } => self.head.begin(id.as_deref(), model.as_deref()),
            Delta::Text { choice: 0, text } | Delta::Refusal { choice: 0, text } => {
                self.say(&text);
            }
            Delta::Thinking { choice: 0, text } if self.shows_thinking => self.think(&text),
            Delta::Signature {
                choice: 0,
                of,
                signature,
            } if self.shows_thinking => self.sign(of, &signature),
            Delta::Citation {
                choice: 0,
                citation,
            } => self.cite(citation),
            Delta::ToolCall {
                choice: 0,
                call,
                id,
                name,
            } => {
                let id = call_id(&self.id, call, id);
                self.call(call, id, name.into_owned());
            }
            Delta::Arguments {
                choice: 0,
                call,
                json,
            } => self.arguments(call, &json),
            Delta::End { choice: 0, ended } => self.head.end(&ended),
            Delta::Usage(usage) => self.head.used(usage),
            _ => {}
        }
    }
}

impl Writer for Events {
    fn has_said(&self) -> bool {
        self.next > 0 || self.open.is_some()
    }

    fn written(&mut self) -> Bytes {
        // As soon as the provider has begun, with what its first event said.
        if self.begun {
            self.start();
        }
        std::mem::take(&mut self.out).into()
    }

    fn end(&mut self) -> Bytes {
        self.start();
        // No more arguments come: every call that waits is complete.
        loop {
            self.close();
            if self.waiting.is_empty() {
                break;
            }
            self.catch_up();
        }
        self.out.extend_from_slice(b"event: message_delta\ndata: ");
        let mut event = Object::begin(&mut self.out);
        event.text("type", "message_delta");
        let mut delta = Object::begin(event.member("delta"));
        self.head.why(self.calls, &mut delta);
        delta.end();
        self.head.usage(false, event.member("usage"));
        event.end();
        self.out.extend_from_slice(b"\n\n");
        self.out.extend_from_slice(STOP);
        std::mem::take(&mut self.out).into()
    }

    fn fail(&mut self, why: &Refusal) -> Bytes {
        self.out.extend_from_slice(&why.event(self.api));
        std::mem::take(&mut self.out).into()
    }
}
