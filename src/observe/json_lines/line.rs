use std::{sync::Arc, time::SystemTime};

use serde::{Serialize, Serializer};

use super::{
    super::{Decision, DecisionId, Outcome, Reason},
    attempt::Attempt,
    candidate::CandidateJson,
    told::Words,
};
use crate::{
    catalog::{Candidate, Effort, Usage},
    money::Usd,
    profile::Source,
    query::Prompt,
};

/// A decision, what became of it, and how good its answer was, as one line of a decision log.
///
/// A [`JsonLines`](super::JsonLines) makes them of what a stack tells. For calls that are carried out without one they can
/// be made by hand, and written with `serde_json`: the `replay` example reads either.
///
/// Amounts are decimal strings in USD, times milliseconds, and the time is that of the decision in RFC 3339. `probability`
/// of a candidate is that with which it would have come first; null where that is not known.
#[derive(Clone, Debug)]
pub struct DecisionLine {
    pub(super) decision: Arc<Decision>,
    at: SystemTime,
    words: Option<Words>,
    pub(super) attempts: Vec<Attempt>,
    scores: Vec<(f64, Source)>,
}

impl DecisionLine {
    /// Of a decision that was made at this time.
    pub const fn new(decision: Arc<Decision>, at: SystemTime) -> Self {
        Self {
            decision,
            at,
            words: None,
            attempts: Vec::new(),
            scores: Vec::new(),
        }
    }

    /// Whoever was asked has answered in whole, with what that used and cost as far as it is known.
    #[must_use]
    pub fn answered(mut self, who: &Candidate, usage: Option<Usage>, cost: Option<Usd>) -> Self {
        self.attempts.push(Attempt::answered(who, usage, cost));
        self
    }

    /// An attempt has ended.
    #[must_use]
    pub fn finished(mut self, outcome: &Outcome) -> Self {
        self.attempts.push(Attempt::of(outcome));
        self
    }

    /// The answer was scored, 0 to 1.
    #[must_use]
    pub fn scored(mut self, score: f64, source: Source) -> Self {
        self.score(score, source);
        self
    }

    /// With the words that were asked. Never those of calls with a data label.
    #[must_use]
    pub fn prompt(self, prompt: &Prompt) -> Self {
        self.with_words(Some(Words::of(prompt)))
    }

    pub(super) fn score(&mut self, score: f64, source: Source) {
        self.scores.push((score, source));
    }

    pub(super) fn with_words(mut self, words: Option<Words>) -> Self {
        self.words = words;
        self
    }

    pub(super) fn id(&self) -> DecisionId {
        self.decision.id
    }

    /// What all attempts have cost, where that is known of each.
    fn cost(&self) -> Option<Usd> {
        if self.attempts.is_empty() {
            return None;
        }
        let mut costs = self.attempts.iter().map(Attempt::cost);
        costs.try_fold(Usd::ZERO, |sum, cost| Some(sum.saturating_add(cost?)))
    }
}

#[derive(Serialize)]
struct LineJson<'a> {
    id: String,
    time: Option<String>,
    tenant: Option<&'a str>,
    asked: &'a str,
    alias: Option<&'a str>,
    task: &'a str,
    difficulty: f32,
    confidence: f32,
    candidates: Vec<CandidateJson<'a>>,
    route: Vec<&'a str>,
    chosen: Option<&'a str>,
    chosen_effort: Option<&'a str>,
    /// With which probability that one was chosen.
    probability: f64,
    /// Whether the choice was free: `policy` where a policy has made it.
    kind: &'static str,
    reason: String,
    /// The last attempt: the answer, if there was one.
    outcome: Option<&'a Attempt>,
    /// Attempts before it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    failed: &'a [Attempt],
    /// Of all attempts.
    cost_usd: Option<Usd>,
    scores: Vec<ScoreJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<&'a Words>,
}

#[derive(Serialize)]
struct ScoreJson {
    score: f64,
    source: &'static str,
}

impl Serialize for DecisionLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let decision = &*self.decision;
        let classification = &decision.classification;
        let first = decision.routed().next();
        let (outcome, failed) = match self.attempts.split_last() {
            Some((last, before)) => (Some(last), before),
            None => (None, &[][..]),
        };
        let scores = self.scores.iter();
        LineJson {
            id: decision.id.to_string(),
            time: jiff::Timestamp::try_from(self.at)
                .ok()
                .map(|at| format!("{at:.3}")),
            tenant: decision.tenant.as_ref().map(|tenant| tenant.as_str()),
            asked: &decision.asked,
            alias: decision.alias.as_deref(),
            task: classification.task().as_str(),
            difficulty: classification.difficulty(),
            confidence: classification.confidence(),
            candidates: decision.candidates.iter().map(CandidateJson::new).collect(),
            route: decision
                .routed()
                .map(|one| one.candidate.model().name())
                .collect(),
            chosen: first.map(|one| one.candidate.model().name()),
            chosen_effort: first.and_then(|one| one.candidate.effort().map(Effort::level)),
            probability: decision.probability,
            kind: kind(&decision.reason),
            reason: decision.reason.to_string(),
            outcome,
            failed,
            cost_usd: self.cost(),
            scores: scores
                .map(|(score, source)| ScoreJson {
                    score: *score,
                    source: source.as_str(),
                })
                .collect(),
            prompt: self.words.as_ref(),
        }
        .serialize(serializer)
    }
}

/// A reason in one word.
const fn kind(reason: &Reason) -> &'static str {
    match reason {
        Reason::Policy(_) => "policy",
        Reason::Sticky => "sticky",
        Reason::OnlyOne => "only_one",
        Reason::LastResort => "last_resort",
        Reason::Capped => "capped",
        Reason::Shadow { .. } => "shadow",
        Reason::Refused(_) => "refused",
        Reason::Named | Reason::Successor { .. } | Reason::MovedOver { .. } => "named",
    }
}
