//! Candidates whose clients are not ready hold up nobody else, and nothing is held for them.

use std::{
    io,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use http::{Request, Response};
use tokio::time::{Instant, advance};
use tower::{Service, ServiceExt};
use tower_genai::{
    Body,
    catalog::Provider,
    dispatch::PerProvider,
    fallback::{Backoff, FallbackLayer, Tried},
    observe::FailureClass,
    stack::Stack,
};

use crate::support::{Got, Rig, call, question, read};

const MILLI: Duration = Duration::from_millis(1);

/// Ready from when it is opened on; wakes whoever has asked before, once. Panics when it is called without being ready.
#[derive(Debug, Default)]
struct Door {
    shared: Arc<Mutex<Shared>>,
    ready: bool,
}

#[derive(Debug, Default)]
struct Shared {
    open: bool,
    asked: usize,
    calls: usize,
    wakers: Vec<Waker>,
}

impl Clone for Door {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            ready: false,
        }
    }
}

impl Door {
    fn open(&self) {
        let wakers = {
            let mut shared = self.shared.lock().unwrap();
            shared.open = true;
            std::mem::take(&mut shared.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn calls(&self) -> usize {
        self.shared.lock().unwrap().calls
    }

    fn asked(&self) -> usize {
        self.shared.lock().unwrap().asked
    }
}

impl Service<Request<Body>> for Door {
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Response<Body>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.shared.lock().unwrap();
        shared.asked += 1;
        if !shared.open {
            shared.wakers.push(cx.waker().clone());
            return Poll::Pending;
        }
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        assert!(
            std::mem::take(&mut self.ready),
            "called without being ready"
        );
        self.shared.lock().unwrap().calls += 1;
        let answer = r#"{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":9,"completion_tokens":1}}"#;
        let response = Response::builder().header("content-type", "application/json");
        std::future::ready(Ok(response.body(Body::from(answer.to_owned())).unwrap()))
    }
}

type Client = PerProvider<Box<dyn Fn(Option<&Provider>) -> Door + Send + Sync>, Door>;

/// A door for each provider.
fn client(doors: &[Door]) -> Client {
    let doors: Vec<Door> = doors.to_vec();
    PerProvider::new(Box::new(move |provider: Option<&Provider>| {
        let name = provider.map_or("p0", Provider::name);
        doors[name[1..].parse::<usize>().unwrap()].clone()
    }))
}

fn doors(count: usize) -> Vec<Door> {
    (0..count).map(|_| Door::default()).collect()
}

fn stack(rig: &Rig, doors: &[Door], layer: FallbackLayer) -> Stack<Client> {
    Stack::client_with(client(doors), rig.catalog.clone())
        .fallback(layer)
        .budget(rig.budget.clone())
}

fn layer() -> FallbackLayer {
    FallbackLayer::new().backoff(Backoff::new(100 * MILLI, 100 * MILLI).jitter(0.0))
}

fn held(rig: &Rig) -> (u64, u64) {
    let left = rig.budget.scope().allowance().unwrap();
    (left.held().nanos(), left.spent().nanos())
}

fn tried(got: &Got) -> Vec<(FailureClass, bool)> {
    let tried = got.extensions.get::<Tried>().map(Tried::tries);
    let tries = tried.unwrap_or_default().iter();
    tries
        .map(|one| (one.failure.class, one.failure.sent))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_next_is_asked_at_once_and_nothing_is_held_for_the_first() {
    for stuck in 1..=2 {
        let rig = Rig::new(3);
        let doors = doors(3);
        doors[stuck..].iter().for_each(Door::open);
        let start = Instant::now();
        let stack = stack(&rig, &doors, layer()).boxed();
        let response = stack.oneshot(call(&question("auto", false))).await;
        let got = read(response.unwrap()).await;
        assert_eq!((got.status, start.elapsed()), (200, Duration::ZERO));
        assert_eq!(tried(&got), vec![(FailureClass::Busy, false); stuck]);
        assert_eq!(got.header("x-should-retry"), "");
        for (at, door) in doors.iter().enumerate() {
            assert_eq!(door.calls(), usize::from(at == stuck));
            assert_eq!(door.asked(), usize::from(at <= stuck), "asked once");
        }
        rig.watched.assert_at_rest();
        assert_eq!(rig.watched.granted(), stuck + 1);
    }
}

/// All are busy: whoever is ready first answers, wherever it stands.
#[tokio::test(start_paused = true)]
async fn whoever_is_ready_first_is_asked() {
    for opens in 0..3 {
        let rig = Rig::new(3);
        let doors = doors(3);
        let stack = stack(&rig, &doors, layer()).boxed();
        let start = Instant::now();
        let door = doors[opens].clone();
        let opening = async {
            tokio::time::sleep(1_000 * MILLI).await;
            door.open();
        };
        let asking = stack.oneshot(call(&question("auto", false)));
        let (response, ()) = tokio::join!(asking, opening);
        let got = read(response.unwrap()).await;
        assert_eq!(got.status, 200);
        assert_eq!(doors[opens].calls(), 1);
        // Each of three is waited for 100 ms in turn.
        let late = start.elapsed().as_millis();
        assert!((1_000..1_310).contains(&late), "{late}");
        rig.watched.assert_at_rest();
    }
}

/// The last is waited for until the call's time is up, and then nothing was sent and nothing is owed.
#[tokio::test(start_paused = true)]
async fn the_last_is_waited_for_as_long_as_there_is_time() {
    for models in [1, 2] {
        let rig = Rig::new(models);
        let doors = doors(models);
        let stack = stack(&rig, &doors, layer().total_timeout(5_000 * MILLI)).boxed();
        let start = Instant::now();
        let model = if models == 1 { "m0" } else { "auto" };
        let mut asking = pin!(stack.oneshot(call(&question(model, false))));
        let early = tokio::time::timeout(4_950 * MILLI, asking.as_mut()).await;
        assert!(early.is_err());
        assert!(held(&rig).0 > 0, "it waits with its money held");
        let got = read(asking.await.unwrap()).await;
        assert_eq!((got.status, start.elapsed().as_millis() / 10), (504, 500));
        assert_eq!(held(&rig), (0, 0));
        rig.watched.assert_at_rest();
    }
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Who waits is polled when there is something to be done, and not otherwise; and no wake-up is lost.
#[tokio::test(start_paused = true)]
async fn no_wake_up_is_lost() {
    for (models, round) in [(1, 10_000_u32), (2, 100), (3, 100)] {
        for opens in 0..models {
            let rig = Rig::new(models);
            let doors = doors(models);
            let stack = stack(&rig, &doors, layer()).boxed();
            let model = if models == 1 { "m0" } else { "auto" };
            let mut asking = pin!(stack.oneshot(call(&question(model, false))));
            let woken = Arc::new(Woken::default());
            let waker = Waker::from(Arc::clone(&woken));
            let cx = &mut Context::from_waker(&waker);
            let count = || woken.0.load(Ordering::SeqCst);
            assert!(asking.as_mut().poll(cx).is_pending());
            // Time passes; it is polled only if it has asked for that.
            let mut polls = 1;
            for _ in 0..10 {
                let before = count();
                advance(round * MILLI).await;
                if count() > before {
                    polls += 1;
                    assert!(asking.as_mut().poll(cx).is_pending());
                }
            }
            assert!(polls <= if models == 1 { 1 } else { 11 }, "{polls} polls");
            doors[opens].open();
            let mut answer = None;
            for _ in 0..2 * models {
                let before = count();
                // Woken by the door, or by the turn of the one behind it.
                if before > 0
                    && let Poll::Ready(response) = asking.as_mut().poll(cx)
                {
                    answer = Some(response);
                    break;
                }
                advance(round * MILLI).await;
            }
            assert_eq!(answer.unwrap().unwrap().status(), 200, "{models} {opens}");
            assert_eq!(doors[opens].calls(), 1);
        }
    }
}

/// Without fallback there is nobody to go on to.
#[tokio::test(start_paused = true)]
async fn without_fallback_it_is_waited_for() {
    let rig = Rig::new(2);
    let doors = doors(2);
    doors[1].open();
    let stack = stack(&rig, &doors, FallbackLayer::new().attempts(1)).boxed();
    let mut asking = pin!(stack.oneshot(call(&question("auto", false))));
    let early = tokio::time::timeout(60_000 * MILLI, asking.as_mut()).await;
    assert!(early.is_err(), "nobody goes on");
    doors[0].open();
    assert_eq!(asking.await.unwrap().status(), 200);
    assert_eq!((doors[0].calls(), doors[1].calls()), (1, 0));
}
