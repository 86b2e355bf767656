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
//! # Time
//!
//! `prefer = "latency"` goes by how long somebody waits ([`Fastest`]): by measured quantiles of the first content and, for
//! answers that are not streamed or come slower than people read, by how long an answer is expected and how fast its tokens
//! come. A caller for whom nobody waits says so ([`Pace::Batch`](crate::query::Pace), the header `x-genai-pace: batch`, or
//! `auto:batch` as the model) and gets the cheapest instead; its calls are not hedged, nor given up because they are slow to
//! begin. Service tiers are not chosen: what the caller asks for is kept.
//!
//! # Chance
//!
//! Where experience is to be had, a share of an alias's calls is left to chance, unless its
//! [`explore`](crate::catalog::Alias::explore) is 0: so many calls as that says have [`Fastest`] try candidates of which nobody
//! has measured how fast they are, and [`Learned`] those of whose quality it is not sure, it up to ten times as often (at most
//! a tenth of the calls) until some sixty scores are known. Never calls
//!
//! - that carry a data label, put there by the app or found by a rule;
//! - that name their model, or whose caller allows only certain ones;
//! - whose conversation is with a candidate already (the first call of a conversation may be left to chance, and the others
//!   then stay where it went);
//! - whose caller wishes so ([`Wish::with_exploration`](crate::query::Wish::with_exploration), the header
//!   `x-genai-explore: off`);
//! - that could cost more, at a candidate that is tried, than a call's share (`max_share`) of an open budget. The learner
//!   tries nobody where any candidate could.
//!
//! The probability of the choice is part of the decision. The same seed draws the same ([`Selector::seed`]).
//!
//! # Upgrades
//!
//! Whoever knows what words look hard to a classifier, or to a learner, can have every call of its answered by the dearest
//! model. With [`Alias::max_upgrade_share`](crate::catalog::Alias::max_upgrade_share) at most this share of a tenant's calls,
//! at any time of those so far and of the last thousand, goes to a candidate that is probably dearer than the usual one: the
//! one that a call of task `general`, without difficulty or words, and with the same needs, length and wishes would get. The
//! others get that one, and [`Reason::Capped`](crate::observe::Reason::Capped) says so, also in the middle of a
//! conversation. A call is ranked a second time for that. Where chance plays a part as well, the logged probabilities are those by
//! which calls go: once a share is used up, those of dearer candidates are the usual one's.
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
mod draws;
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
mod routed;
mod selector;
mod service;
mod spoken;
mod sticky;
mod unplanned;
mod upgrades;
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
