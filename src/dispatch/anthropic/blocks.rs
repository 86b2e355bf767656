use std::borrow::Cow;

use super::wire::{Block, Piece, Source, Words};
use crate::{
    chat::{Citation, Delta, Signed, Sink},
    dispatch::Unreadable,
};

/// More blocks than a well-made answer has open at once, which is one.
const MOST_OPEN: usize = 64;
/// Sources of one block that wait for its end; more come without the place of the words.
const MOST_SOURCES: usize = 256;

/// The blocks of an answer's content as they come.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Vec<Open>,
    calls: u32,
    /// Unicode characters of text so far, where somebody listens.
    chars: u64,
}

#[derive(Debug)]
struct Open {
    index: u64,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Text {
        /// Where in the text it begins.
        from: u64,
        sources: Vec<Citation<'static>>,
    },
    Thinking,
    Call {
        call: u32,
        /// Arguments that came with the block itself; pieces that follow take their place.
        initial: Option<Box<str>>,
    },
    /// Of the provider's own tools, or of a kind that nobody here knows: it is no part of what is said.
    Other,
}

impl Blocks {
    /// How many tools are called.
    pub(super) const fn calls(&self) -> u32 {
        self.calls
    }

    /// A block begins, or is all there. Says how many bytes of content that is.
    pub(super) fn start(
        &mut self,
        index: u64,
        block: &Block<'_>,
        out: &mut dyn Sink,
    ) -> Result<u64, Unreadable> {
        self.stop(index, out);
        if self.open.len() == MOST_OPEN {
            return Err(Unreadable);
        }
        let (kind, bytes) = match &*block.kind.0 {
            "text" => {
                let from = self.chars;
                self.say(&block.text, out);
                let sources = Vec::new();
                (Kind::Text { from, sources }, block.text.len())
            }
            "thinking" => {
                think(&block.thinking, out);
                sign(&block.signature, Signed::Thinking, out);
                let bytes = block.thinking.len() + block.signature.len();
                (Kind::Thinking, bytes)
            }
            "redacted_thinking" => {
                sign(&block.data, Signed::Redacted, out);
                (Kind::Other, block.data.len())
            }
            "tool_use" => self.call(block, out),
            // What its own tools come to is no word of the model's; which of them it asks for is.
            _ => (Kind::Other, block.name.len()),
        };
        self.open.push(Open { index, kind });
        for source in &block.citations.0 {
            self.cite(index, source, out);
        }
        Ok(bytes)
    }

    fn call(&mut self, block: &Block<'_>, out: &mut dyn Sink) -> (Kind, u64) {
        let call = self.calls;
        self.calls = call.saturating_add(1);
        let input = block.input.map(|input| input.get());
        let initial = input.filter(|input| !is_nothing(input));
        let bytes = initial.map_or(0, |input| input.len() as u64);
        let kept = initial.filter(|_| out.listens()).map(Box::from);
        if out.listens() {
            out.take(Delta::ToolCall {
                choice: 0,
                call,
                id: block.id.said(),
                name: Cow::Borrowed(&*block.name.0),
            });
        }
        let kind = Kind::Call {
            call,
            initial: kept,
        };
        (kind, block.id.len() + block.name.len() + bytes)
    }

    /// More of a block. Says how many bytes of content that is; `length` is what counts for a piece of a kind that
    /// nobody here knows.
    pub(super) fn piece(
        &mut self,
        index: u64,
        piece: &Piece<'_>,
        length: u64,
        out: &mut dyn Sink,
    ) -> Result<u64, Unreadable> {
        let open = self.open.iter_mut().find(|open| open.index == index);
        let kind = open.map(|open| &mut open.kind);
        let theirs = matches!(kind, Some(Kind::Other));
        match &*piece.kind.0 {
            "text_delta" => {
                if !theirs {
                    self.say(&piece.text, out);
                }
                Ok(piece.text.len())
            }
            "input_json_delta" => {
                let json = &piece.partial_json;
                match kind {
                    Some(Kind::Call { call, initial }) if !json.is_empty() => {
                        *initial = None;
                        arguments(*call, &json.0, out);
                    }
                    Some(_) => {}
                    // Arguments of nothing, which must not get lost.
                    None if out.listens() && !json.is_empty() => return Err(Unreadable),
                    None => {}
                }
                Ok(json.len())
            }
            "thinking_delta" => {
                if !theirs {
                    think(&piece.thinking, out);
                }
                Ok(piece.thinking.len())
            }
            "signature_delta" => {
                if !theirs {
                    sign(&piece.signature, Signed::Thinking, out);
                }
                Ok(piece.signature.len())
            }
            "citations_delta" => {
                if let Some(source) = &piece.citation.0 {
                    self.cite(index, source, out);
                }
                Ok(0)
            }
            _ => Ok(length),
        }
    }

