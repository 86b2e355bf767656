use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use foldhash::fast::RandomState;

/// What can be forgotten when nobody uses it.
pub(super) trait Idle {
    /// Whether nothing would be lost that matters.
    fn is_idle(&self) -> bool;
}

/// A bounded number of things by key. Where it is full, what is idle and was not looked at lately makes room; where
/// nothing is, what is new is not kept.
#[derive(Debug)]
pub(super) struct Shelf<K, V> {
    kept: RwLock<HashMap<K, Kept<V>, RandomState>>,
    most: usize,
}

#[derive(Debug)]
struct Kept<V> {
    value: Arc<V>,
    used: AtomicBool,
}

impl<K: Eq + Hash + Copy, V: Idle> Shelf<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            kept: RwLock::default(),
            most,
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<K, Kept<V>, RandomState>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.read().get(key).map(Kept::take)
    }

    pub(super) fn get_or(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        if let Some(value) = self.get(&key) {
            return value;
        }
        let value = Arc::new(make());
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.get(&key) {
            return kept.take();
        }
        if kept.len() >= self.most {
            Self::make_room(&mut kept, self.most);
        }
        if kept.len() < self.most {
            let new = Kept {
                value: Arc::clone(&value),
                used: AtomicBool::new(true),
            };
            kept.insert(key, new);
        }
        value
    }

    pub(super) fn all(&self) -> Vec<Arc<V>> {
        let kept = self.read();
        kept.values().map(|kept| Arc::clone(&kept.value)).collect()
    }

    /// Lets go what is idle and was not used since the last time; where nothing is, an eighth of what is idle.
    fn make_room(kept: &mut HashMap<K, Kept<V>, RandomState>, most: usize) {
        let idle = |kept: &Kept<V>| Arc::strong_count(&kept.value) == 1 && kept.value.is_idle();
        kept.retain(|_, kept| *kept.used.get_mut() || !idle(kept));
        let mut spare = match kept.len() >= most {
            true => (most / 8).max(1),
            false => 0,
        };
        kept.retain(|_, kept| {
            *kept.used.get_mut() = false;
            let goes = spare > 0 && idle(kept);
            spare -= usize::from(goes);
            !goes
        });
    }
}

impl<V> Kept<V> {
    fn take(&self) -> Arc<V> {
        // Written only where it changes something, so that readers do not take the line from each other.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
        Arc::clone(&self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(bool);

    impl Idle for Thing {
        fn is_idle(&self) -> bool {
            self.0
        }
    }

    #[test]
    fn it_stays_bounded_and_lets_go_of_what_is_idle_alone() {
        let shelf = Shelf::new(64);
        let busy = shelf.get_or(1_000, || Thing(false));
        drop(busy);
        let held = shelf.get_or(1_001, || Thing(true));
        for key in 0..500 {
            shelf.get_or(key, || Thing(true));
            assert!(shelf.get(&key).is_some(), "what is new finds room");
            assert!(shelf.all().len() <= 64);
        }
        assert!(shelf.get(&1_000).is_some(), "what is not idle stays");
        assert!(shelf.get(&1_001).is_some(), "what is held stays");
        drop(held);
    }

    #[test]
    fn where_nothing_is_idle_what_is_new_is_not_kept() {
        let shelf = Shelf::new(2);
        for key in 0..3 {
            assert!(!shelf.get_or(key, || Thing(false)).0);
        }
        assert_eq!(shelf.all().len(), 2);
        assert!(shelf.get(&2).is_none());
    }
}
