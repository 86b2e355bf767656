use super::refused::unsupported;
use crate::{
    chat::{
        Content, Media, Source,
        json::{self, Object},
    },
    query::{Api, Feature, Refusal},
};

/// Writes a part of a user's message.
pub(super) fn write(out: &mut Vec<u8>, content: &Content<'_>, api: Api) -> Result<(), Refusal> {
    match content {
        Content::Text(text) | Content::Refusal(text) => self::text(out, text),
        Content::Image(media) => image(out, media, api)?,
        Content::Audio(media) => audio(out, media, api)?,
        Content::Document(media) => document(out, media, api)?,
        Content::ToolCall(_) | Content::ToolResult(_) | Content::Thinking(_) => {}
    }
    Ok(())
}

/// A part that is a text.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    let mut part = Object::begin(out);
    part.text("type", "text");
    part.text("text", text);
    part.end();
}

fn image(out: &mut Vec<u8>, media: &Media<'_>, api: Api) -> Result<(), Refusal> {
    let mut part = Object::begin(out);
    part.text("type", "image_url");
    let mut image = Object::begin(part.member("image_url"));
    match &media.source {
        Source::Inline { media_type, data } => data_url(image.member("url"), media_type, data),
        Source::Url { url, .. } => image.text("url", url),
        Source::Text(_) => {
            let what = "a text is no image";
            return Err(unsupported(Feature::InlineImage, api, what));
        }
    }
    if let Some(detail) = &media.detail {
        image.text("detail", detail);
    }
    image.end();
    part.end();
    Ok(())
}

fn audio(out: &mut Vec<u8>, media: &Media<'_>, api: Api) -> Result<(), Refusal> {
    let refused = |what| unsupported(Feature::Audio, api, what);
    let Source::Inline { media_type, data } = &media.source else {
        return Err(refused("sound has to be in the request here"));
    };
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    let format = match kind.to_ascii_lowercase().as_str() {
        "audio/wav" | "audio/x-wav" | "audio/wave" => "wav",
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/flac" | "audio/x-flac" => "flac",
        "audio/ogg" => "ogg",
        "audio/opus" => "opus",
        "audio/aac" => "aac",
        _ => return Err(refused("sound of this type cannot be sent here")),
    };
    let mut part = Object::begin(out);
    part.text("type", "input_audio");
    let mut audio = Object::begin(part.member("input_audio"));
    audio.text("data", data);
    audio.text("format", format);
    audio.end();
    part.end();
    Ok(())
}

fn document(out: &mut Vec<u8>, media: &Media<'_>, api: Api) -> Result<(), Refusal> {
    match &media.source {
        // Its words are all that a model gets of it.
        Source::Text(words) => text(out, words),
        Source::Inline { media_type, data } => {
            let mut part = Object::begin(out);
            part.text("type", "file");
            let mut file = Object::begin(part.member("file"));
            file.text("filename", media.name.as_deref().unwrap_or("document.pdf"));
            data_url(file.member("file_data"), media_type, data);
            file.end();
            part.end();
        }
        Source::Url { .. } => {
            let what = "a document has to be in the request here";
            return Err(unsupported(Feature::RemoteDocument, api, what));
        }
    }
    Ok(())
}

fn data_url(out: &mut Vec<u8>, media_type: &str, data: &str) {
    out.extend_from_slice(b"\"data:");
    json::inside(out, media_type);
    out.extend_from_slice(b";base64,");
    json::inside(out, data);
    out.push(b'"');
}
