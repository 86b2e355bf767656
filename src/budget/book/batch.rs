use std::{sync::Arc, time::SystemTime};

use super::{Book, Doubt, Held, Record, Touched, book::Counts, record::Tally};
use crate::{
    budget::{AccountId, HoldId, HoldLabel},
    money::Usd,
};

/// Rows of a book, by name: what has changed since it was last written down, or all there is. `None` is gone.
#[derive(Debug)]
pub(in crate::budget) struct Batch {
    /// Whatever else was written down before is gone too.
    pub(in crate::budget) whole: bool,
    pub(in crate::budget) state: StateRow,
    pub(in crate::budget) holds: Vec<(HoldId, Option<HoldRow>)>,
    pub(in crate::budget) doubts: Vec<(HoldId, Option<DoubtRow>)>,
    pub(in crate::budget) windows: Vec<(u64, Option<WindowRow>)>,
    pub(in crate::budget) names: Vec<(Arc<str>, u8)>,
    pub(in crate::budget) refunds: Vec<(Arc<str>, Option<RefundRow>)>,
    /// Windows that are over, which are only ever added.
    pub(in crate::budget) closed: Vec<(Arc<AccountId>, Record, Vec<HoldLabel>)>,
}

/// What there is one of.
#[derive(Clone, Copy, Debug)]
pub(in crate::budget) struct StateRow {
    pub(in crate::budget) now: SystemTime,
    pub(in crate::budget) serial: u64,
    pub(in crate::budget) counts: Counts,
}

/// A hold. Its label's number and the places of its charges mean nothing outside the book.
#[derive(Clone, Debug)]
pub(in crate::budget) struct HoldRow {
    pub(in crate::budget) held: Held,
    pub(in crate::budget) label: HoldLabel,
}

/// A doubtful charge.
#[derive(Clone, Debug)]
pub(in crate::budget) struct DoubtRow {
    pub(in crate::budget) doubt: Doubt,
    pub(in crate::budget) label: HoldLabel,
}

/// A window, with the labels of its models in their order; what is held there stands with the holds.
#[derive(Clone, Debug)]
pub(in crate::budget) struct WindowRow {
    pub(in crate::budget) account: Arc<AccountId>,
    pub(in crate::budget) would_refuse: u64,
    pub(in crate::budget) record: Record,
    pub(in crate::budget) labels: Vec<HoldLabel>,
}

/// A refund that was made.
pub(in crate::budget) type RefundRow = super::refunds::Done;

impl Book {
    /// Notes from now on what changes.
    pub(in crate::budget) fn note(&mut self) {
        self.touched.get_or_insert_default();
    }

    /// Whether a hold is open that a file must know.
    pub(in crate::budget) fn writes_down(&self, id: HoldId) -> bool {
        self.holds
            .get(&id)
            .is_some_and(|held| !held.charges.is_empty())
    }

    /// Whether anything has changed since it was written down.
    pub(in crate::budget) fn is_changed(&self) -> bool {
        self.touched.as_ref().is_some_and(|t| !t.is_empty())
    }

    /// A batch was not written, or nobody knows whether it was: the next one is to hold everything.
    pub(in crate::budget) fn unwritten(&mut self, batch: Option<Batch>) {
        let closed = batch.map(|batch| batch.closed).unwrap_or_default();
        let mut closed: Vec<_> = closed.into_iter().map(|(id, r, _)| (id, r)).collect();
        closed.extend(self.touched.take().map(|t| t.closed).unwrap_or_default());
        self.touched = Some(Touched {
            whole: true,
            closed,
            ..Touched::default()
        });
    }

