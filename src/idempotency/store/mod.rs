//! What is known of keys, in one process's memory.

mod claim;
mod kept;
#[expect(
    clippy::module_inception,
    reason = "the room is named for what it holds"
)]
mod store;
#[cfg(test)]
mod tests;
mod ticket;

pub(super) use self::{claim::Claim, kept::End, store::Store, ticket::Ticket};
