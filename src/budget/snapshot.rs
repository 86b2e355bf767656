use std::time::SystemTime;

use super::{AccountId, HoldId, HoldLabel, Window};
use crate::money::Usd;

/// Everything a ledger has, as of one moment. Amounts above [`Usd::MAX`] show as that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Accounts with a running window or an open hold, by name and key.
    pub accounts: Vec<AccountView>,
    /// Holds that are open, in no particular order.
    pub holds: Vec<HoldView>,
    /// The latest charges whose true cost is not known, the oldest first.
    pub doubtful: Vec<DoubtfulCharge>,
    /// How many doubtful charges there have been, also those no longer listed.
    pub doubtful_count: u64,
    /// How many attempts cost more than their hold. Each one is a wrong price or a wrong bound.
    pub bound_exceeded: u64,
    /// How many holds were granted only because a scope observes.
    pub would_refuse: u64,
    /// How many holds were taken whatever the limits say, because scopes fail open.
    pub forced: u64,
    /// How many holds of scopes that observe were not counted, because there was no room for their accounts.
    pub uncounted: u64,
}

impl Snapshot {
    /// The account of this name and no key.
    pub fn account(&self, name: &str) -> Option<&AccountView> {
        self.accounts
            .iter()
            .find(|account| account.id.name() == name && account.id.key().is_none())
    }
}

/// One account in a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountView {
    /// Whose.
    pub id: AccountId,
    /// Its windows: those that run, and those that are past with holds still open.
    pub windows: Vec<WindowView>,
    /// How many holds were granted only because the scope observes, since the account's windows last were empty.
    pub would_refuse: u64,
}

impl AccountView {
    /// An account without windows yet.
    pub fn new(id: AccountId) -> Self {
        Self {
            id,
            windows: Vec::new(),
            would_refuse: 0,
        }
    }

    /// The running window of a kind: the one that began last.
    pub fn window(&self, window: Window) -> Option<&WindowView> {
        self.windows
            .iter()
            .filter(|view| view.window == window)
            .max_by_key(|view| view.starts_at)
    }
}

/// One window of an account in a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowView {
    /// The kind.
    pub window: Window,
    /// Its first moment.
    pub starts_at: SystemTime,
    /// The next one's first moment; `None` for never.
    pub ends_at: Option<SystemTime>,
    /// What is settled.
    pub spent: Usd,
    /// What is held.
    pub held: Usd,
    /// By how many holds.
    pub open_holds: usize,
    /// What is settled, by model: the most spent first.
    pub models: Vec<ModelView>,
}

/// What was spent on one model in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelView {
    /// The model asked, and its provider.
    pub label: HoldLabel,
    /// How many attempts have cost something.
    pub attempts: u64,
    /// What they have cost. Refunds are not taken off: they are of an account or of a hold.
    pub spent: Usd,
}

/// One open hold in a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldView {
    /// Its name.
    pub id: HoldId,
    /// What it is for.
    pub label: HoldLabel,
    /// The amount.
    pub bound: Usd,
    /// The accounts that it is taken from, the outermost first.
    pub accounts: Vec<AccountId>,
    /// Since when.
    pub since: SystemTime,
    /// When it counts as spent if nobody has ended it by then.
    pub expires_at: SystemTime,
}

/// A charge that may be more, or in a cut stream less, than what the provider bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubtfulCharge {
    /// The hold that it comes from.
    pub id: HoldId,
    /// What it was for.
    pub label: HoldLabel,
    /// The accounts charged, the outermost first.
    pub accounts: Vec<AccountId>,
    /// The most that it can have cost.
    pub bound: Usd,
    /// What was charged.
    pub charged: Usd,
    /// What was refunded of it.
    pub refunded: Usd,
    /// When its hold was taken: the windows of that time were charged.
    pub since: SystemTime,
    /// When it ended.
    pub at: SystemTime,
    /// Whether nobody ended it: its lease ran out, or its process did. A late end corrects it.
    pub expired: bool,
}
