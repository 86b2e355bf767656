use std::sync::Arc;

use super::{Cached, Decision, Outcome};

/// Sees decisions, outcomes and answers from a cache as they happen. Closures over [`Event`] are observers.
///
/// Called on the call's own path: hand over anything slow. Must not panic.
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
pub trait Observer: Send + Sync {
    /// Something happened.
    fn observe(&self, event: &Event<'_>);
}

/// What an [`Observer`] sees.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Where a call is to go was decided, or that it goes nowhere. Not every decided call finishes: one that is refused
    /// for money or for want of a key was never sent.
    Decided(&'a Arc<Decision>),
    /// A call's answer has ended, whole or not; [`Outcome::get`] says how.
    Finished(&'a Outcome),
    /// A call was answered with another one's answer, from a cache or while that was made: nobody was asked for it, and
    /// nothing else is told of it.
    Cached(&'a Cached),
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
}
