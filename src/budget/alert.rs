use std::{fmt, sync::Arc};

use super::{Allowance, Scope, Share};

/// A budget's window has reached a stated share of its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    share: Share,
    allowance: Allowance,
}

impl Alert {
    /// That the window which `allowance` shows has reached this share of its limit.
    pub const fn new(share: Share, allowance: Allowance) -> Self {
        Self { share, allowance }
    }

    /// That a window which has refused a call has next to nothing left: less than a sixteenth of its limit. `None` where it
    /// has more, or the scope does not alert at the [whole](Share::WHOLE).
    pub fn exhausted(scope: &Scope, allowance: &Allowance) -> Option<Self> {
        let share = *scope.alerts().last()?;
        let most = Share::SIXTEENTH.of(allowance.limit());
        let exhausted = share == Share::WHOLE && allowance.left_at_best() < most;
        exhausted.then(|| Self::new(share, allowance.clone()))
    }

    /// The share that was reached: the highest, where several were at once.
    pub const fn share(&self) -> Share {
        self.share
    }

    /// The window as it stood then: whose it is, what is spent of which limit, until when.
    pub const fn allowance(&self) -> &Allowance {
        &self.allowance
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = &self.allowance;
        if self.share == Share::WHOLE && seen.spent() < seen.limit() {
            return write!(
                f,
                "budget `{}` refuses calls: it has spent {} of {} USD (window: {})",
                seen.account(),
                seen.spent(),
                seen.limit(),
                seen.window(),
            );
        }
        write!(
            f,
            "budget `{}` has spent {} of {} USD (window: {}), {:.0} % or more",
            seen.account(),
            seen.spent(),
            seen.limit(),
            seen.window(),
            self.share.percent(),
        )
    }
}

/// Who is told of a budget's alerts. It is called where calls are settled: it must be quick, and may not block.
///
/// Closures over `&Alert` are watchers.
pub trait Watcher: Send + Sync {
    /// A share was reached, for the first time in its window.
    fn alert(&self, alert: &Alert);
}

impl<F: Fn(&Alert) + Send + Sync> Watcher for F {
    fn alert(&self, alert: &Alert) {
        self(alert);
    }
}

/// The shares that a budget alerts at, and who is told besides the log.
#[derive(Clone)]
pub(super) struct Alerts {
    /// Rising.
    pub(super) shares: Arc<[Share]>,
    pub(super) watcher: Option<Arc<dyn Watcher>>,
}

impl Default for Alerts {
    fn default() -> Self {
        let shares = [Share::HALF, Share::FOUR_FIFTHS, Share::WHOLE];
        Self {
            shares: shares.into(),
            watcher: None,
        }
    }
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.shares.iter()).finish()
    }
}
