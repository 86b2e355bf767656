//! Tower layers for calls of generative models: which model answers, at what price, within which budget.
//!
//! What tower-http is to HTTP services, this crate is to calls of language models: small layers, each useful alone,
//! that put the routing decision inside an app's own service graph. No proxy, no extra hop.
//!
//! # The way of a call
//!
//! ```text
//! caller ── http::Request<B> ──▶ BudgetLayer       opens a scope: what may be spent here
//!                                ClassifyLayer     reads the body once: what is asked, how hard
//!                                IdempotencyLayer  made before under this key? then not once more
//!                                CacheLayer        answered already? being answered right now?
//!                                SelectLayer       who qualifies, at what cost, in which order
//!                                ShadowLayer       asks another one too, for a share of the calls
//!                                FallbackLayer     goes on to the next until an answer begins
//!                                DispatchLayer     holds money, speaks the dialect, meters, settles
//!                      ◀──────── any Service<http::Request<Body>>, such as hyper-util's client
//! ```
//!
//! # The smallest stack
//!
//! ```no_run
//! use http::Request;
//! use http_body_util::Full;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::ServiceExt;
//! use tower_genai::stack::Stack;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let https = hyper_util::client::legacy::connect::HttpConnector::new();
//! let client = Client::builder(TokioExecutor::new()).build(https); // `https`: your TLS connector
//! let stack = Stack::client(client).boxed();
//! let question = r#"{"model": "auto", "messages": [{"role": "user", "content": "Why?"}]}"#;
//! let request = Request::post("/v1/chat/completions").body(Full::from(question))?;
//! let answer = stack.oneshot(request).await?;
//! # Ok(())
//! # }
//! ```
//!
//! A hyper client is built for this crate's [`Body`] (`build::<_, tower_genai::Body>(..)`; inference does it here). Services
//! with a body of their own, such as tonic's, go behind tower's `map_request`; reqwest has an adapter.
//!
//! # The rooms
//!
//! | module | holds |
//! |---|---|
//! | [`stack`] | the whole way in the right order, as a client or as a server |
//! | [`budget`] | scopes of money: [`BudgetLayer`](budget::BudgetLayer), holds, windows, ledgers |
//! | [`charge`] | calls that cost so much each, of APIs that are not read: [`ChargeLayer`](charge::ChargeLayer), tariffs |
//! | [`classify`] | what a call asks for: [`ClassifyLayer`](classify::ClassifyLayer), classifiers |
//! | [`idempotency`] | calls with an `Idempotency-Key`, which are made once: [`IdempotencyLayer`](idempotency::IdempotencyLayer) |
//! | [`cache`] | what was answered already: [`CacheLayer`](cache::CacheLayer), stores, calls that ask the same at the same time |
//! | [`select`] | who answers: [`SelectLayer`](select::SelectLayer), filters, policies |
//! | [`shadow`] | another model beside, for a share of the calls: [`ShadowLayer`](shadow::ShadowLayer), judges |
//! | [`signals`] | what an answer's own form says of it: [`SignalsLayer`](signals::SignalsLayer) |
//! | [`fallback`] | what follows from a failure: [`FallbackLayer`](fallback::FallbackLayer) |
//! | [`dispatch`] | calling providers: [`DispatchLayer`](dispatch::DispatchLayer), dialects, streams, metering |
//! | [`query`] | what is asked: queries, tasks, needs, wishes, refusals |
//! | [`chat`] | what is said in a chat call, apart from any wire format: what translations go through |
//! | [`transcript`] | what an answer says, read while it passes |
//! | [`catalog`] | who can answer, at what price, until when |
//! | [`health`] | who is well now, how much may be sent there, how fast it answers: [`Monitor`](health::Monitor) |
//! | [`profile`] | what experience says of each model on each task: [`Profile`](profile::Profile) |
//! | [`money`] | amounts and prices as integers |
//! | [`context`] | what travels with a call: scopes, tenant, data labels |
//! | [`extract`](https://docs.rs/tower-genai/latest/tower_genai/extract/index.html) | (feature `axum`) extractors for axum's handlers |
//! | [`grpc`](https://docs.rs/tower-genai/latest/tower_genai/grpc/index.html) | (feature `grpc`) gRPC on both sides |
//! | [`client`](https://docs.rs/tower-genai/latest/tower_genai/client/index.html) | (feature `reqwest`) between a stack and reqwest |
//! | [`observe`] | decisions, outcomes, failures, who is told |
//! | [`sim`] | (feature `sim`) providers on loopback that bill and fail on command |
//!
//! The first eleven are mechanism, the rest is knowledge and works without any layer.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `openai` | yes | the dialect of OpenAI's Chat Completions and all that is compatible with it |
//! | `anthropic` | yes | the dialect of Anthropic's Messages and all that is compatible with it |
//! | `gemini` | yes | the dialect of Google's generateContent. Callers of all three vendors are served without any of them, by dialects that you add |
//! | `toml` | yes | catalogs and configurations from TOML, the built-in catalog, [`Stack::client`](stack::Stack::client) |
//! | `client` | yes | brings no client: reads from hyper-util's whether a failed call was sent. Without it a failed connection may cost the most that the call could have cost |
//! | `http2` | no | reads the same of HTTP/2's own errors: a stream that the provider refuses, or that it goes away before. For clients that speak HTTP/2 |
//! | `axum` | no | `extract`: extractors for axum's handlers |
//! | `reqwest` | no | `client`: reqwest as the client of a stack, and a stack as the transport of what speaks reqwest |
//! | `grpc` | no | `grpc`: callers of Google's `GenerativeService` by gRPC, and providers that speak it |
//! | `metrics` | no | `observe::metrics`: metrics under OpenTelemetry's GenAI names, for any recorder of the `metrics` facade |
//! | `redb` | no | the [file ledger](https://docs.rs/tower-genai/latest/tower_genai/budget/struct.FileLedger.html): budgets that outlast their process |
//! | `redis` | no | the [Redis ledger](https://docs.rs/tower-genai/latest/tower_genai/budget/struct.RedisLedger.html): one set of budgets for several processes; and the store of what they learn |
//! | `tokens` | no | exact counts of tokens where the vocabulary is public, which narrow a hold; needs Rust 1.94 |
//! | `sim` | no | simulated providers, for examples and for tests without keys |
//! | `full` | no | all of these that need no server: all but `redis` |
//!
//! # Names that sound alike
//!
//! [`classify`] is about queries, `tower_http::classify` about responses; [`budget`] is money, `tower::retry::budget`
//! retries; a [`select::Policy`] ranks models, a `tower::retry::Policy` retries; a [`context::Context`] travels with a call,
//! a `std::task::Context` with a poll; [`stack::Infallible`] makes services so that have `std::convert::Infallible` as their
//! error. In `sim` a `Provider`, a `Model`, an `Event` are simulated ones.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
pub mod budget;
pub mod cache;
pub mod catalog;
pub mod charge;
pub mod chat;
pub mod classify;
#[cfg(feature = "reqwest")]
pub mod client;
pub mod context;
pub mod dispatch;
#[cfg(feature = "axum")]
pub mod extract;
pub mod fallback;
#[cfg(feature = "grpc")]
pub mod grpc;
pub mod health;
pub mod idempotency;
pub mod money;
pub mod observe;
pub mod profile;
pub mod query;
pub mod select;
pub mod shadow;
pub mod signals;
#[cfg(feature = "sim")]
pub mod sim;
pub mod stack;
pub mod transcript;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use self::body::{Body, BodyError, RefusedOr};
