//! Middleware that calls a provider: holds money, speaks its dialect, meters the answer, settles.
//!
//! # Example
//!
//! ```
//! use http::Request;
//! use http_body_util::Full;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::{Layer, ServiceBuilder, ServiceExt};
//! use tower_genai::{
//!     catalog::{Catalog, Source},
//!     classify::ClassifyLayer,
//!     dispatch::DispatchLayer,
//!     observe::Outcome,
//!     select::{SelectLayer, Selector},
//!     sim,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A simulated provider; a real one differs by its `base_url` and its key.
//! let acme = sim::Provider::new("acme").model(sim::Model::new("m1").price("1.00", "2.00"));
//! let acme = acme.start().await?;
//! let catalog = format!(
//!     r#"
//!     [[provider]]
//!     name = "acme"
//!     dialect = "openai"
//!     base_url = "{}"
//!
//!     [[model]]
//!     name = "m1"
//!     provider = "acme"
//!     price = {{ input = "1.00", output = "2.00" }}
//!     "#,
//!     acme.base_url()
//! );
//! let catalog = Catalog::parse(&[Source::text("acme.toml", catalog)])?;
//!
//! let client = Client::builder(TokioExecutor::new()).build_http::<tower_genai::Body>();
//! let service = ServiceBuilder::new()
//!     .layer(ClassifyLayer::new())
//!     .layer(SelectLayer::new(Selector::new(catalog)))
//!     .layer(DispatchLayer::new())
//!     .service(client);
//!
//! let question = r#"{"model": "m1", "messages": [{"role": "user", "content": "Hello?"}]}"#;
//! let request = Request::post("/v1/chat/completions").body(Full::from(question))?;
//! let answer = service.oneshot(request).await?;
//! let outcome = answer.extensions().get::<Outcome>().unwrap();
//! let cost = outcome.finished().await.cost.unwrap();
//! assert_eq!(cost.nanos(), acme.bill().total_nano_usd());
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//!
//! Takes the first candidate of the [`Plan`](crate::select::Plan) whose dialect is spoken and for which there is a
//! key; holds the most that the call can cost on every open [budget scope](crate::budget); writes the request afresh,
//! its head from the catalog and its body from the caller's bytes with only what must change changed; calls the inner
//! service; and passes the answer on while it meters it. When the answer ends, whichever way, the hold ends too:
//!
//! | the call | costs |
//! |---|---|
//! | was refused here, or no connection was made | nothing |
//! | was answered by an error status, or by an error before any content | nothing |
//! | was answered whole, and the provider says what it costs | that, where it can be |
//! | was answered whole | what the usage in the answer costs, at the rates of the model, tier and region that it names |
//! | was answered whole, without usage that can be | the most it can cost |
//! | was cut, at a provider that [stops](crate::catalog::OnDisconnect) | the prompt and what was seen, at most |
//! | was cut, at another | the most it can cost, unless [`Drain`] learns what it does |
//! | failed after it was sent | the most it can cost |
//!
//! A call without a plan (there is no Select, or the catalog does not know its model) goes to the inner service
//! untouched; where a hard budget is open it is refused instead.
//!
//! Where the answer names another model of the provider's that the catalog knows, the call costs what that model does,
//! cheaper or dearer. A cost that the provider reports is not believed where it cannot be: negative, a thousand times the
//! most that the call can cost, less than a tenth of what its usage comes to by the catalog, or nothing for what is not
//! free; then the catalog settles it. Any other that differs from what the catalog comes to settles the call all the
//! same, and both are in [`Finished`](crate::observe::Finished). A warning tells of both kinds. Write the price that you
//! pay where you have a discount of more than nine tenths.
//!
//! A call under a hard budget that costs more than the most it could puts the price into
//! [`Quarantine`](crate::catalog::Quarantine), and calls under one that were planned before pass the model over. One
//! with images does so only where it costs more than it could with the largest there are: how large its own are, the
//! caller's bytes say.
//!
//! # Dialects
//!
//! A caller whose API is the provider's own gets bytes through, and only what must change is changed: the model's name, a
//! limit of output that a budget needs, the effort of the candidate. For every other one the request is read into a
//! [`chat::Request`](crate::chat::Request) and written by the provider's [`Dialect`], and the answer comes back as
//! [`Delta`](crate::chat::Delta)s that the caller's API writes. Built in are [`openai`], [`anthropic`] and [`gemini`]; the
//! example `own_dialect` adds another.
//!
//! What a dialect has no words for, [`SelectLayer`](crate::select::SelectLayer) has left its candidates out for, where it
//! knows the dialects. What changes nothing is left unsaid, and [`Outcome::dropped`](crate::observe::Outcome::dropped)
//! names it. Signed thinking, which goes back to the model that has signed it and which not every caller's format has a
//! place for, is kept in memory (32 MiB for all callers, by tenant) under the ids of the tool calls that follow it.
//!
//! # Streams
//!
//! Events go to the caller one by one as they come, translated or not. There is no queue: a slow reader slows the provider. Usage is
//! always asked for, and the extra chunk hidden from callers who did not. An answer that is cut, or that cannot be
//! read, never ends cleanly: the caller gets an error in its own form, and then the body fails. So it goes where the
//! provider says nothing for longer than the [`idle_timeout`](DispatchLayer::idle_timeout), and where the time of the
//! call is up.
//!
//! # Order
//!
//! Innermost, around the client. Layers that change answers (decompression) would have to be inside of it, and are not
//! needed: it asks for plain ones. Redirects are not followed; a client that follows them by itself would carry keys to
//! where the catalog does not point.
//!
//! # Readiness and cancellation
//!
//! `poll_ready` passes through, and the service that was ready is the one that is called. Money is held after that,
//! and a key that has to be waited for is waited for before. Dropping the future or the body cancels the call and
//! settles it.

mod answer;
#[cfg(feature = "anthropic")]
pub mod anthropic;
mod attempt;
mod bill;
mod body;
#[cfg(any(feature = "openai", feature = "anthropic"))]
mod codes;
mod config;
mod count;
mod credential;
mod deployed;
mod dialect;
mod doubt;
mod draft;
mod drain;
#[cfg(any(feature = "openai", feature = "anthropic", feature = "gemini"))]
mod edit;
mod failed;
mod form;
mod front;
mod future;
#[cfg(feature = "gemini")]
pub mod gemini;
mod headers;
mod idle;
mod kept;
mod layer;
mod limits;
mod meter;
#[cfg(feature = "openai")]
pub mod openai;
mod per_provider;
#[cfg(any(feature = "openai", feature = "anthropic", feature = "gemini"))]
mod phrases;
mod reading;
mod refused;
mod resume;
mod retry_after;
mod service;
pub mod sse;
mod stream;
mod translation;
mod transport;
mod unreached;
pub mod usage;
mod wellness;
mod writing;

pub use self::{
    attempt::Attempt,
    body::ResponseBody,
    credential::{Credential, FromEnv, Key, KeyFuture, Secret},
    dialect::{Answer, Dialect, Encoded, Outgoing, Reported, Seen, Step, Unreadable},
    drain::Drain,
    future::ResponseFuture,
    layer::DispatchLayer,
    per_provider::{PerProvider, PerProviderFuture},
    service::Dispatch,
    transport::Sent,
};
pub(crate) use self::{attempt::Unseen, resume::Baton, retry_after::retry_after};
