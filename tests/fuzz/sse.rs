//! Fuzz target of the event-stream reader: any bytes, cut in any way, read as a plain parser of the whole input does.

use bytes::Bytes;
use std::time::Duration;
use tower_genai::dispatch::sse::{Event, Reader};

/// What a block says, without its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) name: String,
    pub(crate) data: Option<Vec<u8>>,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<Duration>,
    pub(crate) comment: bool,
    pub(crate) unterminated: bool,
}

impl From<&Event> for Said {
    fn from(event: &Event) -> Self {
        Self {
            name: event.name().to_owned(),
            data: event.data().map(|data| data.to_vec()),
            id: event.id().map(str::to_owned),
            retry: event.retry(),
            comment: event.is_comment(),
            unterminated: event.is_unterminated(),
        }
    }
}

/// Checks `data` in one piece, in single bytes, in two pieces at every place, and in pieces of mixed sizes.
///
/// Panics if any of them differs from [`reference`] or loses a byte.
pub(crate) fn target(data: &[u8]) {
    check(data, &[]);
    check(data, &(1..data.len()).collect::<Vec<_>>());
    for at in 1..data.len().min(2048) {
        check(data, &[at]);
    }
    for step in [2, 3, 5, 7, 64] {
        check(data, &(1..data.len()).step_by(step).collect::<Vec<_>>());
    }
    for limit in [0, 1, 2, data.len() / 2, data.len().saturating_sub(1)] {
        let whole = read_within(data, &[], limit);
        let bytes = read_within(data, &(1..data.len()).collect::<Vec<_>>(), limit);
        assert_eq!(whole, bytes, "limit {limit}");
    }
}

/// Reads `data` cut at `cuts` (ascending offsets) and compares with [`reference`]. Gives what was read.
pub(crate) fn check(data: &[u8], cuts: &[usize]) -> Vec<Said> {
    let events = read(data, cuts);
    let raw: Vec<u8> = events
        .iter()
        .flat_map(|event| event.raw().to_vec())
        .collect();
    assert_eq!(raw, data, "bytes are lost or changed, cut at {cuts:?}");
    let last = events.len().saturating_sub(1);
    for (index, event) in events.iter().enumerate() {
        assert!(!event.raw().is_empty());
        // Each block can be read on its own, as a relay's client will.
        if index > 0 && !event.raw().starts_with(b"\xEF\xBB\xBF") {
            let alone = read(event.raw(), &[]);
            assert_eq!(alone.len(), 1, "{:?}", event.raw());
            assert_eq!(Said::from(&alone[0]), Said::from(event));
        }
        let blank = event.raw().iter().all(|byte| matches!(byte, b'\r' | b'\n'));
        assert!(
            !blank || index == last,
            "only the end leaves blank lines alone"
        );
    }
    let said: Vec<Said> = events
        .iter()
        .filter(|event| has_line(event))
        .map(Said::from)
        .collect();
    assert_eq!(said, reference(data), "cut at {cuts:?}");
    said
}

/// Whether there is more to the block than what separates blocks.
fn has_line(event: &Event) -> bool {
    let raw = event
        .raw()
        .strip_prefix(b"\xEF\xBB\xBF")
        .filter(|_| event.is_comment());
    let raw = raw.unwrap_or(event.raw());
    event.is_unterminated() || raw.iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
}

fn cut<'a>(data: &'a [u8], cuts: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([data.len()]);
    starts.zip(ends).map(|(start, end)| &data[start..end])
}

fn read(data: &[u8], cuts: &[usize]) -> Vec<Event> {
    let mut reader = Reader::new();
    let mut events = Vec::new();
    for chunk in cut(data, cuts) {
        reader.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = reader.next().expect("far below the limit") {
            assert!(!event.is_unterminated());
            events.push(event);
        }
    }
    events.extend(reader.finish());
    assert!(reader.finish().is_none());
    events
}

/// What is read under a limit, and whether it was passed.
fn read_within(data: &[u8], cuts: &[usize], limit: usize) -> (Vec<Said>, bool) {
    let mut reader = Reader::new().limit(limit);
    let mut said = Vec::new();
    for chunk in cut(data, cuts) {
        reader.push(Bytes::copy_from_slice(chunk));
        loop {
            match reader.next() {
                Ok(Some(event)) => said.push(Said::from(&event)),
                Ok(None) => break,
                Err(_) => {
                    assert!(reader.next().is_err() && reader.finish().is_none());
                    assert_eq!(reader.buffered(), 0);
                    return (said, true);
                }
            }
        }
        assert!(reader.buffered() <= limit + 2);
    }
    said.extend(reader.finish().filter(has_line).as_ref().map(Said::from));
    (said, false)
}

/// The format read the plain way: the whole input at once, line ends made equal first.
pub(crate) fn reference(data: &[u8]) -> Vec<Said> {
    let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    let mut text = Vec::new();
    for (at, &byte) in data.iter().enumerate() {
        match byte {
            b'\r' => text.push(b'\n'),
            b'\n' if at > 0 && data[at - 1] == b'\r' => {}
            _ => text.push(byte),
        }
    }
    let mut blocks = Vec::new();
    let mut block: Vec<&[u8]> = Vec::new();
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let cut_line = lines.pop().unwrap_or_default();
    for line in lines {
        if !line.is_empty() {
            block.push(line);
        } else if !block.is_empty() {
            blocks.push((std::mem::take(&mut block), false));
        }
    }
    block.extend(Some(cut_line).filter(|line| !line.is_empty()));
    if !block.is_empty() {
        blocks.push((block, true));
    }
    blocks
        .iter()
        .map(|(lines, unterminated)| interpret(lines, *unterminated))
        .collect()
}

fn interpret(lines: &[&[u8]], unterminated: bool) -> Said {
    let fields: Vec<(&[u8], &[u8])> = lines
        .iter()
        .filter(|line| line[0] != b':')
        .map(|line| {
            let mut parts = line.splitn(2, |&byte| byte == b':');
            let name = parts.next().unwrap_or_default();
            let value = parts.next().unwrap_or_default();
            (name, value.strip_prefix(b" ").unwrap_or(value))
        })
        .collect();
    let all = |wanted: &str| -> Vec<&[u8]> {
        let named = fields.iter().filter(|(name, _)| *name == wanted.as_bytes());
        named.map(|(_, value)| *value).collect()
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let data = all("data");
    let name = all("event")
        .last()
        .map(|name| text(name))
        .unwrap_or_default();
    let mut ids = all("id").into_iter().filter(|id| !id.contains(&0));
    let mut retries = all("retry").into_iter().filter_map(|value| {
        let digits = text(value);
        let plain = digits.chars().all(|digit| digit.is_ascii_digit());
        digits
            .parse()
            .ok()
            .filter(|_| plain)
            .map(Duration::from_millis)
    });
    Said {
        name: if name.is_empty() {
            "message".to_owned()
        } else {
            name
        },
        data: (!data.is_empty()).then(|| data.join(&b'\n')),
        id: ids.next_back().map(text),
        retry: retries.next_back(),
        comment: fields.is_empty(),
        unterminated,
    }
}
