use std::pin::pin;

use http::{Request, Response};
use tokio::time::{Instant, sleep, timeout_at};
use tower::Service;

use super::{Asked, Asking, Others, Resume};
use crate::{
    dispatch::Baton,
    fallback::{
        ResponseBody,
        call::Call,
        told::Told,
        turn::Turn,
        walk::{Step, Walk},
    },
    observe::{Failure, FailureClass, Outcome},
    query::Classified,
};

/// What is kept of a call whose answer has begun, for the case that it breaks off.
pub(in super::super) struct Standby<S, B> {
    pub(in super::super) call: Call<S, B>,
    pub(in super::super) walk: Walk,
    pub(in super::super) told: Told,
    /// The attempt under way.
    pub(in super::super) turn: Turn,
}

impl<S, B> Standby<S, B> {
    /// Of a call of which no attempt has failed.
    pub(in super::super) fn first(call: Call<S, B>, turn: Turn) -> Self {
        let (rule, plan) = (call.rule.clone(), call.plan.clone());
        let mut walk = Walk::new(rule, plan, call.until, call.again(), &turn);
        walk.been_at(turn.place);
        Self {
            walk,
            told: Told::new(call.plan.clone(), call.observer.clone()),
            call,
            turn,
        }
    }

    /// The answer, with this behind it where it is a stream that can be gone on with.
    pub(in super::super) fn behind<ResB>(
        mut self,
        response: Response<ResponseBody<ResB>>,
    ) -> Response<ResponseBody<ResB>>
    where
        Self: Others<ResB> + 'static,
    {
        let attempt = self.turn.attempt.as_ref();
        let baton = attempt.and_then(|attempt| attempt.baton().cloned());
        let outcome = response.extensions().get::<Outcome>().cloned();
        let open = outcome.filter(|outcome| outcome.get().is_none());
        let Some((baton, outcome)) = baton.zip(open) else {
            return response;
        };
        self.walk
            .keep(|candidate| candidate.model().prefix().is_some());
        let resume = Resume::new(baton, outcome, Box::new(self));
        response.map(|body| body.resumable(resume))
    }
}

impl<S, B, ResB> Others<ResB> for Standby<S, B>
where
    S: Service<Request<B>, Response = Response<ResB>> + Clone + Send + 'static,
    S::Future: Send,
    B: Classified + Send + 'static,
{
    fn next(
        &mut self,
        failure: Failure,
        outcome: Option<Outcome>,
        baton: &Baton,
    ) -> Option<Asking<ResB>> {
        let now = Instant::now();
        self.walk.failed(&self.turn, failure.clone(), outcome, now);
        let step = self.walk.next(now);
        let next = match step {
            Step::Go(after) => Some((self.walk.ahead(), after)),
            Step::Stop => None,
        };
        self.told.failed(self.turn.candidate(), &failure, next);
        let Step::Go(after) = step else {
            return None;
        };
        self.turn = self.walk.go();
        let attempt = self.turn.attempt.take();
        self.turn.attempt = attempt.map(|attempt| attempt.resuming(baton.clone()));
        let late = self.call.times(self.turn.candidate()).late;
        let late = late.and_then(|late| late.checked_add(after));
        let late = late.into_iter().chain(self.call.until).min();
        let asking = self.call.ask(&self.turn);
        let turn = self.turn.attempt.clone();
        let provider = self.turn.provider().to_owned();
        Some(Box::pin(async move {
            sleep(after).await;
            // It is dropped after it was told why.
            let mut asking = pin!(asking);
            let asked = match late {
                Some(late) => timeout_at(late, asking.as_mut()).await,
                None => Ok(asking.await),
            };
            let class = match asked {
                Ok(Ok(response)) => return Asked::Answer(response),
                Ok(Err(_)) => FailureClass::Provider,
                Err(_) => FailureClass::Timeout,
            };
            let failure = Failure::new(class, provider);
            if let Some(turn) = turn.filter(|_| class == FailureClass::Timeout) {
                turn.give_up(failure.clone());
            }
            Asked::Failed(failure)
        }))
    }
}
