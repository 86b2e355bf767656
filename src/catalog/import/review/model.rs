use super::{
    super::{Doubt, Stale},
    Match, RegionRow, Row, RowState,
};

/// A model of the catalog, or one that it lacks, beside what the list says of it.
#[derive(Clone, Debug)]
pub struct ModelReview {
    pub(in super::super) name: Box<str>,
    pub(in super::super) provider: Box<str>,
    pub(in super::super) found: Option<Match>,
    pub(in super::super) rows: Vec<Row>,
    pub(in super::super) regions: Vec<RegionRow>,
    pub(in super::super) state: ModelState,
    pub(in super::super) stale: Option<Stale>,
    pub(in super::super) not_understood: usize,
}

impl ModelReview {
    /// The name in the catalog, or in the list for a model that the catalog lacks.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The provider, by its name in the catalog.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// As what the list has it.
    pub const fn found(&self) -> Option<&Match> {
        self.found.as_ref()
    }

    /// Its rates.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Its factors for regions.
    pub fn regions(&self) -> &[RegionRow] {
        &self.regions
    }

    /// What becomes of it.
    pub const fn state(&self) -> ModelState {
        self.state
    }

    /// How old its price is, where that is too old.
    pub const fn stale(&self) -> Option<&Stale> {
        self.stale.as_ref()
    }

    /// How many keys of the list's entry nobody here understood: its price may not be all that it costs.
    pub const fn not_understood(&self) -> usize {
        self.not_understood
    }

    fn states(&self) -> impl Iterator<Item = &RowState> {
        let rows = self.rows.iter().map(Row::state);
        rows.chain(self.regions.iter().map(RegionRow::state))
    }

    /// Puts every row under one doubt.
    pub(super) fn doubt_changes(&mut self, doubt: Doubt) {
        for row in &mut self.rows {
            if matches!(row.state, RowState::Changed | RowState::Added) {
                row.doubt(doubt);
            }
        }
        for row in &mut self.regions {
            if matches!(row.state, RowState::Changed | RowState::Added) {
                row.state = RowState::Quarantined(vec![doubt]);
            }
        }
    }

    /// Rates of a model go together: while one is in doubt, the others wait.
    pub(super) fn settle(&mut self) {
        let any = |state: fn(&RowState) -> bool| self.states().any(state);
        let changes = any(|state| matches!(state, RowState::Changed | RowState::Added));
        let doubts = any(|state| matches!(state, RowState::Quarantined(_)));
        let holds = any(RowState::holds_others);
        if holds {
            let rows = self.rows.iter_mut().map(|row| &mut row.state);
            let regions = self.regions.iter_mut().map(|row| &mut row.state);
            for state in rows.chain(regions) {
                if matches!(state, RowState::Changed | RowState::Added) {
                    *state = RowState::Held;
                }
            }
        }
        self.state = match self.state {
            _ if holds => ModelState::Quarantined,
            ModelState::New => ModelState::New,
            _ if changes => ModelState::Changed,
            _ if doubts => ModelState::Quarantined,
            state => state,
        };
    }
}

/// What becomes of the price of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelState {
    /// The list says the same, or has less.
    Unchanged,
    /// The list says something else, and is believed.
    Changed,
    /// The list is not believed: the whole price stays as it is.
    Quarantined,
    /// The list has no such model.
    Missing,
    /// Free, or never called: there is nothing to compare.
    Skipped,
    /// The list has it, the catalog has not.
    New,
}

impl ModelState {
    /// A short word for tables and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::Quarantined => "quarantined",
            Self::Missing => "missing",
            Self::Skipped => "skipped",
            Self::New => "new",
        }
    }
}
