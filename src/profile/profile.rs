use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::SystemTime,
};

use foldhash::fast::RandomState;
use quick_cache::sync::Cache;

use super::{
    Feedback, FeedbackError, Vector,
    learner::{Advice, Arm, Ask, Label},
    pending::{Asked, Foreseen, Pending},
    track::Track,
};
use crate::{
    catalog::Candidate,
    context::Tenant,
    observe::{Decision, DecisionId, Ending, Event, Observer, Reason},
    query::{Query, Task},
};

/// So many decisions may still be scored unless said otherwise.
const PENDING: usize = 100_000;
/// So many streams of calls are known apart.
const TRACKS: usize = 4_096;
/// So many names of candidates, and of tasks, are known; others are not learned of.
const NAMES: usize = 65_536;

/// What calls have taught. Consulted by Select, taught by feedback; clones are the same state.
///
/// See the [module docs](crate::profile).
#[derive(Clone)]
pub struct Profile(Arc<Shared>);

struct Shared {
    sharing: Sharing,
    seed: Option<u64>,
    candidates: RwLock<Names>,
    tasks: RwLock<Names>,
    tracks: Cache<(Option<Tenant>, Box<str>), Arc<Track>>,
    pending: Mutex<Pending>,
}

/// Whose calls teach whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sharing {
    /// Each tenant's calls teach for that tenant alone.
    #[default]
    PerTenant,
    /// All calls teach for all. Only where tenants trust each other: scores of one move the calls of another.
    Shared,
}

/// A call on which a [`Profile`] is consulted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Consultation<'a> {
    /// By which the call can be scored later.
    pub id: DecisionId,
    /// On whose behalf it is made.
    pub tenant: Option<&'a Tenant>,
    /// The alias by which it is routed.
    pub alias: &'a str,
    /// What is asked.
    pub query: &'a Query,
    /// The share of the best candidate's quality that is to be kept on average, 0..=1.
    pub quality: f64,
    /// Whether chance may play a part.
    pub explore: bool,
    /// Whether the call is to be remembered, to be scored later.
    pub note: bool,
    /// Whether the catalog's scores differ by task.
    pub prior_by_task: bool,
}

impl<'a> Consultation<'a> {
    /// On a query, by an alias's name, with all of the best quality wished for and without chance.
    pub const fn new(id: DecisionId, alias: &'a str, query: &'a Query) -> Self {
        Self {
            id,
            tenant: None,
            alias,
            query,
            quality: 1.0,
            explore: false,
            note: true,
            prior_by_task: true,
        }
    }
}

/// What a [`Profile`] advises.
pub type Advised = Advice;

impl Profile {
    /// One that knows nothing yet, and learns for each tenant apart.
    pub fn new() -> Self {
        Self::with(Sharing::default(), None, PENDING)
    }

    fn with(sharing: Sharing, seed: Option<u64>, pending: usize) -> Self {
        Self(Arc::new(Shared {
            sharing,
            seed,
            candidates: RwLock::default(),
            tasks: RwLock::default(),
            tracks: Cache::new(TRACKS),
            pending: Mutex::new(Pending::new(pending)),
        }))
    }

    /// Whose calls teach whom. Begins anew: what was learned is forgotten.
    #[must_use]
    pub fn sharing(self, sharing: Sharing) -> Self {
        Self::with(sharing, self.0.seed, self.pending().most())
    }

