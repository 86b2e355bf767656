use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use foldhash::fast::RandomState;

/// So many names are known; others are not learned of.
const MOST: usize = 65_536;
/// A longer name is none.
const LONGEST: usize = 256;

/// Numbers for pairs of names, in the order in which they came. They mean something in this process only.
#[derive(Default)]
pub(super) struct Names(RwLock<Inner>);

#[derive(Default)]
struct Inner {
    numbers: HashMap<Arc<str>, HashMap<Arc<str>, u32, RandomState>, RandomState>,
    names: Vec<(Arc<str>, Arc<str>)>,
}

impl Inner {
    fn find(&self, first: &str, second: &str) -> Option<u32> {
        self.numbers.get(first)?.get(second).copied()
    }
}

impl Names {
    /// What stands for a name that is not learned of.
    pub(super) const NONE: u32 = u32::MAX;

    /// The number of a pair.
    pub(super) fn number(&self, first: &str, second: &str) -> u32 {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.find(first, second) {
            return found;
        }
        drop(known);
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = names.find(first, second) {
            return found;
        }
        if names.names.len() >= MOST || first.len().max(second.len()) > LONGEST {
            return Self::NONE;
        }
        let Ok(new) = u32::try_from(names.names.len()) else {
            return Self::NONE;
        };
        let (first, second): (Arc<str>, Arc<str>) = (first.into(), second.into());
        names.names.push((Arc::clone(&first), Arc::clone(&second)));
        let seconds = names.numbers.entry(first).or_default();
        seconds.insert(second, new);
        new
    }

    /// The pair of a number.
    pub(super) fn name(&self, number: u32) -> Option<(Arc<str>, Arc<str>)> {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        names.names.get(usize::try_from(number).ok()?).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_and_the_number_its_name() {
        let names = Names::default();
        let first = names.number("glm-5", "");
        assert_eq!(names.number("glm-5", "high"), first + 1);
        assert_eq!(names.number("glm-5", ""), first);
        let (model, effort) = names.name(first + 1).unwrap();
        assert_eq!((&*model, &*effort), ("glm-5", "high"));
        assert_eq!(names.name(2), None);
    }

    #[test]
    fn names_are_bounded() {
        let names = Names::default();
        assert_eq!(names.number(&"x".repeat(LONGEST + 1), ""), Names::NONE);
        for at in 0..MOST {
            assert_ne!(names.number(&at.to_string(), ""), Names::NONE);
        }
        assert_eq!(names.number("one more", ""), Names::NONE);
        assert_eq!(names.number("7", ""), 7);
        assert_eq!(names.name(Names::NONE), None);
    }
}
