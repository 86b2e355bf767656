use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;

use crate::budget::{Scope, Window};

/// Which kinds of window count the spending of a budget's accounts: all that it was limited by so far.
///
/// A limit must count what is spent under any budget of its name, also under one that limits another kind of window.
#[derive(Debug, Default)]
pub(in crate::budget) struct Kinds(HashMap<Arc<str>, u8, RandomState>);

impl Kinds {
    /// Counts from now on by the windows of this scope's limits too; says whether that is new.
    pub(super) fn add(&mut self, scope: &Scope) -> bool {
        let new = scope
            .limits()
            .iter()
            .fold(0, |kinds, limit| kinds | bit(limit.window()));
        match self.0.get_mut(scope.name()) {
            Some(kinds) => {
                let before = *kinds;
                *kinds |= new;
                *kinds != before
            }
            None => {
                let name = Arc::clone(scope.account().shared_name());
                self.0.insert(name, new);
                true
            }
        }
    }

    pub(super) fn of(&self, scope: &Scope) -> impl Iterator<Item = Window> + use<> {
        let kinds = self.0.get(scope.name()).copied().unwrap_or(0);
        let counts = move |window: &Window| kinds & bit(*window) != 0;
        Window::ALL.into_iter().filter(counts)
    }

    #[cfg(feature = "redb")]
    /// The kinds of one name, one bit each.
    pub(in crate::budget) fn bits(&self, name: &str) -> u8 {
        self.0.get(name).copied().unwrap_or(0)
    }

    #[cfg(feature = "redb")]
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.keys()
    }

    #[cfg(feature = "redb")]
    pub(in crate::budget) fn restore(&mut self, name: Arc<str>, bits: u8) {
        self.0.insert(name, bits);
    }
}

pub(super) const fn bit(window: Window) -> u8 {
    1 << window as u8
}