    /// A copy of what has changed since it was called last. None of it stays here: [`unwritten`](Self::unwritten) says so
    /// where it could not be written.
    pub(in crate::budget) fn write_down(&mut self) -> Batch {
        let touched = self.touched.replace(Touched::default()).unwrap_or_default();
        let whole = touched.whole;
        let closed = touched.closed.into_iter();
        let closed = closed.map(|(id, record)| {
            let labels = self.labels_of(&record);
            (id, record, labels)
        });
        let closed = closed.collect();
        Batch {
            whole,
            state: StateRow {
                now: self.now,
                serial: self.serial,
                counts: self.counts,
            },
            holds: match whole {
                true => self.hold_rows(self.holds.keys().copied()),
                false => self.hold_rows(touched.holds),
            },
            doubts: match whole {
                true => self.doubt_rows(self.doubts.ids()),
                false => self.doubt_rows(touched.doubts),
            },
            windows: match whole {
                true => self.all_windows(),
                false => self.window_rows(touched.windows),
            },
            names: match whole {
                true => self.name_rows(self.kinds.names().cloned()),
                false => self.name_rows(touched.names),
            },
            refunds: match whole {
                true => self.refund_rows(self.refunds.ids().cloned()),
                false => self.refund_rows(touched.refunds),
            },
            closed,
        }
    }

    fn hold_rows(&self, ids: impl IntoIterator<Item = HoldId>) -> Vec<(HoldId, Option<HoldRow>)> {
        let row = |id| {
            // Rate limits are not written down, and so neither are holds of nothing else.
            let held = self.holds.get(&id).filter(|held| !held.charges.is_empty());
            let row = held.map(|held| HoldRow {
                held: held.clone(),
                label: self.labels.of(held.label),
            });
            (id, row)
        };
        ids.into_iter().map(row).collect()
    }

    fn doubt_rows(&self, ids: impl IntoIterator<Item = HoldId>) -> Vec<(HoldId, Option<DoubtRow>)> {
        let row = |id| {
            let row = self.doubts.get(id).map(|doubt| DoubtRow {
                doubt: doubt.clone(),
                label: self.labels.of(doubt.held.label),
            });
            (id, row)
        };
        ids.into_iter().map(row).collect()
    }

    fn window_rows(
        &self,
        serials: impl IntoIterator<Item = (u64, u32)>,
    ) -> Vec<(u64, Option<WindowRow>)> {
        let row = |(serial, place)| {
            let account = self.accounts.at(place);
            let row = account.and_then(|account| {
                let record = account.records.iter().find(|r| r.serial == serial)?;
                Some(self.window_row(account, record))
            });
            (serial, row)
        };
        serials.into_iter().map(row).collect()
    }

    fn all_windows(&self) -> Vec<(u64, Option<WindowRow>)> {
        let accounts = self.accounts.iter();
        accounts
            .flat_map(|account| account.records.iter().map(move |record| (account, record)))
            .map(|(account, record)| (record.serial, Some(self.window_row(account, record))))
            .collect()
    }

    fn window_row(&self, account: &super::Account, record: &Record) -> WindowRow {
        WindowRow {
            account: Arc::clone(&account.id),
            would_refuse: account.would_refuse,
            record: record.clone(),
            labels: self.labels_of(record),
        }
    }

    fn labels_of(&self, record: &Record) -> Vec<HoldLabel> {
        let models = record.models.iter();
        models.map(|tally| self.labels.of(tally.label)).collect()
    }

    fn name_rows(&self, names: impl IntoIterator<Item = Arc<str>>) -> Vec<(Arc<str>, u8)> {
        let row = |name: Arc<str>| {
            let bits = self.kinds.bits(&name);
            (name, bits)
        };
        names.into_iter().map(row).collect()
    }

    fn refund_rows(
        &self,
        ids: impl IntoIterator<Item = Arc<str>>,
    ) -> Vec<(Arc<str>, Option<RefundRow>)> {
        let row = |id: Arc<str>| {
            let row = self.refunds.get(&id);
            (id, row)
        };
        ids.into_iter().map(row).collect()
    }

