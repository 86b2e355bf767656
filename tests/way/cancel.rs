//! Callers that leave, at every poll there is.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body::{Body as HttpBody, Frame};
use tower::{Service, ServiceExt, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::{Budget, End, Window},
    dispatch::{Drain, Key, PerProvider, Secret},
    query::{Api, Query},
    stack::Stack,
};

use crate::{
    fake::{self, Fake, RATES, Script, catalog},
    watched::{Shared, Watched},
};

const MAX_TOKENS: u64 = 300;

/// A request body that comes in pieces, each after a wait.
struct Slow(VecDeque<Bytes>, bool);

impl HttpBody for Slow {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.1 = !self.1;
        if self.1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.0.pop_front().map(|bytes| Ok(Frame::data(bytes))))
    }
}

fn text(stream: bool) -> String {
    format!(
        r#"{{"model":"m","max_tokens":{MAX_TOKENS},"stream":{stream},"messages":[{{"role":"user","content":"Hello"}}]}}"#
    )
}

fn request(stream: bool) -> Request<Slow> {
    let text = Bytes::from(text(stream));
    let body = Slow([text.slice(..20), text.slice(20..)].into(), false);
    Request::post("http://acme.test/v1/chat/completions")
        .body(body)
        .unwrap()
}

fn bound(stream: bool) -> u64 {
    let query = Query::read(Api::OpenAiChat, text(stream).as_bytes()).unwrap();
    query.tokens().bound() * RATES.0 + MAX_TOKENS * RATES.1
}

struct Case {
    script: Script,
    stream: bool,
    on_disconnect: &'static str,
    drain: Drain,
    /// The provider is waited for inside the client, when money is held already.
    queues: bool,
}

/// How far a call came that was dropped at its `k`-th poll.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    InCall,
    InBody,
    AtTheEnd { cut: bool },
}

/// Polls the call and then its body, and drops whatever there is at the `k`-th poll.
fn leave_at<S>(stack: S, stream: bool, mut k: usize) -> Left
where
    S: Service<Request<Slow>, Response = http::Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let cx = &mut Context::from_waker(Waker::noop());
    let response = {
        let mut call = Box::pin(stack.oneshot(request(stream)));
        loop {
            if k == 0 {
                return Left::InCall;
            }
            k -= 1;
            if let Poll::Ready(response) = call.as_mut().poll(cx) {
                break response.unwrap();
            }
        }
    };
    let mut body = pin!(response.into_body());
    loop {
        if k == 0 {
            return Left::InBody;
        }
        k -= 1;
        match body.as_mut().poll_frame(cx) {
            Poll::Ready(None) => return Left::AtTheEnd { cut: false },
            Poll::Ready(Some(Err(_))) => return Left::AtTheEnd { cut: true },
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {}
        }
    }
}

