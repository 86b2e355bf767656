//! Middleware that calls a provider: holds money, speaks its dialect, meters the answer, settles.

mod answer;
mod attempt;
mod bill;
mod body;
mod credential;
mod dialect;
mod draft;
mod drain;
mod edit;
mod failure;
mod future;
mod headers;
mod layer;
mod meter;
#[cfg(feature = "openai")]
pub mod openai;
mod per_provider;
mod service;
pub mod sse;
mod stream;
mod transport;

pub use self::{
    attempt::Attempt,
    body::ResponseBody,
    credential::{Credential, FromEnv, Key, Secret},
    dialect::{Answer, Dialect, Encoded, Outgoing, Reported, Seen, Step, Unreadable},
    drain::Drain,
    failure::{Failure, FailureClass},
    future::ResponseFuture,
    layer::DispatchLayer,
    per_provider::PerProvider,
    service::Dispatch,
    transport::{Sent, classify},
};
