//! Middleware that gives answers that were given before, and asks once for calls that ask the same at the same time.
//!
//! # Example
//!
//! ```
//! use tower::{Layer, ServiceBuilder};
//! use tower_genai::{
//!     cache::CacheLayer,
//!     catalog::Catalog,
//!     classify::ClassifyLayer,
//!     dispatch::DispatchLayer,
//!     select::{SelectLayer, Selector},
//! };
//!
//! # fn client() -> impl Clone {}
//! let catalog = Catalog::builtin();
//! let service = ServiceBuilder::new()
//!     .layer(ClassifyLayer::new())
//!     .layer(CacheLayer::new().catalog(catalog.clone()).single_tenant(true))
//!     .layer(SelectLayer::new(Selector::new(catalog)))
//!     .layer(DispatchLayer::new())
//!     .service(client());
//! # drop(service);
//! ```
//!
//! # What counts as the same
//!
//! Calls with the same [`Key`]: of the same tenant, with the same data labels, wishes and permitted models, for a model
//! or alias that means the same (for one that the catalog does not know: at the same address), and with the same
//! body. White space and the order of members do not matter, nor whether the answer is streamed: a stored answer is
//! given as JSON or as a stream, as the caller asks. Every other member of the body, known or not, makes another
//! question; [`CacheLayer::ignoring`] names those that do not matter to an app.
//!
//! Tenants share nothing. A call without a tenant bypasses the cache, unless [`CacheLayer::single_tenant`] says that all
//! of these are one caller's.
//!
//! # What is kept
//!
//! Answers that are whole: all choices that were asked for have ended because the model had said all, and the stream has
//! come to its end mark. An answer that was cut, filtered, refused, that hit its limit of length or failed is not;
//! neither is one that calls tools, unless [`CacheLayer::tool_calls`] says so. [`Bypass`] lists the calls that are left
//! alone altogether. In `Cache-Control` a caller may say `no-store`, `no-cache`, `max-age` and `only-if-cached`; a
//! provider's own `Cache-Control` is about HTTP caches, which keep no answers to `POST`, and is not heeded here.
//!
//! A streamed answer is kept when its end has been read. The usage in an answer that is given again is what the first
//! call used; the [`Outcome`](crate::observe::Outcome) beside it costs nothing.
//!
//! # Asking once
//!
//! A call that asks what another is asking now waits for its answer, or reads along. Whoever wants more makes the inner
//! call go on, so anyone may leave, the first caller too; only when the last one has left, the call is cancelled. **The
//! first caller's budget pays**, also for what the others read after it has left. If the call fails before the others
//! were given anything, the first caller is told, and one of the others asks once more for all; after that each asks for
//! itself. A caller who shares an answer, the first one too, and falls further behind the others than
//! [`CacheLayer::largest`] is cut off, with an error in its own dialect.
//!
//! # Order
//!
//! Inside [`ClassifyLayer`](crate::classify::ClassifyLayer), which reads the query, and inside
//! [`BudgetLayer`](crate::budget::BudgetLayer), whose scopes are not charged for hits, even when they are spent; outside
//! [`SelectLayer`](crate::select::SelectLayer), so that a hit costs no decision. Give it the catalog that Select has, or
//! it does not notice when an alias means something else.
//!
//! # Readiness
//!
//! Always ready. The inner service is not even asked whether it is ready before the cache has missed, so hits are given
//! while providers are saturated, and hold no permit.
//!
//! # What a caller sees
//!
//! [`CacheStatus`], as an extension, and `Cache-Status` on every answer; `Age` on hits. An answer that is given again has
//! an `x-request-id` of its own, and of the headers of the first only those that say what it is. Of the end of a model that
//! the call names (`Deprecation`, `Sunset`) it tells what is true now.

mod answer;
mod body;
mod bypass;
mod canonical;
mod config;
mod directives;
mod entry;
mod flight;
mod future;
mod key;
mod layer;
mod members;
mod memory;
mod question;
mod served;
mod service;
mod status;
mod store;

use self::directives::Directives;
pub use self::{
    body::ResponseBody,
    bypass::Bypass,
    entry::Entry,
    future::ResponseFuture,
    key::Key,
    layer::CacheLayer,
    memory::MemoryStore,
    service::Cache,
    status::CacheStatus,
    store::{Lookup, Store},
};
