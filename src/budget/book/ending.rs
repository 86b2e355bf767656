use super::{Book, Doubt, Held, Told};
use crate::{
    budget::{End, HoldId, Measure, Settlement},
    money::Usd,
};

impl Book {
    /// Ends a hold, once.
    pub(in crate::budget) fn settle(&mut self, id: HoldId, settlement: Settlement) {
        // Taken out: the second end of a hold finds none.
        let Some(held) = self.holds.remove(&id) else {
            self.settle_late(id, settlement);
            return;
        };
        self.touch(|touched| touched.hold(id));
        let spent = cost(settlement.end(), held.bound);
        // Before its windows are given up, and perhaps the account with them.
        self.give_back(&held, settlement.used());
        self.post(&held, spent);
        match settlement.end() {
            End::AtBound | End::Cut(_) => self.doubt(id, held, spent, false),
            end => self.check_bound(id, &held, end),
        }
    }

    /// Replaces a hold by what was spent, in the windows that it was taken from.
    fn post(&mut self, held: &Held, spent: Usd) {
        for charge in &held.charges {
            let Some(account) = self.accounts.at_mut(charge.place) else {
                continue;
            };
            let Some(record) = account.record(charge.serial) else {
                continue;
            };
            record.free(held.bound);
            record.spend(held.label, spent);
            if spent > Usd::ZERO
                && let Some((scope, alert)) = account.alert(charge.serial)
            {
                self.told.push(Told::Alert(scope, alert));
            }
            self.touch_window(charge);
            self.tidy(charge.place);
        }
    }

    /// Of the tokens that a hold has taken of rate limits, those that were not used.
    fn give_back(&mut self, held: &Held, used: Option<u64>) {
        let Some(used) = used else {
            return;
        };
        for taken in &held.rates {
            let account = self.accounts.at_mut(taken.place);
            let Some(account) = account.filter(|account| account.born == taken.born) else {
                continue;
            };
            let until = &mut account.until[Measure::Tokens as usize];
            let (before, after) = (taken.limit.takes(taken.count), taken.limit.takes(used));
            // What time has brought back meanwhile is not given back once more.
            let back = before.saturating_sub(after);
            let back = back.min(taken.back_at.saturating_sub(self.micros));
            let more = after.saturating_sub(before);
            *until = until.saturating_add(more).saturating_sub(back);
            self.tidy(taken.place);
        }
    }

    fn check_bound(&mut self, hold: HoldId, held: &Held, end: End) {
        let spent = cost(end, held.bound);
        if spent <= held.bound || matches!(end, End::Counted(_)) {
            return;
        }
        self.counts.bound_exceeded += 1;
        self.told.push(Told::Exceeded {
            hold,
            account: held.outermost(),
            label: self.labels.of(held.label),
            bound: held.bound,
            spent,
        });
    }

    fn doubt(&mut self, id: HoldId, held: Held, charged: Usd, expired: bool) {
        self.counts.doubtful += 1;
        let doubt = Doubt {
            held,
            charged,
            refunded: Usd::ZERO,
            at: self.now,
            expired,
            nth: self.counts.doubtful,
        };
        let gone = self.doubts.add(id, doubt);
        self.touch(|touched| {
            touched.doubt(id);
            gone.into_iter().for_each(|gone| touched.doubt(gone));
        });
    }

    /// A hold that nobody has ended in its time: its money may be gone, and counts so.
    pub(super) fn expire(&mut self, id: HoldId) {
        let Some(held) = self.holds.remove(&id) else {
            return;
        };
        self.touch(|touched| touched.hold(id));
        // Where nothing was held, its end may tell yet what it has cost: the window stays for that.
        for charge in &held.charges {
            let account = self.accounts.at_mut(charge.place);
            if let Some(record) = account.and_then(|account| account.record(charge.serial)) {
                record.used = true;
            }
        }
        self.post(&held, held.bound);
        self.told.push(Told::Expired {
            hold: id,
            label: self.labels.of(held.label),
            bound: held.bound,
        });
        let bound = held.bound;
        self.doubt(id, held, bound, true);
    }

    /// The end of a hold that has expired corrects what was charged then, once.
    fn settle_late(&mut self, id: HoldId, settlement: Settlement) {
        let end = settlement.end();
        let stays = matches!(end, End::AtBound | End::Cut(_));
        let mut kept = Usd::ZERO;
        let doubt = if stays {
            let listed = self.doubts.get_mut(id).filter(|doubt| doubt.expired);
            listed.map(|doubt| {
                let before = doubt.clone();
                doubt.expired = false;
                doubt.charged = cost(end, doubt.held.bound);
                // An end that knows no more than before undoes no refund.
                doubt.refunded = doubt.refunded.min(doubt.charged);
                kept = doubt.refunded;
                before
            })
        } else {
            self.doubts.take_expired(id)
        };
        let Some(doubt) = doubt else {
            return;
        };
        self.touch(|touched| touched.doubt(id));
        self.give_back(&doubt.held, settlement.used());
        let spent = cost(end, doubt.held.bound);
        // What was refunded meanwhile is part of the correction, not beside it.
        let before = doubt.charged.saturating_sub(doubt.refunded);
        for charge in &doubt.held.charges {
            let account = self.accounts.at_mut(charge.place);
            if let Some(record) = account.and_then(|account| account.record(charge.serial)) {
                record.correct(doubt.held.label, before, spent.saturating_sub(kept));
            }
            self.touch_window(charge);
            self.tidy(charge.place);
        }
        self.check_bound(id, &doubt.held, end);
    }
}

/// What an end costs whose hold had this bound.
fn cost(end: End, bound: Usd) -> Usd {
    match end {
        End::Released => Usd::ZERO,
        End::Metered(amount) | End::Counted(amount) => amount,
        End::AtBound => bound,
        End::Cut(seen) => seen.min(bound),
    }
}
