//! What was decided, what became of it, and who is told.
//!
//! Every routed call has a [`Decision`]. The answer of a call for which a provider was asked carries an [`Outcome`],
//! which knows usage and cost once the body has ended; a refusal carries its [`Refusal`](crate::query::Refusal) and the
//! `Arc<Decision>` instead, and a call that passed through carries nothing. A call that is answered with another one's
//! answer ([`Cached`], [`Replayed`]) has an outcome that costs nothing. That a call's model is about to end is told apart
//! ([`Deprecated`]), and so is how far another candidate's answer agrees ([`Shadowed`]). An [`Observer`] is told of all of them, and [`tracing`] events carry the same facts under
//! OpenTelemetry's GenAI names ([`semconv`]). No prompt and no answer is in any of them.
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
mod made;
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
    observer::{Event, FellBack, ModelChanged, Observer},
    outcome::{Ending, Finished, Outcome},
    record::Record,
    replayed::Replayed,
    shadowed::Shadowed,
};
pub(crate) use self::{decided::Decided, made::Made, observer::tell, spending::Spending};
