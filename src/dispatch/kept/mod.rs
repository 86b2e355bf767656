//! What a provider wants back with the next turn and the caller's format has no place for: signed thinking, signed
//! calls of tools.
//!
//! It is kept here, for a tenant, under the id of the tool call that it belongs to, or under a token that the caller gets
//! in the signature's place. A later turn at the same provider and family of models gets it back; at any other it is
//! left out, and that is told.

mod keeping;
mod restoring;
mod store;
#[cfg(test)]
mod tests;
mod token;

pub(super) use self::{
    keeping::Keeping,
    restoring::restore,
    store::{Bound, Kept},
    token::has_any,
};
