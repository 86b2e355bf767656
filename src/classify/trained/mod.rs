//! A linear model with weights in the crate, on top of the heuristics.

mod evidence;
mod model;
mod terms;
#[expect(
    clippy::module_inception,
    reason = "the room is named for what it holds"
)]
mod trained;

pub use self::{evidence::Evidence, model::BadWeights, trained::Trained};
