//! Reads what providers say of a call's usage and cost, each in its own shape, into buckets that do not overlap.
//!
//! A dialect asks a [`Reader`] and gives what it reads to its [`Seen`](super::Seen):
//!
//! ```
//! use tower_genai::{
//!     catalog::Usage,
//!     dispatch::{Reported, Seen, usage::{Reader, Shape}},
//! };
//!
//! let mut reader = Reader::new(Shape::Anthropic);
//! reader.read(br#"{"type": "message_start", "message": {"usage": {
//!     "input_tokens": 3, "cache_creation_input_tokens": 12304, "output_tokens": 1,
//!     "cache_creation": {"ephemeral_5m_input_tokens": 12304}, "service_tier": "standard"}}}"#)?;
//! reader.read(br#"{"type": "message_delta", "usage": {"output_tokens": 550}}"#)?;
//!
//! let mut seen = Seen::default();
//! seen.report(reader.report(true));
//! let usage = Usage { cache_write_5m: 12_304, ..Usage::text(3, 550) };
//! assert_eq!(seen.usage, Reported::Usage(usage));
//! assert_eq!(seen.tier.as_deref(), Some("standard"));
//! # Ok::<(), tower_genai::dispatch::Unreadable>(())
//! ```
//!
//! # Caveats
//!
//! - Providers disagree on whether cached tokens are within the prompt's, and thinking within the answer's; here nothing
//!   is counted twice, and where the numbers themselves tell which it is they decide.
//! - Amounts of money are read by their digits and rounded up to a nano-dollar; no float comes between. A cost that is
//!   negative or no number counts as not said.
//! - Fees by the call are counted for searches and the like. What is charged by the hour (containers, stored caches) is
//!   in no answer, and so not in here.

mod amount;
mod anthropic;
mod ark;
mod bfl;
mod count;
mod counts;
mod gemini;
mod kling;
mod lenient;
mod object;
mod ollama;
mod openai_chat;
mod openai_images;
mod openai_responses;
mod reader;
mod report;
mod shape;
mod tokens;
mod word;

#[cfg(any(feature = "openai", feature = "anthropic"))]
pub(super) use self::lenient::Lenient;
#[cfg(feature = "anthropic")]
pub(super) use self::lenient::List;
use self::tokens::of_responses;
pub(crate) use self::tokens::{WireUsage, lenient};
pub use self::{
    reader::Reader,
    report::{Report, Share},
    shape::Shape,
};
