//! Thousands of calls at once through the whole stack, against budgets that only some of them fit in.

#[allow(dead_code)]
#[path = "way/fake.rs"]
mod fake;
#[allow(dead_code)]
#[path = "way/watched.rs"]
mod watched;

use futures::FutureExt;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use fake::{Fake, Script};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tokio::{sync::Semaphore, task::JoinSet};
use tower::{Service, ServiceExt, service_fn};
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::{Catalog, Source},
    dispatch::Drain,
    money::Usd,
    query::{Api, Query},
    stack::Stack,
};
use watched::{Shared, Watched};

/// Nano-dollars a token: 1 USD and 3.20 USD a million.
const RATES: (u64, u64) = (1_000, 3_200);
const MAX_TOKENS: u64 = 40;

fn catalog() -> Catalog {
    let text = r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"

        [[model]]
        name = "m"
        provider = "acme"
        price = { input = "1", output = "3.20" }
        context = 200_000
        max_output = 32_000
        can = ["stream"]
    "#;
    Catalog::parse(&[Source::text("scale.toml", text)]).unwrap()
}

fn body(stream: bool) -> String {
    format!(
        r#"{{"model":"m","max_tokens":{MAX_TOKENS},"stream":{stream},"messages":[{{"role":"user","content":"Hello"}}]}}"#
    )
}

/// The most that one call can cost, by hand.
fn cost_of_one() -> u64 {
    let query = Query::read(Api::OpenAiChat, body(false).as_bytes()).unwrap();
    query.tokens().bound() * RATES.0 + MAX_TOKENS * RATES.1
}

/// A provider whose every answer costs the most it can, and which answers when it is told to.
#[derive(Clone)]
struct Provider(Arc<State>);

struct State {
    /// More calls than this must never come.
    fit: usize,
    gate: Semaphore,
    called: AtomicUsize,
    billed: AtomicU64,
}

