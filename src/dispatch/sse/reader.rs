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
                return Ok(Some(Event::read(raw, mem::take(&mut self.first))));
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
    /// beyond the limit counts as nothing here, and [`next`](Self::next) tells of it.
    pub fn finish(&mut self) -> Option<Event> {
        match self.next() {
            Ok(Some(event)) => return Some(event),
            Ok(None) => {}
            Err(TooLarge { .. }) => return None,
        }
        let raw = self.take(self.current.len());
        let first = mem::take(&mut self.first);
        self.scan.begin();
        (!raw.is_empty()).then(|| Event::read_rest(raw, first))
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
        self.append(&tail);
        Bytes::from(mem::take(&mut self.head))
    }

    /// Goes on to `chunk`, keeping the current one as the head of the event that goes on there.
    fn keep(&mut self, chunk: Bytes) {
        let current = mem::replace(&mut self.current, chunk);
        self.scanned = 0;
        self.append(&current);
    }

    fn append(&mut self, bytes: &[u8]) {
        let needed = self.head.len() + bytes.len();
        if needed > self.head.capacity() {
            // Doubles, so that each byte is moved a constant number of times, but not far beyond the limit.
            let doubled = self.head.capacity().saturating_mul(2);
            let capacity = doubled.min(self.limit).max(needed);
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
