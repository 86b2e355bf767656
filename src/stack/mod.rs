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
//! # Each alone, and when it fails
//!
//! | layer | without its neighbours | when it cannot do its part |
//! |---|---|---|
//! | [`BudgetLayer`](crate::budget::BudgetLayer) | opens a scope; nothing is charged where nothing inside holds | a ledger that does not answer refuses the call with a 503, unless the budget says [`Admit`](crate::budget::OnFailure) |
//! | [`RequireScopeLayer`](crate::budget::RequireScopeLayer) | refuses every call, or warns of none | |
//! | [`ClassifyLayer`](crate::classify::ClassifyLayer) | reads what is asked for whatever is inside: an app's own routing, say | what should be a query and is none goes on with what is wrong with it, for Select to refuse; a body that is too large, or does not come, is refused here |
//! | [`IdempotencyLayer`](crate::idempotency::IdempotencyLayer) | does not compile without Classify outside | has its memory no room for another key, a call with one is refused with a 503; those without pass |
//! | [`CacheLayer`](crate::cache::CacheLayer) | does not compile without Classify outside | what a store cannot read is a miss, what it cannot write is left; no call fails by it |
//! | [`SelectLayer`](crate::select::SelectLayer) | does not compile without Classify outside; without Dispatch its plan is an extension for whoever reads it | nobody qualifies: the call is refused, and the refusal names what stopped the one that came furthest |
//! | [`SignalsLayer`](crate::signals::SignalsLayer), [`ShadowLayer`](crate::shadow::ShadowLayer) | see no decision outside of Select, and do nothing | never the caller's trouble: what they cannot read is not scored |
//! | [`FallbackLayer`](crate::fallback::FallbackLayer) | without Select it repeats the same request | no attempt succeeds: the caller gets what says most, a provider's own error first |
//! | [`DispatchLayer`](crate::dispatch::DispatchLayer) | without a plan a call goes to the client as it is; under a hard budget it is refused | an unknown price is refused under a hard budget; what was sent and is not known costs its bound |
//! | [`ChargeLayer`](crate::charge::ChargeLayer) | without an open scope it charges nobody | a tariff that does not know the price refuses the call |
//! | `GrpcLayer` (feature `grpc`) | needs something inside that answers `generateContent` over HTTP | whatever goes wrong is a status that is not `OK` |
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
//!
//! # Neighbours
//!
//! Layers of tower and tower-http go around a stack, and around its client. From the outside in, as the example `neighbours`
//! has them:
//!
//! | around a server stack | why there | in another place |
//! |---|---|---|
//! | `SetSensitiveRequestHeaders` (`authorization`, `x-api-key`, `x-goog-api-key`) | before anything is logged | inside of `Trace`, keys can be in its spans |
//! | `SetRequestId`, `PropagateRequestId`, of another name than `x-request-id` | an answer's `x-request-id` is its decision's | of that name, the caller's id is not told |
//! | `Trace` | its span is the parent of the attempts' | inside, what is refused further out is not logged |
//! | `CatchPanic` | a panic becomes a 500 that is logged; what was held is settled | outside of `Trace`, no answer is logged |
//! | `Compression` | answers as JSON are packed; streams of events and gRPC are not, by its default predicate | inside of a stack is no place for it: Dispatch and caches read answers |
//! | `LoadShed`, `ConcurrencyLimit` | whoever is too many is told at once, and opens no budget | a permit is given back with an answer's head: it does not bound streams. Bound those per provider, below |
//! | `Timeout` | the head of an answer must be there by then; what was sent until then is settled | longer than `[fallback] total_timeout`, or it cuts what would have fallen back |
//! | `RequestDecompression`, then `RequestBodyLimit` | the limit is for what was unpacked | the other way round, a small body may unpack to any size; `ClassifyLayer` has a limit of its own in any case. Inside of Classify neither compiles |
//! | [`BudgetLayer`](crate::budget::BudgetLayer) | only what gets this far opens a budget | it charges nothing wherever it is; inside of Dispatch it limits nothing |
//! | `Buffer` | around a service that is no `Clone`, such as a rate limit | its error is a box: `HandleError`, or a client stack |
//!
//! | around the client, under Dispatch | why there | in another place |
//! |---|---|---|
//! | [`PerProvider`](crate::dispatch::PerProvider) | each provider has its own limits, and none waits for another | a limit around all of them lets one slow provider hold up the others |
//! | `ConcurrencyLimit`, `RateLimit` | whoever is busy is passed over, and nothing is held for it | outside of the stack, hits of the cache wait too |
//! | `SetRequestHeader` | goes to providers | outside, it is one of the headers that do not |
//! | `Decompression` | for providers that pack answers although nobody asks for it: requests say `accept-encoding: identity` | outside of Dispatch is too late: it reads answers |
//! | no `Retry`, no `FollowRedirect` | an attempt that Dispatch does not make is money that nobody holds; a redirect takes keys elsewhere | [`FallbackLayer`](crate::fallback::FallbackLayer) repeats, under holds |

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