    /// Goes on from what was written down, in an empty book.
    ///
    /// # Errors
    /// When the rows contradict each other: which, in words.
    pub(in crate::budget) fn restore(&mut self, rows: Batch) -> Result<(), String> {
        self.now = self.now.max(rows.state.now);
        self.micros = crate::budget::rate_limit::micros(self.now);
        self.serial = rows.state.serial;
        self.counts = rows.state.counts;
        for (name, bits) in rows.names {
            self.kinds.restore(name, bits);
        }
        for (serial, row) in rows.windows {
            if serial > rows.state.serial {
                return Err(format!("window {serial} is newer than the ledger"));
            }
            if let Some(row) = row {
                self.restore_window(serial, row)?;
            }
        }
        let mut refunds: Vec<_> = rows
            .refunds
            .into_iter()
            .filter_map(|(id, row)| Some((id, row?)))
            .collect();
        refunds.sort_by_key(|(_, row)| row.nth);
        for (id, row) in refunds {
            self.refunds.remember(&id, row.amount, row.nth);
        }
        let doubts = rows.doubts.into_iter();
        let mut doubts: Vec<_> = doubts.filter_map(|(id, row)| Some((id, row?))).collect();
        doubts.sort_by_key(|(_, row)| row.doubt.nth);
        for (id, row) in doubts {
            self.restore_doubt(id, row);
        }
        for (id, row) in rows.holds {
            if let Some(row) = row {
                self.restore_hold(id, row)?;
            }
        }
        Ok(())
    }

    fn restore_window(&mut self, serial: u64, row: WindowRow) -> Result<(), String> {
        let mut record = row.record;
        let bits = self.kinds.bits(row.account.name());
        if bits & super::kinds::bit(record.window) == 0 {
            return Err(format!(
                "window {serial} is of a kind that nobody asked for"
            ));
        }
        for (tally, label) in record.models.iter_mut().zip(&row.labels) {
            tally.label = self.labels.number(label);
        }
        self.serial += 1;
        let place = self.accounts.open(&row.account, self.serial);
        if let Some(account) = self.accounts.at_mut(place) {
            account.would_refuse = account.would_refuse.max(row.would_refuse);
            account.records.push(record);
        }
        Ok(())
    }

    fn restore_doubt(&mut self, id: HoldId, row: DoubtRow) {
        let mut doubt = row.doubt;
        doubt.held.label = self.labels.number(&row.label);
        for charge in &mut doubt.held.charges {
            // Where the window is over there is nothing to correct.
            charge.place = self.accounts.find(&charge.account).unwrap_or(u32::MAX);
        }
        if let Some(gone) = self.doubts.add(id, doubt) {
            self.touch(|touched| touched.doubt(gone));
        }
    }

    fn restore_hold(&mut self, id: HoldId, row: HoldRow) -> Result<(), String> {
        let mut held = row.held;
        held.label = self.labels.number(&row.label);
        for charge in &mut held.charges {
            let place = self.accounts.find(&charge.account);
            let account = place.and_then(|place| self.accounts.at_mut(place));
            let record = account.and_then(|account| account.record(charge.serial));
            match (place, record) {
                (Some(place), Some(record)) => {
                    charge.place = place;
                    record.hold(held.bound);
                }
                _ => return Err(format!("hold {id} is of a window that is not there")),
            }
        }
        self.holds.insert(id, held);
        Ok(())
    }

    /// Ends all holds as nobody's, the oldest first, and drops what is over.
    pub(in crate::budget) fn orphan(&mut self) {
        let mut holds: Vec<_> = self.holds.iter().map(|(id, h)| (h.since, *id)).collect();
        holds.sort_unstable();
        for (_, id) in holds {
            self.expire(id);
        }
        self.sweep();
    }
}

impl Record {
    /// One that was written down.
    pub(in crate::budget) fn written(
        serial: u64,
        window: crate::budget::Window,
        bounds: (SystemTime, Option<SystemTime>),
        spent: u128,
        models: impl IntoIterator<Item = (u64, u128)>,
    ) -> Self {
        let models = models.into_iter();
        Self {
            spent,
            models: models
                .map(|(attempts, spent)| Tally {
                    label: 0,
                    attempts,
                    spent,
                })
                .collect(),
            ..Self::new(serial, window, bounds)
        }
    }
}

impl Held {
    /// One that was written down: of accounts and the serials of their windows.
    pub(in crate::budget) fn written(
        bound: Usd,
        since: SystemTime,
        expires_at: SystemTime,
        charges: impl IntoIterator<Item = (Arc<AccountId>, u64)>,
    ) -> Self {
        let charges = charges.into_iter();
        Self {
            bound,
            label: 0,
            charges: charges
                .map(|(account, serial)| super::Charge {
                    account,
                    place: u32::MAX,
                    serial,
                })
                .collect(),
            rates: smallvec::SmallVec::new(),
            since,
            expires_at,
        }
    }
}
