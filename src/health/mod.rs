//! What is known of each candidate's health now: whether it is worth asking, how much may be sent there, how fast it answers.
//!
//! [`Monitor`] is the state that Select asks, Dispatch feeds and Fallback goes by; a clone is the same state.
//! [`Health`] is what Select asks, and open to other implementations.

mod ailment;
mod balance;
mod breaker;
mod cell;
mod check;
mod circuit;
mod ended;
mod key;
mod key_cell;
mod limits;
mod load;
mod monitor;
mod permit;
mod report;
mod retry_budget;
mod served;
mod shelf;
mod speed;
mod told;
mod trouble;
mod window;

pub use self::{
    ailment::Ailment,
    breaker::Breaker,
    check::Health,
    monitor::Monitor,
    report::{Report, Standing, Timed},
    speed::Speed,
};
pub(crate) use self::{
    balance::Seat,
    ended::Ended,
    key::KeyId,
    limits::Asked,
    permit::Permit,
    told::{Told, ToldLimit},
};
