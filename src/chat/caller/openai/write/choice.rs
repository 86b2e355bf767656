use bytes::{BufMut, BytesMut};

use super::escape::{number, string};
use crate::chat::Citation;

/// Most choices that an answer has.
pub(super) const MOST_CHOICES: u32 = 128;

/// Writes an annotation, where the source has an address; OpenAI has no other kind. `said` is how many characters came
/// before it: one of which the place is not known stands at their end.
pub(super) fn annotation(out: &mut BytesMut, citation: &Citation<'_>, said: u64) -> bool {
    let Some(url) = &citation.url else {
        return false;
    };
    let (from, to) = citation.span.unwrap_or((said, said));
    out.put_slice(br#"{"type":"url_citation","url_citation":{"start_index":"#);
    number(out, from);
    out.put_slice(br#","end_index":"#);
    number(out, to);
    out.put_slice(br#","title":"#);
    string(out, citation.title.as_deref().unwrap_or_default());
    out.put_slice(br#","url":"#);
    string(out, url);
    out.put_slice(b"}}");
    true
}
