use tokio::time::Instant;

use super::meter::Meter;
use crate::{
    catalog::Usage,
    health::Ended,
    observe::{Ending, Event, FailureClass, Finished, ModelChanged, tell},
};

/// What the end of an attempt says of who was asked.
impl Meter {
    /// Tells the monitor how the attempt ended. Says which model answered before, where that is news.
    pub(super) fn report(&mut self, finished: &Finished) -> Option<Box<str>> {
        let permit = self.permit.take().filter(|_| self.sent.is_some())?;
        let until = self.attempt.until();
        let decision = self.outcome.decision();
        permit.ended(&Ended {
            ending: finished.ending,
            failure: self.outcome.failure(),
            out_of_time: until.is_some_and(|until| until <= Instant::now()),
            first_content: finished.first_content,
            total: finished.total,
            streamed: self.streaming,
            output_tokens: finished.usage.as_ref().map(Usage::answer),
            asked: decision
                .map(|decision| (decision.classification.task(), decision.tenant.as_ref())),
            served_model: finished.served_model.as_deref(),
        })
    }

    /// Another model has answered than before, by the provider's own word.
    pub(super) fn changed(&self, before: &str) {
        let candidate = self.outcome.candidate();
        let served = self
            .outcome
            .get()
            .and_then(|finished| finished.served_model.as_deref());
        let after = served.unwrap_or_default();
        let model = candidate.model();
        tracing::warn!(
            model = model.name(),
            provider = model.provider().name(),
            before,
            after,
            "another model answers than before"
        );
        if let Some(observer) = &self.observer {
            let changed = ModelChanged {
                candidate,
                before,
                after,
            };
            tell(&*observer.0, &Event::ModelChanged(changed));
        }
    }

    /// The deployment has one call less, and what this one has taken is known.
    pub(super) fn leave_seat(&mut self, finished: &Finished) {
        if let Some(mut seat) = self.seat.take() {
            let failed = self.outcome.failure().is_some_and(|failure| {
                !matches!(
                    failure.class,
                    FailureClass::Caller
                        | FailureClass::Unsupported
                        | FailureClass::ContextTooLong
                        | FailureClass::Filtered
                )
            });
            match finished.first_content {
                _ if failed => seat.took(finished.total, true),
                Some(first) if self.streaming => seat.took(first, false),
                _ if finished.ending == Ending::Complete => seat.took(finished.total, false),
                _ => {}
            }
        }
    }
}
