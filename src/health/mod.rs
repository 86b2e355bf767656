//! What is known of each candidate's health now: whether it is worth asking, how much may be sent there, how fast it answers.
//!
//! [`Monitor`] is the state that Select asks, Dispatch feeds and Fallback goes by; a clone is the same state.
//! [`Health`] is what Select asks, and open to other implementations.

mod ailment;
mod check;
mod ended;
mod key;
mod monitor;
mod permit;

pub use self::{ailment::Ailment, check::Health, monitor::Monitor};
pub(crate) use self::{ended::Ended, key::KeyId, permit::Permit};
