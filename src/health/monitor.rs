use std::{fmt, hash::BuildHasher, sync::Arc, time::Duration};

use foldhash::quality::RandomState;
use quick_cache::sync::Cache;
use tokio::time::Instant;

use super::{
    Ailment, Breaker, Health, KeyId, Permit, Report, Seat, Speed,
    balance::Balance,
    cell::Cell,
    key_cell::KeyCell,
    lengths::Lengths,
    limits::Asked,
    retry_budget::{RetryBudget, RetryRule},
    served::Served,
    shelf::Shelf,
    trouble::Troubles,
};
use crate::{
    catalog::{Candidate, Effort, Model, Provider},
    context::Tenant,
    query::Task,
};

/// What calls have shown of each candidate, for those to come.
///
/// Shared by the layers of a stack: Select leaves out who is ill, Dispatch tells it how attempts end, Fallback asks it
/// whether one more is affordable. Clones are the same state. See the [module docs](crate::health) for its rules.
#[derive(Clone)]
pub struct Monitor(Arc<Shared>);

/// So many candidates with their keys are known apart. More than any catalog has; of what comes on top, little is known.
const CELLS: usize = 8 * 1_024;
/// So many models at their providers.
const MODELS: usize = 1_024;
/// So many providers.
const PROVIDERS: usize = 1_024;
/// Of so many tenants it is known which key they use where.
const TENANTS: usize = 16 * 1_024;

pub(super) struct Shared {
    breaker: Breaker,
    retries: RetryRule,
    troubles: Troubles,
    names: RandomState,
    cells: Shelf<(u64, KeyId), Cell>,
    keys: Shelf<(u64, KeyId), KeyCell>,
    models: Shelf<u64, Served>,
    lengths: Lengths,
    budgets: Shelf<u64, RetryBudget>,
    /// With which key a tenant was last seen at a provider.
    tenants: Cache<(u64, u64), KeyId>,
    balance: Arc<Balance>,
}

impl Monitor {
    /// Without knowledge of anybody, with the usual rules.
    pub fn new() -> Self {
        Self::with(Breaker::new(), RetryRule::USUAL)
    }

    fn with(breaker: Breaker, retries: RetryRule) -> Self {
        Self(Arc::new(Shared {
            breaker,
            retries,
            troubles: Troubles::default(),
            names: RandomState::default(),
            cells: Shelf::new(CELLS),
            keys: Shelf::new(CELLS),
            models: Shelf::new(MODELS),
            lengths: Lengths::default(),
            budgets: Shelf::new(PROVIDERS),
            tenants: Cache::new(TENANTS),
            balance: Arc::default(),
        }))
    }

    /// Sets when a candidate is taken to be ill. Begins anew: what is known is forgotten. Default: [`Breaker::new`].
    #[must_use]
    pub fn breaker(self, breaker: Breaker) -> Self {
        Self::with(breaker, self.0.retries)
    }

    /// Sets how many calls may be repeated or hedged at a provider: a share of those that go there, 0 to 1, and
    /// `floor` however few there are, which are there at once and come back within a hundred seconds. What is outside of 0 to 1
    /// counts as the nearest, and no number as 0. Begins anew: what is known is forgotten. Default: 0.2, and 100 (thus
    /// one a second).
    #[must_use]
    pub fn retry_budget(self, share: f64, floor: u32) -> Self {
        Self::with(self.0.breaker, RetryRule::new(share, floor))
    }

    /// Asks to send a call to a candidate at an address of its provider's, with a key. Where nobody else is left
    /// (`insist`), it is let through all the same.
    pub(crate) fn admit(
        &self,
        candidate: &Candidate,
        at: &Provider,
        key: KeyId,
        tenant: Option<&Tenant>,
        asked: Asked,
        insist: bool,
    ) -> Result<Permit, Ailment> {
        let shared = &self.0;
        shared.remember(at, tenant, key);
        let cell = shared.cell(candidate, at, key);
        let admission = cell.admit(Instant::now(), asked, insist, &shared.breaker)?;
        Ok(Permit::new(
            Arc::clone(shared),
            cell,
            candidate.clone(),
            admission,
        ))
    }

    /// Why a candidate is not worth asking at an address of its provider's, for a call of this tenant's.
    pub(crate) fn ailment_at(
        &self,
        model: &Model,
        at: &Provider,
        tenant: Option<&Tenant>,
    ) -> Option<Ailment> {
        let shared = &self.0;
        if shared.troubles.is_none() {
            return None;
        }
        let key = shared.tenants.get(&shared.user(at, tenant))?;
        let now = Instant::now();
        match shared.cells.get(&(shared.place(model, at), key)) {
            Some(cell) => cell.ailment(now, &shared.breaker),
            // What is known of the key holds for models, too, that were not asked with it yet.
            None => {
                let provider = shared.names.hash_one(at.name());
                let by_key = shared.keys.get(&(provider, key))?;
                by_key.ailment(now, &shared.breaker)
            }
        }
    }

    /// Which of its provider's deployments is to answer a call of a model: one that is well, where any is; one whose bit
    /// in `avoid` is set only where all are. `conversation` is what stays where its prompt is cached.
    pub(crate) fn deployment(
        &self,
        model: &Model,
        tenant: Option<&Tenant>,
        streamed: bool,
        conversation: Option<u64>,
        avoid: u64,
    ) -> usize {
        let balance = &self.0.balance;
        let well = |at: &Provider| self.ailment_at(model, at, tenant).is_none();
        balance.pick(model, streamed, conversation, avoid, well)
    }

    /// A place at a deployment, to be kept until the answer's body has ended.
    pub(crate) fn seat(&self, model: &Model, at: &Provider, streamed: bool) -> Seat {
        self.0.balance.take(model, at, streamed)
    }

