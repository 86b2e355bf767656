use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Version};
use tokio::sync::Notify;

use super::{Bill, BillLine};

/// Something that happened at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request was read to its end.
    Received {
        /// The number of the call, from 1.
        call: u64,
    },
    /// An event of a stream was handed to the connection.
    Streamed {
        /// The number of the call.
        call: u64,
        /// How many events this stream has had with this one.
        events: u64,
    },
    /// The whole answer was handed to the connection.
    Finished {
        /// The number of the call.
        call: u64,
    },
    /// The client left before the answer was complete: its connection closed, or its stream was reset.
    ClientGone {
        /// The number of the call.
        call: u64,
    },
    /// The call was refused, or the provider broke it off.
    Failed {
        /// The number of the call.
        call: u64,
    },
}

impl Event {
    /// The number of the call that this is about.
    pub fn call(&self) -> u64 {
        match *self {
            Self::Received { call }
            | Self::Streamed { call, .. }
            | Self::Finished { call }
            | Self::ClientGone { call }
            | Self::Failed { call } => call,
        }
    }
}

/// A request as a provider received it. `Debug` shows neither headers nor body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Recorded {
    /// The number of the call, from 1.
    pub call: u64,
    /// The number of the connection that it came on, from 1.
    pub connection: u64,
    /// The method.
    pub method: Method,
    /// The path, such as `/v1/chat/completions`.
    pub path: String,
    /// The query without its question mark.
    pub query: Option<String>,
    /// HTTP/1.1 or HTTP/2.
    pub version: Version,
    /// The authority of the request's URI (HTTP/2), else the `host` header.
    pub authority: Option<String>,
    /// The headers in the order of their arrival, names in lower case; those that repeat a name
    /// follow its first one.
    pub headers: HeaderMap,
    /// The body to the byte.
    pub body: Bytes,
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded")
            .field("call", &self.call)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("version", &self.version)
            .field("headers", &format_args!("{} headers", self.headers.len()))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// How many bytes of bodies are remembered at most; the last one always is.
const BODIES: usize = 256 * 1024 * 1024;

/// Everything that a provider remembers.
#[derive(Debug)]
pub(crate) struct Log {
    kept: Mutex<Kept>,
    news: Notify,
    keep: usize,
}

#[derive(Debug, Default)]
struct Kept {
    calls: VecDeque<Recorded>,
    bytes: usize,
    events: VecDeque<Event>,
    forgotten: usize,
    bill: Bill,
}

impl Log {
    pub(crate) fn new(keep: usize) -> Self {
        Self {
            kept: Mutex::default(),
            news: Notify::new(),
            keep,
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self, recorded: Recorded) {
        let call = recorded.call;
        {
            let mut kept = self.kept();
            kept.bytes += recorded.body.len();
            kept.calls.push_back(recorded);
            while kept.calls.len() > self.keep || (kept.bytes > BODIES && kept.calls.len() > 1) {
                let Some(oldest) = kept.calls.pop_front() else {
                    break;
                };
                kept.bytes -= oldest.body.len();
            }
        }
        self.event(Event::Received { call });
    }

    pub(crate) fn event(&self, event: Event) {
        {
            let mut kept = self.kept();
            kept.events.push_back(event);
            // A stream has many events, so there is room for some of each call that is kept.
            while kept.events.len() > self.keep.saturating_mul(16) {
                kept.events.pop_front();
                kept.forgotten += 1;
            }
        }
        self.news.notify_waiters();
    }

    /// Adds to the bill and tells the end, so that who sees the event finds the line.
    pub(crate) fn close(&self, line: Option<(BillLine, bool)>, event: Event) {
        if let Some((line, charged)) = line {
            self.kept().bill.add(line, charged, self.keep);
        }
        self.event(event);
    }

    pub(crate) fn bill(&self) -> Bill {
        self.kept().bill.clone()
    }

    pub(crate) fn calls(&self) -> Vec<Recorded> {
        self.kept().calls.iter().cloned().collect()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.kept().events.iter().copied().collect()
    }

    /// The first event, past or coming, of which `wanted` is true.
    pub(crate) async fn wait(&self, mut wanted: impl FnMut(&Event) -> bool) -> Event {
        let mut seen = 0;
        loop {
            let news = self.news.notified();
            let mut news = std::pin::pin!(news);
            // Listening before looking: nothing that happens between the two is missed.
            news.as_mut().enable();
            // The caller's closure runs without the lock, so it may ask this provider things.
            let fresh: Vec<Event> = {
                let kept = self.kept();
                let skip = seen.max(kept.forgotten) - kept.forgotten;
                seen = kept.forgotten + kept.events.len();
                kept.events.iter().skip(skip).copied().collect()
            };
            if let Some(event) = fresh.iter().find(|event| wanted(event)) {
                return *event;
            }
            news.await;
        }
    }
}
