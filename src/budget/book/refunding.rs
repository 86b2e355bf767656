use smallvec::SmallVec;

use super::{Book, record::shown};
use crate::{
    budget::{HoldId, Refund, RefundError, RefundTarget},
    money::Usd,
};

impl Book {
    /// Takes back what was not owed, once for each name of a refund.
    pub(in crate::budget) fn refund(&mut self, refund: &Refund) -> Result<Usd, RefundError> {
        if let Some(done) = self.refunds.done(refund.id()) {
            return Ok(done);
        }
        let done = match refund.target() {
            RefundTarget::Hold(id) => self.refund_hold(*id, refund.amount())?,
            RefundTarget::Account(id) => {
                let place = self.accounts.find(id).ok_or(RefundError::UnknownAccount)?;
                self.refund_account(place, refund.amount())
            }
        };
        let nth = self.refunds.next();
        let gone = self.refunds.remember(refund.id(), done, nth);
        self.touch(|touched| {
            touched.refund(refund.id().into());
            gone.into_iter().for_each(|gone| touched.refund(gone));
        });
        Ok(done)
    }

    /// Takes back up to `amount` in every running window; answers the most that any of them had to give.
    fn refund_account(&mut self, place: u32, amount: Usd) -> Usd {
        let mut most = Usd::ZERO;
        let mut serials = SmallVec::<[u64; 4]>::new();
        if let Some(account) = self.accounts.at_mut(place) {
            for record in account.records.iter_mut().filter(|r| r.runs(self.now)) {
                let taken = record.spent.min(u128::from(amount.nanos()));
                record.spent -= taken;
                most = most.max(shown(taken));
                serials.push(record.serial);
            }
        }
        self.touch(|touched| {
            serials
                .iter()
                .for_each(|serial| touched.window(*serial, place))
        });
        self.tidy(place);
        most
    }

    fn refund_hold(&mut self, id: HoldId, amount: Usd) -> Result<Usd, RefundError> {
        let doubt = self.doubts.get_mut(id).ok_or(RefundError::UnknownHold)?;
        let unpaid = doubt.charged.saturating_sub(doubt.refunded);
        let done = amount.min(unpaid);
        doubt.refunded = doubt.refunded.saturating_add(done);
        let charges = doubt.held.charges.clone();
        self.touch(|touched| touched.doubt(id));
        for charge in &charges {
            // A window that is past and closed has nothing to correct.
            let account = self.accounts.at_mut(charge.place);
            if let Some(record) = account.and_then(|account| account.record(charge.serial)) {
                record.spent = record.spent.saturating_sub(u128::from(done.nanos()));
            }
            self.touch_window(charge);
            self.tidy(charge.place);
        }
        Ok(done)
    }
}
