use crate::{
    catalog::Model,
    query::{CountTokens, Query},
};

/// A longer text is not counted: that would take a moment of a thread for a call that may be refused all the same.
const MOST: u64 = 1 << 20;

/// Counts a call's prompt, once for each vocabulary, and reads it again only when it is first asked.
pub(super) struct Counter<'a> {
    counter: &'a dyn CountTokens,
    query: &'a Query,
    bytes: &'a [u8],
    texts: Option<Vec<String>>,
    counted: Vec<(Box<str>, Option<u64>)>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(counter: &'a dyn CountTokens, query: &'a Query, bytes: &'a [u8]) -> Self {
        Self {
            counter,
            query,
            bytes,
            texts: None,
            counted: Vec::new(),
        }
    }

    /// How many tokens the messages' texts are at a model. `None` where that cannot be told.
    pub(super) fn tokens(&mut self, model: &Model) -> Option<u64> {
        let vocabulary = model.tokenizer()?;
        if let Some((_, tokens)) = self.counted.iter().find(|(name, _)| **name == *vocabulary) {
            return *tokens;
        }
        let tokens = self.count(vocabulary);
        self.counted.push((vocabulary.into(), tokens));
        tokens
    }

    /// Pieces that are counted by themselves have at least the tokens that they have together, or one more each where
    /// they meet, which the bound allows for.
    fn count(&mut self, vocabulary: &str) -> Option<u64> {
        if self.query.tokens().text_bytes > MOST {
            return None;
        }
        let texts = self
            .texts
            .get_or_insert_with(|| Query::texts(self.query.api(), self.bytes).unwrap_or_default());
        let bytes: u64 = texts.iter().map(|text| text.len() as u64).sum();
        // Other bytes than the query was read from say nothing of it.
        if bytes != self.query.tokens().text_bytes {
            return None;
        }
        let mut counts = texts
            .iter()
            .map(|text| self.counter.count(vocabulary, text));
        counts.try_fold(0, |sum: u64, count| Some(sum.saturating_add(count?)))
    }
}
