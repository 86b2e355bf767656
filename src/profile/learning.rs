use std::sync::{Arc, PoisonError};

use tokio::time::Instant;

use super::{
    Consultation, Feedback, FeedbackError, Profile, Sharing, Source,
    learner::Label,
    pending,
    store::StreamName,
    track::Track,
    weak::{Before, Weak},
};
use crate::{
    catalog::Candidate,
    context::Tenant,
    observe::{DecisionId, Event, FinishReason, FinishReasons},
};

/// Whose decision may be scored.
enum Whose<'a> {
    /// This tenant's alone.
    Of(Option<&'a Tenant>),
    /// It was seen here.
    Ours,
}

impl Profile {
    /// Takes a score for the answer to a decided call.
    ///
    /// Each source scores an answer once, and none after an [explicit](Source::Explicit) score. What a weaker source has
    /// said before that stays beside it: an explicit score counts at least twice as much.
    ///
    /// # Errors
    /// Where the decision is not known (any more), or another tenant's, where nobody has answered it, where it was scored
    /// before, where the tenant has given too many scores, or the score is none.
    pub fn feedback(
        &self,
        tenant: Option<&Tenant>,
        feedback: &Feedback,
    ) -> Result<(), FeedbackError> {
        if !(0.0..=1.0).contains(&feedback.score) {
            return Err(FeedbackError::Score);
        }
        let scored = Weak {
            score: feedback.score,
            weight: feedback.source.weight(),
        };
        let whose = Whose::Of(tenant);
        self.take(feedback.decision, whose, feedback.source, scored)
    }

    /// Takes a score for a candidate that was not chosen: how far its answer, which nobody got, agrees with the one that the
    /// caller did. It counts as [`Source::Shadow`], and once for a decision.
    ///
    /// # Errors
    /// As [`feedback`](Self::feedback) has them; [`FeedbackError::Unknown`] also where the candidate was none of the decision.
    pub fn compared(
        &self,
        tenant: Option<&Tenant>,
        decision: DecisionId,
        candidate: &Candidate,
        score: f64,
    ) -> Result<(), FeedbackError> {
        if !(0.0..=1.0).contains(&score) {
            return Err(FeedbackError::Score);
        }
        let key = self.key(candidate);
        let (stream, label) = {
            let mut pending = self.pending();
            let asked = pending.get_mut(decision);
            let asked = asked.filter(|asked| asked.tenant.as_ref() == tenant);
            let asked = asked.filter(|asked| asked.foreseen(key).is_some());
            let asked = asked.ok_or(FeedbackError::Unknown)?;
            if asked.compared {
                return Err(FeedbackError::Twice);
            }
            if !self.may_teach(asked, Source::Shadow) {
                return Err(FeedbackError::TooMany);
            }
            asked.compared = true;
            let weight = Source::Shadow.weight();
            label(asked, key, Weak { score, weight }, self.0.settings.now())
        };
        self.learn(&self.known_as(&stream), label);
        Ok(())
    }

    fn take(
        &self,
        decision: DecisionId,
        whose: Whose<'_>,
        source: Source,
        scored: Weak,
    ) -> Result<(), FeedbackError> {
        let (stream, label, judged) = {
            let mut pending = self.pending();
            let asked = pending.get_mut(decision);
            let asked = asked.filter(|asked| match whose {
                Whose::Of(tenant) => asked.tenant.as_ref() == tenant,
                Whose::Ours => true,
            });
            let asked = asked.ok_or(FeedbackError::Unknown)?;
            let key = asked.answered.ok_or(FeedbackError::Unanswered)?;
            if !asked.may_score(source) {
                return Err(FeedbackError::Twice);
            }
            if !self.may_teach(asked, source) {
                return Err(FeedbackError::TooMany);
            }
            asked.score_by(source);
            let (stream, label) = label(asked, key, scored, self.0.settings.now());
            let judged = asked.judged().map(|arms| (arms, f64::from(asked.wished)));
            (stream, label, judged)
        };
        let track = self.known_as(&stream);
        // Sources differ in what they say of the same answer: what is compared with before is of one.
        if source == Source::Explicit {
            self.scored(&track, &label);
            if let Some((arms, wished)) = judged {
                self.compare(&track, &arms, &label, wished);
            }
        }
        self.learn(&track, label);
        let feedback = Feedback::new(decision, scored.score).source(source);
        self.tell_all(&Event::Scored(&feedback));
        Ok(())
    }