    /// Draws the same sequence again for the same seed. Begins anew.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self::with(self.0.sharing, Some(seed), self.pending().most())
    }

    /// How many decisions may still be scored; the oldest goes first. Begins anew. Default: 100 000.
    #[must_use]
    pub fn most_pending(self, most: usize) -> Self {
        Self::with(self.0.sharing, self.0.seed, most)
    }

    /// What is advised for a call, of candidates with what each is predicted by the catalog to score and to cost.
    pub fn consult(
        &self,
        call: &Consultation<'_>,
        candidates: &[(&Candidate, Option<f64>, f64)],
    ) -> Advised {
        let classification = call.query.classification();
        let task = self.task(classification.task());
        let arms: Vec<Arm> = candidates
            .iter()
            .map(|(candidate, prior, cost)| Arm {
                key: self.key(candidate),
                prior: *prior,
                cost: *cost,
            })
            .collect();
        let vector = Vector::of(call.query.prompt());
        let track = self.track(call.tenant, call.alias);
        let ask = Ask {
            vector: &vector,
            task,
            confidence: f64::from(classification.confidence()),
            prior_by_task: call.prior_by_task,
            arms: &arms,
            quality: call.quality,
            explore: call.explore,
        };
        let advice = track.advise(&ask);
        let foreseen = |(at, arm): (usize, &Arm)| Foreseen {
            key: arm.key,
            prior: arm.prior.map(|prior| prior as f32),
            predicted: advice.estimates.get(at).map_or(0.5, |one| one.mean) as f32,
            cost: arm.cost as f32,
            probability: advice.probabilities.get(at).copied().unwrap_or_default() as f32,
        };
        let arms = arms.iter().enumerate().map(foreseen).collect();
        let asked = Asked {
            tenant: call.tenant.cloned(),
            track,
            vector,
            task,
            arms,
            chosen: advice.order.first().copied().unwrap_or_default(),
            free: true,
            answered: None,
            scored: 0,
        };
        if call.note {
            self.pending().put(call.id, asked);
        }
        advice
    }

    /// Somebody has answered a call that was decided. An [`Observer`] is told so by itself; this is for decisions that are
    /// carried out without a stack.
    pub fn answered(&self, decision: DecisionId, candidate: &Candidate) {
        let key = self.key(candidate);
        if let Some(asked) = self.pending().get_mut(decision) {
            asked.answered = Some(key);
        }
    }

    /// Takes a score for the answer to a decided call.
    ///
    /// # Errors
    /// Where the decision is not known (any more), or another tenant's, where nobody has answered it, where this source
    /// has scored it before, or the score is none.
    pub fn feedback(
        &self,
        tenant: Option<&Tenant>,
        feedback: &Feedback,
    ) -> Result<(), FeedbackError> {
        if !(0.0..=1.0).contains(&feedback.score) {
            return Err(FeedbackError::Score);
        }
        let (track, label) = {
            let mut pending = self.pending();
            let asked = pending.get_mut(feedback.decision);
            let asked = asked.filter(|asked| asked.tenant.as_ref() == tenant);
            let asked = asked.ok_or(FeedbackError::Unknown)?;
            let key = asked.answered.ok_or(FeedbackError::Unanswered)?;
            if !asked.score_by(feedback.source) {
                return Err(FeedbackError::Twice);
            }
            let arm = asked.arms.iter().find(|arm| arm.key == key);
            let label = Label {
                vector: asked.vector.clone(),
                task: asked.task,
                arm: key,
                prior: arm.and_then(|arm| arm.prior).map(f64::from),
                predicted: arm.map_or(0.5, |arm| f64::from(arm.predicted)),
                score: feedback.score,
                weight: feedback.source.weight(),
                at: since_epoch(),
            };
            (Arc::clone(&asked.track), label)
        };
        track.learn(label);
        Ok(())
    }

    /// Who was chosen in the end: a conversation stays where it is, whatever was advised.
    fn decided(&self, decision: &Decision) {
        let Some(first) = decision.routed().next() else {
            return;
        };
        let key = self.key(&first.candidate);
        if let Some(asked) = self.pending().get_mut(decision.id) {
            asked.free = matches!(decision.reason, Reason::Policy(_));
            let place = asked.arms.iter().position(|arm| arm.key == key);
            asked.chosen = place.unwrap_or(asked.chosen);
            // Another policy may have chosen than the one that was advised.
            if let Some(arm) = asked.arms.get_mut(asked.chosen) {
                arm.probability = decision.probability as f32;
            }
        }
    }

    fn track(&self, tenant: Option<&Tenant>, alias: &str) -> Arc<Track> {
        let tenant = match self.0.sharing {
            Sharing::PerTenant => tenant.cloned(),
            Sharing::Shared => None,
        };
        let key = (tenant, alias.into());
        let make = || {
            let random = match self.0.seed {
                Some(seed) => fastrand::Rng::with_seed(seed),
                None => fastrand::Rng::new(),
            };
            Ok::<_, std::convert::Infallible>(Arc::new(Track::new(random)))
        };
        match self.0.tracks.get_or_insert_with(&key, make) {
            Ok(track) => track,
            Err(never) => match never {},
        }
    }

    fn key(&self, candidate: &Candidate) -> u32 {
        let effort = candidate.effort().map_or("", |effort| effort.level());
        number(&self.0.candidates, &(candidate.model().name(), effort))
    }

    fn task(&self, task: &Task) -> u32 {
        number(&self.0.tasks, &(task.as_str(), ""))
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds by the clock on the wall, since labels outlive processes.
fn since_epoch() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

/// Numbers for names, in the order in which they came.
#[derive(Default)]
struct Names(
    HashMap<Box<str>, HashMap<Box<str>, u32, RandomState>, RandomState>,
    u32,
);

fn number(names: &RwLock<Names>, (first, second): &(&str, &str)) -> u32 {
    let find = |names: &Names| names.0.get(*first)?.get(*second).copied();
    if let Some(found) = find(&names.read().unwrap_or_else(PoisonError::into_inner)) {
        return found;
    }
    let mut names = names.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = find(&names) {
        return found;
    }
    let new = names.1;
    if new as usize >= NAMES {
        return u32::MAX;
    }
    names.1 += 1;
    let seconds = names.0.entry((*first).into()).or_default();
    seconds.insert((*second).into(), new);
    new
}

impl Observer for Profile {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Decided(decision) => self.decided(decision),
            Event::Finished(outcome) => {
                let whole = outcome.get().map(|finished| finished.ending);
                if whole == Some(Ending::Complete)
                    && let Some(decision) = outcome.decision()
                {
                    self.answered(decision.id, outcome.candidate());
                }
            }
            _ => {}
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("sharing", &self.0.sharing)
            .field("tracks", &self.0.tracks.len())
            .field("pending", &*self.pending())
            .finish_non_exhaustive()
    }
}
