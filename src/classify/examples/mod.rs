//! Tasks of a user's own, told by a few examples of each.

mod background;
#[expect(
    clippy::module_inception,
    reason = "the room is named for what it holds"
)]
mod examples;
mod fit;

pub use self::examples::{BadExamples, Examples};
