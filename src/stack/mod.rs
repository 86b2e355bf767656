//! The whole way of a call in the right order, for those who want one call.
//!
//! # A client
//!
//! ```
//! use http::Request;
//! use http_body_util::Full;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::ServiceExt;
//! use tower_genai::{
//!     budget::{Budget, Window},
//!     stack::Stack,
//! };
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder(TokioExecutor::new()).build_http();
//! let stack = Stack::client(client)
//!     .budget(Budget::new("app").limit("10.00".parse()?, Window::Day))
//!     .boxed();
//! let question = r#"{"model": "auto", "messages": [{"role": "user", "content": "Why?"}]}"#;
//! let request = Request::post("/v1/chat/completions").body(Full::from(question))?;
//! let answer = stack.oneshot(request).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # A server
//!
//! ```
//! use axum::Router;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower_genai::{
//!     catalog::Catalog,
//!     context::Tenant,
//!     stack::{Caller, Stack, Tenants},
//! };
//!
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder(TokioExecutor::new()).build_http();
//! let tenants = Tenants::keys([("sk-team-a", Caller::new(Tenant::new("team-a")?))]);
//! let stack = Stack::server(client, Catalog::builtin(), tenants);
//! let app: Router = Router::new().fallback_service(stack.service());
//! # Ok(())
//! # }
//! ```
//!
//! It serves `POST …/chat/completions` and `GET …/models`, and with a [log](Stack::decisions) `GET
//! …/decisions/{id}`, and with a [profile](Stack::profile) `POST …/feedback`; other paths get a 404 in the form of OpenAI's API.
//!
//! # By hand
//!
//! The layers are ordinary ones, and a [`ServiceBuilder`](tower::ServiceBuilder) puts them together as well: budgets
//! outermost, then Classify, Idempotency, Cache, Select, then Signals and Shadow where they
//! are wanted, Fallback, Dispatch. Tell the selector what Dispatch speaks
//! (`selector.dialects(dispatch.dialects())`), and for a router, which takes no errors, put [`Infallible`] around the
//! whole. If the compiler says that `Select<YourClient>` or `Dispatch<…>` is no `Service`, one of them is missing or
//! stands in the wrong place.
//!
//! # Two trusts
//!
//! | | [`Stack::client`] | [`Stack::server`] |
//! |---|---|---|
//! | callers are | the app itself | strangers, until [`Tenants`] knows them |
//! | a model that the catalog does not know | goes where it was addressed, untouched | 404 |
//! | keys | the app's own where it addresses the provider itself, else the catalog's | the catalog's |
//! | other paths | go where they were addressed | 404 in the caller's form |
//! | errors of the client | come out | a 502 ([`Infallible`]) |
//!
//! A hard budget, or a data label, also stops what would go where it was addressed.

#[cfg(feature = "toml")]
pub mod config;
mod decisions;
mod feedback;
mod gate;
mod infallible;
mod listing;
mod models;
mod open;
mod rest;
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
    stack::{ClientLayers, ClientSide, ServerLayers, ServerSide, Stack},
    tenants::{Caller, Tenants},
};
