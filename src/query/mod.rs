//! What is asked: the caller's API, the query read from the body, and the words of a refusal.
//!
//! Everything here is knowledge; no layer is needed to use it:
//!
//! ```
//! use tower_genai::query::{Api, Capability, Query};
//!
//! let body = br#"{"model": "auto", "messages": [{"role": "user", "content": "Prove it."}],
//!                 "tools": [{"type": "function", "function": {"name": "lean"}}]}"#;
//! let query = Query::read(Api::OpenAiChat, body).unwrap();
//! assert_eq!(query.model(), "auto");
//! assert!(query.needs().has(Capability::Tools));
//! ```
//!
//! How long a prompt is at most is known without a vocabulary: no tokenizer makes more tokens than there are bytes.
//! [`CountTokens`] makes bounds tighter where a hard budget is tight.
//!
//! The body is read in one pass. Nothing of it is kept but what routing needs; unknown members stay where they are,
//! byte for byte, and the first that could cost money without bound is named.

pub mod api;
mod body;
mod classification;
mod classifying;
mod conversation;
mod count_tokens;
mod feature;
mod image_in;
mod manner;
mod needs;
#[cfg(feature = "tokens")]
mod o200k;
mod pace;
mod prefer;
mod prompt;
#[expect(
    clippy::module_inception,
    reason = "the room is named for what it holds"
)]
mod query;
mod reader;
pub(crate) mod refusal;
mod shares;
mod task;
mod tokens;
mod wish;

#[cfg(feature = "tokens")]
pub use self::o200k::O200k;
pub use self::{
    api::{Api, Op, Vendor},
    body::{Classified, QueryBody},
    classification::{Classification, Signal},
    conversation::Conversation,
    count_tokens::CountTokens,
    feature::{Feature, Features},
    image_in::ImageIn,
    needs::{Capabilities, Capability, UnknownCapability},
    pace::Pace,
    prefer::Prefer,
    prompt::Prompt,
    query::{Member, Query},
    refusal::{Refusal, RefusalKind},
    shares::Shares,
    task::Task,
    tokens::TokenCount,
    wish::Wish,
};
pub(crate) use self::{classifying::ClassifyFn, manner::Manner};
