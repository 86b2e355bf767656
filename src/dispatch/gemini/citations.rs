use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{Text, text};
use crate::chat::{Citation, Delta, Sink};

/// As much of a candidate's words is kept, so that places in them can be told.
const MOST_KEPT: usize = 1024 * 1024;
/// So many sources of a candidate are told.
const MOST_CITED: usize = 4096;
/// How far the marks within the words lie apart.
const BLOCK: usize = 256;

/// What a candidate has said, for the sources of it.
#[derive(Default)]
pub(super) struct Heard {
    words: String,
    /// How many characters come before each block's end.
    marks: Vec<u64>,
    full: bool,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard")
            .field("bytes", &self.words.len())
            .finish_non_exhaustive()
    }
}

impl Heard {
    pub(super) fn hear(&mut self, words: &str) {
        self.full |= self.words.len() + words.len() > MOST_KEPT;
        if !self.full {
            self.words.push_str(words);
        }
    }

    /// The characters that lie before a byte; `None` beyond what is known.
    fn characters(&mut self, byte: u64) -> Option<u64> {
        let byte = usize::try_from(byte).ok()?;
        let bytes = self.words.as_bytes().get(..byte)?;
        let begins = |bytes: &[u8]| bytes.iter().filter(|b| **b & 0xc0 != 0x80).count() as u64;
        while self.marks.len() < byte / BLOCK {
            let at = self.marks.len() * BLOCK;
            let before = self.marks.last().copied().unwrap_or_default();
            let block = bytes.get(at..at + BLOCK)?;
            self.marks.push(before + begins(block));
        }
        let whole = byte / BLOCK;
        let before = whole.checked_sub(1).and_then(|at| self.marks.get(at));
        Some(before.copied().unwrap_or_default() + begins(bytes.get(whole * BLOCK..)?))
    }

    fn span(&mut self, from: u64, to: u64) -> Option<(u64, u64)> {
        let span = (self.characters(from)?, self.characters(to)?);
        (span.0 < span.1).then_some(span)
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Grounding<'a> {
    #[serde(borrow)]
    grounding_chunks: Option<Vec<Chunk<'a>>>,
    grounding_supports: Option<Vec<Support>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Chunk<'a> {
    #[serde(borrow)]
    web: Option<Origin<'a>>,
    #[serde(borrow)]
    retrieved_context: Option<Origin<'a>>,
    #[serde(borrow)]
    maps: Option<Origin<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Origin<'a> {
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Support {
    segment: Option<Segment>,
    grounding_chunk_indices: Option<Vec<u32>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Segment {
    start_index: Option<u64>,
    end_index: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Citations<'a> {
    /// The Gemini API's name of it; the other is Vertex's.
    #[serde(borrow, alias = "citations")]
    citation_sources: Option<Vec<Source<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Source<'a> {
    start_index: Option<u64>,
    end_index: Option<u64>,
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
}

impl Chunk<'_> {
    fn citation(&self) -> Option<Citation<'_>> {
        let origins = [&self.web, &self.retrieved_context, &self.maps];
        let origin = origins.into_iter().flatten().next()?;
        Some(citation(&origin.uri, &origin.title, &origin.text))
    }
}

fn citation<'t>(
    url: &'t Option<Text<'_>>,
    title: &'t Option<Text<'_>>,
    quote: &'t Option<Text<'_>>,
) -> Citation<'t> {
    let of = |said: &'t Option<Text<'_>>| Some(text(said)).filter(|said| !said.is_empty());
    Citation {
        url: of(url).map(Into::into),
        title: of(title).map(Into::into),
        quote: of(quote).map(Into::into),
        span: None,
    }
}

/// Tells of what a search, or the caller's own documents, were the source. What cannot be read is no source.
pub(super) fn grounding(raw: &str, heard: &mut Heard, choice: u32, out: &mut dyn Sink) {
    let Ok(grounding) = serde_json::from_str::<Grounding<'_>>(raw) else {
        return;
    };
    let chunks = grounding.grounding_chunks.unwrap_or_default();
    let supports = grounding.grounding_supports.unwrap_or_default();
    let mut left = MOST_CITED;
    let mut tell = |citation: Citation<'_>| {
        if left > 0 {
            left -= 1;
            out.take(Delta::Citation { choice, citation });
        }
    };
    for support in &supports {
        let segment = support.segment.unwrap_or_default();
        let from = segment.start_index.unwrap_or_default();
        let span = segment.end_index.and_then(|to| heard.span(from, to));
        for at in support.grounding_chunk_indices.iter().flatten() {
            if let Some(citation) = chunks.get(*at as usize).and_then(Chunk::citation) {
                tell(Citation { span, ..citation });
            }
        }
    }
    if supports.is_empty() {
        chunks.iter().filter_map(Chunk::citation).for_each(tell);
    }
}

/// Tells of what the words were recited from.
pub(super) fn recitation(raw: &RawValue, heard: &mut Heard, choice: u32, out: &mut dyn Sink) {
    let Ok(citations) = serde_json::from_str::<Citations<'_>>(raw.get()) else {
        return;
    };
    let sources = citations.citation_sources.unwrap_or_default();
    for source in sources.iter().take(MOST_CITED) {
        let from = source.start_index.unwrap_or_default();
        let span = source.end_index.and_then(|to| heard.span(from, to));
        let citation = citation(&source.uri, &source.title, &None);
        if citation.url.is_some() || citation.title.is_some() {
            let citation = Citation { span, ..citation };
            out.take(Delta::Citation { choice, citation });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_characters() {
        let mut heard = Heard::default();
        heard.hear(&"é".repeat(1000));
        heard.hear("abc");
        assert_eq!(heard.span(0, 2), Some((0, 1)));
        assert_eq!(heard.span(1000, 2003), Some((500, 1003)));
        assert_eq!(heard.span(254, 514), Some((127, 257)));
        assert_eq!(heard.span(0, 2004), None, "beyond the words");
        assert_eq!(heard.span(4, 4), None);
    }

    #[test]
    fn sources_are_told_with_their_places() {
        let raw = r#"{"groundingChunks":[{"web":{"uri":"https://a.example","title":"A"}},
            {"retrievedContext":{"text":"quoted"}}],
            "groundingSupports":[{"segment":{"startIndex":3,"endIndex":6,"text":"x"},"groundingChunkIndices":[0,1,9]}]}"#;
        let mut heard = Heard::default();
        heard.hear("é1234567");
        let mut told = Vec::new();
        let mut sink = |delta: Delta<'_>| {
            if let Delta::Citation { citation, .. } = delta {
                let text = |text: Option<std::borrow::Cow<'_, str>>| text.map(String::from);
                told.push((text(citation.url), text(citation.quote), citation.span));
            }
        };
        grounding(raw, &mut heard, 0, &mut sink);
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].0.as_deref(), Some("https://a.example"));
        assert_eq!(told[0].2, Some((2, 5)));
        assert_eq!(told[1].1.as_deref(), Some("quoted"));
    }
}
