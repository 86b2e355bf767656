//! Middleware that charges each call a price that is known before it, for APIs of which no answer says what was used.
//!
//! Dispatch prices what it can read: tokens. An inference server behind gRPC, a search tool, a speech service that takes so
//! much per call need no more than this layer, around whichever client calls them: the price is held on every budget that
//! is [open](crate::context), and the call is refused where that does not fit.
//!
//! # Example
//!
//! ```
//! use http::{Request, Response, request::Parts};
//! use std::convert::Infallible;
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//! use tower_genai::{
//!     Body,
//!     budget::{Budget, BudgetLayer, Window},
//!     charge::{ChargeLayer, Toll},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let http = service_fn(|_: Request<Body>| async { Ok::<_, Infallible>(Response::new(Body::empty())) });
//! let price = "0.005".parse()?;
//! let tariff = move |head: &Parts| match head.uri.path() {
//!     "/v1/search" => Some(Toll::new(price, "search", "example")),
//!     _ => None,
//! };
//! let budget = Budget::new("searches").limit("0.008".parse()?, Window::Day);
//! let client = ServiceBuilder::new()
//!     .layer(BudgetLayer::new(budget.clone()))
//!     .layer(ChargeLayer::new(tariff))
//!     .service(http);
//!
//! let search = || Request::post("https://api.example/v1/search").body(Body::empty()).unwrap();
//! assert_eq!(client.clone().oneshot(search()).await?.status(), 200);
//! assert_eq!(client.clone().oneshot(search()).await?.status(), 429);
//! assert_eq!(budget.scope().allowance().unwrap().left(), "0.003".parse()?);
//! # Ok(())
//! # }
//! ```
//!
//! # What a call costs
//!
//! | how it ends | charged |
//! |---|---|
//! | its price does not fit, or the tariff refuses it | nothing: it is not sent. Its caller gets a refusal in the form of its API; a gRPC caller a status |
//! | answered with a status of 2xx; by gRPC, with `OK` in its trailers | the price |
//! | answered with another status, of which nobody in between is the author (not 408, 499, 502, 504); by gRPC, with one that says that it was refused or has failed, before any message | nothing |
//! | an error of the client that says that nothing was [sent](crate::dispatch::Sent); see [`sent_by`](ChargeLayer::sent_by) | nothing |
//! | any other error or status, `CANCELLED` and `DEADLINE_EXCEEDED` among them; dropped after it was handed on; a gRPC answer that ends without a status, or fails after a message | the price, listed as doubtful |
//!
//! # Prices from a catalog
//!
//! [`PerCall`] looks a model's price of `request` up. `grpc::Inference` (feature `grpc`) is a tariff for KServe's and Triton's
//! inference by it, and `grpc::PerMessage` one for a gRPC method of one's own.
//!
//! # Where it goes
//!
//! Inside of budgets, caches and whatever retries, since each try costs; outside of the client and of what only moves bytes.
//! Without an open budget calls pass and nothing is charged: [`RequireScopeLayer`](crate::budget::RequireScopeLayer) outside of it
//! refuses those. Not around a [`Stack`](crate::stack::Stack) that dispatches, which holds its own money.
//!
//! A tariff that reads bodies gets them whole, and the client inside sends them from memory: a call whose body never ends, such as
//! a gRPC stream that its caller keeps open, would never be sent. A body that comes slowly waits without any money held.

mod body;
mod ended;
mod future;
mod layer;
mod per_call;
mod rules;
mod service;
mod tariff;
mod toll;

pub use self::{
    body::ChargeBody, future::ChargeFuture, layer::ChargeLayer, per_call::PerCall, service::Charge,
    tariff::Tariff, toll::Toll,
};
