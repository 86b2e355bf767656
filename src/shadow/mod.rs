//! Middleware that also asks another model for a share of the calls, outside the caller's path, and compares.
//!
//! # Example
//!
//! ```
//! use tower_genai::{
//!     budget::{Budget, Window},
//!     catalog::Catalog,
//!     observe::Event,
//!     shadow::{ShadowLayer, judge::Json},
//!     stack::Stack,
//! };
//!
//! # fn client() -> impl Clone {}
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // One call in fifty, as long as a dollar a day lasts.
//! let budget = Budget::new("shadow").limit("1.00".parse()?, Window::Day);
//! let stack = Stack::client_with(client(), Catalog::builtin())
//!     .shadow(ShadowLayer::new(0.02, budget).judge(Json::new()))
//!     .observer(|event: &Event<'_>| {
//!         if let Event::Shadowed(one) = event {
//!             println!("{} beside {}: {:?}", one.candidate, one.answered, one.agreement);
//!         }
//!     });
//! # drop(stack);
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//!
//! A stated share of the chat calls that are routed by an alias is drawn by chance. Of those the answer is read along while it
//! passes to its caller, byte for byte and without delay. When it has ended, whole, a task of its own asks
//! [another candidate](Other) of the same decision the same, and a [`Judge`] says how far the two answers agree. An
//! [`Observer`](crate::observe::Observer) is told by [`Event::Shadowed`](crate::observe::Event::Shadowed), a `tracing` event
//! tells too, and a [`Profile`](crate::profile::Profile) learns.
//!
//! Nothing of it can delay the caller, fail its call, or cost it anything:
//!
//! * The other call is charged to the layer's own [`Budget`](crate::budget::Budget) and to none of the caller's. When that is
//!   spent, nothing is compared.
//! * It is made once: no fallback, no hedge, no repeat; and it has an end ([`ShadowLayer::longest`]).
//! * Memory is bounded: at most [`ShadowLayer::at_once`] calls are followed at a time, each with the request's own bytes
//!   (at most 1 MiB) and two texts of at most [`ShadowLayer::most`] bytes. A longer answer is not compared.
//! * Where the caller leaves, or its answer breaks off, nothing is compared. When the last service that a layer has made is
//!   dropped, what is under way ends.
//!
//! # Who may be asked
//!
//! Only candidates that have passed every filter of the decision: those in the plan, and those that have only been below
//! the threshold. So the data's labels, zones, the caller's models and wishes hold for the other call as for the first. One that
//! is ill is not asked. Calls of which a provider does more than answer (its own tools), or that lean on something kept at one
//! provider, are not drawn, nor are those that want several choices.
//!
//! # Agreement is not quality
//!
//! Two models can agree and be wrong, and both of two different answers can be right. Agreement says how much an answer
//! resembles that of another model, so it is taken for a score only of the one of which less was expected, with that of
//! which more was expected as the reference, and it
//! [counts](crate::profile::Source::weight) less than a score. Where the one that answered the caller is the reference, the
//! other is learned of ([`Profile::compared`](crate::profile::Profile::compared)); the reference itself learns nothing.
//!
//! # What others see of it
//!
//! The other call has an [`Outcome`](crate::observe::Outcome) like any, and its
//! [`Event::Finished`](crate::observe::Event::Finished) is told. Its decision has the
//! reason [`Reason::Shadow`](crate::observe::Reason::Shadow), and [`Event::Decided`](crate::observe::Event::Decided) is not
//! told of it: who counts calls counts none. What a provider does with it (errors, speed, limits) counts for its health.
//! The request carries the caller's method, address and headers, without an `Idempotency-Key`, and of its extensions only
//! those of this crate.
//!
//! # Order
//!
//! Inside [`SelectLayer`](crate::select::SelectLayer), whose decision it goes by, and outside
//! [`FallbackLayer`](crate::fallback::FallbackLayer). A [`Stack`](crate::stack::Stack) puts it there. Outside of Select it
//! sees no decision and does nothing.
//!
//! # Readiness
//!
//! `poll_ready` passes through, and the service that was ready makes the caller's call.

mod asking;
mod body;
mod config;
mod drawn;
mod future;
pub mod judge;
mod layer;
mod line;
mod other;
mod service;
mod task;

pub use self::{
    body::ResponseBody,
    future::ResponseFuture,
    judge::{Comparison, Judge, JudgeFuture, Verdict},
    layer::ShadowLayer,
    other::Other,
    service::Shadow,
};
