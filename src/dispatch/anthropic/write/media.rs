use super::Writing;
use crate::{
    chat::{Media, Source, json::Object},
    query::{Feature, Refusal},
};

/// Writes where an image is.
pub(super) fn image(
    image: &Media<'_>,
    writing: &mut Writing<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    if image
        .detail
        .as_deref()
        .is_some_and(|detail| detail != "auto")
    {
        writing.drop("the detail of images");
    }
    match &image.source {
        Source::Inline { media_type, data } => {
            let media_type = match &**media_type {
                "image/jpg" => "image/jpeg",
                known @ ("image/jpeg" | "image/png" | "image/gif" | "image/webp") => known,
                _ => {
                    let what = "this provider takes no images of this type";
                    return Err(writing.unsupported(Feature::InlineImage, what));
                }
            };
            inline(media_type, data, out);
        }
        Source::Url { url, .. } => remote(url, out),
        Source::Text(_) => return Err(writing.malformed("a text is no image")),
    }
    Ok(())
}

/// Writes where a document is.
pub(super) fn document(
    document: &Media<'_>,
    writing: &Writing<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let other = || {
        let what = "this provider takes documents as PDF or text";
        writing.unsupported(Feature::Document, what)
    };
    match &document.source {
        Source::Inline { media_type, data } if *media_type == *"application/pdf" => {
            inline(media_type, data, out);
        }
        Source::Inline { media_type, data } if media_type.starts_with("text/") => {
            plain(&decoded(data).ok_or_else(other)?, out);
        }
        Source::Inline { .. } => return Err(other()),
        Source::Text(text) => plain(text, out),
        Source::Url { url, .. } => remote(url, out),
    }
    Ok(())
}

fn inline(media_type: &str, data: &str, out: &mut Vec<u8>) {
    let mut source = Object::begin(out);
    source.text("type", "base64");
    source.text("media_type", media_type);
    source.text("data", data);
    source.end();
}

fn plain(text: &str, out: &mut Vec<u8>) {
    let mut source = Object::begin(out);
    source.text("type", "text");
    source.text("media_type", "text/plain");
    source.text("data", text);
    source.end();
}

fn remote(url: &str, out: &mut Vec<u8>) {
    let mut source = Object::begin(out);
    source.text("type", "url");
    source.text("url", url);
    source.end();
}

/// The text that base64 has, where it has one.
fn decoded(base64: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(base64.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in base64.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            b'\r' | b'\n' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            // The eight bits on top of those that are held back.
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_a_text_is_the_text() {
        assert_eq!(decoded("R3LDvMOfZQ==").as_deref(), Some("Grüße"));
        assert_eq!(decoded("").as_deref(), Some(""));
        assert_eq!(decoded("YWI").as_deref(), Some("ab"));
        assert_eq!(decoded("/w=="), None, "no UTF-8");
        assert_eq!(decoded("a b"), None);
    }
}