    /// Whether one more label of a tenant's is within its bounds; then it counts.
    fn may_teach(&self, asked: &pending::Asked, source: Source) -> bool {
        let tenant = asked.tenant.as_ref();
        let said = source == Source::Explicit;
        let shared = self.0.settings.sharing == Sharing::Shared;
        self.0.pace.take(tenant, said, Instant::now())
            && (!shared || self.known_as(&asked.stream).share(tenant))
    }

    /// Learns a label, and has it kept.
    pub(super) fn learn(&self, track: &Arc<Track>, label: Label) {
        if let Some(keeper) = self.0.keeper.get()
            && let Some(kept) = self.0.known.keep(&label)
        {
            keeper.outbox.put(track.name(), kept);
        }
        track.learn(label);
        self.weigh(track);
    }

    /// Lets others go where streams that have grown take too much.
    pub(super) fn weigh(&self, track: &Arc<Track>) {
        let known = self.0.tracks.peek(track.name());
        // It may have been forgotten itself, and be known anew.
        let known = known.filter(|known| Arc::ptr_eq(&known.track, track));
        if let Some(grown) = known.and_then(|known| known.grown()) {
            let _ = self.0.tracks.replace(track.name().clone(), grown, true);
        }
    }

    /// Whether what calls show by themselves teaches.
    pub(crate) fn takes_signals(&self) -> bool {
        self.0.settings.signals
    }

    /// What an answer shows by itself, now that it is whole.
    pub(super) fn shown(&self, decision: DecisionId, reasons: FinishReasons) {
        if !self.0.settings.signals {
            return;
        }
        let limited = {
            let mut pending = self.pending();
            let Some(asked) = pending.get_mut(decision) else {
                return;
            };
            asked.ended = true;
            asked.limited
        };
        let refused =
            reasons.has(FinishReason::Refusal) || reasons.has(FinishReason::ContentFilter);
        self.weak(decision, Source::Refusal, refused);
        // Where the caller has set the limit, an answer that reaches it is as it was asked for.
        if !limited {
            let cut = reasons.has(FinishReason::Length);
            self.weak(decision, Source::Length, cut);
        }
    }

    /// A call is decided: the same may have been asked just before.
    pub(super) fn asked_again(&self, call: &Consultation<'_>) {
        if !self.0.settings.signals {
            return;
        }
        let told = {
            let mut again = self.0.again.lock().unwrap_or_else(PoisonError::into_inner);
            let (tenant, now) = (call.tenant, Instant::now());
            again.ask(tenant, call.alias, call.query, call.id, now)
        };
        for Before { decision, again } in told.into_iter().flatten() {
            self.weak(decision, Source::AskedAgain, again);
        }
    }

    /// Whether the answer to a call shows a weak sign. Of one that has not ended whole nothing is learned.
    fn weak(&self, decision: DecisionId, source: Source, seen: bool) {
        let (stream, predicted) = {
            let mut pending = self.pending();
            let Some(asked) = pending.get_mut(decision).filter(|asked| asked.ended) else {
                return;
            };
            let answered = asked.answered.and_then(|key| asked.foreseen(key));
            let Some(arm) = answered else {
                return;
            };
            (Arc::clone(&asked.stream), f64::from(arm.predicted))
        };
        if let Some(scored) = self.known_as(&stream).weak(seen, source, predicted) {
            // It may have been scored already, or too much was.
            let _ = self.take(decision, Whose::Ours, source, scored);
        }
    }
}

/// The label of a candidate's answer to a call, and who learns from it.
fn label(asked: &pending::Asked, key: u32, scored: Weak, at: f64) -> (Arc<StreamName>, Label) {
    let arm = asked.foreseen(key);
    let label = Label {
        vector: asked.vector.clone(),
        task: asked.task,
        arm: key,
        prior: arm.and_then(|arm| arm.prior).map(f64::from),
        predicted: arm.map_or(0.5, |arm| f64::from(arm.predicted)),
        score: scored.score,
        weight: scored.weight,
        at,
    };
    (Arc::clone(&asked.stream), label)
}
