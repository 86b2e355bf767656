//! Middleware that opens budgets for the calls that pass, and the ledger that keeps them.
//!
//! # Example
//!
//! Money is held before a call and settled after it:
//!
//! ```
//! use http::{Request, Response};
//! use std::convert::Infallible;
//! use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
//! use tower_genai::{
//!     budget::{Budget, BudgetLayer, CutRule, Hold, HoldLabel, Window},
//!     context::Context,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let org = Budget::new("org").limit("10.00".parse()?, Window::Day);
//! let team = Budget::new("team").limit("1.00".parse()?, Window::Hour).within(&org);
//!
//! // What a dispatching service does with each attempt.
//! async fn call(request: Request<String>) -> Result<Response<String>, Infallible> {
//!     let context = Context::of(request.extensions());
//!     let bound = "0.75".parse().unwrap();
//!     let label = HoldLabel::new("some-model", "some-provider");
//!     let answer = match Hold::open(context.scopes(), bound, label, CutRule::Bound).await {
//!         Ok(mut hold) => {
//!             hold.sent();
//!             hold.settle("0.50".parse().unwrap());
//!             String::from("done")
//!         }
//!         Err(refused) => refused.to_string(),
//!     };
//!     Ok(Response::new(answer))
//! }
//!
//! let mut service = ServiceBuilder::new()
//!     .layer(BudgetLayer::new(org.clone()))
//!     .layer(BudgetLayer::new(team.clone()))
//!     .service_fn(call);
//!
//! let answer = service.ready().await?.call(Request::new(String::new())).await?;
//! let left = team.scope().allowance().unwrap().left();
//! assert_eq!(left, "0.50".parse()?);
//! let answer = service.ready().await?.call(Request::new(String::new())).await?;
//! # use http_body_util::BodyExt;
//! # let text = answer.into_body().collect().await?.to_bytes();
//! # assert!(text.starts_with(b"budget `team` is spent"), "{text:?}");
//! # Ok(())
//! # }
//! ```
//!
//! # What a layer does, and what it does not
//!
//! [`BudgetLayer`] only *opens* a scope: it adds it to the [`Context`](crate::context::Context) of the request, and makes that
//! context ambient while the response future and the response body run. It reads no body, refuses nothing and charges
//! nothing; services inside do, by a [`Hold`] on all scopes that are open. So it goes anywhere outside of them, over any body and
//! any error: around a client, or on a server as an axum `route_layer`, where every client that a handler calls inherits
//! the scope. Its outermost scope is listed first.
//!
//! Put *inside* the service that holds money, it opens a scope that nobody asks, and nothing is limited. Put outside of a
//! cache, hits stay free, since a hit holds nothing. A tenant must be known before the layer of an
//! [`each_tenant`](Budget::each_tenant) budget is reached.
//!
//! # What is promised
//!
//! * In no window of an enforcing scope does what is spent and held exceed the limit, at any concurrency; the one
//!   exception is an attempt that costs more than its own bound, which is counted and reported as an error event.
//! * A hold is taken on all scopes or on none, at once, within one ledger.
//! * A hold ends exactly once, also when futures and bodies are dropped, panic, or outlive their window; it is settled in
//!   the window that it was taken from.
//! * What was sent and is not known to cost less counts as its whole bound, and is listed in the [`Snapshot`]: it may be
//!   more than the provider bills, and an operator can [refund](Ledger::refund) it.
//!
//! # Where accounts are kept
//!
//! | | promise | when it does not answer | what is lost at the end of a process |
//! |---|---|---|---|
//! | [`MemoryLedger`], the default | unconditional in one process | it always does | everything |
//! | `FileLedger` (feature `redb`) | unconditional in one process, across `kill -9` and power cuts | a disk that fails or hangs refuses after its patience | nothing that was granted; open holds count as spent |
//! | `RedisLedger` (feature `redis`) | over all processes, unless Redis loses writes that it has acknowledged, which is noticed | each ask has a deadline | nothing; holds of the dead count as spent when their lease ends |
//!
//! Each budget says what happens to its calls while its ledger does not answer ([`OnFailure`]): they are refused, unless it
//! says otherwise. A hold that nobody ends counts as spent after its lease, never as free; its end corrects that if it comes
//! after all. What is in doubt is listed in the [`Snapshot`], and a [`Statement`] says who has spent how much on what.
//!
//! # How fast
//!
//! A [`RateLimit`] counts requests or tokens beside money, in the same step, so a refusal by either takes nothing of the
//! other. A request counts when its first hold is taken: answers from a cache, refused calls and further attempts do not.
//!
//! # Changed limits
//!
//! Limits live in the scope, not in the ledger. A new [`Budget`] of the same name in the same ledger goes on with
//! what is spent and held; [`BudgetLayer::replace`] puts it in force. Three things to know:
//!
//! * A kind of window that a name was not limited by before counts from its first hold on.
//! * A new time zone is followed when the running window ends.
//! * A lower limit refuses new holds until it is kept again; it cuts no call that is running.

mod alert;
mod allowance;
mod body;
mod book;
mod config;
mod end;
#[cfg(feature = "redb")]
mod file;
mod future;
mod hold;
mod hold_id;
mod key;
mod layer;
mod ledger;
mod limit;
mod memory;
mod mode;
mod on_failure;
mod opening;
mod rate_limit;
#[cfg(feature = "redis")]
mod redis;
mod refund;
mod refused;
pub mod require;
mod scope;
mod service;
mod settlement;
mod share;
mod snapshot;
mod statement;
mod time_zone;
mod waiting;
mod window;
mod wish;
mod words;

#[cfg(feature = "redis")]
pub use self::redis::{RedisLedger, RedisStatus};
pub use self::{
    alert::{Alert, Watcher},
    allowance::Allowance,
    body::ResponseBody,
    config::Budget,
    end::{End, HoldLabel},
    future::ResponseFuture,
    hold::{CutRule, Hold},
    hold_id::HoldId,
    key::{AccountId, ScopeKey},
    layer::BudgetLayer,
    ledger::{Ask, Ledger, LedgerError, LedgerFuture, Reserving},
    limit::Limit,
    memory::MemoryLedger,
    mode::{Mode, UnknownMode},
    on_failure::{OnFailure, UnknownOnFailure},
    opening::Opening,
    rate_limit::{Measure, RateLimit},
    refund::{Refund, RefundError, RefundTarget},
    refused::{Refused, RefusedKind},
    require::{RequireScope, RequireScopeLayer},
    scope::Scope,
    service::Budgeted,
    settlement::Settlement,
    share::{InvalidShare, Share},
    snapshot::{AccountView, DoubtfulCharge, HoldView, ModelView, Snapshot, WindowView},
    statement::{Stated, StatedModel, Statement},
    time_zone::{TimeZone, UnknownTimeZone},
    window::{UnknownWindow, Window},
};

#[cfg(feature = "redb")]
pub use self::file::{ClosedWindow, FileLedger, FileLedgerOptions};
