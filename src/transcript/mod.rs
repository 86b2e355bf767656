//! What an answer says, read in the caller's own form while it passes: text, calls of tools, and how it ends.
//!
//! [`Said`] is what judges and checks see of an answer. Who reads it ([`Shadow`](crate::shadow),
//! [`Signals`](crate::signals)) lets the answer's bytes through [`Tapped`], which changes none of them, holds none back,
//! and keeps a bounded text: an answer that says more is not read to its end.
//!
//! Forms of the vendors whose dialects are built in (features `openai`, `anthropic`, `gemini`) are read, streamed and whole.

mod said;
mod saying;
mod tapped;
#[expect(clippy::module_inception)]
mod transcript;

pub use self::{
    said::{Called, Said},
    tapped::Tapped,
};
pub(crate) use self::{tapped::Tap, transcript::Transcript};
