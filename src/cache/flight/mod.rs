//! Calls that ask the same at the same time, and share one call of the inner service.
//!
//! The inner call, and then its body, is the *driver*. It belongs to no caller: it lies in the flight, and whoever wants
//! more than there is polls it, without a lock. So any caller may leave, the first one too, and the others go on; when
//! the last one leaves, the driver is dropped, and the provider's call with it.

mod driver;
#[expect(
    clippy::module_inception,
    reason = "the room is named for what it holds"
)]
mod flight;
mod flights;
mod place;
mod reader;
mod state;
#[cfg(test)]
mod tests;

pub(super) use self::{
    driver::{Answered, Driver, Head, Slot},
    flight::Terms,
    flights::{Flights, Part},
    reader::{Follow, Next, Reader},
};
