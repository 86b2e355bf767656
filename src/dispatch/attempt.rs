use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
};

use tokio::time::Instant;

use super::Baton;
use crate::{
    catalog::{Candidate, Provider},
    money::Usd,
    observe::{Decision, Failure},
};

/// One try of one candidate: an extension of the request that goes to the client, for
/// [`PerProvider`](super::PerProvider) and for the app's own layers around a client.
///
/// [`FallbackLayer`](crate::fallback::FallbackLayer) puts one into the request to say which candidate of the plan
/// Dispatch is to ask; without it Dispatch takes the first that can be asked.
#[derive(Clone, Debug)]
pub struct Attempt {
    candidate: Candidate,
    /// The deployment that is asked, where the provider has several.
    at: Option<Arc<Provider>>,
    /// Which of them this call has been at, by their places; `None` where there is but one.
    been: Option<Arc<AtomicU64>>,
    /// Why it is asked, where it was chosen.
    decision: Option<Arc<Decision>>,
    place: usize,
    number: u32,
    insist: bool,
    until: Option<Instant>,
    /// Others can be asked: whoever is not ready for it is not waited for.
    yields: bool,
    /// What is left to whoever goes on with its answer, where somebody may.
    baton: Option<Baton>,
    /// Whether it goes on with what was left there.
    resumes: bool,
    end: Arc<End>,
    /// Whether a budget has counted the call already; shared by all its attempts.
    counted: Arc<AtomicBool>,
}

/// What Fallback and Dispatch tell each other of how it ends.
#[derive(Debug, Default)]
struct End {
    progress: AtomicU8,
    cost: OnceLock<Usd>,
    failure: OnceLock<Failure>,
    unseen: OnceLock<Unseen>,
    busy: AtomicBool,
}

/// Why no provider has seen a request that a client has failed to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// Nobody was reached.
    NotReached,
    /// Somebody was, and did not look at it.
    TurnedAway,
}

impl Attempt {
    /// Of the candidate at a place in the plan.
    pub(crate) fn new(candidate: Candidate, place: usize, number: u32) -> Self {
        Self {
            been: match candidate.model().provider().deployments() {
                [] => None,
                _ => Some(Arc::default()),
            },
            candidate,
            at: None,
            decision: None,
            place,
            number,
            insist: false,
            until: None,
            yields: false,
            baton: None,
            resumes: false,
            end: Arc::default(),
            counted: Arc::default(),
        }
    }

    /// Asked though it may be ill, since nobody else is left.
    pub(crate) const fn insisting(mut self, insist: bool) -> Self {
        self.insist = insist;
        self
    }

    pub(crate) const fn insists(&self) -> bool {
        self.insist
    }

    /// The time of the whole call is up then, its answer included.
    pub(crate) const fn ending(mut self, until: Option<Instant>) -> Self {
        self.until = until;
        self
    }

    pub(crate) const fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Whether others can be asked, so that nobody is to wait until a client is ready.
    pub(crate) const fn yielding(mut self, yields: bool) -> Self {
        self.yields = yields;
        self
    }

    /// Whether another may go on with its answer, should it break off.
    pub(crate) fn resumable(mut self, may: bool) -> Self {
        self.baton = may.then(Baton::default);
        self
    }

    /// Goes on with an answer that has broken off.
    pub(crate) fn resuming(mut self, baton: Baton) -> Self {
        (self.baton, self.resumes) = (Some(baton), true);
        self
    }

    /// What it leaves to whoever goes on with its answer.
    pub(crate) const fn baton(&self) -> Option<&Baton> {
        self.baton.as_ref()
    }

    /// What it goes on with.
    pub(super) fn resumes(&self) -> Option<&Baton> {
        self.baton.as_ref().filter(|_| self.resumes)
    }

    /// Of the same call as an earlier one.
    pub(crate) fn after(mut self, before: &Self) -> Self {
        self.counted = Arc::clone(&before.counted);
        if self.place == before.place {
            self.been.clone_from(&before.been);
        }
        self
    }

    /// Whether the call counts as a request still: no attempt of it was granted a hold yet.
    pub(super) fn is_uncounted(&self) -> bool {
        !self.counted.load(Ordering::Acquire)
    }

    pub(super) fn count(&self) {
        self.counted.store(true, Ordering::Release);
    }

    /// Where in the plan the candidate stands.
    pub(crate) const fn place(&self) -> usize {
        self.place
    }

