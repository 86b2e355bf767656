use std::{future::Future, pin::Pin, sync::Arc};

use super::Comparison;

/// Says how far two answers to one question agree. Closures over [`Comparison`] are judges.
///
/// Called in a task of its own, outside of any caller's path: it may take its time, and wait. A panic ends that task alone.
///
/// See the [module docs](crate::shadow::judge) for an example.
pub trait Judge: Send + Sync {
    /// How far they agree; `None` where that cannot be told, and then nothing is learned.
    fn judge<'a>(&'a self, comparison: &'a Comparison<'a>) -> JudgeFuture<'a>;
}

/// What a [`Judge`] answers, now or later. Dropped before, nothing follows.
pub type JudgeFuture<'a> = Pin<Box<dyn Future<Output = Option<Verdict>> + Send + 'a>>;

/// How far two answers agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict(f64);

impl Verdict {
    /// From 0, not at all, to 1, entirely; what lies outside is brought there, and what is no number is 0.
    pub const fn new(agreement: f64) -> Self {
        Self(if agreement >= 0.0 {
            agreement.min(1.0)
        } else {
            0.0
        })
    }

    /// How far, 0..=1.
    pub const fn agreement(self) -> f64 {
        self.0
    }
}

impl From<bool> for Verdict {
    fn from(agree: bool) -> Self {
        Self(f64::from(u8::from(agree)))
    }
}

impl<F> Judge for F
where
    F: Fn(&Comparison<'_>) -> Option<Verdict> + Send + Sync,
{
    fn judge<'a>(&'a self, comparison: &'a Comparison<'a>) -> JudgeFuture<'a> {
        at_once(self(comparison))
    }
}

impl Judge for Arc<dyn Judge> {
    fn judge<'a>(&'a self, comparison: &'a Comparison<'a>) -> JudgeFuture<'a> {
        (**self).judge(comparison)
    }
}

/// A verdict that needs no waiting.
pub(super) fn at_once<'a>(verdict: Option<Verdict>) -> JudgeFuture<'a> {
    Box::pin(std::future::ready(verdict))
}

/// Of what each of two answers comes to: whether it is the same. Where neither comes to anything, nothing can be told;
/// where one does, they disagree.
pub(super) fn of_both<T>(
    one: Option<T>,
    other: Option<T>,
    same: impl FnOnce(&T, &T) -> bool,
) -> Option<Verdict> {
    match (one, other) {
        (None, None) => None,
        (Some(one), Some(other)) => Some(same(&one, &other).into()),
        _ => Some(false.into()),
    }
}
