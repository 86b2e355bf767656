//! Middleware that goes on to the next candidate, or tries again, until an answer begins.
//!
//! # Example
//!
//! ```
//! use http::Request;
//! use http_body_util::Full;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_genai::{
//!     catalog::{Catalog, Source},
//!     classify::ClassifyLayer,
//!     dispatch::DispatchLayer,
//!     fallback::{FallbackLayer, Tried},
//!     observe::FailureClass,
//!     select::{SelectLayer, Selector},
//!     sim,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Two simulated providers, of which the cheaper one is down.
//! let down = sim::Provider::new("down").model(sim::Model::new("small").price("0.10", "0.20"));
//! let down = down.start().await?;
//! down.fail(sim::Fault::status(503), sim::Times::Always);
//! let well = sim::Provider::new("well").model(sim::Model::new("large").price("1.00", "2.00"));
//! let well = well.start().await?;
//! let catalog = format!(
//!     r#"
//!     provider = [
//!         {{ name = "down", dialect = "openai", base_url = "{}" }},
//!         {{ name = "well", dialect = "openai", base_url = "{}" }},
//!     ]
//!     model = [
//!         {{ name = "small", provider = "down", price = {{ input = "0.10", output = "0.20" }} }},
//!         {{ name = "large", provider = "well", price = {{ input = "1.00", output = "2.00" }} }},
//!     ]
//!     "#,
//!     down.base_url(),
//!     well.base_url()
//! );
//! let catalog = Catalog::parse(&[Source::text("two.toml", catalog)])?;
//!
//! let client = Client::builder(TokioExecutor::new()).build_http::<tower_genai::Body>();
//! let service = ServiceBuilder::new()
//!     .layer(ClassifyLayer::new())
//!     .layer(SelectLayer::new(Selector::new(catalog)))
//!     .layer(FallbackLayer::new())
//!     .layer(DispatchLayer::new())
//!     .service(client);
//!
//! let question = r#"{"model": "auto", "messages": [{"role": "user", "content": "Hello?"}]}"#;
//! let request = Request::post("/v1/chat/completions").body(Full::from(question))?;
//! let answer = service.oneshot(request).await?;
//! assert_eq!(answer.status(), 200);
//! let tried = answer.extensions().get::<Tried>().unwrap().tries();
//! assert_eq!(tried[0].failure.class, FailureClass::Provider);
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//!
//! Walks the [`Plan`](crate::select::Plan): an attempt that fails before anything of its answer was passed on is not
//! seen by the caller, and what follows hangs on its [class](crate::observe::FailureClass):
//!
//! | the failure | what follows |
//! |---|---|
//! | the caller's fault | nobody else is asked, the caller is told |
//! | the prompt is too long | candidates with a larger context |
//! | the model does not take a field | the next candidate |
//! | filtered or refused to read | the caller is told; with [`past_filters`](FallbackLayer::past_filters) the next candidate |
//! | key, quota or balance | candidates of other providers |
//! | too many requests, overloaded, not reached, not in time, no answer | the next candidate; where all were asked, the one that has rested soonest: after its `Retry-After` and its [`Backoff`], and not at all if it says `x-should-retry: false` |
//! | the model is gone | its successor, else the next candidate |
//! | the budget has not enough for it | candidates that can cost less |
//!
//! A model that the caller named stands alone in its plan: it is tried again, and nobody else answers in its place but
//! its successor, once it is gone. Every attempt is [held and settled](crate::dispatch) by itself: what a failed one
//! has cost, if anything, is charged and listed in [`Tried`]. Where a call has a most that it may cost (an alias's
//! `max_cost` or [`Wish::max_cost`](crate::query::Wish::max_cost)), nobody is asked who could make all attempts
//! together cost more.
//!
//! Where no attempt succeeds, the caller gets what says most: a provider's own error before a broken answer or
//! connection, and either before a refusal of ours. With `x-should-retry: false` where official SDKs would else repeat
//! all of it.
//!
//! Nothing bounds the attempts of all calls together: where everything fails, every call makes as many as it may. Where
//! that would bring a provider down, set [`attempts`](FallbackLayer::attempts) low.
//!
//! # The commit point
//!
//! An answer has begun when the first content that its caller sees is there: words, a refusal, the beginning of a call,
//! thinking where the caller's form shows it. Until then the head and the front of a stream (roles, pings, comments; at
//! most 64 KiB or 64 events of what the caller would get) are held back, so a stream that breaks there is no failure to the caller. What
//! was begun is never begun again elsewhere: when it breaks, the caller gets an error in its own dialect and the body
//! fails. For a caller this means that the head of a streamed answer comes with its first content.
//!
//! # Order
//!
//! Inside [`select`](crate::select), outside [`dispatch`](crate::dispatch). Outside of Select every attempt would be
//! selected anew, and without a plan only the same request is repeated; inside of Dispatch a retry would be spent and
//! not be held. A retry layer of the client's own multiplies with this one: switch it off.
//!
//! Without Select the request is tried again as it is. Calls that pass through untouched, and bodies that nobody has
//! read, are sent once.
//!
//! # Readiness and cancellation
//!
//! It is always ready, and asks the inner service whether it is when it is its turn. Dropping the future cancels the
//! attempt under way. Pauses and timeouts need tokio's timers. The request's bytes are let go when the answer has begun.

mod backoff;
mod body;
mod calls;
mod future;
mod layer;
mod peek;
mod result;
mod rule;
mod service;
mod told;
mod tried;
mod walk;

pub use self::{
    backoff::Backoff,
    body::ResponseBody,
    future::ResponseFuture,
    layer::FallbackLayer,
    service::Fallback,
    tried::{Tried, Try},
};
