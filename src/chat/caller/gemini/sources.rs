use std::fmt;

use crate::chat::{
    Citation,
    json::{Array, Object},
};

/// As much of a candidate's words is kept, so that places in them can be told.
const MOST_KEPT: usize = 1024 * 1024;
/// So many sources are told.
const MOST_CITED: usize = 4096;

/// The sources of what a candidate says.
#[derive(Default)]
pub(super) struct Sources {
    words: String,
    full: bool,
    cited: Vec<Cited>,
}

struct Cited {
    url: Option<Box<str>>,
    title: Option<Box<str>>,
    quote: Option<Box<str>>,
    span: Option<(u64, u64)>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("cited", &self.cited.len())
            .finish_non_exhaustive()
    }
}

impl Sources {
    /// Words that were said.
    pub(super) fn hear(&mut self, words: &str) {
        self.full |= self.words.len() + words.len() > MOST_KEPT;
        if !self.full {
            self.words.push_str(words);
        }
    }

    pub(super) fn cite(&mut self, citation: Citation<'_>) {
        if self.cited.len() < MOST_CITED {
            let own = |text: std::borrow::Cow<'_, str>| Box::from(text);
            self.cited.push(Cited {
                url: citation.url.map(own),
                title: citation.title.map(own),
                quote: citation.quote.map(own),
                span: citation.span,
            });
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.cited.is_empty()
    }

    /// Writes `groundingMetadata`: each source, and the words that it is one of, placed by their bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut metadata = Object::begin(out);
        let mut chunks = Array::begin(metadata.member("groundingChunks"));
        for cited in &self.cited {
            let mut chunk = Object::begin(chunks.item());
            let name = match cited.url {
                Some(_) => "web",
                None => "retrievedContext",
            };
            let mut source = Object::begin(chunk.member(name));
            let members = [("uri", &cited.url), ("title", &cited.title)];
            let quote = Some(("text", &cited.quote)).filter(|_| cited.url.is_none());
            for (name, text) in members.into_iter().chain(quote) {
                if let Some(text) = text {
                    source.text(name, text);
                }
            }
            source.end();
            chunk.end();
        }
        chunks.end();
        let places = Places::of(&self.words);
        let spans = self.cited.iter().enumerate();
        let spans: Vec<_> = spans
            .filter_map(|(at, cited)| Some((at, places.bytes(cited.span?)?)))
            .collect();
        if !spans.is_empty() {
            let mut supports = Array::begin(metadata.member("groundingSupports"));
            for (at, (from, to)) in spans {
                let mut support = Object::begin(supports.item());
                let mut segment = Object::begin(support.member("segment"));
                if from > 0 {
                    segment.number("startIndex", from as u64);
                }
                segment.number("endIndex", to as u64);
                segment.text("text", self.words.get(from..to).unwrap_or_default());
                segment.end();
                let indices = support.member("groundingChunkIndices");
                indices.push(b'[');
                crate::chat::json::number(indices, at as u64);
                indices.push(b']');
                support.end();
            }
            supports.end();
        }
        metadata.end();
    }
}

/// How far the marks within the words lie apart, in characters.
const BLOCK: usize = 256;

/// Where the characters of a text lie.
struct Places<'a> {
    text: &'a str,
    /// Where every so-manieth character begins.
    marks: Vec<usize>,
}

impl<'a> Places<'a> {
    fn of(text: &'a str) -> Self {
        let marks = text.char_indices().step_by(BLOCK).map(|(at, _)| at);
        Self {
            text,
            marks: marks.collect(),
        }
    }

    /// Where the character of a number begins, or the text ends.
    fn byte(&self, character: u64) -> Option<usize> {
        let character = usize::try_from(character).ok()?;
        let Some(mark) = self.marks.get(character / BLOCK) else {
            let ends = character == 0 || self.byte(character as u64 - 1)? < self.text.len();
            return ends.then_some(self.text.len());
        };
        let rest = self.text.get(*mark..)?;
        let mut characters = rest.char_indices().map(|(at, _)| at);
        let at = characters.by_ref().nth(character % BLOCK).or_else(|| {
            let count = rest.chars().count();
            (count == character % BLOCK).then_some(rest.len())
        });
        at.map(|at| mark + at)
    }

    fn bytes(&self, (from, to): (u64, u64)) -> Option<(usize, usize)> {
        let span = (self.byte(from)?, self.byte(to)?);
        (span.0 < span.1).then_some(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_become_bytes() {
        let text = format!("{}abc", "é".repeat(1000));
        let places = Places::of(&text);
        assert_eq!(places.bytes((0, 1)), Some((0, 2)));
        assert_eq!(places.bytes((500, 1003)), Some((1000, 2003)));
        assert_eq!(places.bytes((0, 1004)), None);
        let even = "x".repeat(2 * BLOCK);
        let places = Places::of(&even);
        assert_eq!(places.bytes((1, 512)), Some((1, 512)), "the very end");
        assert_eq!(places.bytes((1, 513)), None);
        assert_eq!(places.bytes((3, 3)), None);
        assert_eq!(Places::of("").bytes((0, 0)), None);
    }
}
