use super::{Event, TooLarge, scan::Scan};
use bytes::Bytes;
use std::{collections::VecDeque, fmt, mem};

const DEFAULT_LIMIT: usize = 16 << 20;

/// Cuts the chunks of a `text/event-stream` body into events.
///
/// See the [module docs](super) for an example.
pub struct Reader {
    limit: usize,
    /// Chunks not looked at yet.
    queue: VecDeque<Bytes>,
    /// The chunk being looked at, from the end of the last event on; `scanned` bytes of it are done.
    current: Bytes,
    scanned: usize,
    /// What earlier chunks hold of the event that goes on in `current`.
    head: Vec<u8>,
    scan: Scan,
    first: bool,
    failed: bool,
    /// How often `head` was moved to a larger place, to prove that it grows geometrically.
    #[cfg(test)]
    moved: usize,
}

impl Reader {
    /// A reader at the start of a body, with a limit of 16 MiB for each event.
    pub fn new() -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            queue: VecDeque::new(),
            current: Bytes::new(),
            scanned: 0,
            head: Vec::new(),
            scan: Scan::new(),
            first: true,
            failed: false,
            #[cfg(test)]
            moved: 0,
        }
    }

    /// The largest size of one event, in bytes of [`Event::raw`] (images do come as single events of some MiB).
    ///
    /// Whether an event passes does not depend on how the body was cut into chunks: the LF of a CRLF that closes an
    /// event is counted neither for it nor for the next.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes the next chunk of the body.
    ///
    /// Chunks wait, unbounded, until [`next`](Self::next) gets to them: call it until it has nothing more before
    /// pushing again. A reader that has failed takes no more.
    pub fn push(&mut self, chunk: Bytes) {
        if !self.failed && !chunk.is_empty() {
            self.queue.push_back(chunk);
        }
    }

    /// The next whole event, or `None` if more of the body is needed.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if the next event is larger than the limit, as soon as that is known. What was buffered is
    /// dropped then, and every later call fails in the same way.
    #[expect(
        clippy::should_implement_trait,
        reason = "not an iterator: there may be more after `None`"
    )]
    pub fn next(&mut self) -> Result<Option<Event>, TooLarge> {
        if self.failed {
            return Err(TooLarge::new(self.limit));
        }
        loop {
            let end = self.scan.advance(&self.current[self.scanned..]);
            if self.scan.size() > self.limit {
                return Err(self.fail());
            }
            if let Some(length) = end {
                let raw = self.take(self.scanned + length);
                self.scan.begin();
                return Ok(Some(Event::read(raw, mem::take(&mut self.first), true)));
            }
            self.scanned = self.current.len();
            let Some(chunk) = self.queue.pop_front() else {
                return Ok(None);
            };
            self.keep(chunk);
        }
    }

    /// What is left at the end of the body: an event without the blank line that should close it, or line ends only.
    ///
    /// `None` if nothing is left. Should whole events still wait, they come first, one for each call; an event
    /// beyond the limit counts as nothing here, and [`next`](Self::next) tells of it. Nothing may be pushed afterwards.
    pub fn finish(&mut self) -> Option<Event> {
        match self.next() {
            Ok(Some(event)) => return Some(event),
            Ok(None) => {}
            Err(TooLarge { .. }) => return None,
        }
        let raw = self.take(self.current.len());
        let first = mem::take(&mut self.first);
        self.scan.begin();
        (!raw.is_empty()).then(|| Event::read(raw, first, false))
    }

    /// How many bytes wait in this reader, in chunks not read yet and in the event not yet whole.
    pub fn buffered(&self) -> usize {
        let queued: usize = self.queue.iter().map(Bytes::len).sum();
        self.head.len() + self.current.len() + queued
    }

    /// Takes the event that ends at `end` of the current chunk.
    fn take(&mut self, end: usize) -> Bytes {
        self.scanned = 0;
        let tail = self.current.split_to(end);
        if self.head.is_empty() {
            return tail;
        }
        self.append(&tail, true);
        Bytes::from(mem::take(&mut self.head))
    }

    /// Goes on to `chunk`, keeping the current one as the head of the event that goes on there.
    fn keep(&mut self, chunk: Bytes) {
        let current = mem::replace(&mut self.current, chunk);
        self.scanned = 0;
        self.append(&current, false);
    }

    /// Adds to the head of an event, which is whole then if this is the `last` part.
    fn append(&mut self, bytes: &[u8], last: bool) {
        let needed = self.head.len() + bytes.len();
        if needed > self.head.capacity() {
            // Doubles, so that each byte is moved a constant number of times, but not far beyond the limit, and not
            // when nothing follows.
            let doubled = self.head.capacity().saturating_mul(2).min(self.limit);
            let capacity = if last { needed } else { doubled.max(needed) };
            self.head.reserve_exact(capacity - self.head.len());
            #[cfg(test)]
            {
                self.moved += 1;
            }
        }
        self.head.extend_from_slice(bytes);
    }

    fn fail(&mut self) -> TooLarge {
        self.failed = true;
        self.queue = VecDeque::new();
        self.current = Bytes::new();
        self.scanned = 0;
        self.head = Vec::new();
        TooLarge::new(self.limit)
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("limit", &self.limit)
            .field("buffered", &self.buffered())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;
    use bytes::Bytes;

    fn data(reader: &mut Reader) -> Option<Bytes> {
        reader.next().unwrap()?.data().cloned()
    }

    #[test]
    fn an_event_within_a_chunk_is_not_copied() {
        let chunk = Bytes::from_static(b"data: a\n\ndata: b\n\ndata: c");
        let at = |offset: usize| Some(chunk[offset..].as_ptr());
        let mut reader = Reader::new();
        reader.push(chunk.clone());
        assert_eq!(data(&mut reader).map(|data| data.as_ptr()), at(6));
        let second = reader.next().unwrap().unwrap();
        assert_eq!(Some(second.raw().as_ptr()), at(9));
        assert_eq!(second.data().map(|data| data.as_ptr()), at(15));
        assert!(reader.next().unwrap().is_none());
        let rest = reader.finish().unwrap();
        assert_eq!(Some(rest.raw().as_ptr()), at(18));
    }

    #[test]
    fn an_event_over_two_chunks_is_copied_and_the_next_is_not() {
        let mut reader = Reader::new();
        reader.push(Bytes::from_static(b"data: abc"));
        assert!(reader.next().unwrap().is_none());
        assert_eq!((reader.head.len(), reader.buffered()), (0, 9));
        reader.push(Bytes::from_static(b"def\n\ndata: g\n\n"));
        assert_eq!(data(&mut reader).unwrap(), "abcdef");
        assert_eq!((reader.head.capacity(), reader.moved), (0, 2));
        assert_eq!(data(&mut reader).unwrap(), "g");
        assert_eq!(reader.moved, 2);
    }

    /// One event of 1 MiB in chunks of one byte, asking after each: every byte is looked at once and stored in a
    /// buffer that moves about twenty times.
    #[test]
    fn small_chunks_cost_no_more_than_large_ones() {
        let mut body = b"data: ".to_vec();
        body.resize(1 << 20, b'x');
        body.extend_from_slice(b"\n\n");
        let body = Bytes::from(body);
        let mut reader = Reader::new();
        let mut events = 0;
        for at in 0..body.len() {
            reader.push(body.slice(at..=at));
            while let Some(event) = reader.next().unwrap() {
                assert_eq!(event.raw(), &body);
                events += 1;
            }
        }
        assert_eq!(events, 1);
        assert_eq!(reader.scan.looked_at, body.len());
        assert!(reader.moved <= 24, "{}", reader.moved);
    }

    #[test]
    fn many_lines_in_small_chunks_are_looked_at_once() {
        let body = Bytes::from("data: x\r\n: y\r".repeat(1 << 12));
        let mut reader = Reader::new();
        for at in (0..body.len()).step_by(3) {
            reader.push(body.slice(at..body.len().min(at + 3)));
            assert!(reader.next().unwrap().is_none());
        }
        assert_eq!(reader.scan.looked_at, body.len());
    }

    #[test]
    fn the_buffer_does_not_outgrow_the_limit() {
        let mut reader = Reader::new().limit(1000);
        for _ in 0..1000 {
            reader.push(Bytes::from_static(b"x"));
            assert!(reader.next().unwrap().is_none());
        }
        assert!(reader.head.capacity() <= 1000, "{}", reader.head.capacity());
        reader.push(Bytes::from_static(b"x"));
        assert_eq!(reader.next().unwrap_err().limit(), 1000);
        assert_eq!((reader.buffered(), reader.head.capacity()), (0, 0));
    }

    #[test]
    fn a_whole_event_takes_no_more_room_than_it_needs() {
        let mut reader = Reader::new();
        for part in [":aaaaaaa", "bcd\n\n"] {
            reader.push(part.into());
        }
        let event = reader.next().unwrap().unwrap();
        let raw = event.raw().clone();
        drop(event);
        assert_eq!(raw.try_into_mut().map(|raw| raw.capacity()), Ok(13));
    }

    #[test]
    fn a_failed_reader_holds_nothing() {
        let mut reader = Reader::new().limit(4);
        for chunk in ["abc", "def", "ghi"] {
            reader.push(chunk.into());
        }
        assert_eq!(reader.buffered(), 9);
        assert!(reader.next().is_err());
        assert_eq!(reader.buffered(), 0);
        reader.push("jkl\n\n".into());
        assert_eq!(reader.buffered(), 0);
        assert!(reader.next().is_err());
    }

    #[test]
    fn a_closing_cr_does_not_wait_for_an_lf() {
        for (head, tail) in [
            ("data: a\r\r", "\n"),
            ("data: a\n\r", "\n"),
            ("data: a\r\n\r", "\n"),
        ] {
            let mut reader = Reader::new();
            reader.push(head.into());
            let event = reader.next().unwrap().unwrap();
            assert_eq!(
                (event.raw(), &event.data().unwrap()[..]),
                (&Bytes::from(head), &b"a"[..])
            );
            reader.push(tail.into());
            assert!(reader.next().unwrap().is_none());
            reader.push("data: b\n\n".into());
            let event = reader.next().unwrap().unwrap();
            assert_eq!(
                (&event.raw()[..], &event.data().unwrap()[..]),
                (&b"\ndata: b\n\n"[..], &b"b"[..])
            );
            assert!(reader.finish().is_none());
        }
    }

    #[test]
    fn finish_gives_waiting_events_first() {
        let mut reader = Reader::new();
        reader.push("data: a\n\ndata: b".into());
        let ended: Vec<_> = std::iter::from_fn(|| reader.finish())
            .map(|event| (event.data().cloned().unwrap(), event.is_unterminated()))
            .collect();
        assert_eq!(ended, [("a".into(), false), ("b".into(), true)]);
    }

    #[test]
    fn blank_lines_at_the_end_are_kept_but_are_no_event() {
        let mut reader = Reader::new();
        reader.push("data: a\n\n\r\n\n".into());
        assert!(reader.next().unwrap().is_some());
        assert!(reader.next().unwrap().is_none());
        let rest = reader.finish().unwrap();
        assert_eq!(rest.raw(), "\r\n\n");
        assert!(rest.is_comment() && !rest.is_unterminated() && rest.data().is_none());
        assert!(reader.finish().is_none());
    }

    #[test]
    fn debug_tells_no_content() {
        let mut reader = Reader::new();
        reader.push("data: visible".into());
        assert!(reader.next().unwrap().is_none());
        let shown = format!("{reader:?}");
        assert!(
            shown.contains("13") && !shown.contains("visible"),
            "{shown}"
        );
    }
}