impl Provider {
    fn new(fit: usize) -> Self {
        Self(Arc::new(State {
            fit,
            gate: Semaphore::new(0),
            called: AtomicUsize::new(0),
            billed: AtomicU64::new(0),
        }))
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, std::io::Error> {
        let bytes = request.into_body().collect().await.unwrap().to_bytes();
        let query = Query::read(Api::OpenAiChat, &bytes).unwrap();
        if self.0.called.fetch_add(1, Ordering::SeqCst) == self.0.fit {
            // The test has failed already; it need not hang.
            self.0.gate.close();
        }
        let passed = self.0.gate.acquire().await;
        drop(passed);
        let prompt = query.tokens().bound();
        let nanos = prompt * RATES.0 + MAX_TOKENS * RATES.1;
        self.0.billed.fetch_add(nanos, Ordering::SeqCst);
        let usage =
            format!(r#""usage":{{"prompt_tokens":{prompt},"completion_tokens":{MAX_TOKENS}}}"#);
        let (kind, text) = if query.stream() {
            let text = format!(
                "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"Hi\"}}}}]}}\n\n\
                 data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n\n\
                 data: {{\"choices\":[],{usage}}}\n\ndata: [DONE]\n\n"
            );
            ("text/event-stream", text)
        } else {
            let text = format!(
                r#"{{"choices":[{{"index":0,"message":{{"content":"Hi"}},"finish_reason":"stop"}}],{usage}}}"#
            );
            ("application/json", text)
        };
        let response = Response::builder().header("content-type", kind);
        Ok(response.body(Body::from(text)).unwrap())
    }

    fn client(
        &self,
    ) -> impl Service<Request<Body>, Response = Response<Body>, Error = std::io::Error, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static {
        let provider = self.clone();
        service_fn(move |request| provider.clone().answer(request))
    }
}

#[derive(Default)]
struct Tally {
    answered: usize,
    refused: usize,
}

/// Asks `calls` times at once by the stacks in turn. No call is answered before every other one is refused or waits
/// at the provider.
async fn all_at_once<S>(provider: &Provider, stacks: &[S], calls: usize, fit: usize) -> Tally
where
    S: Service<Request<Full<Bytes>>, Response = Response<Body>> + Clone + Send + 'static,
    S::Error: std::fmt::Debug,
    S::Future: Send,
{
    let mut tasks = JoinSet::new();
    for at in 0..calls {
        let stack = stacks[at % stacks.len()].clone();
        tasks.spawn(async move {
            let request = Request::post("http://acme.test/v1/chat/completions")
                .header("content-type", "application/json")
                .body(Full::from(body(at % 3 == 0)))
                .unwrap();
            let response = stack.oneshot(request).await.unwrap();
            let (head, body) = response.into_parts();
            let text = body.collect().await.unwrap().to_bytes();
            (head, text)
        });
    }
    let mut tally = Tally::default();
    while let Some(done) = tasks.join_next().await {
        let (head, text) = done.unwrap();
        match head.status {
            StatusCode::OK => tally.answered += 1,
            StatusCode::TOO_MANY_REQUESTS => {
                tally.refused += 1;
                let error: serde_json::Value = serde_json::from_slice(&text).unwrap();
                assert_eq!(error["error"]["code"], "rate_limit_exceeded", "{error}");
                assert_eq!(head.headers["retry-after"], "1");
            }
            other => panic!("{other}: {text:?}"),
        }
        if tally.refused == calls - fit && !provider.0.gate.is_closed() {
            assert_eq!(
                tally.answered, 0,
                "nothing settles while calls are admitted"
            );
            provider.0.gate.close();
        }
    }
    tally
}

fn nanos(nanos: u64) -> Usd {
    Usd::from_nanos(nanos).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_thousand_at_once_exactly_those_are_answered_that_fit() {
    of_so_many_so_many(10_000, 137).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_hundred_at_once_five() {
    of_so_many_so_many(200, 5).await;
}

async fn of_so_many_so_many(calls: usize, fit: usize) {
    let (provider, watched) = (Provider::new(fit), Watched::shared());
    // All but one nano-dollar of what one more would need.
    let limit = (fit as u64 + 1) * cost_of_one() - 1;
    let budget = Budget::new("org")
        .limit(nanos(limit), Window::Total)
        .ledger(Arc::new(Shared(Arc::clone(&watched))));
    let stack = Stack::client_with(provider.client(), catalog())
        .budget(budget.clone())
        .boxed();
    let tally = all_at_once(&provider, &[stack], calls, fit).await;
    assert_eq!((tally.answered, tally.refused), (fit, calls - fit));
    assert_eq!(provider.0.called.load(Ordering::SeqCst), fit);
    assert_eq!(watched.granted(), fit);
    assert!(watched.steps() >= (calls + fit) as u64);
    watched.assert_at_rest();
    let spent = budget.scope().allowance().unwrap().spent().nanos();
    assert_eq!(spent, provider.0.billed.load(Ordering::SeqCst));
    assert_eq!(spent, fit as u64 * cost_of_one());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_siblings_share_what_their_parent_has() {
    const CALLS: usize = 10_000;
    const FIT: usize = 137;
    let (provider, watched) = (Provider::new(FIT), Watched::shared());
    let one = cost_of_one();
    let org = Budget::new("org")
        .limit(nanos(FIT as u64 * one), Window::Total)
        .ledger(Arc::new(Shared(Arc::clone(&watched))));
    // Each could take more than half, and both together more than all.
    let teams = ["a", "b"].map(|name| {
        Budget::new(name)
            .limit(nanos(100 * one), Window::Total)
            .within(&org)
    });
    let stacks = teams.clone().map(|team| {
        Stack::client_with(provider.client(), catalog())
            .budget(org.clone())
            .budget(team)
            .boxed()
    });
    let tally = all_at_once(&provider, &stacks, CALLS, FIT).await;
    assert_eq!((tally.answered, tally.refused), (FIT, CALLS - FIT));
    watched.assert_at_rest();
    let spent = |budget: &Budget| budget.scope().allowance().unwrap().spent().nanos();
    let billed = provider.0.billed.load(Ordering::SeqCst);
    assert_eq!(spent(&org), billed);
    assert_eq!(spent(&teams[0]) + spent(&teams[1]), billed);
    assert!(teams.iter().all(|team| spent(team) <= 100 * one));
    // Afterwards all is spent, and the words say so.
    let stack = stacks[0].clone();
    let request = Request::post("http://acme.test/v1/chat/completions")
        .body(Full::from(body(false)))
        .unwrap();
    let response = stack.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["x-should-retry"], "false");
    let text = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&text).contains("insufficient_quota"));
}

/// Polls a future so often, and drops it where it is not ready by then.
async fn for_polls<F: Future>(future: F, mut polls: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |cx| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Calls of any size whose callers leave at any time, from four budgets that share two, that share one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_leave_at_random_leave_nothing_held_and_nothing_over() {
    let mut mixed = [0; 3];
    for seed in 0..4 {
        let counts = leave_at_random(seed).await;
        mixed = std::array::from_fn(|at| mixed[at] + counts[at]);
    }
    // How many of each there are in one round is the scheduler's.
    assert!(mixed.iter().all(|count| *count > 200), "{mixed:?}");
}

/// How many were answered, were refused, and left.
async fn leave_at_random(seed: u64) -> [usize; 3] {
    const WORDS: usize = 12;
    let watched = Watched::shared();
    let org = Budget::new("org")
        .limit("0.15".parse().unwrap(), Window::Total)
        .ledger(Arc::new(Shared(Arc::clone(&watched))));
    let teams = ["a", "b"].map(|name| {
        Budget::new(name)
            .limit("0.1".parse().unwrap(), Window::Total)
            .within(&org)
    });
    let keys = ["a1", "a2", "b1", "b2"].map(|name| {
        Budget::new(name)
            .limit("0.06".parse().unwrap(), Window::Total)
            .within(&org)
    });
    let kinds = [("stops", false), ("runs_on", true), ("unknown", true)];
    let fakes = kinds.map(|(_, runs_on)| {
        [Script::whole(WORDS), Script::stream(WORDS)].map(|script| {
            Fake::new(Script {
                waits: 1,
                runs_on,
                ..script
            })
        })
    });
    let mut random = fastrand::Rng::with_seed(seed);
    let mut tasks = JoinSet::new();
    for at in 0..2_000 {
        let (kind, stream) = (at % 3, random.bool());
        let key = random.usize(0..4);
        let drain = match random.bool() {
            true => Drain::up_to(Duration::from_secs(20), 1 << 20),
            false => Drain::off(),
        };
        let fake = fakes[kind][usize::from(stream)].clone();
        let stack = Stack::client_with(fake, fake::catalog(kinds[kind].0))
            .budget(org.clone())
            .budget(teams[key / 2].clone())
            .budget(keys[key].clone())
            .drain(drain)
            .boxed();
        let polls = random.usize(0..40);
        let body = format!(
            r#"{{"model":"m","max_tokens":{},"stream":{stream},"messages":[{{"role":"user","content":"Hello"}}]}}"#,
            random.usize(WORDS..400)
        );
        tasks.spawn(for_polls(
            async move {
                let request = Request::post("http://acme.test/v1/chat/completions");
                let request = request.body(Full::from(body)).unwrap();
                let response = stack.oneshot(request).await.unwrap();
                let status = response.status();
                response.into_body().collect().await.unwrap();
                status
            },
            polls,
        ));
    }
    let (mut answered, mut refused, mut left) = (0, 0, 0);
    while let Some(done) = tasks.join_next().await {
        match done.unwrap() {
            Some(StatusCode::OK) => answered += 1,
            Some(StatusCode::TOO_MANY_REQUESTS) => refused += 1,
            Some(other) => panic!("{other}"),
            None => left += 1,
        }
    }
    // What is read on in the background ends by itself.
    let open = || fakes.iter().flatten().map(Fake::open).sum::<usize>();
    while open() > 0 || watched.ends().len() < watched.granted() {
        tokio::task::yield_now().await;
    }
    watched.assert_at_rest();
    let spent = |budget: &Budget| budget.scope().allowance().unwrap().spent().nanos();
    let billed: u64 = fakes.iter().flatten().map(Fake::billed).sum();
    assert!(spent(&org) >= billed, "seed {seed}");
    assert_eq!(spent(&org), spent(&teams[0]) + spent(&teams[1]));
    assert_eq!(spent(&teams[0]), spent(&keys[0]) + spent(&keys[1]));
    assert_eq!(spent(&teams[1]), spent(&keys[2]) + spent(&keys[3]));
    // What is above the bill comes from those that were cut, and is listed with them.
    let doubtful = org
        .scope()
        .ledger()
        .snapshot()
        .now_or_never()
        .unwrap()
        .unwrap();
    let most: u64 = doubtful
        .doubtful
        .iter()
        .map(|charge| charge.charged.nanos())
        .sum();
    assert!(doubtful.doubtful_count as usize <= left, "seed {seed}");
    assert!(spent(&org) - billed <= most, "seed {seed}");
    assert_eq!(doubtful.bound_exceeded, 0);
    [answered, refused, left]
}
