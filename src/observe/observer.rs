use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use super::{Cached, Decision, Deprecated, Failure, Outcome, Replayed, Shadowed};
use crate::{catalog::Candidate, profile::Feedback, profile::drift::Drift, query::Prompt};

/// Sees decisions, outcomes and answers from a cache as they happen. Closures over [`Event`] are observers.
///
/// Called on the call's own path: hand over anything slow. Must not panic; if it does, the call goes on, and a `tracing`
/// event tells.
///
/// ```
/// use tower_genai::observe::{Event, Observer};
///
/// fn observer() -> impl Observer {
///     |event: &Event<'_>| {
///         if let Event::Finished(outcome) = event {
///             if let Some(cost) = outcome.get().and_then(|finished| finished.cost) {
///                 println!("{cost} USD");
///             }
///         }
///     }
/// }
/// # drop(observer());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` observes nothing",
    label = "not an `Observer`",
    note = "implement `Observer` for it, or pass a closure with its type written: `|event: &Event<'_>| ..`"
)]
pub trait Observer: Send + Sync {
    /// Something happened.
    fn observe(&self, event: &Event<'_>);

    /// Where a call is to go was decided. The same as [`Event::Decided`], which this tells unless it is written anew, with
    /// the words that were asked: `None` where the call has a data label, since they go nowhere then.
    fn decided(&self, decision: &Arc<Decision>, prompt: Option<&Prompt>) {
        let _ = prompt;
        self.observe(&Event::Decided(decision));
    }
}

/// What an [`Observer`] sees.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Where a call is to go was decided, or that it goes nowhere. Not every decided call finishes: one that is refused
    /// for money or for want of a key was never sent.
    Decided(&'a Arc<Decision>),
    /// A call's answer has ended, whole or not; [`Outcome::get`] says how. One that is for nobody has a decision that
    /// [says](Decision::is_shadow) so.
    Finished(&'a Outcome),
    /// An attempt has failed, and another follows or none does.
    FellBack(FellBack<'a>),
    /// A call names a model that is deprecated or past its sunset, or is routed to one; told after what was decided of it.
    Deprecated(Deprecated<'a>),
    /// A call was answered with another one's answer, from a cache or while that was made: nobody was asked for it, and
    /// nothing else is told of it.
    Cached(&'a Cached),
    /// A provider says that another model answers for a candidate than did before. Needs a
    /// [`Monitor`](crate::health::Monitor); told once for each change, and at most once a minute for each model.
    ModelChanged(ModelChanged<'a>),
    /// A call was answered with the answer to an earlier one under the same `Idempotency-Key`: nobody was asked for it,
    /// and nothing else is told of it.
    Replayed(&'a Replayed),
    /// An answer was scored, and a [`Profile`](crate::profile::Profile) has taken that: by a caller, the app, the answer's
    /// own form, or another model's answer. What speaks of a model that did not answer the call is none of it.
    Scored(&'a Feedback),
    /// A call was also answered by another candidate, for nobody, and the answers were compared. Of the other call nothing is
    /// decided; that it is finished is told by itself, and its decision [says](Decision::is_shadow) what it is.
    Shadowed(&'a Shadowed),
    /// A candidate is not any more what it was. Needs a [`Profile`](crate::profile::Profile).
    Drifted(&'a Drift),
    /// A candidate is as it was before it drifted. Needs a [`Profile`](crate::profile::Profile).
    Recovered(&'a Drift),
}

/// A candidate for which another model answers than before, with nobody having said so.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ModelChanged<'a> {
    /// For whom.
    pub candidate: &'a Candidate,
    /// The model that answered before, by its provider's word.
    pub before: &'a str,
    /// The one that answers now.
    pub after: &'a str,
}

/// An attempt that failed, and who is asked next.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FellBack<'a> {
    /// Of which call; `None` where nothing was decided.
    pub decision: Option<&'a Arc<Decision>>,
    /// Who has failed; `None` where there was no plan.
    pub from: Option<&'a Candidate>,
    /// How.
    pub failure: &'a Failure,
    /// Who is asked next; `None` where nobody is, or there was no plan.
    pub to: Option<&'a Candidate>,
    /// Whether another attempt follows.
    pub again: bool,
    /// After which pause.
    pub after: Duration,
}

impl<F: Fn(&Event<'_>) + Send + Sync> Observer for F {
    fn observe(&self, event: &Event<'_>) {
        self(event);
    }
}

impl Observer for Arc<dyn Observer> {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }

    fn decided(&self, decision: &Arc<Decision>, prompt: Option<&Prompt>) {
        (**self).decided(decision, prompt);
    }
}

/// Tells an observer, whose panic is not the call's. This runs in `Drop` too, perhaps while another panic unwinds: a
/// second one would abort the process.
pub(crate) fn tell(observer: &dyn Observer, event: &Event<'_>) {
    safely(|| observer.observe(event));
}

/// The same of a decision, with the words that were asked.
pub(crate) fn tell_decided(
    observer: &dyn Observer,
    decision: &Arc<Decision>,
    prompt: Option<&Prompt>,
) {
    safely(|| observer.decided(decision, prompt));
}

fn safely(tell: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(tell)).is_err() {
        tracing::error!("an observer panicked");
    }
}
