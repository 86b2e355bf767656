//! Learns from labelled calls which candidate is how good on what, and which to choose.

mod advice;
mod ask;
mod label;
#[expect(clippy::module_inception)]
mod learner;

pub use self::{
    advice::{Advice, Why},
    ask::{Arm, Ask},
    label::Label,
    learner::{Learner, Scorer},
};
