use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

use super::{Decision, Failure, FinishReasons};
use crate::{
    budget::Scope,
    catalog::{Candidate, Provider, Usage},
    money::Usd,
};

/// What became of a call, as an extension of its answer: the decision now, usage and cost once the body has ended.
///
/// Cheap to clone; clones share the end.
#[derive(Clone)]
pub struct Outcome(Arc<Shared>);

struct Shared {
    decision: Option<Arc<Decision>>,
    candidate: Candidate,
    scopes: Box<[Scope]>,
    attempt: u32,
    provider: OnceLock<Arc<Provider>>,
    overhead: OnceLock<Duration>,
    dropped: OnceLock<Box<[Cow<'static, str>]>>,
    alive: AtomicBool,
    content: AtomicBool,
    begun: AtomicBool,
    failure: OnceLock<Failure>,
    finished: OnceLock<Finished>,
    notify: Notify,
}

/// How a call ended, what it used and what it cost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finished {
    /// How it ended.
    pub ending: Ending,
    /// What the provider says was used; `None` where it did not say, or what it said cannot be.
    pub usage: Option<Usage>,
    /// What was settled in the ledger; where no budget was open, what it costs by the price list. `None` where the
    /// price is unknown.
    pub cost: Option<Usd>,
    /// Whether `cost` is what the provider says, or follows from the usage that it reports; otherwise it is a bound.
    pub exact: bool,
    /// What the provider itself says that the call costs, where that was believed: then `cost` is this.
    pub reported_cost: Option<Usd>,
    /// What the usage that the provider reports costs by the price list. Where it differs from
    /// [`reported_cost`](Self::reported_cost) by more than a nano-dollar, an event says so too.
    pub computed_cost: Option<Usd>,
    /// Why the choices of the answer end, as far as they say so. One that calls a tool, or refuses, does so whatever it
    /// says.
    pub finish_reasons: FinishReasons,
    /// The model that the provider says has answered.
    pub served_model: Option<Box<str>>,
    /// The provider's own request id.
    pub provider_request_id: Option<Box<str>>,
    /// Whether the provider has answered with a stream.
    pub streamed: bool,
    /// From sending the request to the first content; `None` where none came.
    pub first_content: Option<Duration>,
    /// From sending the request to the end.
    pub total: Duration,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// The answer is whole.
    Complete,
    /// The caller left before the end.
    Cancelled,
    /// The provider cut the answer, or it could not be read on.
    Cut,
    /// The provider answered with an error before any content.
    Rejected,
}

impl Ending {
    /// The word for spans and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Cancelled => "cancelled",
            Self::Cut => "cut",
            Self::Rejected => "rejected",
        }
    }
}

impl Outcome {
    pub(crate) fn new(
        decision: Option<Arc<Decision>>,
        candidate: Candidate,
        scopes: &[Scope],
        attempt: u32,
    ) -> Self {
        Self(Arc::new(Shared {
            decision,
            candidate,
            scopes: scopes.into(),
            attempt,
            provider: OnceLock::new(),
            overhead: OnceLock::new(),
            dropped: OnceLock::new(),
            alive: AtomicBool::new(false),
            content: AtomicBool::new(false),
            begun: AtomicBool::new(false),
            failure: OnceLock::new(),
            finished: OnceLock::new(),
            notify: Notify::new(),
        }))
    }

    /// Of a call for which no provider was asked, since another call's answer serves it: with what was decided then.
    pub(crate) fn cached(decision: Option<Arc<Decision>>, candidate: Candidate) -> Self {
        Self::new(decision, candidate, &[], 0)
    }

    /// Why the call went where it went; `None` where nothing was decided.
    pub fn decision(&self) -> Option<&Arc<Decision>> {
        self.0.decision.as_ref()
    }

    /// Who was asked.
    pub fn candidate(&self) -> &Candidate {
        &self.0.candidate
    }

    /// Where it was asked: its provider, or one of that one's [deployments](Provider::deployments).
    pub fn provider(&self) -> &Provider {
        let usual = self.0.candidate.model().provider();
        self.0.provider.get().unwrap_or(usual)
    }

