//! How much one tenant can teach.

mod pace;
mod share;

pub(super) use self::{pace::Pace, share::Share};
