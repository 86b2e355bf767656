use super::{
    lines::{Lines, field},
    scan::BOM,
};
use bytes::Bytes;
use std::{fmt, str, time::Duration};

/// One block of an event stream: its bytes, and what they say.
///
/// Cloning is cheap, and so are clones of [`raw`](Self::raw) and [`data`](Self::data): they share their buffers.
/// `Debug` shows sizes only, for the data are answers to users.
#[derive(Clone)]
pub struct Event {
    raw: Bytes,
    name: Option<Bytes>,
    data: Option<Bytes>,
    id: Option<Bytes>,
    retry: Option<Duration>,
    fields: bool,
    unterminated: bool,
}

impl Event {
    /// Reads a block: `first` if it is the first of its stream, where a byte order mark is skipped; `closed` if it
    /// ends in a blank line and not with the body.
    pub(crate) fn read(raw: Bytes, first: bool, closed: bool) -> Self {
        let start = if first && raw.starts_with(BOM) {
            BOM.len()
        } else {
            0
        };
        let mut event = Self {
            name: None,
            data: None,
            id: None,
            retry: None,
            fields: false,
            unterminated: false,
            raw,
        };
        let mut joined: Option<Vec<u8>> = None;
        for line in Lines::new(&event.raw, start) {
            let (name, value) = field(&event.raw, line);
            event.fields |= !name.is_empty();
            event.unterminated = !closed;
            match name {
                b"data" => match (&mut joined, &event.data) {
                    (Some(joined), _) => {
                        joined.push(b'\n');
                        joined.extend_from_slice(&event.raw[value]);
                    }
                    (None, Some(head)) => {
                        joined = Some([head, &b"\n"[..], &event.raw[value]].concat());
                    }
                    (None, None) => event.data = Some(event.raw.slice(value)),
                },
                b"event" => event.name = Some(text(event.raw.slice(value))),
                // An id with a NUL could not be sent back in a header; the standard ignores it.
                b"id" if memchr::memchr(0, &event.raw[value.clone()]).is_none() => {
                    event.id = Some(text(event.raw.slice(value)));
                }
                b"retry" => event.retry = milliseconds(&event.raw[value]).or(event.retry),
                _ => {}
            }
        }
        if let Some(joined) = joined {
            event.data = Some(Bytes::from(joined));
        }
        event
    }

    /// The bytes of this block as they came, with its comments and line ends, and with blank lines before it.
    ///
    /// Put together in order, the raw bytes of all events of a stream are the stream.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The kind of event, from its `event` field; `"message"` if it has none, or an empty one.
    pub fn name(&self) -> &str {
        match &self.name {
            // Made valid when it was read.
            Some(name) if !name.is_empty() => str::from_utf8(name).unwrap_or_default(),
            _ => "message",
        }
    }

    /// The payload: the values of all `data` fields, joined by LF.
    ///
    /// `None` if there is no such field (a comment, a lone `event` field): the standard dispatches nothing then.
    /// Any bytes may occur, among them NUL and invalid UTF-8.
    pub fn data(&self) -> Option<&Bytes> {
        self.data.as_ref()
    }

    /// The id that this block gives to the position in the stream, from its `id` field; an empty one takes it back.
    pub fn id(&self) -> Option<&str> {
        let id = self.id.as_ref()?;
        Some(str::from_utf8(id).unwrap_or_default())
    }

    /// How long to wait before connecting again, from the `retry` field (milliseconds, decimal digits only).
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Whether the block has no field at all, only comments and blank lines: a keep-alive, and no progress.
    pub fn is_comment(&self) -> bool {
        !self.fields
    }

    /// Whether the body ended before the blank line that should close this event, perhaps within a line.
    ///
    /// Browsers drop such an event. Of use when its data parse; its usage must be metered either way.
    pub fn is_unterminated(&self) -> bool {
        self.unterminated
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("raw", &self.raw.len())
            .field("data", &self.data.as_ref().map(Bytes::len))
            .field("comment", &self.is_comment())
            .field("unterminated", &self.unterminated)
            .finish_non_exhaustive()
    }
}

/// Valid UTF-8, copied only if it is not yet.
fn text(value: Bytes) -> Bytes {
    match str::from_utf8(&value) {
        Ok(_) => value,
        Err(_) => Bytes::from(String::from_utf8_lossy(&value).into_owned()),
    }
}

fn milliseconds(value: &[u8]) -> Option<Duration> {
    // The parser of integers would also take a sign.
    if !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = str::from_utf8(value).ok()?;
    digits.parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::Event;
    use bytes::Bytes;
    use std::time::Duration;

    fn event(block: &'static [u8]) -> Event {
        Event::read(Bytes::from_static(block), false, true)
    }

    #[test]
    fn data_of_one_line_are_a_slice() {
        let raw = Bytes::from_static(b": hi\nevent: e\ndata: abc\n\n");
        let event = Event::read(raw.clone(), false, true);
        assert_eq!(
            event.data().map(|data| data.as_ptr()),
            Some(raw[20..].as_ptr())
        );
    }

    #[test]
    fn the_last_event_field_wins_and_an_empty_one_is_none() {
        assert_eq!(event(b"event: a\nevent: b\n\n").name(), "b");
        assert_eq!(event(b"event: a\nevent:\n\n").name(), "message");
        assert_eq!(event(b"event: \xFF\n\n").name(), "\u{FFFD}");
    }

    #[test]
    fn ids_with_nul_are_ignored() {
        assert_eq!(event(b"id: 7\nid: 8\0\n\n").id(), Some("7"));
        assert_eq!(event(b"id: 7\nid\n\n").id(), Some(""));
        assert_eq!(event(b"data: 7\n\n").id(), None);
    }

    #[test]
    fn retry_is_digits() {
        assert_eq!(
            event(b"retry: 1500\n\n").retry(),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            event(b"retry: 2000\nretry: 1000x\n\n").retry(),
            Some(Duration::from_secs(2))
        );
        for block in [
            &b"retry\n\n"[..],
            b"retry: +1\n\n",
            b"retry: -1\n\n",
            b"retry:  1\n\n",
            b"retry: 99999999999999999999\n\n",
        ] {
            assert_eq!(event(block).retry(), None, "{block:?}");
        }
    }

    #[test]
    fn unknown_fields_are_fields() {
        assert!(event(b": x\n:\n\n").is_comment());
        assert!(!event(b": x\nData: y\n\n").is_comment());
        assert_eq!(event(b"Data: y\n data: z\n\n").data(), None);
    }

    #[test]
    fn debug_tells_no_content() {
        let shown = format!(
            "{:?}",
            event(b"event: visible\nid: visible\ndata: visible\n\n")
        );
        assert!(!shown.contains("visible"), "{shown}");
    }
}
