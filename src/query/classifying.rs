use std::{
    cell::Cell,
    fmt, ptr,
    sync::{Arc, LazyLock, OnceLock},
};

use super::{Classification, Query, Task};

/// Classifies a query.
pub(crate) type ClassifyFn = dyn Fn(&Query) -> Classification + Send + Sync;

/// A classification that is made when somebody first wants to know: an answer from a cache needs none.
#[derive(Clone, Default)]
pub(super) struct Classifying {
    by: Option<Arc<ClassifyFn>>,
    made: OnceLock<Classification>,
}

static UNCLASSIFIED: LazyLock<Classification> =
    LazyLock::new(|| Classification::new(Task::GENERAL).with_confidence(0.0));

thread_local! {
    /// The query that is being classified here: to its classifier it has no classification yet.
    static UNDER_WAY: Cell<*const Query> = const { Cell::new(ptr::null()) };
}

impl Classifying {
    pub(super) fn by(classify: Arc<ClassifyFn>) -> Self {
        Self {
            by: Some(classify),
            made: OnceLock::new(),
        }
    }

    pub(super) fn made(classification: Classification) -> Self {
        Self {
            by: None,
            made: OnceLock::from(classification),
        }
    }

    /// The classification of the query that this belongs to.
    pub(super) fn of(&self, query: &Query) -> &Classification {
        if let Some(made) = self.made.get() {
            return made;
        }
        match &self.by {
            Some(classify) if !ptr::eq(UNDER_WAY.get(), query) => self.made.get_or_init(|| {
                let _before = UnderWay(UNDER_WAY.replace(query));
                classify(query)
            }),
            _ => &UNCLASSIFIED,
        }
    }
}

/// Puts back what was under way before, also when a classifier panics.
struct UnderWay(*const Query);

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.set(self.0);
    }
}

impl fmt::Debug for Classifying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.made.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_classifier_is_asked_once_and_only_when_somebody_wants_to_know() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let query = Query::default().classified_by(Arc::new(|query: &Query| {
            ASKED.fetch_add(1, Ordering::SeqCst);
            assert_eq!(query.classification().confidence(), 0.0, "not yet");
            Classification::new(Task::CODING)
        }));
        assert_eq!(ASKED.load(Ordering::SeqCst), 0);
        for _ in 0..2 {
            assert_eq!(*query.classification().task(), Task::CODING);
        }
        assert_eq!(ASKED.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_classifier_that_panics_is_asked_again() {
        let broken = Query::default().classified_by(Arc::new(|_: &Query| panic!("on purpose")));
        for _ in 0..2 {
            let asked = std::panic::AssertUnwindSafe(|| broken.classification().clone());
            assert!(std::panic::catch_unwind(asked).is_err());
        }
    }
}
