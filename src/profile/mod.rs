//! What experience says of each model on each task, and what follows from it for the next call.
//!
//! [`Profile`] is the state that Select consults and that feedback teaches; a clone is the same state.

pub mod drift;
mod estimate;
mod feedback;
pub mod guard;
mod keep;
mod known;
pub mod learner;
mod learning;
mod limit;
mod names;
mod observed;
mod outlook;
mod pending;
#[expect(clippy::module_inception)]
mod profile;
mod settings;
pub mod stats;
pub mod store;
mod telling;
mod track;
mod vector;
mod watching;
mod weak;

pub(crate) use self::estimate::normal_quantile;
pub use self::{
    estimate::Estimate,
    feedback::{Feedback, FeedbackError, Source},
    profile::{Advised, Consultation, Profile, Sharing},
    vector::Vector,
};
