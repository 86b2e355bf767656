use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use tracing::Span;

use super::{
    Answer, Attempt, Reported, Seen, Step,
    attempt::Unseen,
    bill::{Bill, Invoice},
    reading::Reading,
};
use crate::{
    budget::{CutRule, Hold},
    chat::Sink,
    health::{Permit, Seat},
    money::Usd,
    observe::{
        Ending, Event, Failure, FinishReason, Finished, Observer, Outcome, Spending, semconv, tell,
    },
};

/// Follows one attempt from before it is sent to its end, and settles its hold then, exactly once.
///
/// Dropped before it was told of an end, it ends as cancelled; so whatever drops the call's future or body settles.
#[derive(Debug)]
pub(super) struct Meter {
    hold: Option<Hold>,
    pub(super) attempt: Attempt,
    pub(super) permit: Option<Permit>,
    spending: Option<Spending>,
    pub(super) seat: Option<Seat>,
    pub(super) bill: Bill,
    answer: MeteredAnswer,
    pub(super) outcome: Outcome,
    pub(super) observer: Option<Watcher>,
    span: Span,
    here: Option<Instant>,
    pub(super) sent: Option<Instant>,
    reading: Arc<Reading>,
    first_content: Option<Duration>,
    pub(super) streaming: bool,
    provider_request_id: Option<Box<str>>,
}

/// What a hold was settled at.
struct Settled {
    cost: Option<Usd>,
    exact: bool,
    invoice: Invoice,
}

impl Settled {
    const fn exactly(cost: Usd, invoice: Invoice) -> Self {
        Self {
            cost: Some(cost),
            exact: true,
            invoice,
        }
    }

    fn at_most(cost: Option<Usd>) -> Self {
        Self {
            cost,
            exact: false,
            invoice: Invoice::default(),
        }
    }
}

struct MeteredAnswer(Box<dyn Answer>);

impl std::fmt::Debug for MeteredAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.seen().fmt(f)
    }
}

#[derive(Clone)]
pub(super) struct Watcher(pub(super) Arc<dyn Observer>);

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer(..)")
    }
}

impl Meter {
    pub(super) fn new(
        hold: Hold,
        attempt: Attempt,
        bill: Bill,
        answer: Box<dyn Answer>,
        outcome: Outcome,
        observer: Option<Watcher>,
        span: Span,
    ) -> Self {
        Self {
            hold: Some(hold),
            attempt,
            permit: None,
            spending: None,
            seat: None,
            bill,
            answer: MeteredAnswer(answer),
            outcome,
            observer,
            span,
            here: None,
            sent: None,
            reading: Arc::default(),
            first_content: None,
            streaming: false,
            provider_request_id: None,
        }
    }

    /// That the candidate may be asked, and its place at a deployment, until the answer has ended.
    pub(super) fn permitted(&mut self, permit: Option<Permit>, seat: Option<Seat>) {
        self.permit = permit;
        self.seat = seat;
    }

    /// Who else is told what is sent, and what it costs in the end.
    pub(super) fn spends(&mut self, spending: Option<Spending>) {
        self.spending = spending;
    }

    pub(super) const fn permit(&self) -> Option<&Permit> {
        self.permit.as_ref()
    }

    pub(super) fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    pub(super) fn provider(&self) -> &str {
        self.outcome.candidate().model().provider().name()
    }