    /// A call goes to a provider for the first time: the more calls, the more of them may be repeated. `again` says
    /// that the caller has made it before, by its own account.
    pub(crate) fn first_try(&self, provider: &str, again: bool) {
        let budget = self.0.budget(provider);
        if again {
            // It comes whether or not it may: what it takes, others do not get.
            budget.withdraw(&self.0.retries, Instant::now());
        } else {
            budget.deposit(&self.0.retries);
        }
    }

    /// Whether a provider may be asked once more for a call that has been there, or be hedged. Counts it.
    pub(crate) fn may_repeat(&self, provider: &str) -> bool {
        let budget = self.0.budget(provider);
        budget.withdraw(&self.0.retries, Instant::now())
    }

    /// How long the first content of a candidate's streams takes at most in this share (0..=1) of calls; `None` while
    /// fewer than 20 are known of the last ten minutes.
    pub fn first_content(&self, candidate: &Candidate, share: f64) -> Option<Duration> {
        let served = self.0.models.get(&self.0.model(candidate))?;
        served.first_content(candidate, share, Instant::now())
    }

    /// How many tokens in a second a candidate's whole answers have at most in this share (0..=1) of calls, once they
    /// have begun; `None` while fewer than 20 are known of the last ten minutes.
    pub fn tokens_per_second(&self, candidate: &Candidate, share: f64) -> Option<f64> {
        let served = self.0.models.get(&self.0.model(candidate))?;
        served.tokens_per_second(candidate, share, Instant::now())
    }

    /// How everybody does now who was asked so far, by name.
    pub fn report(&self) -> Report {
        let shared = &self.0;
        let now = Instant::now();
        Report::new(
            shared
                .cells
                .all()
                .iter()
                .map(|cell| cell.standing(now, &shared.breaker)),
            shared
                .models
                .all()
                .iter()
                .flat_map(|served| served.speeds(now)),
        )
    }
}

impl Shared {
    pub(super) const fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// A model at an address of a provider's, as a number.
    fn place(&self, model: &Model, at: &Provider) -> u64 {
        let url = at.base_url();
        let authority = url.authority().map(http::uri::Authority::as_str);
        let address = (at.name(), authority, url.path(), at.region());
        self.names.hash_one((model.name(), address))
    }

    /// A model at its provider, wherever that is asked.
    fn model(&self, candidate: &Candidate) -> u64 {
        let model = candidate.model();
        self.names.hash_one((model.name(), model.provider().name()))
    }

    /// A candidate asked by a tenant on a task.
    fn asked(&self, candidate: &Candidate, task: &Task, tenant: Option<&Tenant>) -> u64 {
        let effort = candidate.effort().map(Effort::level);
        let tenant = tenant.map(Tenant::as_str);
        let asked = (self.model(candidate), effort, task.as_str(), tenant);
        self.names.hash_one(asked)
    }

    /// A whole answer has so many tokens.
    pub(super) fn answered(
        &self,
        candidate: &Candidate,
        (task, tenant): (&Task, Option<&Tenant>),
        tokens: u64,
    ) {
        let asked = self.asked(candidate, task, tenant);
        self.lengths.add(asked, tokens);
    }

    fn user(&self, at: &Provider, tenant: Option<&Tenant>) -> (u64, u64) {
        let tenant = tenant.map_or(0, |tenant| self.names.hash_one(tenant.as_str()));
        (self.names.hash_one(at.name()), tenant)
    }

    fn remember(&self, at: &Provider, tenant: Option<&Tenant>, key: KeyId) {
        let user = self.user(at, tenant);
        if self.tenants.get(&user) != Some(key) {
            self.tenants.insert(user, key);
        }
    }

    fn cell(&self, candidate: &Candidate, at: &Provider, key: KeyId) -> Arc<Cell> {
        let model = candidate.model();
        let place = self.place(model, at);
        self.cells.get_or((place, key), || {
            let provider = self.names.hash_one(at.name());
            let by_key = || KeyCell::new(&self.troubles);
            let by_key = self.keys.get_or((provider, key), by_key);
            let served = || Served::new(model);
            let served = self.models.get_or(self.model(candidate), served);
            Cell::new(model, at, key, place, by_key, served, &self.troubles)
        })
    }

    fn budget(&self, provider: &str) -> Arc<RetryBudget> {
        let provider = self.names.hash_one(provider);
        self.budgets.get_or(provider, RetryBudget::default)
    }
}

impl Health for Monitor {
    fn ailment(&self, candidate: &Candidate, tenant: Option<&Tenant>) -> Option<Ailment> {
        if self.0.troubles.is_none() {
            return None;
        }
        let model = candidate.model();
        let mut deployments = model.provider().deployments().iter();
        let Some(first) = deployments.next() else {
            return self.ailment_at(model, model.provider(), tenant);
        };
        // With one that is well, all is. Else the one that recovers the soonest counts.
        let mut soonest = self.ailment_at(model, first, tenant)?;
        for deployment in deployments {
            let ailment = self.ailment_at(model, deployment, tenant)?;
            if ailment.passes() < soonest.passes() {
                soonest = ailment;
            }
        }
        Some(soonest)
    }

    fn speed(&self, candidate: &Candidate, share: f64) -> Option<Speed> {
        let served = self.0.models.get(&self.0.model(candidate))?;
        served.speed(candidate, share, Instant::now())
    }

    fn length(&self, candidate: &Candidate, task: &Task, tenant: Option<&Tenant>) -> Option<f64> {
        let shared = &self.0;
        shared.lengths.mean(shared.asked(candidate, task, tenant))
    }
}

impl Default for Monitor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Monitor").field(&self.0).finish()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("breaker", &self.breaker)
            .field("retries", &self.retries)
            .field("candidates", &self.cells.all().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
