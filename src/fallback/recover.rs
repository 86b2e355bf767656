mod due;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::time::Instant;
use tower::{Service, util::Oneshot};

use super::{
    ResponseBody, Tried,
    alarm::Alarm,
    call::Call,
    future::First,
    lane::{Ended, Fault, Lane},
    result::{Failed, unanswered},
    told::Told,
    turn::Turn,
    walk::{Step, Walk},
};
use crate::{
    observe::FailureClass,
    query::{Api, Classified},
};

mod behind;

/// A call of which something has failed, or taken long: up to two attempts that run side by side, one of them in the
/// lane of the future itself.
pub(super) struct Recover<S, B, ResB, E>
where
    S: Service<Request<B>>,
{
    call: Call<S, B>,
    walk: Walk,
    told: Told,
    api: Api,
    /// What runs in the future's lane, and what in the one beside it.
    runs: [Option<Run>; 2],
    beside: Option<Beside<S, B, ResB>>,
    /// A failure that nobody has dealt with yet.
    fault: Option<Fault<ResB, E>>,
    /// When another is asked besides the one that runs.
    hedge: Option<Instant>,
    /// When the pause is over.
    rested: Option<Instant>,
    /// The attempt whose answer has begun.
    begun: Option<Turn>,
    /// The failure that is told if there is no answer.
    failed: Option<Failed<ResB, E>>,
}

/// An attempt under way.
struct Run {
    turn: Turn,
    /// When its answer is to have begun.
    late: Option<Instant>,
    /// When others are asked, should the one that is asked not be ready by then.
    queued: Option<Instant>,
    /// It was begun besides another.
    hedge: bool,
}

type Answer<ResB, E> = Result<Response<ResponseBody<ResB>>, E>;
type Beside<S, B, ResB> = Pin<Box<Lane<Oneshot<S, Request<B>>, ResB>>>;
type Own<'a, S, B, ResB> = Pin<&'a mut Lane<Oneshot<S, Request<B>>, ResB>>;

/// The future's own lane, and the one beside it.
const OWN: usize = 0;
const BESIDE: usize = 1;

