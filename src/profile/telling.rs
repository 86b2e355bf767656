use std::sync::{Arc, PoisonError};

use super::{
    Profile,
    drift::{Drift, Ended, Found},
    guard::{Judged, Verdict},
    learner::Label,
    store::StreamName,
    track::{Track, Weighed},
};
use crate::{
    catalog::{Candidate, Usage},
    observe::{
        Decision, Ending, Event, FailureClass, FinishReason, Finished, Observer, semconv, tell,
    },
    query::Task,
};

impl Profile {
    /// Tells an observer, as long as it lives, of scores that were taken ([`Event::Scored`]), and of candidates that are not any
    /// more what they were, or are again: a [`Stack`](crate::stack::Stack) has its own ones told.
    pub fn tells(&self, observer: &Arc<dyn Observer>) {
        let observers = self.0.observers.write();
        let mut observers = observers.unwrap_or_else(PoisonError::into_inner);
        observers.retain(|one| one.strong_count() > 0);
        observers.push(Arc::downgrade(observer));
    }

    /// An answer was scored by somebody who says so.
    pub(super) fn scored(&self, track: &Track, label: &Label) {
        let found = track.scored(label);
        self.tell(track.name(), found);
    }

    /// The answer to a call that was left to the policy was scored: whether routing wins.
    pub(super) fn compare(&self, track: &Track, arms: &[Judged], label: &Label, wished: f64) {
        let scored = (label.score, label.weight);
        let Some(verdict) = track.compare(arms, label.arm, scored, wished) else {
            return;
        };
        let alias = &*track.name().alias;
        match verdict {
            Verdict::Routing => tracing::info!(alias, "routing wins again"),
            Verdict::Constant(arm) => {
                let name = self.0.known.candidates.name(arm);
                let model = name.as_ref().map(|(model, _)| &**model);
                tracing::warn!(
                    { semconv::REQUEST_MODEL } = model,
                    alias,
                    "routing does not win over always asking one model, which is asked now"
                );
            }
        }
    }

    /// An attempt has ended: how that compares with others of the candidate.
    pub(super) fn ended(
        &self,
        decision: &Decision,
        candidate: &Candidate,
        finished: Option<&Finished>,
        failed: Option<FailureClass>,
    ) {
        let Some(alias) = decision.alias.as_deref() else {
            return;
        };
        let Some(ended) = end(finished, failed) else {
            return;
        };
        let name = StreamName::new(self.whose(decision.tenant.as_ref()), alias);
        if let Some(Weighed { track, .. }) = self.0.tracks.get(&name) {
            let task = self.task(decision.classification.task());
            let found = track.ended(self.key(candidate), task, &ended);
            self.tell(&name, found);
        }
    }

    fn tell(&self, stream: &StreamName, found: Found) {
        for finding in found {
            let known = &self.0.known;
            let Some((model, effort)) = known.candidates.name(finding.arm) else {
                continue;
            };
            let task = finding.task.and_then(|task| known.tasks.name(task));
            let recovered = finding.recovered;
            let drift = Drift {
                model: (&*model).into(),
                effort: (!effort.is_empty()).then(|| (&*effort).into()),
                tenant: stream.tenant.clone(),
                alias: stream.alias.clone(),
                task: task.map(|(task, _)| Task::new(task.to_string())),
                what: finding.what,
                worse: finding.worse,
                before: finding.before,
                after: finding.after,
                models: finding.names,
                since: finding.since,
                calls: finding.of,
            };
            log(&drift, recovered);
            let event = match recovered {
                true => Event::Recovered(&drift),
                false => Event::Drifted(&drift),
            };
            self.tell_all(&event);
        }
    }

    /// Tells whoever wants to know.
    pub(super) fn tell_all(&self, event: &Event<'_>) {
        let observers = self.0.observers.read();
        let observers = observers.unwrap_or_else(PoisonError::into_inner);
        let alive: Vec<_> = observers.iter().filter_map(|one| one.upgrade()).collect();
        drop(observers);
        for observer in alive {
            tell(&*observer, event);
        }
    }
}

/// What an end says of who was asked; `None` where it says nothing.
fn end<'a>(finished: Option<&'a Finished>, failed: Option<FailureClass>) -> Option<Ended<'a>> {
    use FailureClass::{Malformed, ModelGone, Provider, Timeout};
    let failure = Ended {
        failed: true,
        ..Ended::default()
    };
    match failed {
        Some(Provider | Timeout | Malformed | ModelGone) => return Some(failure),
        Some(_) => return None,
        None => {}
    }
    let finished = finished?;
    match finished.ending {
        Ending::Complete => {}
        Ending::Cancelled => return None,
        _ => return Some(failure),
    }
    let reasons = finished.finish_reasons;
    Some(Ended {
        failed: false,
        refused: reasons.has(FinishReason::Refusal) || reasons.has(FinishReason::ContentFilter),
        first_content: finished.first_content.map(|first| first.as_secs_f64()),
        total: finished.total.as_secs_f64(),
        tokens: finished.usage.as_ref().map(Usage::answer),
        served: finished.served_model.as_deref(),
    })
}

fn log(drift: &Drift, recovered: bool) {
    let task = drift.task.as_ref().map(Task::as_str);
    tracing::debug!(
        target: semconv::METRICS,
        {
            { semconv::DRIFTS } = u64::from(!recovered),
            { semconv::RECOVERIES } = u64::from(recovered),
            { semconv::REQUEST_MODEL } = &*drift.model,
            { semconv::TASK } = task,
            { semconv::DRIFT } = drift.what.as_str()
        },
        "a model is not what it was, or is again"
    );
    let (before, after) = (drift.before, drift.after);
    let (model, what) = (&*drift.model, drift.what.as_str());
    let effort = drift.effort.as_deref();
    let alias = &*drift.alias;
    let models = drift.models.as_ref();
    if recovered || !drift.worse && models.is_none() {
        tracing::info!(
            { semconv::REQUEST_MODEL } = model,
            { semconv::TASK } = task,
            { semconv::DRIFT } = what,
            effort,
            alias,
            before,
            after,
            since = drift.since,
            recovered,
            "a model is better than before"
        );
    } else {
        tracing::warn!(
            { semconv::REQUEST_MODEL } = model,
            { semconv::TASK } = task,
            { semconv::DRIFT } = what,
            effort,
            alias,
            before,
            after,
            models = models.map(tracing::field::debug),
            since = drift.since,
            "a model is not what it was"
        );
    }
}
