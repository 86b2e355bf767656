use std::{borrow::Cow, sync::Arc, time::Duration};

use serde::{Serialize, Serializer};

use super::{Cached, Considered, Decision, DecisionId, Dropped, FellBack, Finished, Outcome};
use crate::{
    catalog::{Candidate, Effort},
    context::Tenant,
    money::Usd,
};

/// A decision and what became of it, as a [`DecisionLog`](super::DecisionLog) keeps it.
///
/// As JSON it is what `GET /v1/decisions/{id}` answers: amounts are decimal strings in USD, times milliseconds. Models
/// that the caller may not use are not in there, and of those that dropped out for what only the operator is to know
/// (what is left of a budget, what ails a provider) no details; [`decision`](Self::decision) has all.
#[derive(Clone, Debug)]
pub struct Record {
    id: DecisionId,
    tenant: Option<Tenant>,
    decision: Option<Arc<Decision>>,
    cached: Option<Cached>,
    attempts: Vec<Tried>,
}

/// An attempt that was sent, or failed before it could be.
#[derive(Clone, Debug)]
enum Tried {
    Sent(Outcome),
    Unsent { who: Candidate, why: &'static str },
}

impl Record {
    pub(super) fn new(decision: Arc<Decision>) -> Self {
        Self {
            id: decision.id,
            tenant: decision.tenant.clone(),
            decision: Some(decision),
            cached: None,
            attempts: Vec::new(),
        }
    }

    /// Of a call that was answered with another one's answer.
    pub(super) fn of_cached(cached: Cached) -> Self {
        let outcome = cached.outcome.as_ref();
        Self {
            id: cached.id,
            tenant: cached.tenant.clone(),
            decision: outcome.and_then(Outcome::decision).cloned(),
            cached: Some(cached),
            attempts: Vec::new(),
        }
    }

    pub(super) fn finished(&mut self, outcome: Outcome) {
        self.attempts.push(Tried::Sent(outcome));
    }

    /// What was sent tells of itself when it is finished.
    pub(super) fn failed(&mut self, fell: &FellBack<'_>) {
        if let Some(who) = fell.from.filter(|_| !fell.failure.sent) {
            self.attempts.push(Tried::Unsent {
                who: who.clone(),
                why: fell.failure.class.as_str(),
            });
        }
    }

    /// Its name, which is the answer's request id.
    pub const fn id(&self) -> DecisionId {
        self.id
    }

    /// The decision by which the answer was made; `None` for an answer from a cache of which nobody knows that.
    pub const fn decision(&self) -> Option<&Arc<Decision>> {
        self.decision.as_ref()
    }

    /// On whose behalf the call was made.
    pub const fn tenant(&self) -> Option<&Tenant> {
        self.tenant.as_ref()
    }

    /// What is known of the answer's past, where it is another call's answer.
    pub const fn cached(&self) -> Option<&Cached> {
        self.cached.as_ref()
    }

    /// The attempts that were sent and have ended, in the order of their ends.
    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.attempts.iter().filter_map(|tried| match tried {
            Tried::Sent(outcome) => Some(outcome),
            Tried::Unsent { .. } => None,
        })
    }

    /// What all attempts have cost so far, where that is known of each.
    pub fn cost(&self) -> Option<Usd> {
        let mut costs = self.outcomes().map(|outcome| outcome.get()?.cost);
        costs.try_fold(Usd::ZERO, |sum, cost| Some(sum.saturating_add(cost?)))
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let attempts: Vec<_> = self.attempts.iter().map(AttemptJson::new).collect();
        let cached = self.cached.as_ref().map(CachedJson::new);
        let record = RecordJson {
            object: "decision",
            id: self.id.to_string(),
            decision: self.decision.as_deref().map(DecisionJson::new),
            cached,
            attempts,
            cost_usd: self.cost().map(|cost| cost.to_string()),
        };
        record.serialize(serializer)
    }
}

#[derive(Serialize)]
struct RecordJson<'a> {
    object: &'static str,
    id: String,
    #[serde(flatten)]
    decision: Option<DecisionJson<'a>>,
    cached: Option<CachedJson>,
    attempts: Vec<AttemptJson<'a>>,
    cost_usd: Option<String>,
}

#[derive(Serialize)]
struct DecisionJson<'a> {
    asked: &'a str,
    alias: Option<&'a str>,
    task: &'a str,
    difficulty: f32,
    confidence: f32,
    candidates: Vec<ConsideredJson<'a>>,
    route: Vec<&'a str>,
    reason: String,
    probability: f64,
}

impl<'a> DecisionJson<'a> {
    fn new(decision: &'a Decision) -> Self {
        let classification = &decision.classification;
        let visible = |one: &&Considered| one.dropped != Some(Dropped::NotAllowed);
        let all = decision.candidates.iter().filter(visible);
        let routed = decision.routed();
        Self {
            asked: &decision.asked,
            alias: decision.alias.as_deref(),
            task: classification.task().as_str(),
            difficulty: classification.difficulty(),
            confidence: classification.confidence(),
            candidates: all.map(ConsideredJson::new).collect(),
            route: routed.map(|one| one.candidate.model().name()).collect(),
            reason: decision.explanation(),
            probability: decision.probability,
        }
    }
}

