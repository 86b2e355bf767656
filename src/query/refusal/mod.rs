//! Refusals of ours, and the form that each vendor's clients know them in.

mod anthropic;
mod form;
mod google;
pub(crate) mod grpc;
mod openai;
#[expect(
    clippy::module_inception,
    reason = "the room is named for what it holds"
)]
mod refusal;

pub use self::refusal::{Refusal, RefusalKind};
