//! Middleware that reads a call once: what it asks for, and how hard that is.
//!
//! # Example
//!
//! ```
//! use tower::{Layer, ServiceBuilder};
//! use tower_genai::{
//!     classify::{ClassifyLayer, Classifier, Trained},
//!     query::{Classification, Prompt, Query, Task},
//! };
//!
//! # fn stack() -> impl Clone {}
//! // A closure is a classifier; this one asks the built-in one for all but its own subject.
//! let trained = Trained::new();
//! let layer = ClassifyLayer::new().classifier(move |query: &Query| {
//!     if query.prompt().user().contains("statute") {
//!         return Classification::new(Task::new("legal"));
//!     }
//!     trained.classify(query)
//! });
//! let service = ServiceBuilder::new().layer(layer).service(stack());
//! # drop(service);
//! ```
//!
//! # What it does
//!
//! Reads the body, up to [`max_body`](ClassifyLayer::max_body) bytes, into a [`Query`](crate::query::Query), and goes on with a [`QueryBody`](crate::query::QueryBody). The [`Classifier`] is asked, once, when a layer further in first wants to
//! know: an answer from a cache takes none. Bodies that it does not read go on untouched and unread: other paths
//! than those of [`Api`](crate::query::Api), other types than JSON, encoded ones. A body that should be a query and is none
//! goes on as it is too, with what is wrong with it: [`SelectLayer`](crate::select::SelectLayer) refuses it, or lets it
//! pass to where it was addressed.
//!
//! # Which classifier
//!
//! | | what it is |
//! |---|---|
//! | [`Trained`] | the default: a small linear model with weights in the crate, on top of the heuristics; says how much a query is of each task ([`Shares`](crate::query::Shares)); its card says how right it is |
//! | [`Heuristics`] | rules made by hand, a quarter of the time |
//! | [`Examples`] | tasks of your own by five or more examples of each, around any of the others |
//! | a closure | whatever you know better |
//!
//! # Order
//!
//! Outside [`SelectLayer`](crate::select::SelectLayer) and [`DispatchLayer`](crate::dispatch::DispatchLayer), which do
//! not compile without it. Layers that change the request's body (limits, decompression) belong outside of it.
//!
//! # Readiness
//!
//! `poll_ready` passes through; the service that was ready is the one that is called once the body is here.
//!
//! # How far it can be trusted
//!
//! Text says well what kind of work is asked, and badly how hard it is for a given model: treat difficulty as a weak
//! hint. On tasks unlike those a rule was made for, prompt length predicts about as well as anything cheap.

mod classifier;
mod examples;
mod future;
mod heuristics;
mod layer;
mod service;
mod trained;

pub use self::{
    classifier::Classifier,
    examples::{BadExamples, Examples},
    future::ResponseFuture,
    heuristics::Heuristics,
    layer::ClassifyLayer,
    service::Classify,
    trained::{BadWeights, Evidence, Trained},
};
pub use crate::body::RefusedOr as ResponseBody;
