use std::time::SystemTime;

use crate::{
    budget::{AccountId, AccountView, Allowance, Limit, Scope, TimeZone, Window, WindowView},
    money::Usd,
};

/// One account's windows.
#[derive(Debug, Default)]
pub(super) struct Account {
    // Few: one running per kind of window, and past ones only while a hold is open there.
    records: Vec<Record>,
    would_refuse: u64,
}

/// Spending in one window.
///
/// Sums are wider than [`Usd`], because what was spent must be recorded also where no limit keeps it small.
#[derive(Debug)]
struct Record {
    serial: u64,
    window: Window,
    starts_at: SystemTime,
    ends_at: Option<SystemTime>,
    spent: u128,
    held: u128,
    open: usize,
    // Something was spent here, even if it was refunded since: doubtful charges may still point here.
    used: bool,
}

impl Record {
    /// A window that has begun runs until its end, even if the clock goes back behind its beginning.
    fn runs(&self, now: SystemTime) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }

    fn is_needed(&self, now: SystemTime) -> bool {
        self.open > 0 || (self.used && self.runs(now))
    }
}

impl Account {
    /// What the running window of `limit` permits.
    pub(super) fn allowance(
        account: Option<&Self>,
        scope: &Scope,
        limit: Limit,
        now: SystemTime,
    ) -> Allowance {
        match account.and_then(|account| account.running(limit.window(), now)) {
            Some(record) => Allowance::new(
                scope,
                limit,
                shown(record.spent),
                shown(record.held),
                record.ends_at,
            ),
            None => {
                let renews_at = limit.window().ends(now, scope.time_zone());
                Allowance::new(scope, limit, Usd::ZERO, Usd::ZERO, renews_at)
            }
        }
    }

    fn running(&self, window: Window, now: SystemTime) -> Option<&Record> {
        self.records
            .iter()
            .find(|record| record.window == window && record.runs(now))
    }

    /// The serial of the running window; begins one named `serial` where none runs.
    pub(super) fn run(
        &mut self,
        window: Window,
        zone: &TimeZone,
        now: SystemTime,
        serial: u64,
    ) -> u64 {
        if let Some(record) = self.running(window, now) {
            return record.serial;
        }
        let (starts_at, ends_at) = window.bounds(now, zone);
        self.records.push(Record {
            serial,
            window,
            starts_at,
            ends_at,
            spent: 0,
            held: 0,
            open: 0,
            used: false,
        });
        serial
    }

    pub(super) fn hold(&mut self, serial: u64, bound: Usd) {
        if let Some(record) = self.record(serial) {
            record.held += u128::from(bound.nanos());
            record.open += 1;
        }
    }

    /// Takes a hold off and adds what was spent, in the window that it was taken from.
    pub(super) fn settle(&mut self, serial: u64, bound: Usd, spent: Usd) {
        if let Some(record) = self.record(serial) {
            record.held = record.held.saturating_sub(u128::from(bound.nanos()));
            record.open = record.open.saturating_sub(1);
            record.spent += u128::from(spent.nanos());
            record.used |= spent > Usd::ZERO;
        }
    }

    /// Takes back up to `amount` in one window.
    pub(super) fn refund(&mut self, serial: u64, amount: Usd) {
        if let Some(record) = self.record(serial) {
            record.spent = record.spent.saturating_sub(u128::from(amount.nanos()));
        }
    }

    /// Takes back up to `amount` in every running window; returns the most that any of them had to give.
    pub(super) fn refund_running(&mut self, amount: Usd, now: SystemTime) -> Usd {
        let mut most = 0;
        for record in self.records.iter_mut().filter(|record| record.runs(now)) {
            let taken = record.spent.min(u128::from(amount.nanos()));
            record.spent -= taken;
            most = taken.max(most);
        }
        shown(most)
    }

    pub(super) fn would_refuse(&mut self) {
        self.would_refuse += 1;
    }

    /// Drops windows that nothing depends on any more; whether any is left.
    pub(super) fn tidy(&mut self, now: SystemTime) -> bool {
        self.records.retain(|record| record.is_needed(now));
        !self.records.is_empty()
    }

    pub(super) fn view(&self, id: &AccountId) -> AccountView {
        let mut view = AccountView::new(id.clone());
        view.would_refuse = self.would_refuse;
        view.windows = self
            .records
            .iter()
            .map(|record| WindowView {
                window: record.window,
                starts_at: record.starts_at,
                ends_at: record.ends_at,
                spent: shown(record.spent),
                held: shown(record.held),
                open_holds: record.open,
            })
            .collect();
        view
    }

    fn record(&mut self, serial: u64) -> Option<&mut Record> {
        self.records
            .iter_mut()
            .find(|record| record.serial == serial)
    }
}

fn shown(nanos: u128) -> Usd {
    u64::try_from(nanos)
        .ok()
        .and_then(Usd::from_nanos)
        .unwrap_or(Usd::MAX)
}
