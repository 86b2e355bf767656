//! Middleware that notices calls whose budgets got lost on the way, and refuses them where it is told to.
//!
//! A client inside a handler inherits the scopes of the request that is being served by its ambient
//! [`Context`](crate::context::Context). A task that the handler spawns does not, and neither does what another thread makes on
//! its behalf: such a call spends without a limit. This layer, put around the client and outside of budgets of the client's own,
//! sees it.
//!
//! # Example
//!
//! ```
//! use http::{Request, Response};
//! use std::convert::Infallible;
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_genai::{
//!     Body,
//!     budget::{Budget, RequireScopeLayer, Window},
//!     context::{Context, InContext},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let http = service_fn(|_: Request<Body>| async { Ok::<_, Infallible>(Response::new(Body::empty())) });
//! let client = RequireScopeLayer::new().layer(http);
//! let call = move || {
//!     let client = client.clone();
//!     async move {
//!         let request = Request::post("https://api.example/v1/chat/completions").body(Body::empty());
//!         client.oneshot(request.unwrap()).await.unwrap().status()
//!     }
//! };
//!
//! let route = Budget::new("route").limit("1.00".parse()?, Window::Day);
//! let (lost, kept) = Context::new()
//!     .with_scope(route.scope())
//!     .carry(async move {
//!         let lost = tokio::spawn(call());
//!         let kept = tokio::spawn(call().in_context());
//!         (lost.await, kept.await)
//!     })
//!     .await;
//! assert_eq!(lost?, 500);
//! assert_eq!(kept?, 200);
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//!
//! | a call | [`RequireScopeLayer::new`] | [`RequireScopeLayer::warns`] |
//! |---|---|---|
//! | with an open scope | passes | passes |
//! | without | is refused: 500, in its API's form, and the message names the remedy | passes; told once, as a `tracing` event of level `WARN`, and only if a call with a scope came before |
//!
//! A [`Stack`](crate::stack::Stack) warns, and refuses after [`require_scope(true)`](crate::stack::Stack::require_scope).
//! Budgets that observe count as scopes; the stack's own do not. Put inside of a
//! [`BudgetLayer`](super::BudgetLayer) of the client's own, it would see that one's scope at every call and find nothing.

mod future;
mod layer;
mod service;

pub use self::{future::RequireScopeFuture, layer::RequireScopeLayer, service::RequireScope};
