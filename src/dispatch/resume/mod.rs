//! Answers that break off after their caller has seen something of them, and that another candidate goes on with.
//!
//! The attempt that breaks leaves a [`Baton`]: the caller's writer in the state that it is in, and the text that was
//! told so far. The attempt that goes on asks for the rest with that text as the model's last turn, and writes what comes
//! with the same writer, so that the caller sees one answer.

mod baton;
mod going_on;
mod rest;
mod said;

pub(crate) use self::baton::Baton;
pub(super) use self::{
    baton::Handed,
    going_on::{go_on, suits},
    rest::Rest,
    said::Said,
};
