use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tower_genai::observe::{Decision, DecisionId, Dropped, Ending, Event, FailureClass, Outcome};

use super::driver::Driver;

/// What the gateway's observer is told, by call. It moves the driver, too.
pub(crate) struct Watch {
    pub(crate) driver: Driver,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    calls: HashMap<DecisionId, Noted>,
    /// The decisions made for each tenant, in their order.
    of: HashMap<String, Vec<DecisionId>>,
    /// What was told of calls that nobody had decided.
    astray: usize,
    /// Which providers were ill at the last decision, and how often one had become so, by name.
    ill: BTreeMap<String, (bool, usize)>,
}

/// What is known of one call.
#[derive(Clone)]
pub(crate) struct Noted {
    pub(crate) decision: Arc<Decision>,
    /// In which of the driver's spells it began.
    pub(crate) spell: usize,
    pub(crate) falls: Vec<Fall>,
    /// Its attempts that had an answer of some kind, in the order of their ends.
    pub(crate) outcomes: Vec<Outcome>,
}

/// An attempt that failed, and what followed.
#[derive(Clone, Debug)]
pub(crate) struct Fall {
    pub(crate) provider: String,
    pub(crate) class: FailureClass,
    pub(crate) sent: bool,
    pub(crate) again: bool,
}

impl Watch {
    pub(crate) fn new(driver: Driver) -> Self {
        Self {
            driver,
            notes: Mutex::default(),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn see(&self, event: &Event<'_>) {
        match event {
            Event::Decided(decision) => {
                let spell = self.driver.begins(decision.id);
                let tenant = decision.tenant.as_ref();
                let tenant = tenant.map_or_else(String::new, |tenant| tenant.as_str().to_owned());
                let mut notes = self.notes();
                for one in &decision.candidates {
                    let ill = matches!(one.dropped, Some(Dropped::Unhealthy(_)));
                    let ill = ill || one.ailing.is_some();
                    let name = one.candidate.model().provider().name().to_owned();
                    let known = notes.ill.entry(name).or_default();
                    known.1 += usize::from(ill && !known.0);
                    known.0 = ill;
                }
                notes.of.entry(tenant).or_default().push(decision.id);
                let noted = Noted {
                    decision: Arc::clone(decision),
                    spell,
                    falls: Vec::new(),
                    outcomes: Vec::new(),
                };
                notes.calls.insert(decision.id, noted);
            }
            Event::FellBack(fell) => {
                let fall = Fall {
                    provider: fell.failure.provider.to_string(),
                    class: fell.failure.class,
                    sent: fell.failure.sent,
                    again: fell.again,
                };
                let ends = !fell.again;
                let id = fell.decision.map(|decision| decision.id);
                self.note(id, |noted| noted.falls.push(fall), ends);
            }
            Event::Finished(outcome) => {
                let finished = outcome.get();
                let ends = finished.is_some_and(|finished| finished.ending == Ending::Complete);
                let id = outcome.decision().map(|decision| decision.id);
                self.note(id, |noted| noted.outcomes.push((*outcome).clone()), ends);
            }
            _ => {}
        }
    }

    fn note(&self, id: Option<DecisionId>, what: impl FnOnce(&mut Noted), ends: bool) {
        {
            let mut notes = self.notes();
            let noted = id.and_then(|id| notes.calls.get_mut(&id));
            match noted {
                Some(noted) => what(noted),
                None => notes.astray += 1,
            }
        }
        if let Some(id) = id.filter(|_| ends) {
            self.driver.ends(id);
        }
    }

    /// What was decided for a tenant, in its order.
    pub(crate) fn of(&self, tenant: &str) -> Vec<Noted> {
        let notes = self.notes();
        let ids = notes.of.get(tenant).map_or(&[][..], Vec::as_slice);
        ids.iter().map(|id| notes.calls[id].clone()).collect()
    }

    /// How often each provider has become ill, as those saw it who decided.
    pub(crate) fn became_ill(&self) -> Vec<(String, usize)> {
        let notes = self.notes();
        let ill = notes.ill.iter();
        ill.map(|(name, (_, times))| (name.clone(), *times))
            .collect()
    }

    /// How many calls were decided, and of how many others something was told.
    pub(crate) fn decided(&self) -> (usize, usize) {
        let notes = self.notes();
        (notes.calls.len(), notes.astray)
    }
}

impl Noted {
    /// How many attempts of it failed that a provider has seen.
    pub(crate) fn failed(&self) -> usize {
        self.falls.iter().filter(|fall| fall.sent).count()
    }

    /// Whether another went on with what one had begun.
    pub(crate) fn was_resumed(&self) -> bool {
        self.broke_amid() && self.is_answered()
    }

    /// Whether an answer broke off of which the caller had something.
    pub(crate) fn broke_amid(&self) -> bool {
        let mut outcomes = self.outcomes.iter();
        outcomes.any(|outcome| outcome.failure().is_some() && outcome.has_content())
    }

    fn is_answered(&self) -> bool {
        let complete = |outcome: &Outcome| {
            let ending = outcome.get().map(|finished| finished.ending);
            ending == Some(Ending::Complete) && outcome.failure().is_none()
        };
        self.outcomes.iter().any(complete)
    }

    pub(crate) fn failed_over(&self) -> bool {
        self.failed() > 0
    }

    /// The call's story in a line, for messages.
    pub(crate) fn story(&self, watch: &Watch) -> String {
        let spells = watch.driver.spells();
        let spell = &spells[self.spell];
        let routed: Vec<_> = self.decision.routed().collect();
        let routed = routed.iter().map(|one| one.candidate.model().name());
        let falls = self.falls.iter().map(|fall| {
            let sent = if fall.sent { "" } else { " unsent" };
            let end = if fall.again { "" } else { " and no more" };
            format!("{} {}{sent}{end}", fall.provider, fall.class)
        });
        let outcomes = self.outcomes.iter().map(|outcome| {
            let ending = outcome
                .get()
                .map_or("open", |finished| finished.ending.as_str());
            format!("{} {ending}", outcome.provider().name())
        });
        format!(
            "began in spell {} ({} of provider {}), route {:?}, falls {:?}, ends {:?}",
            self.spell,
            spell.kind.word(),
            spell.who,
            routed.collect::<Vec<_>>(),
            falls.collect::<Vec<_>>(),
            outcomes.collect::<Vec<_>>()
        )
    }
}
