use super::super::{Doubt, Slot};
use crate::money::UnitPrice;

/// One rate of a model, here and in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub(in super::super) slot: Slot,
    pub(in super::super) old: Option<UnitPrice>,
    pub(in super::super) new: Option<UnitPrice>,
    pub(in super::super) state: RowState,
}

impl Row {
    /// What it is for and when it holds.
    pub const fn slot(&self) -> &Slot {
        &self.slot
    }

    /// The amount in the catalog.
    pub const fn old(&self) -> Option<UnitPrice> {
        self.old
    }

    /// The amount in the list.
    pub const fn new_amount(&self) -> Option<UnitPrice> {
        self.new
    }

    /// What becomes of it.
    pub const fn state(&self) -> &RowState {
        &self.state
    }

    /// The new amount as a multiple of the old one, for display.
    #[allow(clippy::cast_precision_loss)]
    pub fn ratio(&self) -> Option<f64> {
        let (old, new) = (self.old?.pico(), self.new?.pico());
        (old > 0).then(|| new as f64 / old as f64)
    }

    pub(super) fn doubt(&mut self, doubt: Doubt) {
        match &mut self.state {
            RowState::Quarantined(doubts) if doubts.contains(&doubt) => {}
            RowState::Quarantined(doubts) => doubts.push(doubt),
            state => *state = RowState::Quarantined(vec![doubt]),
        }
    }
}

/// What becomes of a rate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowState {
    /// The list says the same.
    Unchanged,
    /// The list says something else, and is believed.
    Changed,
    /// The list has it, the catalog had not.
    Added,
    /// The catalog has it, the list has not; it stays.
    Missing,
    /// The list is not believed; what the catalog has stays.
    Quarantined(Vec<Doubt>),
    /// It would be believed; but another rate of the model, or its region factors, are not.
    Held,
}

impl RowState {
    /// A short word for tables and files.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Missing => "missing",
            Self::Quarantined(_) => "quarantined",
            Self::Held => "held",
        }
    }

    /// Whether the other rates of the model wait for this one.
    pub(super) fn holds_others(&self) -> bool {
        // A broad rate that stays out changes nothing for the narrow ones.
        self.doubts()
            .iter()
            .any(|doubt| *doubt != Doubt::BelowDetail)
    }

    /// Why the list is not believed.
    pub fn doubts(&self) -> &[Doubt] {
        match self {
            Self::Quarantined(doubts) => doubts,
            _ => &[],
        }
    }
}

/// What tokens cost in a region, here and in the list, in thousandths of the price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionRow {
    pub(in super::super) region: Box<str>,
    pub(in super::super) old: Option<u32>,
    pub(in super::super) new: Option<u32>,
    pub(in super::super) state: RowState,
}

impl RegionRow {
    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The factor in the catalog.
    pub const fn old(&self) -> Option<u32> {
        self.old
    }

    /// The factor in the list.
    pub const fn new_factor(&self) -> Option<u32> {
        self.new
    }

    /// What becomes of it.
    pub const fn state(&self) -> &RowState {
        &self.state
    }
}
