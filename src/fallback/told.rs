use std::{fmt, sync::Arc, time::Duration};

use crate::{
    catalog::Candidate,
    observe::{Event, Failure, FellBack, Observer, semconv, tell},
    select::Plan,
};

/// Who is told of a failure, and of which call.
pub(super) struct Told {
    plan: Option<Plan>,
    observer: Option<Arc<dyn Observer>>,
}

impl Told {
    pub(super) const fn new(plan: Option<Plan>, observer: Option<Arc<dyn Observer>>) -> Self {
        Self { plan, observer }
    }

    pub(super) const fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// An attempt has failed; `next` is who is asked then, and after which pause.
    pub(super) fn failed(
        &self,
        from: Option<&Candidate>,
        failure: &Failure,
        next: Option<(Option<&Candidate>, Duration)>,
    ) {
        let decision = self.plan.as_ref().and_then(Plan::decision);
        let name = |one: &Candidate| one.model().name().to_owned();
        tracing::info!(
            { semconv::DECISION } = decision.map(|decision| tracing::field::display(decision.id)),
            { semconv::PROVIDER_NAME } = &*failure.provider,
            { semconv::REQUEST_MODEL } = from.map(name),
            { semconv::ERROR_TYPE } = failure.class.as_str(),
            next = next.and_then(|(to, _)| to).map(name),
            again = next.is_some(),
            "an attempt failed"
        );
        let Some(observer) = &self.observer else {
            return;
        };
        let fell = FellBack {
            decision,
            from,
            failure,
            to: next.and_then(|(to, _)| to),
            again: next.is_some(),
            after: next.map(|(_, after)| after).unwrap_or_default(),
        };
        tell(&**observer, &Event::FellBack(fell));
    }
}

impl Told {
    /// Another is asked besides the one that is.
    pub(super) fn hedged(&self, running: Option<&Candidate>, besides: Option<&Candidate>) {
        let decision = self.plan.as_ref().and_then(Plan::decision);
        tracing::debug!(
            { semconv::DECISION } = decision.map(|decision| tracing::field::display(decision.id)),
            { semconv::REQUEST_MODEL } = running.map(|one| one.model().name()),
            besides = besides.map(|one| one.model().name()),
            "an answer takes long, and another is asked for"
        );
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}
