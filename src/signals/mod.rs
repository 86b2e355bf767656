//! Middleware that sees by an answer's own form whether it is good for something, and tells the [`Profile`](crate::profile::Profile).
//!
//! # Example
//!
//! A [`Stack`](crate::stack::Stack) that routes by experience does this by itself. By hand:
//!
//! ```
//! use tower::ServiceBuilder;
//! use tower_genai::{
//!     catalog::Catalog,
//!     classify::ClassifyLayer,
//!     dispatch::DispatchLayer,
//!     fallback::FallbackLayer,
//!     profile::Profile,
//!     select::{SelectLayer, Selector},
//!     signals::SignalsLayer,
//! };
//!
//! # fn client() -> impl Clone {}
//! let profile = Profile::new();
//! let selector = Selector::new(Catalog::builtin()).experience(profile.clone());
//! let service = ServiceBuilder::new()
//!     .layer(ClassifyLayer::new())
//!     .layer(SelectLayer::new(selector).observer(profile.clone()))
//!     .layer(SignalsLayer::new(profile.clone()))
//!     .layer(FallbackLayer::new())
//!     .layer(DispatchLayer::new().observer(profile))
//!     .service(client());
//! # drop(service);
//! ```
//!
//! # What it sees
//!
//! | the request has | the answer counts as | told as |
//! |---|---|---|
//! | a form of the answer: `response_format`, `output_config.format`, `responseSchema` and their like | 1 where it is JSON that fits the schema (or an object, where any will do), else 0 | [`Source::Schema`](crate::profile::Source::Schema) |
//! | tools, and the model calls some | 1 where each call names a tool on offer, with arguments that fit its schema, else 0 | [`Source::ToolCall`](crate::profile::Source::ToolCall) |
//!
//! Nothing is told where the model declines, the answer is cut at its length, filtered or broken off, calls no tool, or is
//! longer than 64 KiB; nor where a schema cannot be understood.
//!
//! Of schemas the words are understood that vendors take: `type`, `properties`, `required`, `additionalProperties`, `items`,
//! `prefixItems`, `enum`, `const`, `anyOf`, `oneOf` (as `anyOf`), `allOf`, `nullable`, and `$ref` within the schema. Others
//! (lengths, patterns, ranges) are taken to be kept. Depth and work are bounded: a check that would take more says nothing.
//!
//! # What it costs
//!
//! Nothing for a call that has neither, or that no alias routes. Of others the answer is read along while it passes, and
//! requests and schemas are read in tasks of their own; no byte is changed or held back. The request's bytes are not kept
//! for it. Without a runtime of tokio nothing is read.
//!
//! # Order
//!
//! Inside [`SelectLayer`](crate::select::SelectLayer), outside [`ShadowLayer`](crate::shadow::ShadowLayer) and
//! [`FallbackLayer`](crate::fallback::FallbackLayer): of several attempts the one that answers is judged.
//!
//! # Readiness
//!
//! `poll_ready` passes through.

mod expected;
mod future;
mod layer;
mod schema;
mod service;
mod watch;

pub use self::{future::ResponseFuture, layer::SignalsLayer, service::Signals};
pub use crate::transcript::Tapped as ResponseBody;