    /// Notes how the attempt fails, before it ends. The first word counts.
    pub(super) fn fail(&self, failure: Failure) {
        self.outcome
            .fail(failure.with_elsewhere(self.attempt.elsewhere()));
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// When all of the call's request was here, where this is its first attempt.
    pub(super) fn since(&mut self, here: Option<Instant>) {
        self.here = here;
    }

    /// The request is about to be handed to the client.
    pub(super) fn sent(&mut self) {
        let now = Instant::now();
        self.sent = Some(now);
        if let Some(here) = self.here {
            self.outcome.took(now.saturating_duration_since(here));
        }
        if let Some(spending) = &self.spending {
            spending.sent();
        }
        if let Some(hold) = &mut self.hold {
            hold.sent();
        }
    }

    /// The head of the answer is here.
    pub(super) fn answered(&mut self, request_id: Option<Box<str>>, streaming: bool) {
        self.attempt.answered();
        self.provider_request_id = request_id;
        self.streaming = streaming;
    }

    /// How far the caller has read what has come.
    pub(super) const fn reading(&self) -> &Arc<Reading> {
        &self.reading
    }

    pub(super) fn event(&mut self, data: &[u8], out: &mut dyn Sink) -> Step {
        let before = self.seen().content_bytes;
        let step = self.answer.0.event(data, out);
        if before == 0 && self.seen().content_bytes > 0 {
            self.first_content = self.sent.map(|sent| sent.elapsed());
            self.outcome.live();
            // What the caller does not get is no beginning.
            if step != Step::Garbage
                && let Some(permit) = &mut self.permit
            {
                permit.begun();
            }
        }
        step
    }

    pub(super) fn whole(
        &mut self,
        body: &[u8],
        out: &mut dyn Sink,
    ) -> Result<(), super::Unreadable> {
        let read = self.answer.0.whole(body, out);
        if self.seen().content_bytes > 0 {
            self.first_content = self.sent.map(|sent| sent.elapsed());
            self.outcome.content();
        }
        read
    }

    pub(super) fn seen(&self) -> &Seen {
        self.answer.0.seen()
    }

    /// The provider has failed in the middle: what it made before is billed, and nothing is where it made nothing.
    /// Of a client that has tried more than once this is the last try, and says nothing of the others.
    pub(super) fn failed(&mut self) {
        let seen = self.seen();
        let nothing =
            seen.content_bytes == 0 && seen.usage == Reported::Missing && seen.cost.is_none();
        self.end(if nothing && !self.left_again() {
            Ending::Rejected
        } else {
            Ending::Cut
        });
    }

    /// Whether the provider's filter stopped the answer before anything was said.
    pub(super) fn was_filtered(&self) -> bool {
        let seen = self.seen();
        seen.content_bytes == 0 && seen.finish_reasons.has(FinishReason::ContentFilter)
    }

    /// Whether the answer is all there but for the usage that is still to come.
    pub(super) fn awaits_usage(&self) -> bool {
        self.seen().finished && self.seen().usage == Reported::Missing
    }

    /// Whether nothing of the request has left yet.
    pub(super) fn is_queued(&self) -> bool {
        self.attempt.is_queued()
    }

    /// Whether what is to send it is not ready, and is not waited for.
    pub(super) fn is_busy(&self) -> bool {
        self.attempt.is_queued() && self.attempt.is_busy()
    }

    /// The client has failed, and nobody has seen the request.
    pub(super) fn was_unseen(&self, why: Unseen) {
        self.attempt.was_unseen(why);
    }

    pub(super) fn left_again(&self) -> bool {
        self.attempt.left_again()
    }

    pub(super) fn cut_rule(&self) -> CutRule {
        self.bill.cut_rule()
    }

    /// The end. Later ends change nothing.
    pub(super) fn end(&mut self, ending: Ending) {
        let Some(hold) = self.hold.take() else {
            return;
        };
        if let Some(failure) = self.attempt.given_up() {
            self.outcome.fail(failure.clone());
        }
        let Settled {
            cost,
            exact,
            invoice,
        } = self.settle(hold, ending);
        if let Some(cost) = cost {
            self.attempt.costs(cost);
        }
        if let Some(spending) = self.spending.as_ref().filter(|_| self.sent.is_some()) {
            spending.ended(cost);
        }
        let seen = self.seen();
        let usage = match &seen.usage {
            Reported::Usage(usage) => Some(usage.clone()),
            Reported::Missing | Reported::Implausible => None,
        };
        let finished = Finished {
            ending,
            cost,
            exact,
            reported_cost: invoice.reported,
            computed_cost: invoice.computed,
            finish_reasons: seen.finish_reasons,
            served_model: seen.model.clone(),
            provider_request_id: self.provider_request_id.take(),
            streamed: self.streaming,
            first_content: self.first_content,
            total: self.sent.map(|sent| sent.elapsed()).unwrap_or_default(),
            usage,
        };
        let served_before = self.report(&finished);
        self.leave_seat(&finished);
        self.record(&finished);
        self.outcome.finish(finished);
        if let Some(observer) = &self.observer {
            tell(&*observer.0, &Event::Finished(&self.outcome));
        }
        if let Some(before) = served_before {
            self.changed(&before);
        }
    }

    /// Replaces the hold by what the call has cost, as far as that is known.
    fn settle(&self, mut hold: Hold, ending: Ending) -> Settled {
        let free = self.bill.is_free() || ending == Ending::Rejected;
        if self.sent.is_none() || self.attempt.is_queued() || free {
            hold.release();
            return Settled::exactly(Usd::ZERO, Invoice::default());
        }
        let seen = self.seen();
        // Usage in the middle of an answer is not yet all of it.
        let whole =
            seen.done || seen.finished || seen.error.is_some() || ending == Ending::Complete;
        let reported = match &seen.usage {
            Reported::Usage(usage) => Some(usage.prompt().saturating_add(usage.answer())),
            Reported::Missing | Reported::Implausible => None,
        };
        let stopped = self.streaming
            && self.bill.cut_rule() == CutRule::Stops
            && matches!(ending, Ending::Cancelled | Ending::Cut);
        // Of an answer that has come to its end nothing is left unseen.
        let last = self
            .reading
            .unread_since(self.sent)
            .filter(|_| !seen.finished);
        let behind = last.map(|at| at.elapsed()).unwrap_or_default();
        let tokens = match reported.filter(|_| whole) {
            Some(reported) => Some(reported),
            None => self
                .bill
                .tokens_when_cut(seen, behind, stopped)
                .map(|tokens| tokens.max(reported.unwrap_or(0))),
        };
        if let Some(tokens) = tokens {
            hold.used(tokens);
        }
        if whole {
            let invoice = self.bill.invoice(
                seen,
                self.sent.map(|sent| sent.elapsed()).unwrap_or_default(),
            );
            if let Some(cost) = invoice.cost() {
                self.compare(invoice);
                self.exceeds(cost);
                hold.settle(cost);
                return Settled::exactly(cost, invoice);
            }
        }
        let unbounded = self.bill.bound().is_none();
        if stopped || unbounded {
            // A sum that is not known leaves the bound.
            let cost = self.bill.cost_when_cut(seen, behind);
            if let Some(cost) = cost {
                hold.seen(cost);
                hold.cut();
                return Settled::at_most(Some(cost));
            }
        }
        hold.cut();
        Settled::at_most(self.bill.bound())
    }

    fn record(&self, finished: &Finished) {
        let span = &self.span;
        if span.is_disabled() {
            return;
        }
        if let Some(usage) = &finished.usage {
            span.record(semconv::INPUT_TOKENS, usage.prompt());
            span.record(semconv::OUTPUT_TOKENS, usage.answer());
        }
        if let Some(cost) = finished.cost {
            span.record(semconv::COST_NANO_USD, cost.nanos());
        }
        if let Some(model) = &finished.served_model {
            span.record(semconv::RESPONSE_MODEL, &**model);
        }
        match (&self.seen().error, finished.ending) {
            (Some(code), _) => span.record(semconv::ERROR_TYPE, &**code),
            (None, Ending::Complete) => span,
            (None, ending) => span.record(semconv::ERROR_TYPE, ending.as_str()),
        };
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.end(Ending::Cancelled);
    }
}
