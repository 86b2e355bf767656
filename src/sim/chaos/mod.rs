//! Faults in front of any service, at random but the same for the same seed.

mod body;
mod dice;
mod future;
mod layer;
mod service;

pub use self::{
    body::{CutError, FaultBody},
    future::FaultFuture,
    layer::FaultLayer,
    service::Faulty,
};
