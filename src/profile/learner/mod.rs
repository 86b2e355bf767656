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
//!
//! # What it reached
//! 3 673 questions of nine benchmarks with the scores of nine models, of which one is asked per call; calls from the
//! 1 001st on, beside the one model that was best on just these calls. Points of quality, and the cost that was saved;
//! 20 orders and priors, 95 % intervals over them. Settings were chosen on one half of the questions (A), with this whole
//! set looked at in between, so that the last column (B alone, 837 calls) is the more honest, and the noisier one. Which
//! questions there are adds another 2 to 3.5 points of doubt to all of them.
//!
//! | catalog's quality | tasks | scored | all: points | saved | B: points | saved |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | by task, ±.10 | the 9 true ones | 100 % | +1.0 ± 0.5 | 59 ± 3 % | +1.1 ± 0.8 | 55 ± 4 % |
//! | | | 20 % | +1.4 ± 0.6 | 46 ± 5 % | +1.1 ± 0.7 | 45 ± 5 % |
//! | | | 5 % | +1.8 ± 0.8 | 36 ± 6 % | +1.3 ± 1.0 | 42 ± 7 % |
//! | | | none | +1.5 ± 1.0 | 36 ± 5 % | +1.0 ± 1.1 | 42 ± 5 % |
//! | by task, ±.10 | 5 coarse ones | 100 % | -0.1 ± 0.6 | 63 ± 4 % | 0.0 ± 0.7 | 53 ± 6 % |
//! | | | 20 % | +0.4 ± 0.7 | 49 ± 8 % | -0.3 ± 1.2 | 48 ± 10 % |
//! | | | 5 % | +0.3 ± 1.0 | 45 ± 9 % | -1.2 ± 1.3 | 49 ± 9 % |
//! | | | none | -0.9 ± 1.7 | 38 ± 12 % | -1.1 ± 1.4 | 48 ± 10 % |
//! | one mean, ±.05 | the 9 true ones | 100 % | +1.0 ± 0.8 | 40 ± 7 % | +0.1 ± 1.2 | 39 ± 8 % |
//! | | | 20 % | +0.8 ± 0.8 | 31 ± 6 % | -0.2 ± 1.5 | 33 ± 8 % |
//! | | | 5 % | -0.3 ± 1.0 | 22 ± 7 % | -0.9 ± 0.9 | 23 ± 7 % |
//! | one mean, ±.05 | 5 coarse ones | 100 % | +0.1 ± 0.6 | 48 ± 6 % | -0.1 ± 0.8 | 43 ± 7 % |
//! | | | 20 % | +0.2 ± 1.0 | 30 ± 10 % | -0.8 ± 0.8 | 41 ± 11 % |
//! | | | 5 % | -0.7 ± 0.9 | 26 ± 10 % | -1.4 ± 1.0 | 25 ± 11 % |
//!
//! Single streams are up to 6 points worse than the mean where few are scored. To see it with the catalog, the classifier
//! and the policies around it: `cargo run --release --example evaluate -- --learn OUTCOMES.jsonl`.
//!
//! # What it does not do
//! * Without scores and with one mean per model it asks the best by the catalog (-0.1 points, nothing saved); with qualities
//!   by task it did better than that one (+2.3 points with true tasks, +1.2 with coarse ones), and saved a quarter, or nothing.
//! * Where candidates differ by little but price, and all calls are alike, it saves little: of two models on MMLU (half the
//!   questions, no tasks told), 8 % at half a point lost with all scored, 6 % at 0.4 points with a fifth.
//! * After calls change to other tasks, from one mean per model and with all scored, it was 1 point below the best for the
//!   new tasks in the first 200 calls, and within half a point after that (an earlier setting, 12 streams); with a fifth
//!   scored 3.4, then 2.2, and after 500 calls 1.5 points. With coarse tasks, of which the new calls seemed to be known ones, it
//!   still lost 1 to 2 points after 500 calls. New words alone do not tell it that something changed.
//! * Where the catalog's qualities belong to other models it wins back most, not all: 13 points above the catalog's
//!   favourite, 2 to 5 below the best (the same earlier setting).
//! * The uncertainty that it tells is an approximation. Of each model's mean on each task, 97 to 100 % lay within 1.64 of it,
//!   where 90 % should: it is too wide for means, and not checked for single calls, of which the truth is not known.

mod advice;
mod ask;
mod chances;
mod gram;
mod kernel;
mod label;
#[expect(clippy::module_inception)]
mod learner;
mod memory;
mod mix;
mod scorer;
mod settings;
#[cfg(test)]
mod tests;
mod work;
mod worth;

pub use self::{
    advice::{Advice, Why},
    ask::{Arm, Ask},
    label::Label,
    learner::Learner,
    scorer::Scorer,
    settings::Settings,
    work::{Work, Worked},
};
