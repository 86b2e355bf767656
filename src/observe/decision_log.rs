use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{DecisionId, Event, Observer, Record};

/// Keeps the latest decisions and what became of them, in memory, to be looked up by their ids.
///
/// An [`Observer`]; clones share what is kept. The oldest goes when there is a new one, whosever it is, and
/// every answer from a cache is one. It holds no prompt and no answer.
///
/// ```
/// use tower_genai::observe::DecisionLog;
///
/// let log = DecisionLog::new(1_000);
/// # fn stack() -> tower_genai::stack::Stack<()> { tower_genai::stack::Stack::client(()) }
/// let stack = stack().observer(log.clone());
/// # drop(stack);
/// ```
#[derive(Clone)]
pub struct DecisionLog(Arc<Mutex<Kept>>);

struct Kept {
    most: usize,
    records: HashMap<DecisionId, Record>,
    order: VecDeque<DecisionId>,
}

impl DecisionLog {
    /// Keeps at most so many decisions.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Kept {
            most: most.max(1),
            records: HashMap::new(),
            order: VecDeque::new(),
        })))
    }

    /// What is known of a decision; `None` where it is none, or is not kept any more.
    pub fn get(&self, id: DecisionId) -> Option<Record> {
        self.kept().records.get(&id).cloned()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.kept().records.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, id: DecisionId, record: Record) {
        while self.order.len() >= self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.records.remove(&oldest);
        }
        self.order.push_back(id);
        self.records.insert(id, record);
    }
}

impl Observer for DecisionLog {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Decided(decision) => {
                let record = Record::new(Arc::clone(decision));
                self.kept().put(decision.id, record);
            }
            Event::Finished(outcome) => {
                if let Some(decision) = outcome.decision()
                    && let Some(record) = self.kept().records.get_mut(&decision.id)
                {
                    record.finished((*outcome).clone());
                }
            }
            Event::FellBack(fell) => {
                if let Some(decision) = fell.decision
                    && let Some(record) = self.kept().records.get_mut(&decision.id)
                {
                    record.failed(fell);
                }
            }
            // Its decision says it.
            Event::Deprecated(_) => {}
            Event::Cached(cached) => {
                let record = Record::of_cached((*cached).clone());
                self.kept().put(cached.id, record);
            }
            // The same answer by the same name, which says already how it was made.
            Event::Replayed(_) => {}
            Event::ModelChanged(_) | Event::Scored(_) | Event::Drifted(_) | Event::Recovered(_) => {
            }
            // It is no call of anybody's.
            Event::Shadowed(_) => {}
        }
    }
}

impl fmt::Debug for DecisionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("DecisionLog")
            .field("kept", &kept.records.len())
            .field("most", &kept.most)
            .finish()
    }
}
