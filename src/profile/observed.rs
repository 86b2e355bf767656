use super::{
    Profile,
    stats::{Counts, Figures, Key, What},
};
use crate::{
    catalog::Candidate,
    observe::{Decision, Ending, FailureClass, FellBack, FinishReason, Finished, Outcome},
};

impl Profile {
    /// What was observed of each candidate on each task, of all tenants.
    pub fn figures(&self) -> Vec<Figures> {
        let known = &self.0.known;
        let all = known.rows.all(self.0.settings.now()).into_iter();
        let named = all.filter_map(|(key, counts)| {
            let (model, effort) = known.candidates.name(key.candidate)?;
            let (task, _) = known.tasks.name(key.task)?;
            Some(Figures::new(key.tenant, (&model, &effort), &task, &counts))
        });
        let mut figures: Vec<_> = named.collect();
        figures.sort_by(|a, b| {
            let of = |one: &Figures| (one.tenant.clone(), one.task.clone());
            let who = |one: &Figures| (one.model.clone(), one.effort.clone());
            of(a).cmp(&of(b)).then_with(|| who(a).cmp(&who(b)))
        });
        figures
    }

    /// An attempt has ended.
    pub(super) fn finished(&self, outcome: &Outcome) {
        let (Some(finished), Some(decision)) = (outcome.get(), outcome.decision()) else {
            return;
        };
        // What another call's answer serves is no attempt.
        if outcome.attempt() == 0 {
            return;
        }
        self.count(decision, outcome.candidate(), |counts| {
            attempt(counts, finished, outcome.failure().map(|one| one.class));
        });
        let failed = outcome.failure().map(|one| one.class);
        self.ended(decision, outcome.candidate(), Some(finished), failed);
        if finished.ending == Ending::Complete {
            self.answered(decision.id, outcome.candidate());
            self.shown(decision.id, finished.finish_reasons);
        }
    }

    /// An attempt has failed. One that was sent tells of itself when it has ended.
    pub(super) fn failed(&self, fell: &FellBack<'_>) {
        let ours = matches!(
            fell.failure.class,
            FailureClass::Budget | FailureClass::Limit | FailureClass::Busy
        );
        if let (Some(decision), Some(from), false) = (fell.decision, fell.from, ours)
            && !fell.failure.sent
        {
            self.count(decision, from, |counts| {
                counts.count(What::Calls, 1.0);
                counts.count(What::Failed(fell.failure.class), 1.0);
            });
            self.ended(decision, from, None, Some(fell.failure.class));
        }
    }

    fn count(&self, decision: &Decision, candidate: &Candidate, what: impl FnOnce(&mut Counts)) {
        let key = Key {
            tenant: self.whose(decision.tenant.as_ref()),
            candidate: self.key(candidate),
            task: self.task(decision.classification.task()),
        };
        let now = self.0.settings.now();
        self.0.known.rows.count(key, now, what);
    }
}

fn attempt(counts: &mut Counts, finished: &Finished, failed: Option<FailureClass>) {
    counts.count(What::Calls, 1.0);
    if let Some(cost) = finished.cost {
        counts.count(What::Paid, 1.0);
        counts.count(What::Cost, cost.nanos() as f64 / 1e9);
    }
    if let Some(class) = failed {
        return counts.count(What::Failed(class), 1.0);
    }
    match finished.ending {
        Ending::Complete => {}
        Ending::Cancelled => return counts.count(What::Cancelled, 1.0),
        // A provider that cuts an answer, or fails before it, without a word.
        _ => return counts.count(What::Failed(FailureClass::Provider), 1.0),
    }
    let reasons = finished.finish_reasons;
    if reasons.has(FinishReason::Refusal) || reasons.has(FinishReason::ContentFilter) {
        counts.count(What::Refusals, 1.0);
    }
    if reasons.has(FinishReason::Length) {
        counts.count(What::Lengths, 1.0);
    }
    let first = finished.first_content.map(|first| first.as_secs_f64());
    if let Some(first) = first {
        counts.count(What::Begun, 1.0);
        counts.count(What::FirstContent, first);
    }
    if let Some(usage) = &finished.usage {
        let tokens = usage.answer() as f64;
        counts.count(What::Measured, 1.0);
        counts.count(What::Tokens, tokens);
        counts.count(What::SquaredTokens, tokens * tokens);
        // Of one that comes at once, or in one piece, nothing is known.
        let rest = finished.total.as_secs_f64() - first.unwrap_or(f64::INFINITY);
        if rest > 0.001 && tokens > 0.0 {
            counts.count(What::Streamed, 1.0);
            counts.count(What::Speed, tokens / rest);
        }
    }
}
