use std::borrow::Cow;

use super::{
    malformed,
    text::{Text, split_once},
    unsupported,
    wire::{CacheControl, Content, File, ImageUrl, InputAudio, Members, Part},
};
use crate::{
    chat::{self, CacheMark, Media, Source, Thinking},
    query::Refusal,
};

/// The parts of a message's `content`. `field` is its place.
pub(super) fn parts<'a>(
    content: Content<'a>,
    field: &str,
    into: &mut Vec<chat::Part<'a>>,
) -> Result<(), Refusal> {
    match content {
        Content::Text(text) => into.push(chat::Part::text(text)),
        Content::Parts(parts) => {
            into.reserve(parts.len());
            for (at, Part(members)) in parts.into_iter().enumerate() {
                into.push(part(members, &|| format!("{field}[{at}]"))?);
            }
        }
    }
    Ok(())
}

fn part<'a>(members: Members<'a>, at: &dyn Fn() -> String) -> Result<chat::Part<'a>, Refusal> {
    let missing = |name: &str| malformed(format!("{}.{name}", at()), "is missing");
    let Members {
        r#type,
        text,
        refusal,
        thinking,
        image_url,
        input_audio,
        file,
        cache_control,
    } = members;
    let content = match r#type.as_ref().map(|Text(kind)| &**kind) {
        Some("text" | "input_text" | "output_text") => {
            chat::Content::Text(Text::of(text).ok_or_else(|| missing("text"))?)
        }
        Some("refusal") => {
            chat::Content::Refusal(Text::of(refusal).ok_or_else(|| missing("refusal"))?)
        }
        Some("thinking") => chat::Content::Thinking(Thinking::new(thought(
            thinking.ok_or_else(|| missing("thinking"))?,
        ))),
        Some("image_url") => {
            let image = image_url.ok_or_else(|| missing("image_url"))?;
            chat::Content::Image(picture(image, &|| format!("{}.image_url.url", at()))?)
        }
        Some("input_audio") => {
            let audio = input_audio.ok_or_else(|| missing("input_audio"))?;
            chat::Content::Audio(sound(audio, &|| format!("{}.input_audio", at()))?)
        }
        Some("file") => {
            let file = file.ok_or_else(|| missing("file"))?;
            chat::Content::Document(document(file, &|| format!("{}.file", at()))?)
        }
        Some(_) => {
            let field = format!("{}.type", at());
            return Err(unsupported(field, "is no kind of part that is known here"));
        }
        None => return Err(missing("type")),
    };
    Ok(chat::Part {
        content,
        cache: cache_control.as_ref().map(mark),
    })
}

/// How long a marked prefix is to be cached.
pub(super) fn mark(control: &CacheControl<'_>) -> CacheMark {
    match &control.ttl {
        Some(Text(ttl)) if ttl == "1h" => CacheMark::Hour,
        _ => CacheMark::Usual,
    }
}

/// The words of thinking that is written in parts.
fn thought(content: Content<'_>) -> Cow<'_, str> {
    match content {
        Content::Text(text) => text,
        Content::Parts(parts) => {
            let texts = parts
                .into_iter()
                .filter_map(|Part(part)| Text::of(part.text));
            joined(texts)
        }
    }
}

/// Texts run together; a single one stays borrowed.
fn joined<'a>(mut texts: impl Iterator<Item = Cow<'a, str>>) -> Cow<'a, str> {
    let mut all = texts.next().unwrap_or_default();
    for text in texts {
        all.to_mut().push_str(&text);
    }
    all
}

fn picture<'a>(image: ImageUrl<'a>, at: &dyn Fn() -> String) -> Result<Media<'a>, Refusal> {
    let url = image.url.ok_or_else(|| malformed(at(), "is missing"))?;
    let mut media = Media::new(if is_data(&url) {
        inline(url, at)?
    } else if is_web(&url) {
        let media_type = None;
        Source::Url { url, media_type }
    } else {
        return Err(malformed(at(), "is no http, https or data URL"));
    });
    media.detail = image.detail;
    Ok(media)
}

fn sound<'a>(audio: InputAudio<'a>, at: &dyn Fn() -> String) -> Result<Media<'a>, Refusal> {
    let missing = |name: &str| malformed(format!("{}.{name}", at()), "is missing");
    let data = Text::of(audio.data).ok_or_else(|| missing("data"))?;
    let Text(format) = audio.format.ok_or_else(|| missing("format"))?;
    let media_type = match &*format {
        "mp3" => "audio/mpeg".into(),
        word if (1..=16).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            format!("audio/{word}").into()
        }
        _ => {
            return Err(malformed(
                format!("{}.format", at()),
                "is no format of audio",
            ));
        }
    };
    Ok(Media::new(Source::Inline { media_type, data }))
}

fn document<'a>(file: File<'a>, at: &dyn Fn() -> String) -> Result<Media<'a>, Refusal> {
    if file.file_id.is_some() {
        let field = format!("{}.file_id", at());
        return Err(unsupported(field, "is known to one provider alone"));
    }
    let field = || format!("{}.file_data", at());
    let data = Text::of(file.file_data).ok_or_else(|| malformed(field(), "is missing"))?;
    let source = if is_data(&data) {
        inline(data, &field)?
    } else {
        // Base64 without its type; OpenAI takes PDFs alone.
        let media_type = "application/pdf".into();
        Source::Inline { media_type, data }
    };
    let mut media = Media::new(source);
    media.name = Text::of(file.filename);
    Ok(media)
}

fn is_data(url: &str) -> bool {
    let scheme = url.get(..5);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

fn is_web(url: &str) -> bool {
    let starts = |scheme: &str| {
        let start = url.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    starts("https://") || starts("http://")
}

/// What a data URL holds, in base64: `data:image/png;base64,iVBO…`.
fn inline<'a>(url: Cow<'a, str>, at: &dyn Fn() -> String) -> Result<Source<'a>, Refusal> {
    let bad = || malformed(at(), "is no data URL with a media type and base64");
    let (head, data) = split_once(url, ',').ok_or_else(bad)?;
    let (_, kind) = split_once(head, ':').ok_or_else(bad)?;
    let (media_type, rest) = split_once(kind, ';').ok_or_else(bad)?;
    let is_base64 = rest
        .rsplit(';')
        .next()
        .is_some_and(|last| last.trim() == "base64");
    if !is_base64 || !media_type.contains('/') || data.is_empty() {
        return Err(bad());
    }
    Ok(Source::Inline { media_type, data })
}
