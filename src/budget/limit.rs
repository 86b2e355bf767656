use super::Window;
use crate::money::Usd;

/// How much may be spent in each window of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    amount: Usd,
    window: Window,
}

impl Limit {
    pub(super) const fn new(amount: Usd, window: Window) -> Self {
        Self { amount, window }
    }

    /// The most that may be spent and held in one window.
    pub const fn amount(self) -> Usd {
        self.amount
    }

    /// The kind of window.
    pub const fn window(self) -> Window {
        self.window
    }
}
