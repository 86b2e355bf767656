use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::time::Instant;
use tower::Service;

use super::{Answer, BESIDE, OWN, Own, Recover, Run, lane};
use crate::{
    fallback::{
        call::Times,
        lane::{Fault, Lane},
        result::{Failed, unanswered},
        walk::Step,
    },
    observe::{Failure, FailureClass},
    query::Classified,
};

impl<S, B, ResB> Recover<S, B, ResB, S::Error>
where
    S: Service<Request<B>, Response = Response<ResB>> + Clone,
    B: Classified,
    ResB: HttpBody<Data = Bytes> + Unpin,
{
    /// When there is something to be done, whatever comes until then.
    pub(super) fn next(&self) -> Option<Instant> {
        let runs = self.runs.iter().flatten();
        let of_runs = runs.flat_map(|run| run.late.into_iter().chain(run.queued));
        of_runs.chain(self.hedge).chain(self.rested).min()
    }

    /// It is time for something.
    pub(super) fn due(&mut self, mut own: Own<'_, S, B, ResB>) -> Option<Answer<ResB, S::Error>> {
        let now = Instant::now();
        let is_due = |at: &Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(&self.rested) {
            self.rested = None;
            self.go_on(own.as_mut());
            return None;
        }
        let beside = self.runs.iter().all(Option::is_some);
        for at in [OWN, BESIDE] {
            let Some(run) = &mut self.runs[at] else {
                continue;
            };
            if is_due(&run.late) {
                let lane = lane(&own, self.beside.as_ref(), at);
                let lives = lane.is_some_and(Lane::lives);
                let time_is_up = self.call.until.is_some_and(|until| until <= now);
                if lives && !time_is_up {
                    run.late = self.call.until;
                    continue;
                }
                return self.give_up(at, own);
            }
            if is_due(&run.queued) {
                run.queued = None;
                if run.turn.is_queued() && !beside {
                    return self.leave_queue(at, own);
                }
            }
        }
        if is_due(&self.hedge) {
            self.hedge = None;
            self.hedge(own);
        }
        None
    }

    /// The attempt takes too long: it is cancelled before anybody else is asked.
    fn give_up(
        &mut self,
        at: usize,
        mut own: Own<'_, S, B, ResB>,
    ) -> Option<Answer<ResB, S::Error>> {
        let run = self.runs[at].as_ref()?;
        let failure = Failure::new(FailureClass::Timeout, run.turn.provider());
        let failure = failure.with_elsewhere(run.turn.elsewhere());
        let failure = match run.turn.is_queued() {
            true => failure.unsent(),
            false => failure,
        };
        if let Some(attempt) = &run.turn.attempt {
            attempt.give_up(failure.clone());
        }
        let outcome = lane(&own, self.beside.as_ref(), at).and_then(Lane::outcome);
        let fault = Fault {
            failure,
            outcome: outcome.cloned(),
            shows: None,
        };
        self.clear(at, own.as_mut());
        self.failed(at, fault, own)
    }

    /// Others may be ready sooner than the one that is asked.
    fn leave_queue(
        &mut self,
        at: usize,
        mut own: Own<'_, S, B, ResB>,
    ) -> Option<Answer<ResB, S::Error>> {
        self.clear(at, own.as_mut());
        let run = self.runs[at].take()?;
        self.walk.not_ready(&run.turn, Instant::now());
        match self.walk.next(Instant::now()) {
            Step::Go(after) => self.pause(after, own),
            Step::Stop => {
                let busy = Failure::new(FailureClass::Busy, run.turn.provider()).unsent();
                let response = unanswered(self.api, &self.told, &busy, None);
                let failed = Failed::new(Ok(response), busy).or(self.failed.take());
                return Some(failed.finish(self.tried()));
            }
        }
        None
    }

    /// Asks another besides the one that runs.
    fn hedge(&mut self, mut own: Own<'_, S, B, ResB>) {
        let Some(at) = self.runs.iter().position(Option::is_none) else {
            return;
        };
        let Some(running) = &self.runs[1 - at] else {
            return;
        };
        if running.turn.is_queued() {
            // It is not slow yet.
            self.hedge = self.times_of_other().hedge;
            return;
        }
        let scopes = self.call.context().map(|context| context.scopes());
        let turn = self
            .walk
            .hedge(&running.turn, scopes.unwrap_or_default(), Instant::now());
        let Some(turn) = turn else {
            return;
        };
        self.told.hedged(running.turn.candidate(), turn.candidate());
        let lane = Lane::asking(self.call.ask(&turn));
        match at {
            OWN => own.set(lane),
            _ => self.beside = Some(Box::pin(lane)),
        }
        self.runs[at] = Some(Run {
            late: self.call.times(turn.candidate()).late,
            turn,
            queued: None,
            hedge: true,
        });
    }

    pub(super) fn times_of_other(&self) -> Times {
        let other = self.runs.iter().flatten().next();
        other.map_or_else(Times::default, |other| {
            self.call.times(other.turn.candidate())
        })
    }
}
