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
//! | by task, ±.10 | as the classifier tells them | 100 % | 0.0 ± 0.4 | 55 ± 3 % |
//! | | | 20 % | +0.9 ± 0.6 | 39 ± 6 % |
//! | | | 5 % | +1.2 ± 0.8 | 32 ± 7 % |
//! | | | none | +1.0 ± 0.9 | 32 ± 8 % |
//! | | always the catalog's best | | -1.5 ± 1.0 | 12 ± 14 % |
//! | by task, ±.10 | the 9 true ones | 100 % | +0.8 ± 0.4 | 56 ± 2 % |
//! | | | 20 % | +1.0 ± 0.8 | 44 ± 7 % |
//! | | | 5 % | +1.5 ± 0.8 | 34 ± 6 % |
//! | | | none | +1.9 ± 0.8 | 34 ± 5 % |
//! | one mean, ±.05 | as the classifier tells them | 100 % | +0.8 ± 0.6 | 39 ± 5 % |
//! | | | 20 % | +0.2 ± 1.0 | 30 ± 8 % |
//! | | | 5 % | -0.8 ± 1.1 | 25 ± 9 % |
//! | | | none | -2.0 ± 1.2 | 18 ± 16 % |
//! | | always the catalog's best | | -1.9 ± 1.2 | 17 ± 17 % |
//!
//! Single streams are up to 6 points worse than the mean where few are scored. With 95 % of the quality asked for, 97 to 99 %
//! were kept and 73, 67 and 57 % of the cost saved (by task; all, a fifth and a twentieth scored), or 60, 49 and 37 % (one
//! mean).
//!
//! After calls changed to the tasks of four other benchmarks, beside the one that was best for those calls; 20 orders, ± 1.3 to
//! 2.2 points:
//!
//! | catalog's quality | scored | first 200 | to 500 | after |
//! | --- | --- | --- | --- | --- |
//! | by task, ±.10 | 100 % | -1.4 | -1.1 | -1.0 |
//! | | 20 % | -2.2 | -0.8 | -0.2 |
//! | | 5 % | -1.0 | -0.4 | -0.1 |
//! | one mean, ±.05 | 100 % | -3.1 | -0.8 | -0.2 |
//! | | 20 % | -5.4 | -2.3 | -1.9 |
//! | | 5 % | -3.9 | -2.4 | -2.7 |
//! | the best before | | -5.4 | -4.1 | -4.3 |
//!
//! # What it does not do
//! * Without scores and with one mean per model it asks the best by the catalog, and nothing is saved beside that one.
//! * With one mean per model and a fifth of the answers scored, a hundred scores after a change of tasks are too few to know
//!   the best again.
//! * Where candidates differ by little but price, and all calls are alike, it saves little: of two models on MMLU, 4 % with
//!   all scored, and 11 % at 0.9 points lost with a fifth. Asked for 95 % there, it kept 92 to 95 %.
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
