//! Whether routing wins over always asking one candidate, by what was logged.
//!
//! Of each explicitly scored call of which the choice was left to the policy, it is estimated how good the router's choice
//! and each constant would have been: doubly robust, that is what was predicted, and what the answer was better or worse
//! than predicted, weighted by the inverse of the probability with which it was asked (at most 50) and of the share of that
//! candidate's answers that are scored. Old calls count less, half after 700 scored ones. Where a constant is surely better
//! (2.5 standard errors) than what the alias's share of quality allows the router to lose, or no worse and cheaper, it is
//! asked; routing is back once that is not so any more. The standard error is that of the samples, but at least the
//! one that the probabilities imply, since what is rare and heavy may not have been seen yet.
//!
//! So that it can be seen, the best constant is asked on 2 % of the calls, or on 12 % while something speaks against the
//! router, and the router on 10 % of the calls while a constant is; never on calls without [chance](super::Consultation).
//! Until scores speak against it, routing holds; where few are known the learner itself asks the best by the catalog.
//!
//! # Figures
//!
//! On the nine-model set of `ulab` (MIT; 3673 calls, drawn again and again), 4000 calls, 40 streams, with a simple router by
//! task means and a catalog with scores by task:
//!
//! | router | scored | replaced | median, calls |
//! |---|---|---|---|
//! | 1 point better than the best constant | 100 / 20 / 5 % | 2 / 0 / 0 of 40 | 2484 |
//! | 3 to 1 points better, and learning | 100 / 20 / 5 % | 0 / 0 / 0 of 40 | |
//! | 5 points worse, and cheaper | 100 / 20 / 5 % | 28 / 14 / 11 of 40 | 801 / 1462 / 1399 |
//! | 17 points worse (tasks confused, never learns) | 100 / 20 / 5 % | 36 / 18 / 3 of 40 | 653 / 2119 / 3789 |
//!
//! A 5-point loser that is mended after 2000 calls was back in 19 of 25 streams in which it had been replaced, in the median
//! about 100 calls later. Intervals of 95 % for the constants that are compared held in 94 to 100 % of the looks for the
//! first, second and fourth of these routers, but only in 64 to 83 % for the third, whose predictions of one model are 45
//! points too high. The hyperparameters were set on the same data. Asked on 3 % of the calls, and on 12 % as soon as the
//! least spoke against the router, constants took up to a point of quality from a learner with a fifth of its answers scored,
//! and no router was found out sooner.
//!
//! # Limits
//!
//! It catches disasters, not losses of a point: with 1000 scores, the standard error is 4 to 5 points. At 5 % feedback it says
//! nothing in the first thousands of calls.

#[expect(clippy::module_inception)]
mod guard;
mod judged;
mod rival;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;

pub(super) use self::{guard::Guard, judged::Judged, verdict::Verdict};
