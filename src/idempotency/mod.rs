//! Middleware that makes a call with an `Idempotency-Key` once, and gives its answer to whoever asks again with the key.
//!
//! # Example
//!
//! ```
//! use http::Request;
//! use http_body_util::{BodyExt, Full};
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_genai::{
//!     catalog::{Catalog, Source},
//!     classify::ClassifyLayer,
//!     dispatch::DispatchLayer,
//!     idempotency::{IdempotencyLayer, IdempotencyStatus},
//!     select::{SelectLayer, Selector},
//!     sim,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
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
//!     .layer(IdempotencyLayer::new().single_tenant(true))
//!     .layer(SelectLayer::new(Selector::new(catalog)))
//!     .layer(DispatchLayer::new())
//!     .service(client);
//!
//! let mut answers = Vec::new();
//! for _ in 0..2 {
//!     let question = r#"{"model": "m1", "messages": [{"role": "user", "content": "Hello?"}]}"#;
//!     let request = Request::post("/v1/chat/completions")
//!         .header("idempotency-key", "8e03978e-40d5-43dd-bc93-6894a57f9324")
//!         .body(Full::from(question))?;
//!     let (head, body) = service.clone().oneshot(request).await?.into_parts();
//!     let status = *head.extensions.get::<IdempotencyStatus>().unwrap();
//!     answers.push((status, body.collect().await?.to_bytes()));
//! }
//! assert_eq!(answers[0].0, IdempotencyStatus::First);
//! assert!(matches!(answers[1].0, IdempotencyStatus::Replayed { .. }));
//! assert_eq!(answers[0].1, answers[1].1);
//! assert_eq!(acme.calls().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # What a key means
//!
//! A caller who does not know whether its call was made, because the line broke or it ran out of patience, sends the very
//! same request once more, and pays once. A key is 1 to 255 visible ASCII characters and belongs to its tenant: tenants
//! may have the same. It stands for one request: the API, the path, the bytes of the body, the wishes, the data labels and
//! the headers that change an answer (`openai-beta`, `anthropic-beta` and the like). White space in the body matters here,
//! since a package that repeats a request repeats its bytes.
//!
//! | the key | the caller gets |
//! |---|---|
//! | is new | the answer, as it comes |
//! | is known, and its call was answered whole | that answer: status, headers and bytes, a stream as the events that it was, with `Idempotency-Replayed: true` |
//! | is known, and its call is under way | 409 with `Retry-After: 1` and `x-should-retry: true`, after which the vendors' packages ask again by themselves |
//! | is known for another request | 422 |
//! | is known, and its call was made and broke off | 502 with `x-should-retry: false`: it may have been charged, and is not made again |
//! | is known, and its answer was too large to keep | 409 with `x-should-retry: false` |
//! | cannot be read | 400 |
//!
//! An answer that is given again asks no provider, holds nothing and costs nothing, and its
//! [`Outcome`](crate::observe::Outcome) says so. It has the request id of the first, under which the decision can be
//! looked up; of the headers those are left out that tell of a moment: dates, ages, rate limits, ends of models. An
//! [`Observer`](crate::observe::Observer) is told of it by [`Event::Replayed`](crate::observe::Event::Replayed).
//!
//! # What frees a key
//!
//! A call that has ended and certainly cost nothing: it was refused here, every attempt was rejected by an error status,
//! or none was sent. Then the key is as if it had not been used, and a retry makes the call. What every attempt has cost
//! [`DispatchLayer`](crate::dispatch::DispatchLayer) tells, also of those that were given up. Over a service of somebody
//! else's there is only the answer: there an error status counts as free, and an answer that broke, or an error that does
//! not say that nothing was [sent](crate::dispatch::Sent), as spent.
//!
//! # When the caller leaves
//!
//! A call with a key runs on: to its end, for at most [`run_on`](IdempotencyLayer::run_on), and as long as its answer is
//! one that can be kept. Its answer is there when the caller comes back. For that a tokio runtime must be there at the
//! moment the future or the body is dropped, and at most [`IdempotencyLayer::RUNNING_ON`] calls run on at a time;
//! otherwise the call is cancelled, and its key says that it broke off. A caller who stays and does not read holds the
//! call up, as without a key, and the key with it.
//!
//! # What is remembered, and for how long
//!
//! Keys are in the memory of this process, and known to no other: behind a balancer, send a tenant's calls to one process.
//! They are gone when it ends. Each is remembered for [`ttl`](IdempotencyLayer::ttl) from the end of its call, unless
//! [`bytes`](IdempotencyLayer::bytes) are used up before: then those that ended first are let go, of whatever tenant,
//! and never one that is under way. A key takes 1 KiB and its answer what it has; where calls under way take all there is,
//! another key is refused with a 503, and an answer that finds no room to grow is one that is too large to keep. What is
//! kept of an answer is a copy, of the bytes and not of trailers. One that is being read again when it is let go stays until
//! it is read.
//!
//! # Whose keys count
//!
//! A call without a tenant has its key passed over, as if there were none, unless
//! [`single_tenant`](IdempotencyLayer::single_tenant) says that all of these are one caller's: strangers must not get each
//! other's answers. The same goes for a body that nobody has read, which might be any.
//!
//! The key is not sent on to a provider. A call without one passes untouched.
//!
//! # Order
//!
//! Inside [`ClassifyLayer`](crate::classify::ClassifyLayer), which reads the body; outside
//! [`CacheLayer`](crate::cache::CacheLayer), whose hits are answers like any other, and outside
//! [`FallbackLayer`](crate::fallback::FallbackLayer), all attempts of which are one call. Inside a
//! [`BudgetLayer`](crate::budget::BudgetLayer), it gives answers again when the budget is spent.
//!
//! # Readiness
//!
//! Always ready. The inner service is asked whether it is when there is a call for it.

mod body;
mod config;
mod driver;
mod fingerprint;
mod future;
mod key;
mod layer;
mod record;
mod recording;
mod refused;
mod running;
mod service;
mod status;
mod store;

pub use self::{
    body::ResponseBody, future::ResponseFuture, layer::IdempotencyLayer, service::Idempotency,
    status::IdempotencyStatus,
};
