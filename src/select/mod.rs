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
//! # Models that end
//!
//! Who names a model that is deprecated or past its sunset is told so, whoever answers: by `Deprecation` (RFC 9745) and
//! `Sunset` (RFC 8594), as far as the catalog knows the days, on answers and on refusals. So is who names one of which the
//! catalog has a sunset and no day of deprecation. An alias's caller chose no model and is told nothing.
//!
//! Operators are told of both. Of each call: an observer, by [`Event::Deprecated`](crate::observe::Event::Deprecated), and
//! whoever counts, by a `tracing` event of level `DEBUG` and target [`METRICS`](crate::observe::semconv::METRICS) with the
//! field [`DEPRECATED_CALLS`](crate::observe::semconv::DEPRECATED_CALLS), which OpenTelemetry's layers add up. At most once
//! an hour, of the selector's clock, for each model and layer: the log, with level `WARN`. What a cache answers outside of
//! Select is not among them; its answers carry the headers of the day.
//!
//! With `move_over` in the catalog, calls that name a model move to its successor before its sunset, conversation by
//! conversation ([`MoveOver`](crate::catalog::MoveOver)): by a digest of tenant, opening and model, the same in every
//! process. Where the successor cannot take a call, or fails before it has answered, the model itself answers; what refers to
//! files and tools at the model's provider, or carries thinking that the successor cannot read, does not move. In the pools
//! of aliases a model stays until its sunset.
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

pub(crate) use self::bound::is_at_home;
pub(crate) use self::moving::moved_over;
pub(crate) use self::notice::tell_of;
pub(crate) use self::quote::{most_tokens, most_usage, most_usage_of_any_images, quoted};
pub use self::{
    allowed::Allowed,
    filter::Call,
    future::ResponseFuture,
    labels::LabelRule,
    layer::SelectLayer,
    plan::{Plan, Planned},
    policy::{
        Best, Cheapest, Entry, Fastest, InvalidSplit, Learned, Policy, Pool, Question, Split, Value,
    },
    quote::Quote,
    selector::{Selector, Unknown},
    service::Select,
    spoken::Spoken,
    unplanned::Unplanned,
};
pub use crate::body::RefusedOr as ResponseBody;
