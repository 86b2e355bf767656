//! The source that answers cite.

pub(crate) const URL: &str = "https://example.com/source";
pub(crate) const TITLE: &str = "A source";

/// The text up to the end of its first sentence, which is what is cited.
pub(crate) fn first_sentence(text: &str) -> &str {
    let end = text.find('.').map_or(text.len(), |at| at + 1);
    &text[..end]
}