impl<S, B, ResB> Recover<S, B, ResB, S::Error>
where
    S: Service<Request<B>, Response = Response<ResB>> + Clone,
    B: Classified,
    ResB: HttpBody<Data = Bytes> + Unpin,
{
    /// Of a first attempt that has failed so, or is late.
    pub(super) fn new(first: First<S, B>, fault: Option<Fault<ResB, S::Error>>) -> Self {
        let First { call, turn, times } = first;
        let (rule, plan) = (Arc::clone(&call.rule), call.plan.clone());
        let walk = Walk::new(rule, plan, call.until, call.again(), &turn);
        let told = Told::new(call.plan.clone(), call.observer.clone());
        let run = Run {
            turn,
            late: times.late,
            queued: None,
            hedge: false,
        };
        Self {
            api: call.api(),
            call,
            walk,
            told,
            runs: [Some(run), None],
            beside: None,
            fault,
            hedge: times.hedge,
            rested: None,
            begun: None,
            failed: None,
        }
    }

    pub(super) fn poll(
        &mut self,
        mut own: Own<'_, S, B, ResB>,
        mut alarm: Pin<&mut Alarm>,
        cx: &mut Context<'_>,
    ) -> Poll<Answer<ResB, S::Error>> {
        loop {
            let answer = match self.ended(own.as_mut(), cx) {
                Some((at, Ended::Begun(response))) => {
                    return Poll::Ready(Ok(self.begun(at, response, own)));
                }
                Some((at, Ended::Failed(fault))) => self.failed(at, fault, own.as_mut()),
                None => {
                    let Some(next) = self.next() else {
                        return Poll::Pending;
                    };
                    ready!(alarm.as_mut().poll(next, cx));
                    self.due(own.as_mut())
                }
            };
            if let Some(answer) = answer {
                return Poll::Ready(answer);
            }
        }
    }

    /// An attempt that has ended.
    fn ended(
        &mut self,
        own: Own<'_, S, B, ResB>,
        cx: &mut Context<'_>,
    ) -> Option<(usize, Ended<ResB, S::Error>)> {
        if let Some(fault) = self.fault.take() {
            return Some((OWN, Ended::Failed(fault)));
        }
        let past_filters = self.call.rule.past_filters;
        let lanes = [Some(own), self.beside.as_mut().map(Pin::as_mut)];
        for (at, (run, lane)) in self.runs.iter().zip(lanes).enumerate() {
            if let (Some(run), Some(lane)) = (run, lane)
                && let Poll::Ready(ended) = lane.poll(cx, &run.turn, past_filters)
            {
                return Some((at, ended));
            }
        }
        None
    }

    /// The attempt has failed.
    fn failed(
        &mut self,
        at: usize,
        fault: Fault<ResB, S::Error>,
        own: Own<'_, S, B, ResB>,
    ) -> Option<Answer<ResB, S::Error>> {
        let run = self.runs[at].take()?;
        let (now, turn) = (Instant::now(), &run.turn);
        let Fault {
            failure,
            outcome,
            shows,
        } = fault;
        let other = self.runs.iter().flatten().next();
        // A limit of tokens is told as what another may take.
        let unaffordable = matches!(
            failure.class,
            FailureClass::Budget | FailureClass::Limit | FailureClass::Unsupported
        );
        if run.hedge && other.is_some() && !failure.sent && unaffordable {
            // One is enough.
            self.walk.withdrawn(turn);
            return None;
        }
        self.walk
            .failed(turn, failure.clone(), outcome.clone(), now);
        let step = match other {
            Some(_) => None,
            None => Some(self.walk.next(now)),
        };
        let next = match (other, step) {
            (Some(other), _) => Some((other.turn.candidate(), Duration::ZERO)),
            (None, Some(Step::Go(after))) => Some((self.walk.ahead(), after)),
            (None, _) => None,
        };
        self.told.failed(turn.candidate(), &failure, next);
        let stops = step == Some(Step::Stop);
        // What no attempt can mend is what the caller is to know.
        let decides = matches!(failure.class, FailureClass::Caller | FailureClass::Filtered)
            && (stops || self.walk.is_over());
        let shows = shows
            .unwrap_or_else(|| Ok(unanswered(self.api, &self.told, &failure, outcome.as_ref())));
        let failed = Failed::new(shows, failure).deciding(decides);
        let failed = failed.or(self.failed.take());
        if stops {
            return Some(failed.finish(self.tried()));
        }
        self.failed = Some(failed);
        match step {
            Some(Step::Go(after)) => self.pause(after, own),
            // The other goes on by itself, until somebody is asked besides it.
            _ => self.hedge = self.times_of_other().hedge,
        }
        None
    }

    /// Goes on after so long.
    fn pause(&mut self, after: Duration, own: Own<'_, S, B, ResB>) {
        self.hedge = None;
        match after {
            Duration::ZERO => self.go_on(own),
            // What is past all time never comes; nobody asks for that.
            after => self.rested = Instant::now().checked_add(after),
        }
    }

    /// Begins the next attempt.
    fn go_on(&mut self, mut own: Own<'_, S, B, ResB>) {
        let turn = self.walk.go();
        let queued = self.walk.leaves_queue_after();
        let times = self.call.times(turn.candidate());
        own.set(Lane::asking(self.call.ask(&turn)));
        self.beside = None;
        self.hedge = times.hedge;
        self.runs = [
            Some(Run {
                turn,
                late: times.late,
                queued: queued.and_then(|after| Instant::now().checked_add(after)),
                hedge: false,
            }),
            None,
        ];
    }

    /// The answer has begun: whoever runs besides it is cancelled.
    fn begun(
        &mut self,
        at: usize,
        mut response: Response<ResponseBody<ResB>>,
        own: Own<'_, S, B, ResB>,
    ) -> Response<ResponseBody<ResB>> {
        if let Some(run) = self.runs[at].take() {
            self.walk.been_at(run.turn.place);
            self.begun = Some(run.turn);
        }
        let other = 1 - at;
        if let Some(run) = self.runs[other].take() {
            let outcome = lane(&own, self.beside.as_ref(), other).and_then(Lane::outcome);
            self.walk.lost(&run.turn, outcome.cloned());
            self.clear(other, own);
        }
        let tried = self.tried();
        if !tried.tries().is_empty() {
            response.extensions_mut().insert(tried);
        }
        response
    }

    fn clear(&mut self, at: usize, mut own: Own<'_, S, B, ResB>) {
        match at {
            OWN => own.set(Lane::Idle),
            _ => self.beside = None,
        }
    }

    fn tried(&mut self) -> Tried {
        Tried::new(self.walk.take_tries())
    }
}

/// One of the two lanes.
fn lane<'a, F, ResB>(
    own: &'a Pin<&mut Lane<F, ResB>>,
    beside: Option<&'a Pin<Box<Lane<F, ResB>>>>,
    at: usize,
) -> Option<&'a Lane<F, ResB>> {
    match at {
        OWN => Some(own),
        _ => beside.map(|beside| &**beside),
    }
}
