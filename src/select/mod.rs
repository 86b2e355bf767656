//! Middleware that decides which model answers a call, and at what cost.
//!
//! # Example
//!
//! ```
//! use tower::{Layer, ServiceBuilder};
//! use tower_genai::{
//!     catalog::Catalog,
//!     classify::ClassifyLayer,
//!     dispatch::DispatchLayer,
//!     select::{SelectLayer, Selector},
//! };
//!
//! # fn client() -> impl Clone {}
//! let selector = Selector::new(Catalog::builtin());
//! let service = ServiceBuilder::new()
//!     .layer(ClassifyLayer::new())
//!     .layer(SelectLayer::new(selector))
//!     .layer(DispatchLayer::new())
//!     .service(client());
//! # drop(service);
//! ```
//!
//! # What it does
//!
//! A call names a model, and that model it is (or, past its sunset, its successor); or it names an alias, and then the
//! alias's pool is looked through. Hard filters drop candidates that cannot answer, each with a reason; a [`Policy`]
//! orders the others; a conversation stays with its candidate while that qualifies. Health is the last filter: who would
//! qualify and is ill for now stands in the plan behind all who are well, who recovers the soonest first, and is asked
//! where those have failed. A policy is asked a second time for that. The [`Plan`] goes on as a request
//! extension, its [`Decision`](crate::observe::Decision) says why. [`Selector`] does all this without HTTP.
//!
//! # Order
//!
//! Inside [`ClassifyLayer`](crate::classify::ClassifyLayer), which reads the query; outside
//! [`DispatchLayer`](crate::dispatch::DispatchLayer), which carries the plan out. Scopes of
//! [`BudgetLayer`](crate::budget::BudgetLayer)s further out narrow the choice: a candidate that can cost more than is
//! left is left out. A budget opened inside Select is not seen by it: calls without a limit of output are then refused by
//! Dispatch, since nobody has written one.
//!
//! By hand, tell the selector which dialects Dispatch speaks ([`Selector::dialects`]); a
//! [`Stack`](crate::stack::Stack) does so itself.
//!
//! # Readiness
//!
//! `poll_ready` passes through. The decision is made in `call`, without waiting.

mod allowed;
mod bound;
mod counter;
mod fields;
mod filter;
mod future;
mod judge;
mod judged;
mod labels;
mod layer;
mod moving;
mod named;
mod notice;
mod plan;
mod policy;
mod quote;
mod selector;
mod service;
mod spoken;
mod sticky;
mod unplanned;
mod warned;

pub(crate) use self::moving::moved_over;
pub(crate) use self::notice::tell_of;
pub(crate) use self::quote::{most_tokens, most_usage, most_usage_of_any_images};
pub use self::{
    allowed::Allowed,
    filter::Call,
    future::ResponseFuture,
    labels::LabelRule,
    layer::SelectLayer,
    plan::{Plan, Planned},
    policy::{Best, Cheapest, Entry, Fastest, InvalidSplit, Policy, Pool, Question, Split, Value},
    quote::Quote,
    selector::{Selector, Unknown},
    service::Select,
    spoken::Spoken,
    unplanned::Unplanned,
};
pub use crate::body::RefusedOr as ResponseBody;
