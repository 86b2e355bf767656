use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak},
    time::Duration,
};

use quick_cache::sync::Cache;

use super::{
    Vector,
    known::Known,
    learner::{Advice, Arm, Ask},
    limit::Pace,
    pending::{Asked, Foreseen, Pending},
    settings::Settings,
    stats::{self, Spread},
    store::{Keeper, StreamName},
    track::{ByBytes, Track, Weighed, by_bytes},
    watching::Guarded,
    weak::Again,
};
use crate::{
    catalog::Candidate,
    context::{Clock, Tenant},
    observe::{Decision, DecisionId, Event, Observer, Reason},
    query::{Query, Task},
};

/// So many streams of calls are known apart.
const TRACKS: usize = 4_096;
/// Their labels take so many bytes at most.
const BYTES: u64 = 512 << 20;

/// What calls have taught. Consulted by Select, taught by feedback; clones are the same state.
///
/// See the [module docs](crate::profile).
#[derive(Clone)]
pub struct Profile(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) known: Arc<Known>,
    pub(super) tracks: Cache<StreamName, Weighed, ByBytes>,
    /// Which streams there are, for people to read.
    pub(super) streams: RwLock<Vec<StreamName>>,
    pub(super) pace: Pace,
    pub(super) again: Mutex<Again>,
    pending: Mutex<Pending>,
    pub(super) keeper: OnceLock<Keeper>,
    /// Who is told of drifts.
    pub(super) observers: RwLock<Vec<Weak<dyn Observer>>>,
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
    /// The share of calls on which chance plays a part, 0..=1; 0 where it may play none on this one.
    pub explore: f64,
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
            explore: 0.0,
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
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        Self(Arc::new(Shared {
            known: Arc::new(Known::new(stats::Rows::new(settings.half_life))),
            tracks: by_bytes(TRACKS, BYTES),
            streams: RwLock::default(),
            pace: Pace::new(settings.labels_per_minute),
            again: Mutex::default(),
            pending: Mutex::new(Pending::new(settings.pending)),
            keeper: OnceLock::new(),
            observers: RwLock::default(),
            settings,
        }))
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.0.settings.clone();
        change(&mut settings);
        Self::with(settings)
    }

    /// Whose calls teach whom. Begins anew: what was learned is forgotten.
    #[must_use]
    pub fn sharing(self, sharing: Sharing) -> Self {
        self.set(|settings| settings.sharing = sharing)
    }

    /// Draws the same sequence again for the same seed. Begins anew.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.set(|settings| settings.seed = Some(seed))
    }

    /// How many decisions may still be scored; the oldest goes first. Begins anew. Default: 100 000.
    #[must_use]
    pub fn most_pending(self, most: usize) -> Self {
        self.set(|settings| settings.pending = most)
    }

    /// Whether chance may play a part at all, to learn. Begins anew. Default: yes.
    #[must_use]
    pub fn explores(self, explores: bool) -> Self {
        self.set(|settings| settings.explores = explores)
    }

    /// Whether what calls show by themselves teaches too: that an answer refuses, is cut at the limit of its length, or
    /// is asked for again at once ([weak sources](crate::profile#weak-sources)), and whether its form is the one that was
    /// asked for ([`signals`](crate::signals)). Begins anew. Default: yes.
    #[must_use]
    pub fn signals(self, signals: bool) -> Self {
        self.set(|settings| settings.signals = signals)
    }

    /// How many scores a tenant may give in a minute; more are refused. What calls show by themselves counts apart, up to
    /// as many. Calls without a tenant are not bounded. Begins anew. Default: 600.
    #[must_use]
    pub fn labels_per_minute(self, most: u32) -> Self {
        self.set(|settings| settings.labels_per_minute = most)
    }

    /// After how long what was [observed](crate::profile::stats) counts half. Begins anew. Default: 7 days; at least a
    /// second.
    #[must_use]
    pub fn half_life(self, half_life: Duration) -> Self {
        self.set(|settings| settings.half_life = half_life.max(Duration::from_secs(1)))
    }

    /// The clock by which experience gets old. Begins anew. Default: the system's.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.set(|settings| settings.clock = clock)
    }

    /// How often what is new is kept, where there is a [store](Self::keep). Begins anew. Default: every minute; at least
    /// every millisecond.
    #[must_use]
    pub fn save_every(self, every: Duration) -> Self {
        self.set(|settings| settings.save_every = every.max(Duration::from_millis(1)))
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
            explore: if self.0.settings.explores {
                call.explore
            } else {
                0.0
            },
            again: !call.note,
        };
        let Guarded { advice, routed } = track.advise(&ask);
        // One without a price is as dear as the dearest.
        let costs = arms.iter().map(|arm| arm.cost);
        let dearest = costs.filter(|cost| cost.is_finite()).fold(0.0, f64::max);
        let foreseen = |(at, arm): (usize, &Arm)| Foreseen {
            key: arm.key,
            prior: arm.prior.map(|prior| prior as f32),
            predicted: advice.estimates.get(at).map_or(0.5, |one| one.mean) as f32,
            cost: if arm.cost.is_finite() {
                arm.cost
            } else {
                dearest
            } as f32,
            probability: advice.probabilities.get(at).copied().unwrap_or_default() as f32,
            routed: routed.get(at).copied().unwrap_or_default() as f32,
        };
        let arms = arms.iter().enumerate().map(foreseen).collect();
        let asked = Asked {
            tenant: call.tenant.cloned(),
            stream: track.its_name(),
            vector,
            task,
            arms,
            chosen: advice.order.first().copied().unwrap_or_default(),
            free: true,
            wished: call.quality as f32,
            answered: None,
            scored: 0,
            compared: false,
            limited: call.query.max_output().is_some(),
            ended: false,
        };
        if call.note {
            self.pending().put(call.id, asked);
            self.asked_again(call);
        }
        advice
    }

    /// Somebody has answered a call that was decided. An [`Observer`] is told so by itself; this is for decisions that are
    /// carried out without a stack.
    pub fn answered(&self, decision: DecisionId, candidate: &Candidate) {
        let key = self.key(candidate);
        let told = {
            let mut pending = self.pending();
            let asked = pending.get_mut(decision);
            asked.and_then(|asked| {
                let first = asked.answered.replace(key).is_none();
                // Of those who answer instead of others, scores are not looked at.
                let chosen = asked
                    .arms
                    .get(asked.chosen)
                    .is_some_and(|arm| arm.key == key);
                (first && chosen && asked.free).then(|| Arc::clone(&asked.stream))
            })
        };
        if let Some(stream) = told {
            self.known_as(&stream).answered(key);
        }
    }

    /// Who was chosen in the end: a conversation stays where it is, whatever was advised.
    fn decided(&self, decision: &Decision) {
        let Some(first) = decision.routed().next() else {
            return;
        };
        let key = self.key(&first.candidate);
        let candidates = decision.candidates.iter();
        let told = candidates.map(|one| (self.key(&one.candidate), one.probability));
        let mut told: Vec<(u32, Option<f64>)> = told.collect();
        told.sort_unstable_by_key(|(key, _)| *key);
        if let Some(asked) = self.pending().get_mut(decision.id) {
            // By chance, where it is known how often.
            asked.free = matches!(decision.reason, Reason::Policy(_) | Reason::Capped)
                && first.probability.is_some();
            let place = asked.arms.iter().position(|arm| arm.key == key);
            asked.chosen = place.unwrap_or(asked.chosen);
            // Another policy may have chosen than the one that was advised.
            for arm in &mut asked.arms {
                let told = told
                    .binary_search_by_key(&arm.key, |(key, _)| *key)
                    .ok()
                    .and_then(|at| told[at].1);
                arm.probability = told.unwrap_or(0.0) as f32;
            }
            if let Some(arm) = asked.arms.get_mut(asked.chosen) {
                arm.probability = decision.probability as f32;
            }
        }
    }

    /// How long the answers of a candidate on a task are, in tokens, as far as that was observed.
    pub fn output_tokens(
        &self,
        tenant: Option<&Tenant>,
        candidate: &Candidate,
        task: &Task,
    ) -> Option<Spread> {
        let key = stats::Key {
            tenant: self.whose(tenant),
            candidate: self.key(candidate),
            task: self.task(task),
        };
        let rows = &self.0.known.rows;
        rows.output_tokens(&key, self.0.settings.now())
    }

    /// For whom a tenant's calls teach.
    pub(super) fn whose(&self, tenant: Option<&Tenant>) -> Option<Tenant> {
        match self.0.settings.sharing {
            Sharing::PerTenant => tenant.cloned(),
            Sharing::Shared => None,
        }
    }

    fn track(&self, tenant: Option<&Tenant>, alias: &str) -> Arc<Track> {
        self.stream(StreamName::new(self.whose(tenant), alias))
    }

    /// The stream of this name, be it anew.
    pub(super) fn known_as(&self, name: &StreamName) -> Arc<Track> {
        match self.0.tracks.get(name) {
            Some(weighed) => weighed.track,
            None => self.stream(name.clone()),
        }
    }

    /// The stream of this name; where it is new, its store is asked what others have learned.
    pub(super) fn stream(&self, name: StreamName) -> Arc<Track> {
        let mut new = false;
        let make = || {
            new = true;
            let random = self.0.settings.random();
            let track = Arc::new(Track::new(name.clone(), random));
            Ok::<_, std::convert::Infallible>(Weighed::new(track))
        };
        let track = match self.0.tracks.get_or_insert_with(&name, make) {
            Ok(weighed) => weighed.track,
            Err(never) => match never {},
        };
        if new {
            self.list(&name);
            if let Some(keeper) = self.0.keeper.get()
                && keeper.outbox.know(&name, true)
            {
                keeper.look();
            }
        }
        track
    }

    fn list(&self, name: &StreamName) {
        let mut streams = self
            .0
            .streams
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Those that are not known any more make room; they may be back.
        if streams.len() >= 2 * TRACKS {
            streams.retain(|name| self.0.tracks.peek(name).is_some());
        }
        if !streams.contains(name) {
            streams.push(name.clone());
        }
    }

    pub(super) fn key(&self, candidate: &Candidate) -> u32 {
        let effort = candidate.effort().map_or("", |effort| effort.level());
        let names = &self.0.known.candidates;
        names.number(candidate.model().name(), effort)
    }

    pub(super) fn task(&self, task: &Task) -> u32 {
        self.0.known.tasks.number(task.as_str(), "")
    }

    pub(super) fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Profile {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Decided(decision) => self.decided(decision),
            Event::Finished(outcome) => self.finished(outcome),
            Event::FellBack(fell) => self.failed(fell),
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
            .field("settings", &self.0.settings)
            .field("tracks", &self.0.tracks.len())
            .field("pending", &*self.pending())
            .field("keeper", &self.0.keeper.get())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::Catalog,
        profile::Feedback,
        query::{Api, Query},
    };

    #[test]
    fn a_stream_that_was_let_go_is_not_kept_by_those_that_wait_and_their_scores_are_not_lost() {
        let text = r#"
            provider = [{ name = "p", dialect = "openai", base_url = "http://p.test/v1" }]
            model = [{ name = "m", provider = "p", free = true, quality = { general = 0.9 } }]
            alias = [{ name = "house", models = ["*"] }]
        "#;
        let snapshot = Catalog::from_toml(text).unwrap().snapshot();
        let candidate = &snapshot.alias("house").unwrap().pool()[0];
        let body = br#"{"model":"house","messages":[{"role":"user","content":"Hello?"}]}"#;
        let query = Query::read(Api::OpenAiChat, body).unwrap();
        let profile = Profile::new();
        let name = StreamName::new(None, "house");
        let ids = [(); 3].map(|()| DecisionId::random());
        for id in ids {
            profile.consult(
                &Consultation::new(id, "house", &query),
                &[(candidate, Some(0.9), 0.0)],
            );
            profile.answered(id, candidate);
        }
        profile.feedback(None, &Feedback::new(ids[0], 1.0)).unwrap();
        let old = Arc::downgrade(&profile.known_as(&name));
        assert_eq!(profile.known_as(&name).labels(), 1);
        profile.0.tracks.remove(&name);
        assert!(old.upgrade().is_none(), "somebody keeps it");
        profile.feedback(None, &Feedback::new(ids[1], 1.0)).unwrap();
        profile.compared(None, ids[2], candidate, 0.5).unwrap();
        assert_eq!(profile.known_as(&name).labels(), 2);
    }
}
