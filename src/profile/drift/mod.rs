//! Whether what is observed of a candidate is still what was usual of it, by sequential tests.

mod cell;
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
