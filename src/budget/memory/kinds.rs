use std::{collections::HashMap, sync::Arc};

use crate::budget::{Scope, Window};

/// Which kinds of window count the spending of a budget's accounts: all that it was limited by so far.
///
/// A limit must count what is spent under any budget of its name, also under one that limits another kind of window.
#[derive(Debug, Default)]
pub(super) struct Kinds(HashMap<Arc<str>, u8>);

impl Kinds {
    /// Counts from now on by the windows of this scope's limits too.
    pub(super) fn add(&mut self, scope: &Scope) {
        let new = scope
            .limits()
            .iter()
            .fold(0, |kinds, limit| kinds | bit(limit.window()));
        match self.0.get_mut(scope.name()) {
            Some(kinds) => *kinds |= new,
            None => {
                let name = Arc::clone(scope.account().shared_name());
                self.0.insert(name, new);
            }
        }
    }

    pub(super) fn of(&self, scope: &Scope) -> impl Iterator<Item = Window> + use<> {
        let kinds = self.0.get(scope.name()).copied().unwrap_or(0);
        let counts = move |window: &Window| kinds & bit(*window) != 0;
        Window::ALL.into_iter().filter(counts)
    }
}

const fn bit(window: Window) -> u8 {
    1 << window as u8
}