    /// A block is complete.
    pub(super) fn stop(&mut self, index: u64, out: &mut dyn Sink) {
        if let Some(at) = self.open.iter().position(|open| open.index == index) {
            let open = self.open.remove(at);
            self.close(open, out);
        }
    }

    /// All that is open is complete.
    pub(super) fn stop_all(&mut self, out: &mut dyn Sink) {
        for open in std::mem::take(&mut self.open) {
            self.close(open, out);
        }
    }

    /// The answer begins once more, as it does where a provider has spliced two. What is complete stays, and so does
    /// thinking.
    ///
    /// # Errors
    /// Where somebody has been told half of something: it would be taken for all of it.
    pub(super) fn restart(&mut self, out: &mut dyn Sink) -> Result<(), Unreadable> {
        let half = |open: &Open| match open.kind {
            Kind::Text { from, .. } => self.chars > from,
            Kind::Call { .. } => true,
            Kind::Thinking | Kind::Other => false,
        };
        if out.listens() && self.open.iter().any(half) {
            return Err(Unreadable);
        }
        self.stop_all(out);
        Ok(())
    }

    fn close(&self, open: Open, out: &mut dyn Sink) {
        match open.kind {
            Kind::Text { from, sources } => {
                for mut citation in sources {
                    citation.span = (self.chars > from).then_some((from, self.chars));
                    out.take(Delta::Citation {
                        choice: 0,
                        citation,
                    });
                }
            }
            Kind::Call {
                call,
                initial: Some(json),
            } => arguments(call, &json, out),
            Kind::Call { .. } | Kind::Thinking | Kind::Other => {}
        }
    }

    fn say(&mut self, text: &Words<'_>, out: &mut dyn Sink) {
        if !text.is_empty() && out.listens() {
            self.chars += text.0.chars().count() as u64;
            out.take(Delta::Text {
                choice: 0,
                text: Cow::Borrowed(&*text.0),
            });
        }
    }

    /// Keeps a source until its block ends: which words it is a source of is known then.
    fn cite(&mut self, index: u64, source: &Source<'_>, out: &mut dyn Sink) {
        if !out.listens() {
            return;
        }
        let own = |words: &Words<'_>| words.said().map(|text| Cow::Owned(text.into_owned()));
        let citation = Citation {
            url: own(&source.url).or_else(|| own(&source.source)),
            title: own(&source.title).or_else(|| own(&source.document_title)),
            quote: own(&source.cited_text),
            span: None,
        };
        let open = self.open.iter_mut().find(|open| open.index == index);
        match open.map(|open| &mut open.kind) {
            Some(Kind::Text { sources, .. }) if sources.len() < MOST_SOURCES => {
                sources.push(citation);
            }
            Some(Kind::Text { .. }) | None => out.take(Delta::Citation {
                choice: 0,
                citation,
            }),
            Some(_) => {}
        }
    }
}

/// Whether arguments are those of a call without any.
fn is_nothing(json: &str) -> bool {
    let inside = json
        .strip_prefix('{')
        .and_then(|json| json.strip_suffix('}'));
    inside.is_some_and(|inside| inside.trim_ascii().is_empty())
}

fn think(text: &Words<'_>, out: &mut dyn Sink) {
    if !text.is_empty() && out.listens() {
        out.take(Delta::Thinking {
            choice: 0,
            text: Cow::Borrowed(&*text.0),
        });
    }
}

fn sign(signature: &Words<'_>, of: Signed, out: &mut dyn Sink) {
    if !signature.is_empty() && out.listens() {
        out.take(Delta::Signature {
            choice: 0,
            of,
            signature: Cow::Borrowed(&*signature.0),
        });
    }
}

fn arguments(call: u32, json: &str, out: &mut dyn Sink) {
    if out.listens() {
        out.take(Delta::Arguments {
            choice: 0,
            call,
            json: Cow::Borrowed(json),
        });
    }
}