#[derive(Serialize)]
struct CachedJson {
    /// The decision by which the answer was made.
    of: Option<String>,
    /// How old it was; null where it was being made.
    age_s: Option<u64>,
}

impl CachedJson {
    fn new(cached: &Cached) -> Self {
        let outcome = cached.outcome.as_ref();
        let decision = outcome.and_then(Outcome::decision);
        Self {
            of: decision.map(|decision| decision.id.to_string()),
            age_s: cached.age.map(|age| age.as_secs()),
        }
    }
}

#[derive(Serialize)]
struct ConsideredJson<'a> {
    model: &'a str,
    provider: &'a str,
    effort: Option<&'a str>,
    quality: Option<f64>,
    /// Within which the quality lies with a confidence of 90 %, and how many calls say so, where experience was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    quality_low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality_high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<f64>,
    cost_usd: Option<String>,
    most_usd: Option<String>,
    dropped: Option<String>,
    /// It is not well, and asked all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ailing: bool,
}

impl<'a> ConsideredJson<'a> {
    fn new(one: &'a Considered) -> Self {
        let model = one.candidate.model();
        Self {
            model: model.name(),
            provider: model.provider().name(),
            effort: one.candidate.effort().map(Effort::level),
            quality: one.quality,
            quality_low: one.estimate.map(|estimate| estimate.interval().0),
            quality_high: one.estimate.map(|estimate| estimate.interval().1),
            labels: one.estimate.map(|estimate| estimate.labels),
            cost_usd: one.guess.map(|cost| cost.to_string()),
            most_usd: one.bound.bound().map(|most| most.to_string()),
            dropped: one.dropped.as_ref().map(discreetly),
            ailing: one.ailing.is_some(),
        }
    }
}

/// Why a candidate dropped out, without what is the operator's business.
fn discreetly(dropped: &Dropped) -> String {
    match dropped {
        Dropped::TooDear { bound, .. } => format!("too dear: can cost {bound} USD"),
        Dropped::NotRoutable(_) => "not routable".into(),
        Dropped::Unhealthy(_) => "unhealthy".into(),
        Dropped::RateQuarantined => "its price is in doubt".into(),
        other => other.to_string(),
    }
}

#[derive(Serialize)]
struct AttemptJson<'a> {
    model: &'a str,
    provider: &'a str,
    /// How it ended; `unsent` where it never was.
    ending: &'static str,
    failure: Option<&'static str>,
    /// What of the request was left unsaid.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    dropped: &'a [Cow<'static, str>],
    #[serde(flatten)]
    finished: Option<FinishedJson<'a>>,
}

#[derive(Serialize)]
struct FinishedJson<'a> {
    cost_usd: Option<String>,
    exact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reported_cost_usd: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    computed_cost_usd: Option<String>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    finish_reasons: Vec<&'static str>,
    served_model: Option<&'a str>,
    provider_request_id: Option<&'a str>,
    first_content_ms: Option<f64>,
    total_ms: f64,
}

impl<'a> AttemptJson<'a> {
    fn new(tried: &'a Tried) -> Self {
        let (candidate, ending, failure, finished) = match tried {
            Tried::Unsent { who, why } => (who, "unsent", Some(*why), None),
            Tried::Sent(outcome) => {
                let finished = outcome.get();
                let ending = finished.map_or("open", |finished| finished.ending.as_str());
                let failure = outcome.failure().map(|failure| failure.class.as_str());
                (outcome.candidate(), ending, failure, finished)
            }
        };
        Self {
            model: candidate.model().name(),
            provider: candidate.model().provider().name(),
            ending,
            failure,
            dropped: match tried {
                Tried::Sent(outcome) => outcome.dropped(),
                Tried::Unsent { .. } => &[],
            },
            finished: finished.map(FinishedJson::new),
        }
    }
}

impl<'a> FinishedJson<'a> {
    fn new(finished: &'a Finished) -> Self {
        let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
        let usage = finished.usage.as_ref();
        let reasons = finished.finish_reasons.iter();
        Self {
            cost_usd: finished.cost.map(|cost| cost.to_string()),
            exact: finished.exact,
            reported_cost_usd: finished.reported_cost.map(|cost| cost.to_string()),
            // Where nobody disagrees it is the cost itself.
            computed_cost_usd: finished
                .reported_cost
                .and(finished.computed_cost)
                .map(|cost| cost.to_string()),
            input_tokens: usage.map(|usage| usage.prompt()),
            output_tokens: usage.map(|usage| usage.answer()),
            finish_reasons: reasons.map(|reason| reason.as_str()).collect(),
            served_model: finished.served_model.as_deref(),
            provider_request_id: finished.provider_request_id.as_deref(),
            first_content_ms: finished.first_content.map(millis),
            total_ms: millis(finished.total),
        }
    }
}
