use bytes::Bytes;

use super::{
    json::{Object, Writer, array},
    usage,
};
use crate::{
    catalog::Usage,
    dispatch::sse::{Event, Reader},
};

/// A stream with one more chunk, which says what was used. Without that knowledge, as it is.
pub(super) fn add(body: &Bytes, used: Option<&Usage>) -> Option<Bytes> {
    let Some(used) = used else {
        return Some(body.clone());
    };
    let mut out = Vec::with_capacity(body.len() + 512);
    let mut common = None;
    for event in events(body) {
        let data = event.data().map(|data| data.trim_ascii());
        if data == Some(b"[DONE]") {
            out.extend_from_slice(&chunk(common.take()?, used)?);
        } else if common.is_none() {
            common = event.data().filter(|data| !data.is_empty()).cloned();
        }
        out.extend_from_slice(event.raw());
    }
    Some(out.into())
}

/// A stream without the chunk that only says what was used.
pub(super) fn drop(body: &Bytes) -> Option<Bytes> {
    let mut out = Vec::with_capacity(body.len());
    for event in events(body) {
        if !event.data().is_some_and(|data| only_tells(data)) {
            out.extend_from_slice(event.raw());
        }
    }
    Some(out.into())
}

pub(super) fn events(body: &Bytes) -> impl Iterator<Item = Event> {
    let mut reader = Reader::new().limit(usize::MAX);
    reader.push(body.clone());
    std::iter::from_fn(move || reader.finish())
}

fn only_tells(data: &[u8]) -> bool {
    Object::read_bytes(data).is_some_and(|chunk| {
        let choices = chunk.get("choices").map_or(Some(Vec::new()), array);
        chunk.get("usage").is_some() && choices.is_some_and(|choices| choices.is_empty())
    })
}

/// A chunk that says what was used, with what the stream's first chunk has in common with all.
fn chunk(first: Bytes, used: &Usage) -> Option<Vec<u8>> {
    let mut out = Writer::with_capacity(512);
    out.raw("data: ").open("{");
    for (name, value) in Object::read_bytes(&first)?.without(&["choices", "usage"]) {
        out.member(name, value);
    }
    out.member("choices", "[]")
        .member("usage", &usage::json(used))
        .raw("}\n\n");
    Some(out.finish())
}
