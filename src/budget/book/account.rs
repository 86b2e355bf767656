use std::{sync::Arc, time::SystemTime};

use smallvec::SmallVec;

use super::{Labels, Record, record::shown};
use crate::{
    budget::{AccountId, AccountView, Alert, Allowance, Limit, Measure, Scope, Share, Window},
    money::Usd,
};

/// What a scope has spent, in its windows.
#[derive(Clone, Debug)]
pub(in crate::budget) struct Account {
    pub(in crate::budget) id: Arc<AccountId>,
    /// Its name: the serial that was next when it was made.
    pub(super) born: u64,
    /// Few: one running per kind of window, and past ones only while a hold is open there.
    pub(in crate::budget) records: SmallVec<[Record; 1]>,
    /// Until when its rate limits are used up, in microseconds, by measure.
    pub(super) until: [u64; Measure::ALL.len()],
    pub(super) would_refuse: u64,
}

impl Account {
    pub(super) fn new(id: Arc<AccountId>, born: u64) -> Self {
        Self {
            id,
            born,
            records: SmallVec::new(),
            until: [0; Measure::ALL.len()],
            would_refuse: 0,
        }
    }

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

    /// Whether the amount fits into the running window of `limit`.
    pub(super) fn fits(account: Option<&Self>, limit: Limit, asked: Usd, now: SystemTime) -> bool {
        let running = account.and_then(|account| account.running(limit.window(), now));
        let taken = running.map_or(0, |record| record.spent + record.held);
        // What costs nothing always fits, also where more was spent than there is.
        asked == Usd::ZERO
            || taken + u128::from(asked.nanos()) <= u128::from(limit.amount().nanos())
    }

    fn running(&self, window: Window, now: SystemTime) -> Option<&Record> {
        self.records
            .iter()
            .find(|record| record.window == window && record.runs(now))
    }

    /// The running window of a kind; begins one named `serial` where none runs.
    pub(super) fn run(
        &mut self,
        window: Window,
        scope: &Scope,
        now: SystemTime,
        serial: u64,
    ) -> &mut Record {
        let at = self
            .records
            .iter()
            .position(|record| record.window == window && record.runs(now));
        let at = at.unwrap_or_else(|| {
            let bounds = window.bounds(now, scope.time_zone());
            self.records.push(Record::new(serial, window, bounds));
            self.records.len() - 1
        });
        &mut self.records[at]
    }

    pub(super) fn record(&mut self, serial: u64) -> Option<&mut Record> {
        self.records
            .iter_mut()
            .find(|record| record.serial == serial)
    }

    pub(super) fn would_refuse(&mut self) {
        self.would_refuse += 1;
    }

    /// What is to be told now that more was spent in a window.
    pub(super) fn alert(&mut self, serial: u64) -> Option<(Scope, Alert)> {
        let record = self.records.iter_mut().find(|r| r.serial == serial)?;
        if record.spent < record.alert_at {
            return None;
        }
        // Told once, also where nobody is there to be told.
        record.alert_at = u128::MAX;
        let scope = record.scope.upgrade(&self.id)?;
        let limits = scope.limits().iter();
        let limit = *limits.clone().find(|l| l.window() == record.window)?;
        let reached = |share: &&Share| share.is_reached(record.spent, limit.amount());
        let share = *scope.alerts().iter().rev().find(reached)?;
        record.tell(share.millionths(), limit.amount());
        record.aim(&scope);
        let (spent, held) = (shown(record.spent), shown(record.held));
        let allowance = Allowance::new(&scope, limit, spent, held, record.ends_at);
        Some((scope, Alert::new(share, allowance)))
    }

    /// What is to be told now that a window has refused a call because next to nothing is left, and its serial.
    pub(super) fn exhausted(
        &mut self,
        scope: &Scope,
        allowance: &Allowance,
    ) -> Option<(u64, Alert)> {
        let alert = Alert::exhausted(scope, allowance)?;
        let now = allowance.window();
        let ends = allowance.renews_at();
        let mut records = self.records.iter_mut();
        let record = records.find(|record| record.window == now && record.ends_at == ends)?;
        let all = Share::WHOLE.millionths();
        if record.told_of(allowance.limit()) >= all {
            return None;
        }
        record.tell(all, allowance.limit());
        record.aim(scope);
        Some((record.serial, alert))
    }

    /// Whether anything depends on it still; drops the windows that nothing does.
    pub(super) fn tidy(
        &mut self,
        now: SystemTime,
        micros: u64,
        mut gone: impl FnMut(&Arc<AccountId>, &Record),
    ) -> bool {
        let id = &self.id;
        self.records.retain(|record| {
            let needed = record.is_needed(now);
            if !needed {
                gone(id, record);
            }
            needed
        });
        !self.records.is_empty() || self.until.iter().any(|until| *until > micros)
    }

    pub(super) fn view(&self, labels: &Labels) -> AccountView {
        let mut view = AccountView::new(AccountId::clone(&self.id));
        view.would_refuse = self.would_refuse;
        view.windows = self.records.iter().map(|r| r.view(labels)).collect();
        view
    }
}
