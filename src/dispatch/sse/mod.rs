//! Reader of `text/event-stream` bodies (server-sent events), the format in which models stream.
//!
//! [`Reader`] takes the chunks of a body as they come and gives back whole events. Every [`Event`] carries its own
//! bytes ([`Event::raw`]) beside what they mean, so that a relay can pass on what it does not understand: the raw
//! bytes of all events, put together, are the body.
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use tower_genai::dispatch::sse::Reader;
//!
//! # fn main() -> Result<(), tower_genai::dispatch::sse::TooLarge> {
//! let mut reader = Reader::new();
//! let mut texts = Vec::new();
//! for chunk in [": keep-alive\n\nevent: delta\nda", "ta: Hel\n\ndata: lo\n\n", "data: [DONE]"] {
//!     reader.push(Bytes::from_static(chunk.as_bytes()));
//!     while let Some(event) = reader.next()? {
//!         if let Some(data) = event.data() {
//!             texts.push((event.name().to_owned(), data.clone()));
//!         }
//!     }
//! }
//! assert_eq!(texts, [("delta".to_owned(), "Hel".into()), ("message".to_owned(), "lo".into())]);
//!
//! // The body ended before the blank line that closes an event.
//! let last = reader.finish().expect("bytes are left");
//! assert!(last.is_unterminated());
//! assert_eq!(last.data().map(|data| &data[..]), Some(&b"[DONE]"[..]));
//! # Ok(())
//! # }
//! ```
//!
//! # What counts as an event
//!
//! The format is that of the HTML standard: lines end in CR, LF or CRLF, mixed at will, and a blank line closes an
//! event. Four things differ from a browser's `EventSource`, because a relay and a meter want them:
//!
//! - A block without a `data` line (a comment, a lone `event:`) is yielded, with [`Event::data`] being `None`.
//!   A browser dispatches nothing there. Such blocks are keep-alives: they are no progress of the answer.
//! - An event that the end of the body cuts off is given by [`Reader::finish`]. A browser drops it, but providers do
//!   end their streams so, and its tokens are on the bill.
//! - Values are bytes: invalid UTF-8 in `data` is kept, and no byte is replaced. [`Event::name`] and [`Event::id`]
//!   are text, with replacement characters for what is not UTF-8.
//! - Nothing is remembered between events: [`Event::id`] is what this block says, not the last id of the stream.
//!
//! # Bounds
//!
//! An event larger than [`Reader::limit`] is an error, found before more than the limit and one chunk are buffered.
//! Time is linear in the size of the body, however small the chunks are. An event within one chunk is not copied: its
//! bytes are slices of that chunk, and keep it alive for as long as the event or its data are held. An event spread
//! over chunks is gathered into a buffer of its own, at most twice its size. Data of several lines are joined into a new buffer.
//!
//! A closing CR at the end of a chunk closes its event at once, without waiting for an LF that may follow. If it does
//! follow, it stands at the head of the next event's raw bytes, as do blank lines between events; they are held back
//! until that event is whole.

mod error;
mod event;
mod lines;
mod reader;
mod scan;

pub use self::{error::TooLarge, event::Event, reader::Reader};
