//! What experience says of each model on each task, and what follows from it for the next call.
//!
//! [`Profile`] is the state that Select consults and that feedback teaches; a clone is the same state.

pub mod drift;
mod estimate;
mod feedback;
pub mod guard;
pub mod learner;
mod pending;
#[expect(clippy::module_inception)]
mod profile;
pub mod stats;
pub mod store;
mod track;
mod vector;

pub(crate) use self::estimate::normal_quantile;
pub use self::{
    estimate::Estimate,
    feedback::{Feedback, FeedbackError, Source},
    profile::{Advised, Consultation, Profile, Sharing},
    vector::Vector,
};
