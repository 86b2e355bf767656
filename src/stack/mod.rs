//! The whole way of a call in the right order, for those who want one call.

#[cfg(feature = "toml")]
pub mod config;
mod gate;
mod infallible;
mod open;
#[expect(
    clippy::module_inception,
    reason = "the room is named for what it holds"
)]
mod stack;
mod tenants;

pub use self::{
    gate::{Gate, GateFuture},
    infallible::{Infallible, InfallibleFuture},
    open::Open,
    stack::{Client, ClientLayers, Server, ServerLayers, Stack},
    tenants::{Caller, Tenants},
};
