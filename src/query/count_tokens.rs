/// Counts tokens exactly, for bounds that are tighter than a token for each byte.
///
/// A model of the catalog names its vocabulary (`tokenizer = "o200k"`), and a
/// [`Selector`](crate::select::Selector::count_tokens) asks with that name, message by message. What is counted is the
/// text of messages; roles, tools, schemas and what a provider puts around them stay at their bounds by bytes.
///
/// Closures `(vocabulary, text) -> Option<u64>` are counters:
///
/// ```
/// use tower_genai::query::CountTokens;
///
/// // At most three tokens for a word of this vocabulary, whatever it is.
/// let words = |vocabulary: &str, text: &str| {
///     (vocabulary == "words").then(|| 3 * text.split(' ').count() as u64)
/// };
/// assert_eq!(words.count("words", "never fewer than there are"), Some(15));
/// assert_eq!(words.count("o200k", "never fewer than there are"), None);
/// ```
pub trait CountTokens: Send + Sync {
    /// How many tokens a text is in a vocabulary. `None` where that is not known, or would take too long to find out:
    /// the bound by bytes stays then. Never fewer than the provider counts.
    fn count(&self, vocabulary: &str, text: &str) -> Option<u64>;
}

impl<F: Fn(&str, &str) -> Option<u64> + Send + Sync> CountTokens for F {
    fn count(&self, vocabulary: &str, text: &str) -> Option<u64> {
        self(vocabulary, text)
    }
}
