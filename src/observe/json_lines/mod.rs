//! The decision log: one JSON line for each decision, for replay and for other tools.

mod attempt;
mod candidate;
mod joiner;
#[expect(clippy::module_inception)]
mod json_lines;
mod line;
mod told;
mod writer;

pub use self::{json_lines::JsonLines, line::DecisionLine};
