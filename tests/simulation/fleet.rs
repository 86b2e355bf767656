//! The providers: in memory, each with a log and a bill of its own, going on only when they are told to.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt;
use tower::Service;
use tower_genai::{Body, dispatch::Attempt};

use crate::{
    dice::Dice,
    ledger::SimLedger,
    prices::{Prices, Tier, Used},
    script::{Asked, End, Head, Script},
    trace::Trace,
};

/// Tokens for each choice that a provider may make after it was cut: what the crate reckons with is 64, and some of it
/// may lie unread on the way.
const STEP: u64 = 24;
const UNREAD: u64 = 24;

/// What a stream costs that is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnCut {
    Stops,
    RunsOn,
    Unknown,
}

impl OnCut {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Stops => "stops",
            Self::RunsOn => "runs_on",
            Self::Unknown => "unknown",
        }
    }
}

/// One provider: its model, and another one that may serve instead.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) on_cut: OnCut,
    pub(crate) prices: Prices,
    pub(crate) other: Prices,
    pub(crate) max_output: u64,
}

/// One call in a provider's log.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) provider: usize,
    /// By its number; `None` where nobody held anything for it.
    pub(crate) hold: Option<usize>,
    pub(crate) script: Script,
    asked: Asked,
    attempt: Option<Attempt>,
    /// Made, and not yet taken by the client.
    ready: VecDeque<Ready>,
    waker: Option<Waker>,
    head: bool,
    made: u64,
    unread: u64,
    over: bool,
    /// What it cost, and what the answer says that it cost.
    pub(crate) bill: Option<(u64, u64)>,
    /// The answer came to its end.
    pub(crate) complete: bool,
}

#[derive(Debug)]
enum Ready {
    Frame(Bytes, u64),
    End(End),
}

#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    state: Arc<Mutex<State>>,
    providers: Arc<[Provider]>,
    ledger: SimLedger,
    trace: Trace,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    jobs: Vec<Job>,
    open: Vec<usize>,
}

impl Fleet {
    pub(crate) fn new(
        providers: Vec<Provider>,
        ledger: SimLedger,
        dice: Dice,
        trace: Trace,
    ) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                dice,
                jobs: Vec::new(),
                open: Vec::new(),
            })),
            providers: providers.into(),
            ledger,
            trace,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(&self) -> usize {
        self.state().open.len()
    }

    /// Whether a call is open that will never end by itself.
    pub(crate) fn has_silent(&self) -> bool {
        let state = self.state();
        state.open.iter().any(|at| {
            let script = &state.jobs[*at].script;
            script.head == Head::Never || script.end == End::Never
        })
    }

    pub(crate) fn into_jobs(self) -> Vec<Job> {
        std::mem::take(&mut self.state().jobs)
    }

    /// One provider goes on with one call, by so many steps.
    pub(crate) fn go_on(&self, mut steps: u64) {
        let mut state = self.state();
        if state.open.is_empty() {
            return;
        }
        let len = state.open.len();
        let at = state.dice.index(len);
        let at = state.open[at];
        let job = &mut state.jobs[at];
        let stops = self.providers[job.provider].on_cut == OnCut::Stops;
        let (mut moved, mut then) = (false, "waits");
        while steps > 0 {
            let next = job.go_on(stops);
            if next == "waits" {
                break;
            }
            (moved, then) = (true, next);
            steps -= 1;
        }
        let made = job.made;
        // Nobody is woken for nothing.
        let waker = job.waker.take_if(|_| moved);
        drop(state);
        self.trace.note("provider's call", at as u64, then, made);
        waker.into_iter().for_each(Waker::wake);
    }

    /// All of them go on as far as they can.
    pub(crate) fn go_on_all(&self) {
        let mut wakers = Vec::new();
        {
            let mut state = self.state();
            let State { jobs, open, .. } = &mut *state;
            for at in open {
                let job = &mut jobs[*at];
                let stops = self.providers[job.provider].on_cut == OnCut::Stops;
                let mut moved = false;
                while job.go_on(stops) != "waits" {
                    moved = true;
                }
                if moved {
                    wakers.extend(job.waker.take());
                }
            }
        }
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The client has let go of a call.
    fn left(&self, at: usize) {
        let mut state = self.state();
        let State { jobs, open, dice } = &mut *state;
        open.retain(|open| *open != at);
        let job = &mut jobs[at];
        let provider = &self.providers[job.provider];
        let (bill, read) = job.bill(provider, dice);
        job.bill = Some((bill, read));
        let then = match (job.over, job.complete) {
            (_, true) => "complete",
            (true, _) => "failed",
            (false, _) => "cut",
        };
        drop(state);
        self.trace
            .note("provider's call over", at as u64, then, bill);
    }
}

