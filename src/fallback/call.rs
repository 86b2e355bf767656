use std::{fmt, sync::Arc};

use http::{Request, request::Parts};
use tokio::time::Instant;
use tower::{Service, ServiceExt, util::Oneshot};

use super::{again::made_before, rule::Rule, turn::Turn};
use crate::{
    catalog::Candidate,
    context::Context,
    observe::Observer,
    query::{Api, Classified, Feature, Pace},
    select::Plan,
};

/// A call: what every attempt of it sends, and what it goes by.
pub(super) struct Call<S, B> {
    service: S,
    head: Parts,
    body: B,
    pub(super) rule: Arc<Rule>,
    pub(super) plan: Option<Plan>,
    pub(super) observer: Option<Arc<dyn Observer>>,
    /// When its time is up, that of its answer included.
    pub(super) until: Option<Instant>,
}

/// By when something is to have come of an attempt.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// Its answer is to have begun.
    pub(super) late: Option<Instant>,
    /// Another is asked besides it.
    pub(super) hedge: Option<Instant>,
}

impl<S, B> Call<S, B> {
    pub(super) fn new(
        service: S,
        head: Parts,
        body: B,
        rule: Arc<Rule>,
        plan: Option<Plan>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        let total = rule.total_timeout;
        let until = total.and_then(|most| Instant::now().checked_add(most));
        Self {
            service,
            head,
            body,
            rule,
            plan,
            observer,
            until,
        }
    }

    /// Whether the caller has made it before, by its own account.
    pub(super) fn again(&self) -> bool {
        made_before(&self.head.headers)
    }

    pub(super) fn context(&self) -> Option<&Context> {
        self.head.extensions.get()
    }
}

impl<S, B> Call<S, B>
where
    S: Service<Request<B>> + Clone,
    B: Classified,
{
    pub(super) fn api(&self) -> Api {
        self.body.query().api()
    }

    /// Begins an attempt.
    pub(super) fn ask(&self, turn: &Turn) -> Oneshot<S, Request<B>> {
        let body = self.body.again();
        let body = body.expect("a body that was replayed once is replayed again");
        ask(self.service.clone(), self.head.clone(), body, turn)
    }

    /// By when something is to have come of an attempt that begins now.
    pub(super) fn times(&self, candidate: Option<&Candidate>) -> Times {
        let Rule {
            first_content_timeout,
            hedge_after,
            ..
        } = *self.rule;
        let batch = self.plan.as_ref().map(Plan::pace) == Some(Pace::Batch);
        if batch || first_content_timeout.is_endless() && hedge_after.is_endless() {
            return Times {
                late: self.until,
                hedge: None,
            };
        }
        let (now, stream) = (Instant::now(), self.body.query().stream());
        let monitor = self.rule.monitor.as_ref();
        let begun = first_content_timeout
            .with(candidate, stream, monitor)
            .filter(|_| stream);
        let begun = begun.and_then(|most| now.checked_add(most));
        let hedge = hedge_after.with(candidate, stream, monitor);
        let hedge = hedge.filter(|_| self.may_be_hedged());
        Times {
            late: begun.into_iter().chain(self.until).min(),
            hedge: hedge.and_then(|after| now.checked_add(after)),
        }
    }

    /// Whether two may be asked at a time. What is labelled goes to no more places than it must, and what leans on
    /// something that is kept at a provider may change it.
    fn may_be_hedged(&self) -> bool {
        let labelled = self
            .context()
            .is_some_and(|context| !context.labels().is_empty());
        let state = self.body.query().features().has(Feature::State);
        self.plan.is_some() && !labelled && !state
    }
}

/// Begins an attempt of a request.
pub(super) fn ask<S, B>(service: S, mut head: Parts, body: B, turn: &Turn) -> Oneshot<S, Request<B>>
where
    S: Service<Request<B>>,
{
    if let Some(attempt) = &turn.attempt {
        head.extensions.insert(attempt.clone());
    }
    service.oneshot(Request::from_parts(head, body))
}

impl<S, B> fmt::Debug for Call<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
