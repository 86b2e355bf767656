use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    flight::{Flight, Terms},
    reader::Reader,
};
use crate::cache::{Entry, Key};

/// The flights of a service that others may join, by what they ask.
///
/// Its lock is taken before that of a flight.
#[derive(Default)]
pub(in crate::cache) struct Flights(Mutex<HashMap<Key, Arc<Flight>>>);

/// How a call takes part.
pub(in crate::cache) enum Part {
    /// It has to call the inner service, for all that join.
    Lead(Reader),
    /// Another does, or did.
    Follow(Reader),
    /// What is asked has been answered meanwhile.
    Answered(Arc<Entry>),
}

impl Flights {
    /// Joins the flight for a key, or begins one. `look` looks once more for an entry: a flight may have ended since.
    /// Who does not `join` leads, whoever else is under way.
    pub(in crate::cache) fn board(
        self: &Arc<Self>,
        terms: &Terms,
        join: bool,
        look: impl FnOnce() -> Option<Arc<Entry>>,
    ) -> Part {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(&terms.key) {
            if join && let Some(reader) = Reader::follow(flight) {
                return Part::Follow(reader);
            }
            // Whoever comes goes on with the one that is there.
            return Part::Lead(Reader::lead(Flight::new(self, terms)));
        }
        if join && let Some(entry) = look() {
            return Part::Answered(entry);
        }
        let flight = Flight::new(self, terms);
        flights.insert(terms.key, Arc::clone(&flight));
        Part::Lead(Reader::lead(flight))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Flight>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights")
            .field("under_way", &self.lock().len())
            .finish()
    }
}
