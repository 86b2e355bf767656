use std::time::SystemTime;

use crate::{
    budget::{AccountId, ModelView, Window},
    money::Usd,
};

/// A day, month or longer of an account that is over, as [`FileLedger::closed`](super::FileLedger::closed) lists it. An
/// amount above [`Usd::MAX`] shows as that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClosedWindow {
    /// Whose.
    pub account: AccountId,
    /// The kind: a day or longer.
    pub window: Window,
    /// Its first moment.
    pub starts_at: SystemTime,
    /// The next one's first moment; `None` for never.
    pub ends_at: Option<SystemTime>,
    /// What was spent, less what was refunded.
    pub spent: Usd,
    /// What was spent by model, the most first. Refunds of an account or a hold are not taken off.
    pub models: Vec<ModelView>,
}
