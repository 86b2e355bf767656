use super::{
    turns::standard,
    wire::{Blob, File, Text},
};
use crate::chat::{Content, Media, Source};

/// Media within the request; `None` for a kind that no other format has.
pub(super) fn inline(blob: Blob<'_>) -> Option<Content<'_>> {
    let Text(media_type) = blob.mime_type?;
    let Text(data) = blob.data?;
    let data = match data.contains(['-', '_']) {
        true => standard(&data),
        false => data,
    };
    let kind = kind(&media_type)?;
    let mut media = Media::new(Source::Inline { media_type, data });
    media.name = blob.display_name.map(|Text(name)| name);
    Some(kind(media))
}

/// Media at an address; `None` where it is one that only Google can fetch.
pub(super) fn remote(file: File<'_>) -> Option<Content<'_>> {
    let Text(url) = file.file_uri?;
    let Text(media_type) = file.mime_type?;
    if !url.starts_with("https://") && !url.starts_with("http://") || is_google_s(&url) {
        return None;
    }
    let kind = kind(&media_type)?;
    let mut media = Media::new(Source::Url {
        url,
        media_type: Some(media_type),
    });
    media.name = file.display_name.map(|Text(name)| name);
    Some(kind(media))
}

type Made = for<'a> fn(Media<'a>) -> Content<'a>;

fn kind(media_type: &str) -> Option<Made> {
    let (kind, _) = media_type.split_once('/')?;
    Some(match &*kind.to_ascii_lowercase() {
        "image" => |media| Content::Image(media),
        "audio" => |media| Content::Audio(media),
        "text" | "application" => |media| Content::Document(media),
        _ => return None,
    })
}

/// Files that were given to Google, and videos of its own.
fn is_google_s(url: &str) -> bool {
    let host = url.split('/').nth(2).unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    [
        "generativelanguage.googleapis.com",
        "youtube.com",
        "youtu.be",
    ]
    .iter()
    .any(|name| {
        host == *name
            || host
                .strip_suffix(name)
                .is_some_and(|rest| rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_google_s_are_nobody_else_s() {
        let file = |url: &'static str| {
            remote(File {
                mime_type: Some(Text("image/png".into())),
                file_uri: Some(Text(url.into())),
                display_name: None,
            })
        };
        assert!(file("https://example.com/a.png").is_some());
        for url in [
            "gs://bucket/a.png",
            "https://generativelanguage.googleapis.com/v1beta/files/abc",
            "https://www.youtube.com/watch?v=1",
            "files/abc",
        ] {
            assert!(file(url).is_none(), "{url}");
        }
    }

    #[test]
    fn the_alphabet_for_addresses_is_made_the_usual_one() {
        let blob = Blob {
            mime_type: Some(Text("image/png".into())),
            data: Some(Text("a-b_".into())),
            display_name: None,
        };
        let Some(Content::Image(media)) = inline(blob) else {
            panic!("an image")
        };
        assert!(matches!(media.source, Source::Inline { data, .. } if data == "a+b/"));
    }
}
