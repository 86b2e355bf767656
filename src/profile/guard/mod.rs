//! Whether routing wins over always asking one candidate, by what was logged.

#[expect(clippy::module_inception)]
mod guard;
mod judged;
mod rival;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;

pub(super) use self::{guard::Guard, judged::Judged, verdict::Verdict};