    /// Who is asked.
    pub const fn candidate(&self) -> &Candidate {
        &self.candidate
    }

    /// Where it is asked: its provider, or one of that one's [deployments](Provider::deployments).
    pub fn provider(&self) -> &Provider {
        self.at
            .as_deref()
            .unwrap_or_else(|| self.candidate.model().provider())
    }

    /// Why it is asked: the decision of [`Select`](crate::select::Select). `None` where nobody decided.
    pub const fn decision(&self) -> Option<&Arc<Decision>> {
        self.decision.as_ref()
    }

    /// Asked because of a decision.
    pub(super) fn decided(mut self, decision: Option<Arc<Decision>>) -> Self {
        self.decision = decision;
        self
    }

    /// Asked at one of the provider's deployments.
    pub(super) fn at(mut self, deployment: Option<Arc<Provider>>) -> Self {
        self.at = deployment;
        self
    }

    pub(super) const fn deployment(&self) -> Option<&Arc<Provider>> {
        self.at.as_ref()
    }

    /// Which deployments this call has been at: a bit for each place.
    pub(super) fn been(&self) -> u64 {
        let been = self.been.as_ref();
        been.map_or(0, |been| been.load(Ordering::Acquire))
    }

    /// It is at this deployment now.
    pub(super) fn goes_to(&self, place: usize) {
        if let Some(been) = &self.been {
            been.fetch_or(1 << place.min(63), Ordering::AcqRel);
        }
    }

    /// Whether there is a deployment at which this call has not been.
    pub(crate) fn elsewhere(&self) -> bool {
        let all = self.candidate.model().provider().deployments().len();
        (self.been().count_ones() as usize) < all
    }

    /// Which try of the call this is, from 1.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Says that the request waits in the client and nothing of it has left yet. A call that is cancelled meanwhile, or
    /// fails, costs nothing. Once it has left, this says nothing any more: a client that tries again by itself may have
    /// been billed for the first try. Retries belong outside of Dispatch, where each is held and settled.
    pub fn queue(&self) {
        let progress = &self.end.progress;
        let _ = progress.compare_exchange(NEW, QUEUED, Ordering::AcqRel, Ordering::Acquire);
    }

    /// An answer has come: the request has left, whether anybody has said so or not.
    pub(super) fn answered(&self) {
        let progress = &self.end.progress;
        let _ = progress.compare_exchange(QUEUED, LEFT, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Says that the request may leave now. Call it before it can, not after.
    pub fn leave(&self) {
        let again = self.end.progress.swap(LEFT, Ordering::AcqRel) >= LEFT;
        if again {
            self.end.progress.store(LEFT_AGAIN, Ordering::Release);
        }
    }

    /// What it has cost; `None` before it has ended, and where nobody knows.
    pub(crate) fn cost(&self) -> Option<Usd> {
        self.end.cost.get().copied()
    }

    pub(super) fn costs(&self, cost: Usd) {
        let _ = self.end.cost.set(cost);
    }

    /// Says why it is given up, before it is.
    pub(crate) fn give_up(&self, failure: Failure) {
        let _ = self.end.failure.set(failure);
    }

    pub(super) fn given_up(&self) -> Option<&Failure> {
        self.end.failure.get()
    }

    /// The client has failed, and nobody has seen the request.
    pub(crate) fn was_unseen(&self, why: Unseen) {
        let _ = self.end.unseen.set(why);
    }

    /// Whether the client has failed before anybody saw the request, and why.
    pub(crate) fn unseen(&self) -> Option<Unseen> {
        self.end.unseen.get().copied()
    }

    /// What is to send the request is not ready.
    pub(super) fn not_ready(&self) {
        self.end.busy.store(self.yields, Ordering::Release);
    }

    /// Whether the request is given up since what is to send it is not ready.
    pub(super) fn is_busy(&self) -> bool {
        self.end.busy.load(Ordering::Acquire)
    }

    pub(crate) fn is_queued(&self) -> bool {
        self.end.progress.load(Ordering::Acquire) == QUEUED
    }

    /// Whether a client has tried more than once: that the last try was not sent says little then.
    pub(super) fn left_again(&self) -> bool {
        self.end.progress.load(Ordering::Acquire) == LEFT_AGAIN
    }
}

const NEW: u8 = 0;
const QUEUED: u8 = 1;
const LEFT: u8 = 2;
const LEFT_AGAIN: u8 = 3;