    /// The budget scopes that the call is charged to, the outermost first.
    pub fn scopes(&self) -> &[Scope] {
        &self.0.scopes
    }

    /// Which attempt of the call this is, from 1; 0 where no provider was asked.
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// How long the layers have taken, from when all of the request was here to when it was sent: reading, classifying,
    /// deciding, holding money, and whatever they have waited for meanwhile. Of a call's first attempt; `None` of others, and
    /// of what was never sent.
    pub fn overhead(&self) -> Option<Duration> {
        self.0.overhead.get().copied()
    }

    pub(crate) fn took(&self, overhead: Duration) {
        let _ = self.0.overhead.set(overhead);
    }

    /// What the caller's request said and the provider's format has no words for, where it changes nothing and was left
    /// unsaid: `seed`, `prompt_cache_key`, thinking that another model has signed.
    pub fn dropped(&self) -> &[Cow<'static, str>] {
        self.0.dropped.get().map_or(&[], |dropped| dropped)
    }

    pub(crate) fn at(self, deployment: Option<Arc<Provider>>) -> Self {
        if let Some(deployment) = deployment {
            let _ = self.0.provider.set(deployment);
        }
        self
    }

    pub(crate) fn dropping(self, dropped: Vec<Cow<'static, str>>) -> Self {
        if !dropped.is_empty() {
            let _ = self.0.dropped.set(dropped.into());
        }
        self
    }

    /// Whether something of the answer itself has come that its caller sees: a role, a ping or an empty event is nothing
    /// yet, nor is thinking that is not shown.
    pub fn has_content(&self) -> bool {
        self.0.content.load(Ordering::Acquire)
    }

    /// How the attempt failed, if it has.
    pub fn failure(&self) -> Option<&Failure> {
        self.0.failure.get()
    }

    /// How it ended, if it has.
    pub fn get(&self) -> Option<&Finished> {
        self.0.finished.get()
    }

    /// Waits for the end of the answer's body. The body must be read, or dropped, by someone else.
    ///
    /// Cancel-safe: dropping the future changes nothing.
    pub async fn finished(&self) -> &Finished {
        loop {
            let mut waiting = std::pin::pin!(self.0.notify.notified());
            waiting.as_mut().enable();
            if let Some(finished) = self.0.finished.get() {
                return finished;
            }
            waiting.await;
        }
    }

    pub(crate) fn content(&self) {
        self.0.content.store(true, Ordering::Release);
    }

    /// The model has begun to write or to think, whether or not the caller sees it.
    pub(crate) fn live(&self) {
        self.0.alive.store(true, Ordering::Release);
    }

    /// Whether the model has begun to write or to think.
    pub(crate) fn is_alive(&self) -> bool {
        self.has_content() || self.0.alive.load(Ordering::Acquire)
    }

    /// The answer counts as begun, whatever it has said.
    pub(crate) fn begin(&self) {
        self.0.begun.store(true, Ordering::Release);
    }

    /// Whether the caller is to get what has come, whatever follows.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_content() || self.0.begun.load(Ordering::Acquire)
    }

    /// The first failure counts.
    pub(crate) fn fail(&self, failure: Failure) {
        let _ = self.0.failure.set(failure);
    }

    /// Whether this is the same one's.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The end of one for which no provider was asked, at no cost.
    pub(crate) fn finish_free(
        &self,
        ending: Ending,
        finish_reasons: FinishReasons,
        served_model: Option<Box<str>>,
    ) {
        if ending == Ending::Complete {
            self.content();
        }
        self.finish(Finished {
            ending,
            usage: None,
            cost: Some(Usd::ZERO),
            exact: true,
            reported_cost: None,
            computed_cost: None,
            finish_reasons,
            served_model,
            provider_request_id: None,
            streamed: false,
            first_content: None,
            total: Duration::ZERO,
        });
    }

    pub(crate) fn finish(&self, finished: Finished) {
        if self.0.finished.set(finished).is_ok() {
            self.0.notify.notify_waiters();
        }
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field(
                "decision",
                &self.0.decision.as_ref().map(|decision| decision.id),
            )
            .field("candidate", &self.0.candidate)
            .field("finished", &self.get())
            .finish()
    }
}
