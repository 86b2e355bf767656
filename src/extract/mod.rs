//! Extractors for axum's handlers (feature `axum`): what the layers outside of a handler have found out about its request.
//!
//! | extractor | is | where it is missing |
//! |---|---|---|
//! | [`Context`] | scopes, tenant, labels of the request | an empty one |
//! | [`Tenant`] | on whose behalf the request is made | 500: [`MissingTenant`] |
//! | [`Allowance`] | what the tightest budget that is open has left | 500: [`MissingBudget`] |
//! | [`Decision`] | why this handler is asked, where it is a provider itself: a model in the process, behind [`Dispatch`](crate::dispatch::Dispatch) | 500: [`MissingDecision`] |
//!
//! What is missing is a mistake in how the app is put together, so its caller gets no more than "internal error", and the
//! details are in a `tracing` event of level `ERROR`. `Option<Tenant>` and the like are `None` instead.
//!
//! No handler needs any of this for its budgets to hold: clients inside it inherit them.
//!
//! # Example
//!
//! ```
//! use axum::{Router, body::Body, http::Request, routing::get};
//! use tower::ServiceExt;
//! use tower_genai::{
//!     budget::{Allowance, Budget, BudgetLayer, Window},
//!     context::Tenant,
//! };
//!
//! async fn left(tenant: Option<Tenant>, allowance: Allowance) -> String {
//!     let who = tenant.map_or("somebody".into(), |tenant| tenant.to_string());
//!     format!("{who} may spend {} USD", allowance.left())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let budget = Budget::new("left").limit("1.50".parse()?, Window::Day);
//! let app = Router::new().route("/left", get(left).route_layer(BudgetLayer::new(budget)));
//! let answer = app.oneshot(Request::get("/left").body(Body::empty())?).await?;
//! let text = axum::body::to_bytes(answer.into_body(), 100).await?;
//! assert_eq!(&text[..], b"somebody may spend 1.50 USD");
//! # Ok(())
//! # }
//! ```

mod allowance;
mod context;
mod decision;
mod missing;
mod tenant;

pub use self::missing::{MissingBudget, MissingDecision, MissingTenant};

#[cfg(doc)]
use crate::{
    budget::Allowance,
    context::{Context, Tenant},
    observe::Decision,
};
