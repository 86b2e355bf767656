//! Every fault at every provider for every caller, streamed or not, before and after the answer has begun: what comes of
//! each is stated, and so it comes.
//!
//! Shown as a table by `cargo test --test fault_matrix -- --nocapture`.

mod caller;
mod cell;
mod faults;
#[path = "../unsent/frames.rs"]
#[allow(dead_code, reason = "not all of what HTTP/2 can say is said here")]
mod frames;
mod hands;
mod matrix;
mod rig;
mod stated;
mod table;
