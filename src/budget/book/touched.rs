use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::budget::HoldId;

/// What has changed in a book since it was last written down, by name. What a name no longer stands for is gone.
#[derive(Debug, Default)]
pub(in crate::budget) struct Touched {
    pub(in crate::budget) holds: HashSet<HoldId>,
    pub(in crate::budget) doubts: HashSet<HoldId>,
    /// Windows by their serials, and the places of their accounts.
    pub(in crate::budget) windows: HashMap<u64, u32>,
    pub(in crate::budget) names: HashSet<Arc<str>>,
    pub(in crate::budget) refunds: HashSet<Arc<str>>,
}

impl Touched {
    pub(super) fn hold(&mut self, id: HoldId) {
        self.holds.insert(id);
    }

    pub(super) fn doubt(&mut self, id: HoldId) {
        self.doubts.insert(id);
    }

    pub(super) fn window(&mut self, serial: u64, place: u32) {
        self.windows.insert(serial, place);
    }

    pub(super) fn name(&mut self, name: Arc<str>) {
        self.names.insert(name);
    }

    pub(super) fn refund(&mut self, id: Arc<str>) {
        self.refunds.insert(id);
    }
}
