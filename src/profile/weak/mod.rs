//! What calls tell of their answers without a word from anybody: weak labels, of which as many speak for an answer as
//! against one.

mod again;
mod balance;

pub(super) use self::{
    again::{Again, Before},
    balance::{Balances, Weak},
};
