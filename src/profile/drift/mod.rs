//! Whether what is observed of a candidate is still what was usual of it, by sequential tests.
//!
//! Of each model at an effort, over all tasks and on each, a [`Profile`](super::Profile) watches the [explicit
//! scores](super::Source::Explicit) of its answers, the attempts that fail for the provider's fault, refusals, the time to
//! the first content (or for a hundred tokens, where answers are not streamed), the length of answers and the name of the
//! model that answers. A change is told as [`Event::Drifted`](crate::observe::Event::Drifted), with a `tracing` event and
//! the counter [`DRIFTS`](crate::observe::semconv::DRIFTS), and its end as
//! [`Event::Recovered`](crate::observe::Event::Recovered):
//!
//! - Scores: what is predicted of the candidate is moved by as much as its answers are off, until the learner has caught
//!   up.
//! - Errors (ten points more) and times (twice as long): it is asked after the others, but for one call in twenty, so that
//!   its recovery is seen.
//! - Refusals, lengths and better news are told, and nothing else is done. After another model's name, less must speak for
//!   a change of scores, refusals and lengths for 500 outcomes.
//!
//! What stays for 400 outcomes is what is usual from then on.
//!
//! # How
//!
//! Each recent stretch of outcomes is compared with all before it: how much likelier is it that the mean has moved at the
//! stretch's beginning by 5, 10 or 20 points than that it has not, with the mean before *estimated from the same
//! outcomes*? Ratios are added up over stretches and steps (a Shiryaev-Roberts statistic on at most 54 sums of ever coarser
//! age). The learner's predictions take no part, since a learner that adapts hides what it adapts to. Where a candidate
//! has several tasks, scores over all of them are taken less the task's own mean, so that another mix of tasks is no drift.
//! Times and lengths are looked at in octaves. It takes 2 us per outcome and some 10 kB per candidate and task; 128 pairs
//! are watched in each stream.
//!
//! # Figures
//!
//! Simulated; yes-and-no scores; outcomes are scored answers *of that model*. Share of 1000 runs in which a fall is found,
//! by how many outcomes were seen before it:
//!
//! | quality, fall, within | 500 | 1000 | 2000 | 4000 | Page-Hinkley, 2000 | e-CUSUM, 2000 |
//! |---|---|---|---|---|---|---|
//! | .97, 10 points, 400 | .99 | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 |
//! | .90, 10 points, 400 | .85 | .93 | .97 | .97 | .94 | .90 |
//! | .70, 10 points, 650 | .74 | .88 | .95 | .95 | .87 | .60 |
//! | .50, 10 points, 650 | .69 | .85 | .92 | .94 | | |
//! | .90, 5 points, 2000 | .56 | .81 | .94 | .98 | | |
//! | .70, 5 points, 2000 | .37 | .56 | .72 | .85 | | |
//! | any, 20 points, 400 | 1.00 | 1.00 | 1.00 | 1.00 | | |
//!
//! The others are at the same rate of false alarms. Graded scores, of which a third of the variance is left, are found
//! in a third of the outcomes. A fall of 10 points over 1000 outcomes is found within 2000 in 99 % of the runs; six tasks
//! that fall by 10 points together in 91 % within 650 outcomes of all.
//!
//! False alarms, 5 to 10 million outcomes without a change at each of .5, .7, .9 and .97: at most 0.7 in 100 000, nine in ten of
//! them falls; with six tasks whose mix moves, 0.9; of errors, refusals, times and lengths together 0.1, where
//! neighbouring times are alike (correlation .5), 0.6. Share of the allowance: scores 0.9, everything else 0.1.
//!
//! # Limits
//!
//! - What was learned from few outcomes cannot be compared well: at 0.7, learned of 500 outcomes, even a test that is told
//!   the moment of the change finds a fall of 10 points within 650 in 87 % of the runs at this rate of false alarms.
//! - Only scored answers count: at 20 % feedback, a fall of 10 points takes about 1500 calls of that model, and 3000 to be as good
//!   as sure.
//! - Calls that get harder *within* a task look like a model that gets worse. Where several models fall at once on one
//!   task, it is the calls.
//! - Each process watches the calls that it makes, and begins anew with it.

mod cell;
#[expect(clippy::module_inception)]
mod drift;
mod drifts;
mod finding;
mod history;
mod scale;
mod sum;
mod test;
#[cfg(test)]
mod tests;
mod watch;
mod what;

pub(super) use self::{
    cell::Ended,
    drifts::{Drifts, Found},
    finding::Finding,
};
pub use self::{drift::Drift, what::What};
