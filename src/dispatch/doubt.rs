use super::{bill::Invoice, meter::Meter};
use crate::money::Usd;

/// What is told of a bill that is not what it should be.
impl Meter {
    /// Says where the provider and the catalog do not agree on what the call costs.
    pub(super) fn compare(&self, invoice: Invoice) {
        let Some((reported, computed)) = invoice.disagreement() else {
            return;
        };
        let model = self.outcome.candidate().model();
        tracing::warn!(
            model = model.name(),
            provider = model.provider().name(),
            reported_usd = %reported,
            computed_usd = %computed,
            believed = invoice.reported.is_some(),
            "the provider says that a call costs something else than its price comes to"
        );
    }

    /// Sees to it that a cost above the bound happens once.
    pub(super) fn exceeds(&self, cost: Usd) {
        let Some((bound, doubted)) = self.bill.exceeded(cost) else {
            return;
        };
        let what = if doubted {
            "a call cost more than its price allows, which is in quarantine for hard budgets from now on"
        } else {
            "a call cost more than its images seemed to allow"
        };
        let model = self.outcome.candidate().model();
        tracing::error!(
            model = model.name(),
            provider = model.provider().name(),
            bound_usd = %bound,
            cost_usd = %cost,
            price_source = model.price().source(),
            price_checked = model.price().checked().map(tracing::field::display),
            "{what}"
        );
    }
}
