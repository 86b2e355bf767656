//! What was decided, what became of it, and who is told.
//!
//! Every routed call has a [`Decision`]. The answer of a call for which a provider was asked carries an [`Outcome`],
//! which knows usage and cost once the body has ended; a refusal carries its [`Refusal`](crate::query::Refusal) and the
//! `Arc<Decision>` instead, and a call that passed through carries nothing. A call that is answered with another one's
//! answer ([`Cached`], [`Replayed`]) has an outcome that costs nothing. That a call's model is about to end is told apart
//! ([`Deprecated`]), and so is how far another candidate's answer agrees ([`Shadowed`]). An [`Observer`] is told of all of
//! them, and [`tracing`] events carry the same facts under OpenTelemetry's GenAI names ([`semconv`]). No prompt and no answer is in any of them; an observer that wants a
//! prompt's words writes [`Observer::decided`] anew.
//!
//! [`DecisionLog`] keeps the latest decisions in memory, to be looked up; [`JsonLines`] writes all of them to a file, a
//! line each, from which the example `replay` says what another policy would have cost and scored.
//!
//! ```
//! # use tower_genai::observe::Outcome;
//! async fn cost(answer: http::Response<tower_genai::Body>) -> Option<tower_genai::money::Usd> {
//!     let outcome = answer.extensions().get::<Outcome>()?.clone();
//!     http_body_util::BodyExt::collect(answer.into_body()).await.ok()?;
//!     outcome.finished().await.cost
//! }
//! ```

mod cached;
mod decided;
mod decision;
mod decision_log;
mod deprecated;
mod failure;
mod finish_reason;
mod id;
mod json_lines;
mod made;
#[cfg(feature = "metrics")]
pub mod metrics;
mod observer;
mod outcome;
mod record;
mod replayed;
pub mod semconv;
mod shadowed;
mod spending;

pub use self::{
    cached::Cached,
    decision::{Considered, Decision, Dropped, Reason},
    decision_log::DecisionLog,
    deprecated::Deprecated,
    failure::{Failure, FailureClass},
    finish_reason::{FinishReason, FinishReasons},
    id::{DecisionId, NotADecisionId},
    json_lines::{DecisionLine, JsonLines},
    observer::{Event, FellBack, ModelChanged, Observer},
    outcome::{Ending, Finished, Outcome},
    record::Record,
    replayed::Replayed,
    shadowed::Shadowed,
};
pub(crate) use self::{
    decided::Decided,
    made::Made,
    observer::{tell, tell_decided},
    spending::Spending,
};
