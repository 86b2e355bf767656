use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::Record;
use crate::budget::{AccountId, HoldId, Window};

/// What has changed in a book since it was last written down, by name. What a name no longer stands for is gone.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "redb"), allow(dead_code))] // Only files are written.
pub(in crate::budget) struct Touched {
    /// All of it, whatever the names say: nothing is noted one by one.
    pub(super) whole: bool,
    pub(super) holds: HashSet<HoldId>,
    pub(super) doubts: HashSet<HoldId>,
    /// Windows by their serials, and the places of their accounts.
    pub(super) windows: HashMap<u64, u32>,
    pub(super) names: HashSet<Arc<str>>,
    pub(super) refunds: HashSet<Arc<str>>,
    /// Windows that are over, for the statement.
    pub(super) closed: Vec<(Arc<AccountId>, Record)>,
}

impl Touched {
    pub(super) fn hold(&mut self, id: HoldId) {
        if !self.whole {
            self.holds.insert(id);
        }
    }

    pub(super) fn doubt(&mut self, id: HoldId) {
        if !self.whole {
            self.doubts.insert(id);
        }
    }

    pub(super) fn window(&mut self, serial: u64, place: u32) {
        if !self.whole {
            self.windows.insert(serial, place);
        }
    }

    /// A window is dropped. Statements are of days and longer.
    pub(super) fn gone(&mut self, account: &Arc<AccountId>, record: &Record) {
        self.window(record.serial, u32::MAX);
        if record.used && record.window >= Window::Day {
            self.closed.push((Arc::clone(account), record.clone()));
        }
    }

    pub(super) fn name(&mut self, name: Arc<str>) {
        if !self.whole {
            self.names.insert(name);
        }
    }

    pub(super) fn refund(&mut self, id: Arc<str>) {
        if !self.whole {
            self.refunds.insert(id);
        }
    }

    #[cfg(feature = "redb")]
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            whole,
            holds,
            doubts,
            windows,
            names,
            refunds,
            closed,
        } = self;
        !whole
            && holds.is_empty()
            && doubts.is_empty()
            && windows.is_empty()
            && names.is_empty()
            && refunds.is_empty()
            && closed.is_empty()
    }
}
