//! Learns from labelled calls which candidate is how good on what, and which to choose.
//!
//! A Gaussian process over the last [`Settings::memory`] labelled calls explains how far scores lie from the catalog's
//! quality: by a part that calls alike share, a part of each candidate on calls alike, a part of each candidate on each
//! task, and one of each candidate. What is chosen is the best of predicted quality less what the cost is worth, where
//! that worth is as high as still keeps the quality that is asked for, by the estimates of the last 400 calls, and never
//! above [`Settings::cap`]; on tasks of which few scores are known it counts less, so that there the best by the catalog
//! is asked.
//!
//! A learner keeps about 1.7 MB when its memory of 1 024 labels is full: 0.6 MB of queries and 1.1 MB of how alike they
//! are. It grows with the labels that come, not with calls.

mod advice;
mod ask;
mod chances;
mod gram;
mod kernel;
mod label;
#[expect(clippy::module_inception)]
mod learner;
mod memory;
mod scorer;
mod settings;
#[cfg(test)]
mod tests;
mod worth;

pub use self::{
    advice::{Advice, Why},
    ask::{Arm, Ask},
    label::Label,
    learner::Learner,
    scorer::Scorer,
    settings::Settings,
};
