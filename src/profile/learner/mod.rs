//! Learns from labelled calls which candidate is how good on what, and which to choose.
//!
//! A Gaussian process over the last [`Settings::memory`] labelled calls explains how far scores lie from the catalog's
//! quality: by a part that calls alike share, a part of each candidate on calls alike, a part of each candidate on each
//! task, and one of each candidate. What is chosen is the best of predicted quality less what the cost is worth, where
//! that worth is as high as still keeps the quality that is asked for, by the estimates of the last 400 calls less what
//! answers fell short of them lately, and never above [`Settings::cap`]. It counts less where few scores are known, on
//! tasks of which few are, and when calls change to tasks that were seldom asked before, so that then the best is asked.
//!
//! Scores are looked up by each call, and worked in apart ([`Work`]): nobody waits for that. A learner keeps about 2 MB when
//! its memory of 1 024 labels is full: 0.9 MB of queries and labels and 1.1 MB of how alike they are. It grows with the
//! labels that come, not with calls.
//!
//! # What it reached
//! 3 673 questions of nine benchmarks (`ulab`, MIT) with the scores of nine models, of which one is asked per call, with this
//! crate's catalog, classifier, guard and drift tests around it: `cargo run --release --example evaluate -- --tables DIR`
//! prints these and more. Calls from the 1 001st on, beside the one model that was best on just these calls: points of
//! quality, and the cost that was saved; 20 orders and priors, 95 % intervals over them. Which questions there are adds
//! another 2 to 3.5 points of doubt to all of them. Settings were chosen on these questions, so that others may do worse.
//!
//! | catalog's quality | tasks | scored | points | saved |
//! | --- | --- | --- | --- | --- |
//! | by task, ±.10 | as the classifier tells them | 100 % | +0.2 ± 0.5 | 55 ± 4 % |
//! | | | 20 % | +0.6 ± 0.6 | 40 ± 5 % |
//! | | | 5 % | +1.0 ± 0.8 | 30 ± 6 % |
//! | | | none | +0.6 ± 0.9 | 32 ± 7 % |
//! | | always the catalog's best | | -1.5 ± 1.0 | 12 ± 14 % |
//! | by task, ±.10 | the 9 true ones | 100 % | +0.8 ± 0.4 | 56 ± 2 % |
//! | | | 20 % | +1.0 ± 0.8 | 44 ± 7 % |
//! | | | 5 % | +1.5 ± 0.8 | 34 ± 6 % |
//! | | | none | +1.9 ± 0.8 | 34 ± 5 % |
//! | one mean, ±.05 | as the classifier tells them | 100 % | +0.9 ± 0.7 | 37 ± 6 % |
//! | | | 20 % | 0.0 ± 1.1 | 29 ± 8 % |
//! | | | 5 % | -0.7 ± 1.1 | 24 ± 8 % |
//! | | | none | -2.0 ± 1.2 | 18 ± 16 % |
//! | | always the catalog's best | | -1.9 ± 1.2 | 17 ± 17 % |
//!
//! Single streams are up to 6 points worse than the mean where few are scored. With 95 % of the quality asked for, 96 to 98 %
//! were kept and 74, 68 and 54 % of the cost saved (by task; all, a fifth and a twentieth scored), or 61, 45 and 35 % (one
//! mean).
//!
//! After calls changed to the tasks of four other benchmarks, beside the one that was best for those calls; 20 orders, ± 1.0 to
//! 2.2 points:
//!
//! | catalog's quality | scored | first 200 | to 500 | after |
//! | --- | --- | --- | --- | --- |
//! | by task, ±.10 | 100 % | -4.1 | -2.3 | -1.5 |
//! | | 20 % | -3.0 | -1.3 | +0.3 |
//! | | 5 % | -1.8 | -1.2 | -0.2 |
//! | one mean, ±.05 | 100 % | -4.2 | -1.5 | -0.4 |
//! | | 20 % | -4.0 | -2.5 | -1.4 |
//! | | 5 % | -4.6 | -2.8 | -2.5 |
//! | the best before | | -5.4 | -4.1 | -4.3 |
//!
//! # What it does not do
//! * Without scores and with one mean per model it asks the best by the catalog, and nothing is saved beside that one.
//! * With one mean per model and a fifth of the answers scored, a hundred scores after a change of tasks are too few to know
//!   the best again.
//! * Where candidates differ by little but price, and all calls are alike, it saves little: of two models on MMLU, 7 % at
//!   0.2 points lost with all scored, and 10 % at 0.5 with a fifth (one mean), or 13 and 14 % at 0.6 and 0.7 (by task). Asked
//!   for 95 % there, it kept 93 to 94 %.
//! * Where the catalog's qualities belong to other models it wins back most, not all: 13 points above the catalog's
//!   favourite, 2 to 5 below the best (an earlier setting, 12 streams).
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