impl Job {
    /// One step; says which.
    fn go_on(&mut self, stops: bool) -> &'static str {
        if let Some(attempt) = self.attempt.take() {
            attempt.leave();
            return "leaves";
        }
        if !self.head {
            if self.script.head == Head::Never {
                return "waits";
            }
            self.head = true;
            return "head";
        }
        if self.over || self.script.head != Head::Comes {
            return "waits";
        }
        // Slower than a reader, as all are: what nobody reads is made only so far.
        if stops && self.script.event_stream && self.unread >= UNREAD * self.asked.choices {
            return "waits";
        }
        if let Some((bytes, tokens)) = self.script.frames.pop_front() {
            self.made += tokens;
            self.unread += tokens;
            self.ready.push_back(Ready::Frame(bytes, tokens));
            return "makes";
        }
        if self.script.end == End::Never {
            return "waits";
        }
        self.over = true;
        self.complete = self.script.end == End::Clean;
        self.ready.push_back(Ready::End(self.script.end));
        "ends"
    }

    /// What it comes to now that the client has let go of it.
    fn bill(&self, provider: &Provider, dice: &mut Dice) -> (u64, u64) {
        let script = &self.script;
        let prices = match script.by_other {
            true => &provider.other,
            false => &provider.prices,
        };
        // An error costs something only where it says so.
        let unsaid = script.status >= 300 && !self.over;
        if script.free || self.attempt.is_some() || unsaid {
            return (0, 0);
        }
        let whole = script.used.answer;
        let answer = if script.head == Head::Breaks && self.head {
            // Perhaps nothing arrived.
            if dice.percent(50) {
                return (0, 0);
            }
            whole
        } else if self.over {
            self.made
        } else {
            match provider.on_cut {
                OnCut::RunsOn => whole,
                OnCut::Unknown if dice.percent(50) => whole,
                // Without a stream nobody sees how far it has come.
                _ if !self.head || !script.event_stream => dice.between(0, whole),
                _ => (self.made + dice.below(STEP * self.asked.choices + 1)).min(whole),
            }
        };
        let used = Used {
            answer,
            ..script.used
        };
        script.bills(used, self.asked.tier, prices)
    }
}

fn number(body: &str, name: &str) -> Option<u64> {
    let at = body.find(name)? + name.len();
    let rest = &body[at..];
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    rest[..end].parse().ok()
}

/// Reads what was asked out of the request, by a look that knows how these tests write them.
fn asked(body: &str, provider: &Provider) -> Asked {
    let most =
        number(body, "\"max_tokens\":").or_else(|| number(body, "\"max_completion_tokens\":"));
    let prompt = body.split("\"content\":\"").nth(1).unwrap_or_default();
    let tier = [Tier::Priority, Tier::Flex]
        .into_iter()
        .find(|tier| body.contains(&format!("\"service_tier\":\"{}\"", tier.word())));
    Asked {
        stream: body.contains("\"stream\":true"),
        choices: number(body, "\"n\":").unwrap_or(1),
        most: most.unwrap_or(provider.max_output),
        prompt: prompt.find('"').unwrap_or(0) as u64,
        tier,
        auto: body.contains("\"service_tier\":\"auto\""),
    }
}

impl Service<Request<Body>> for Fleet {
    type Response = Response<FleetBody>;
    type Error = io::Error;
    type Future = HeadFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> HeadFuture {
        let hold = self.ledger.sent();
        let host = request.uri().host().unwrap();
        let provider: usize = host[1..].trim_end_matches(".test").parse().unwrap();
        let attempt = request.extensions().get::<Attempt>().cloned();
        let body = request.into_body().collect().now_or_never();
        let body = body.expect("bytes that are there").unwrap().to_bytes();
        let body = std::str::from_utf8(&body).unwrap();
        let seller = &self.providers[provider];
        let asked = asked(body, seller);
        let mut state = self.state();
        let names = [format!("m{provider}"), format!("x{provider}")];
        let models = [(&*names[0], &seller.prices), (&*names[1], &seller.other)];
        let script = Script::some(&mut state.dice, asked, models);
        let at = state.jobs.len();
        let queued = attempt.filter(|_| script.queued);
        if let Some(attempt) = &queued {
            attempt.queue();
        }
        state.jobs.push(Job {
            provider,
            hold,
            script,
            asked,
            attempt: queued,
            ready: VecDeque::new(),
            waker: None,
            head: false,
            made: 0,
            unread: 0,
            over: false,
            bill: None,
            complete: false,
        });
        state.open.push(at);
        drop(state);
        self.trace
            .note("sent to provider", provider as u64, "as call", at as u64);
        if hold.is_none() {
            self.trace
                .wrong(|| format!("call {at} was sent and nothing is held for it"));
        }
        HeadFuture(Some(Handle {
            fleet: self.clone(),
            at,
        }))
    }
}

/// The client's end of a call.
#[derive(Debug)]
struct Handle {
    fleet: Fleet,
    at: usize,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.fleet.left(self.at);
    }
}

#[derive(Debug)]
pub(crate) struct HeadFuture(Option<Handle>);

impl Future for HeadFuture {
    type Output = io::Result<Response<FleetBody>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let handle = self.0.as_ref().expect("polled after completion");
        let mut state = handle.fleet.state();
        let job = &mut state.jobs[handle.at];
        if !job.head {
            job.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let script = &job.script;
        let fails = match script.head {
            Head::Breaks => Some(io::ErrorKind::ConnectionReset),
            Head::Refused => Some(io::ErrorKind::ConnectionRefused),
            Head::Comes | Head::Never => None,
        };
        let kind = match script.event_stream {
            true => "text/event-stream",
            false => "application/json",
        };
        let mut response = Response::builder()
            .status(script.status)
            .header("content-type", kind);
        if let Some(after) = script.retry_after {
            response = response.header("retry-after", after);
        }
        drop(state);
        let handle = self.0.take().unwrap();
        match fails {
            Some(kind) => Poll::Ready(Err(kind.into())),
            None => Poll::Ready(Ok(response.body(FleetBody(Some(handle))).unwrap())),
        }
    }
}

#[derive(Debug)]
pub(crate) struct FleetBody(Option<Handle>);

impl HttpBody for FleetBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(handle) = &self.0 else {
            return Poll::Ready(None);
        };
        let mut state = handle.fleet.state();
        let job = &mut state.jobs[handle.at];
        let Some(ready) = job.ready.pop_front() else {
            job.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        match ready {
            Ready::Frame(bytes, tokens) => {
                job.unread -= tokens;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Ready::End(end) => {
                drop(state);
                self.0 = None;
                match end {
                    End::Broken => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
                    End::Clean | End::Never => Poll::Ready(None),
                }
            }
        }
    }
}
