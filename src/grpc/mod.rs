//! gRPC on both sides (feature `grpc`): callers of Google's `GenerativeService`, and providers that speak it.
//!
//! Its messages have the same shapes as the JSON of `generateContent`, so each side translates between the two, and every
//! layer in between, every dialect and every budget is as it is for HTTP:
//!
//! ```text
//! gRPC caller ── GrpcLayer ──▶ a stack ──▶ OverGrpc ── tonic's Channel, or any HTTP/2 client ──▶ gRPC provider
//! ```
//!
//! | | |
//! |---|---|
//! | [`GrpcLayer`] | outermost, around a stack: `GenerateContent`, `StreamGenerateContent` and `CountTokens` as gRPC calls. What is no gRPC passes |
//! | [`OverGrpc`] | innermost, under Dispatch: calls of a provider with `dialect = "gemini"` as gRPC calls |
//! | [`Rpc`] | a method of one's own, which [`GrpcLayer::method`] serves too |
//! | [`Inference`], [`PerMessage`] | tariffs for a [`ChargeLayer`](crate::charge::ChargeLayer): KServe's and Triton's inference, and methods of one's own, at so much per call |
//!
//! # Example
//!
//! ```
//! use tower::{Layer, util::BoxCloneSyncService};
//! use tower_genai::{
//!     Body, catalog::{Catalog, Provider}, context::Tenant, dispatch::PerProvider, grpc::{GrpcLayer, OverGrpc},
//!     stack::{Stack, Tenants},
//! };
//! # type Channel = hyper_util::client::legacy::Client<hyper_util::client::legacy::connect::HttpConnector, Body>;
//! # fn channel(_: &str) -> Channel {
//! #     let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
//! #     client.build_http()
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // A channel for each provider, since each has an authority of its own.
//! let client = PerProvider::new(|provider: Option<&Provider>| {
//!     OverGrpc::new(channel(provider.map_or("", |provider| provider.name())))
//! });
//! let stack = Stack::server(client, Catalog::builtin(), Tenants::by(|_| Tenant::new("t").ok()));
//! let service = GrpcLayer::new().layer(stack.service());
//! # drop(service);
//! # }
//! ```
//!
//! # What holds
//!
//! - Refusals and errors are `grpc-status` and `grpc-message`, in trailers or in a head without a body; a stream that breaks off
//!   ends with one that is not `OK`, never cleanly.
//! - `grpc-timeout` is kept to: the call is dropped then, and its caller gets `DEADLINE_EXCEEDED`. A caller that leaves drops it too,
//!   and the provider's stream is reset.
//! - Metadata are headers: `x-goog-api-key` and `authorization` are what they are over HTTP, `x-request-id` is the decision's.
//! - A field of a caller's message that is not known here is refused by its number, one of a request that the provider's service
//!   does not have by its name: nothing is dropped in silence. Of answers, what the messages have no field for is left out.
//! - Messages are not packed, and have at most [32 MiB](GrpcLayer::most). They are read before anybody asks who is calling, for a
//!   minute at most, and may have 200 000 fields, since what is read takes more memory than its bytes: where strangers can reach
//!   it, set a limit of connections, and a lower one of bytes.
//! - An error of the service inside stays one. Around a stack for servers there is none: it is
//!   [`Infallible`](crate::stack::Infallible).

mod answering;
mod asking;
mod body;
mod code;
mod frames;
mod inference;
mod layer;
mod manner;
mod method;
mod over;
mod priced;
mod rpc;
mod service;
mod status;
mod weight;

pub use self::{
    body::GrpcBody,
    code::Code,
    inference::Inference,
    layer::GrpcLayer,
    over::{OverGrpc, OverGrpcBody, OverGrpcFuture},
    priced::{PerMessage, Priced},
    rpc::{Asked, Rpc},
    service::{Grpc, GrpcFuture},
};
use self::{frames::Frames, manner::Manner, method::Method, status::Status};
