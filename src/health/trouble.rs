use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Counts who is in trouble, so that asking costs nothing while nobody is.
#[derive(Clone, Debug, Default)]
pub(super) struct Troubles(Arc<AtomicUsize>);

impl Troubles {
    pub(super) fn is_none(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    pub(super) fn of_one(&self) -> Trouble {
        Trouble {
            noted: false,
            all: Arc::clone(&self.0),
        }
    }
}

/// Whether one is in trouble.
#[derive(Debug)]
pub(super) struct Trouble {
    noted: bool,
    all: Arc<AtomicUsize>,
}

impl Trouble {
    pub(super) fn note(&mut self, trouble: bool) {
        if trouble == self.noted {
            return;
        }
        self.noted = trouble;
        if trouble {
            self.all.fetch_add(1, Ordering::Relaxed);
        } else {
            self.all.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Trouble {
    fn drop(&mut self) {
        self.note(false);
    }
}