/// Leaves at every poll until the call is through. Returns how many polls that took.
async fn leave_everywhere(case: &Case) -> usize {
    let most = bound(case.stream);
    for k in 0..10_000 {
        let fake = Fake::new(case.script.clone());
        let watched = Watched::slow(2);
        let budget = Budget::new("org")
            .limit("1".parse().unwrap(), Window::Total)
            .ledger(Arc::new(Shared(Arc::clone(&watched))));
        let later = |_: &tower_genai::catalog::Provider, _: Option<&_>| {
            Key::Later(Box::pin(async {
                tokio::task::yield_now().await;
                Ok(Some(Secret::new("sk-later-0123")))
            }))
        };
        let client = if case.queues {
            let fake = fake.clone();
            let queue = PerProvider::new(move |_: Option<&_>| fake.clone());
            BoxCloneSyncService::new(queue)
        } else {
            BoxCloneSyncService::new(fake.clone())
        };
        let stack = Stack::client_with(client, catalog(case.on_disconnect))
            .budget(budget.clone())
            .credential(later)
            .drain(case.drain)
            .boxed();
        let left = leave_at(stack, case.stream, k);
        // What is read on in the background ends by itself.
        for _ in 0..2_000 {
            if watched.ends().len() == watched.granted() && fake.open() == 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        watched.assert_at_rest();
        let spent = budget.scope().allowance().unwrap().spent().nanos();
        if fake.called() == 0 {
            assert_eq!(spent, 0, "poll {k}: nothing was sent");
            assert!(watched.ends().iter().all(|end| *end == End::Released));
        } else {
            assert_eq!(watched.granted(), 1);
        }
        assert!(spent <= most, "poll {k}: {spent} is above the bound {most}");
        let billed = fake.billed();
        assert!(spent >= billed, "poll {k}: {spent} is less than {billed}");
        if let Left::AtTheEnd { cut } = left {
            assert_eq!(cut, case.script.end == fake::End::Broken);
            assert!(cut || spent == billed, "poll {k}: {spent} for {billed}");
            return k;
        }
    }
    panic!("the call never ends");
}

fn scripts(stream: bool) -> Vec<Script> {
    let good = if stream {
        Script::stream(12)
    } else {
        Script::whole(12)
    };
    let good = Script { waits: 2, ..good };
    let mut cut = Script {
        end: fake::End::Broken,
        ..good.clone()
    };
    let mut scripts = vec![good];
    if stream {
        cut.frames.truncate(7);
        scripts.push(cut);
    }
    scripts
}

async fn over(on_disconnect: &'static str, runs_on: bool, drain: Drain) {
    for (stream, queues) in [(false, false), (false, true), (true, false), (true, true)] {
        for script in scripts(stream) {
            let case = Case {
                script: Script { runs_on, ..script },
                stream,
                on_disconnect,
                drain,
                queues,
            };
            let polls = leave_everywhere(&case).await;
            assert!(polls > 15, "{polls}");
        }
    }
}

const READ_ON: Drain = Drain::up_to(Duration::from_secs(20), 1 << 20);

#[tokio::test]
async fn a_provider_that_stops_is_settled_by_what_was_seen() {
    over("stops", false, Drain::off()).await;
    over("stops", false, READ_ON).await;
}

#[tokio::test]
async fn a_provider_that_runs_on_is_settled_at_the_bound() {
    over("runs_on", true, Drain::off()).await;
    over("unknown", true, Drain::off()).await;
}

#[tokio::test]
async fn a_provider_that_runs_on_is_read_to_its_end_where_that_is_allowed() {
    over("runs_on", true, READ_ON).await;
    over("unknown", true, READ_ON).await;
}

/// Reads some events of a stream, leaves, and says what was settled and how.
async fn leave_after(frames: usize, stack: Stack<Fake>, watched: &Watched) -> End {
    let mut stack = stack.boxed();
    let response = stack.ready().await.unwrap().call(request(true)).await;
    let response = response.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = Box::pin(response.into_body());
    for _ in 0..frames {
        let frame = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
        frame.unwrap().unwrap();
    }
    drop(body);
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
    watched.assert_at_rest();
    watched.ends()[0]
}

/// A reader that does not keep up has not seen what waits for it in buffers on the way; the provider has made it.
#[tokio::test(start_paused = true)]
async fn a_slow_reader_that_leaves_pays_for_what_it_has_not_read() {
    let settled = async |pause: Duration| {
        let fake = Fake::new(Script::stream(250));
        let watched = Watched::shared();
        let budget = Budget::new("org")
            .limit("1".parse().unwrap(), Window::Total)
            .ledger(Arc::new(Shared(Arc::clone(&watched))));
        let stack = Stack::client_with(fake, catalog("stops")).budget(budget);
        let response = stack.boxed().oneshot(request(true)).await.unwrap();
        let mut body = Box::pin(response.into_body());
        for _ in 0..3 {
            let frame = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
            frame.unwrap().unwrap();
        }
        tokio::time::advance(pause).await;
        drop(body);
        watched.assert_at_rest();
        match watched.ends()[..] {
            [End::Cut(cost)] => cost.nanos(),
            ref other => panic!("{other:?}"),
        }
    };
    let prompt = bound(true) - MAX_TOKENS * RATES.1;
    let soon = settled(Duration::ZERO).await;
    assert!(soon < prompt + 80 * RATES.1, "{soon}");
    // The fastest providers write some thousands of tokens a second.
    let late = settled(Duration::from_millis(40)).await;
    assert!(late >= prompt + 130 * RATES.1, "{late}");
    let very_late = settled(Duration::from_secs(60)).await;
    assert_eq!(very_late, bound(true));
}

#[tokio::test]
async fn what_being_cut_costs_is_a_fact_of_the_provider() {
    let settled = async |on_disconnect: &str, drain: Drain| {
        let fake = Fake::new(Script {
            waits: 1,
            runs_on: on_disconnect != "stops",
            ..Script::stream(30)
        });
        let watched = Watched::shared();
        let budget = Budget::new("org")
            .limit("1".parse().unwrap(), Window::Total)
            .ledger(Arc::new(Shared(Arc::clone(&watched))));
        let stack = Stack::client_with(fake.clone(), catalog(on_disconnect))
            .budget(budget)
            .drain(drain);
        let end = leave_after(5, stack, &watched).await;
        (end, fake.billed())
    };
    let (end, billed) = settled("stops", Drain::off()).await;
    let End::Cut(cost) = end else {
        panic!("{end:?}")
    };
    assert!(
        cost.nanos() >= billed && cost.nanos() < bound(true),
        "{cost}"
    );
    for on_disconnect in ["runs_on", "unknown"] {
        let (end, _) = settled(on_disconnect, Drain::off()).await;
        assert_eq!(end, End::AtBound, "{on_disconnect}");
        let (end, billed) = settled(on_disconnect, READ_ON).await;
        assert!(
            matches!(end, End::Metered(cost) if cost.nanos() == billed),
            "{end:?}"
        );
        // Reading on has an end too.
        let (end, _) = settled(on_disconnect, Drain::up_to(Duration::from_secs(20), 300)).await;
        assert_eq!(end, End::AtBound, "{on_disconnect}");
    }
}

/// What was seen counts, and not only the step beyond it.
#[tokio::test]
async fn a_long_answer_that_is_left_costs_what_was_seen_of_it() {
    let fake = Fake::new(Script {
        waits: 1,
        ..Script::stream(150)
    });
    let watched = Watched::shared();
    let budget = Budget::new("org")
        .limit("1".parse().unwrap(), Window::Total)
        .ledger(Arc::new(Shared(Arc::clone(&watched))));
    let stack = Stack::client_with(fake.clone(), catalog("stops")).budget(budget);
    let end = leave_after(120, stack, &watched).await;
    let least = bound(true) - (MAX_TOKENS - 119) * RATES.1;
    assert!(fake.billed() > 119 * RATES.1);
    assert!(
        matches!(end, End::Cut(cost) if cost.nanos() >= least.min(bound(true))),
        "{end:?}"
    );
}

/// Thinking that nobody is shown is billed all the same: a cut answer of a model that can think has no lower bound.
#[tokio::test]
async fn what_was_seen_is_no_bound_for_a_model_that_thinks_in_silence() {
    let mut script = Script::stream(30);
    script.frames[1].1 += 200;
    let fake = Fake::new(Script { waits: 1, ..script });
    let watched = Watched::shared();
    let budget = Budget::new("org")
        .limit("1".parse().unwrap(), Window::Total)
        .ledger(Arc::new(Shared(Arc::clone(&watched))));
    let catalog = fake::catalog_with("stops", r#"can = ["stream", "reasoning"]"#);
    let stack = Stack::client_with(fake.clone(), catalog).budget(budget);
    assert_eq!(leave_after(4, stack, &watched).await, End::AtBound);
    assert!(fake.billed() < bound(true));
}

fn watched_stack(fake: &Fake, on_disconnect: &str) -> (Stack<Fake>, Arc<Watched>) {
    let watched = Watched::shared();
    let budget = Budget::new("org")
        .limit("1".parse().unwrap(), Window::Total)
        .ledger(Arc::new(Shared(Arc::clone(&watched))));
    let stack = Stack::client_with(fake.clone(), catalog(on_disconnect)).budget(budget);
    (stack, watched)
}

/// A stream that stops in the middle and stays open.
fn stuck() -> Fake {
    let mut script = Script::stream(6);
    script.frames.truncate(4);
    Fake::new(Script {
        end: fake::End::Never,
        ..script
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn a_runtime_that_is_shut_down_leaves_nothing_held() {
    // In the middle of a body; and of reading on after the caller has left.
    for leave in [false, true] {
        let fake = stuck();
        let (stack, watched) = watched_stack(&fake, "unknown");
        let stack = stack.drain(READ_ON).boxed();
        let runtime = runtime();
        let body = runtime.block_on(async {
            let response = stack.oneshot(request(true)).await.unwrap();
            let mut body = Box::pin(response.into_body());
            for _ in 0..2 {
                let frame = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
                frame.unwrap().unwrap();
            }
            body
        });
        if leave {
            runtime.block_on(async { drop(body) });
            runtime.block_on(tokio::task::yield_now());
            assert!(watched.ends().is_empty(), "it is being read on");
        } else {
            runtime.spawn(async move {
                let mut body = body;
                while std::future::poll_fn(|cx| body.as_mut().poll_frame(cx))
                    .await
                    .is_some()
                {}
            });
            runtime.block_on(tokio::task::yield_now());
        }
        drop(runtime);
        watched.assert_at_rest();
        assert_eq!(watched.ends(), [End::AtBound]);
    }
}

#[test]
fn a_body_that_is_dropped_outside_of_any_runtime_is_settled() {
    let fake = stuck();
    let (stack, watched) = watched_stack(&fake, "runs_on");
    let stack = stack.drain(READ_ON).boxed();
    let response = runtime().block_on(stack.oneshot(request(true))).unwrap();
    drop(response);
    watched.assert_at_rest();
    assert_eq!(watched.ends(), [End::AtBound]);
}

/// A client that panics, in `call` or in its future, has perhaps sent the request.
#[tokio::test]
async fn a_panic_of_the_client_is_settled_at_the_bound() {
    for late in [false, true] {
        let client = tower::service_fn(move |_: Request<Body>| {
            assert!(late, "on purpose");
            async { panic!("on purpose") }
        });
        let client = tower::util::MapResponse::new(client, |body: http::Response<Body>| body);
        let client = tower::util::MapErr::new(client, |error: std::io::Error| error);
        let watched = Watched::shared();
        let budget = Budget::new("org")
            .limit("1".parse().unwrap(), Window::Total)
            .ledger(Arc::new(Shared(Arc::clone(&watched))));
        let stack = Stack::client_with(client, catalog("unknown"))
            .budget(budget)
            .boxed();
        let called = tokio::spawn(stack.oneshot(request(true))).await;
        assert!(called.unwrap_err().is_panic());
        watched.assert_at_rest();
        assert_eq!(watched.ends(), [End::AtBound], "late: {late}");
    }
}

/// An observer that panics costs nobody anything, also while a panic unwinds.
#[tokio::test]
async fn a_panic_of_an_observer_leaves_nothing_held() {
    let fake = stuck();
    let (stack, watched) = watched_stack(&fake, "unknown");
    let observer = |event: &tower_genai::observe::Event<'_>| {
        assert!(
            !matches!(event, tower_genai::observe::Event::Finished(_)),
            "on purpose"
        );
    };
    let stack = stack.observer(observer).boxed();
    let task = tokio::spawn(async move {
        let response = stack.oneshot(request(true)).await.unwrap();
        let _body = response.into_body();
        panic!("on purpose");
    });
    assert!(task.await.unwrap_err().is_panic());
    watched.assert_at_rest();
    assert_eq!(watched.ends(), [End::AtBound]);
}
