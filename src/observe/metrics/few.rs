use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
};

use foldhash::fast::RandomState;

/// The first so many names; others are one.
#[derive(Debug, Default)]
pub(super) struct Few(RwLock<HashSet<Box<str>, RandomState>>);

const MOST: usize = 100;

impl Few {
    /// The name, or `other` where there are too many already.
    pub(super) fn name(&self, name: &str) -> String {
        let known = |names: &HashSet<Box<str>, RandomState>| names.contains(name);
        if known(&self.0.read().unwrap_or_else(PoisonError::into_inner)) {
            return name.to_owned();
        }
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= MOST && !known(&names) {
            return "other".to_owned();
        }
        names.insert(name.into());
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_end_are_one_in_the_end() {
        let few = Few::default();
        for at in 0..1_000 {
            let name = format!("task {at}");
            let told = few.name(&name);
            assert_eq!(told, if at < MOST { &name } else { "other" });
        }
        assert_eq!(few.name("task 7"), "task 7");
    }
}
