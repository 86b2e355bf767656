use std::time::SystemTime;

use super::super::super::Date;

/// How a list is judged.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(in super::super) today: Date,
    pub(in super::super) fold: u32,
    pub(in super::super) stale_after: u32,
    pub(in super::super) new_models: bool,
    pub(in super::super) older: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self::new()
    }
}

impl Rules {
    /// Today; changes up to ten-fold; prices are old after 90 days; models that the catalog lacks are left out.
    pub fn new() -> Self {
        Self {
            today: Date::of(SystemTime::now()),
            fold: 10,
            stale_after: 90,
            new_models: false,
            older: false,
        }
    }

    /// The day for which prices are compared; today in UTC unless given.
    #[must_use]
    pub const fn today(mut self, day: Date) -> Self {
        self.today = day;
        self
    }

    /// By how much, at most, a price may grow or fall at once; ten times unless given, and never less than once.
    #[must_use]
    pub fn fold(mut self, most: u32) -> Self {
        self.fold = most.max(1);
        self
    }

    /// After how many days a price that nobody checked is old.
    #[must_use]
    pub const fn stale_after(mut self, days: u32) -> Self {
        self.stale_after = days;
        self
    }

    /// Whether to look at what the catalog's providers also have, and the catalog has not.
    #[must_use]
    pub const fn new_models(mut self, yes: bool) -> Self {
        self.new_models = yes;
        self
    }

    /// Whether a list may change prices that were checked after its own day. No unless said.
    #[must_use]
    pub const fn older(mut self, yes: bool) -> Self {
        self.older = yes;
        self
    }
}
