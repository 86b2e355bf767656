use crate::chat::{Citation, json};

/// Most choices that an answer has.
pub(super) const MOST_CHOICES: u32 = 128;

/// Writes an annotation, where the source has an address; OpenAI has no other kind. `said` is how many characters came
/// before it: one of which the place is not known stands at their end.
pub(super) fn annotation(out: &mut Vec<u8>, citation: &Citation<'_>, said: u64) -> bool {
    let Some(url) = &citation.url else {
        return false;
    };
    let (from, to) = citation.span.unwrap_or((said, said));
    out.extend_from_slice(br#"{"type":"url_citation","url_citation":{"start_index":"#);
    json::number(out, from);
    out.extend_from_slice(br#","end_index":"#);
    json::number(out, to);
    out.extend_from_slice(br#","title":"#);
    json::string(out, citation.title.as_deref().unwrap_or_default());
    out.extend_from_slice(br#","url":"#);
    json::string(out, url);
    out.extend_from_slice(b"}}");
    true
}
