use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};
use tower_genai::{
    budget::{Budget, CutRule, Ledger, OnFailure, RedisLedger, RefusedKind, Scope, Window},
    money::Usd,
};

use super::{
    proxy::{Act, Proxy},
    server::Server,
    support::{assert_at_rest, ledger, ledger_at, nanos, open, snapshot, spent, usd},
};

struct World {
    server: Server,
    proxy: Proxy,
    ledger: Arc<RedisLedger>,
    org: Budget,
    scopes: [Scope; 1],
}

async fn world(deadline: Duration) -> Option<World> {
    let server = Server::start().await?;
    let proxy = Proxy::start(server.port).await;
    let ledger = Arc::new(RedisLedger::new(&proxy.url()).unwrap().deadline(deadline));
    let org = Budget::new("org")
        .limit(usd("10"), Window::Total)
        .ledger(ledger.clone());
    let scopes = [org.scope()];
    // Connected, and its scripts known.
    let warm = [Budget::new("warm")
        .limit(usd("10"), Window::Total)
        .within(&org)
        .scope()];
    let mut tries = 0;
    loop {
        match open(&warm, usd("1"), CutRule::Bound).await {
            Ok(hold) => break hold.settle(usd("1")),
            Err(refused) => assert!(tries < 100, "{refused}"),
        }
        tries += 1;
    }
    ledger.flush().await.unwrap();
    Some(World {
        server,
        proxy,
        ledger,
        org,
        scopes,
    })
}

const LONG: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(150);

/// All that can happen to a script and passes: nobody notices, and everything is counted once.
#[tokio::test]
async fn faults_that_pass_are_not_noticed() {
    let Some(world) = world(LONG).await else {
        return;
    };
    let acts = [
        Act::Cut,
        Act::CutAfter,
        Act::CutWithin,
        Act::Twice,
        Act::Delay(Duration::from_millis(20)),
        Act::Say("LOADING Redis is loading the dataset in memory"),
        Act::Say("READONLY You can't write against a read only replica."),
        Act::Say("BUSY Redis is busy running a script."),
        Act::Say("OOM command not allowed when used memory > 'maxmemory'."),
        Act::Say("NOSCRIPT No matching script."),
        Act::Say("TRYAGAIN Multiple keys request during rehashing of slot"),
        Act::Say("CLUSTERDOWN The cluster is down"),
        Act::Say("MOVED 5 127.0.0.1:1"),
    ];
    for (row, act) in acts.into_iter().enumerate() {
        let scopes = [Budget::new(format!("row-{row}"))
            .limit(usd("10"), Window::Total)
            .within(&world.org)
            .scope()];
        for how_often in 1..=3 {
            // At its reserve, and at its settle.
            world.proxy.next(vec![act.clone(); how_often]);
            let mut hold = open(&scopes, usd("2"), CutRule::Bound).await.unwrap();
            hold.sent();
            let seen = world.ledger.snapshot().await.unwrap();
            assert_eq!(seen.holds.len(), 1, "{act:?}: {seen:?}");
            world.proxy.next(vec![act.clone(); how_often]);
            hold.settle(usd("0.5"));
            let expected = nanos(500_000_000 * how_often as u64);
            assert_eq!(spent(&scopes[0]).await, expected, "{act:?} {how_often}");
            assert_at_rest(&snapshot(&*world.ledger).await);
        }
    }
    let status = world.ledger.status();
    assert_eq!(
        (
            status.waiting,
            status.open,
            status.losses,
            status.lost_writes
        ),
        (0, 0, 0, 0)
    );
}

/// The server has taken the money, and nobody is told: the ask is refused in time, and the money comes back.
#[tokio::test]
async fn an_ask_that_is_not_answered_is_refused_in_time_and_taken_back() {
    for act in [
        Act::Swallow,
        Act::Stall,
        Act::Delay(Duration::from_millis(400)),
    ] {
        let Some(world) = world(SHORT).await else {
            return;
        };
        let refused_by = act.clone();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        world
            .proxy
            .plan(move |_| match stopped.load(Ordering::SeqCst) {
                true => Act::Pass,
                false => refused_by.clone(),
            });
        let began = Instant::now();
        let refused = open(&world.scopes, usd("10"), CutRule::Bound)
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), RefusedKind::Unavailable, "{act:?}");
        assert!(began.elapsed() < SHORT * 3, "{:?}", began.elapsed());
        assert_eq!(world.ledger.status().unanswered, 1);
        stop.store(true, Ordering::SeqCst);
        world.ledger.flush().await.unwrap();
        assert_at_rest(&snapshot(&*world.ledger).await);
        // Also where the first ask comes through only now.
        wait_until(|| world.proxy.delayed() == 0).await;
        let seen = snapshot(&*ledger(&world.server)).await;
        assert_at_rest(&seen);
        assert!(seen.account("org").is_none(), "{act:?}");
    }
}

/// Without an answer, what fails closed is refused, and what fails open goes on and is counted later.
#[tokio::test]
async fn a_server_that_is_away_is_a_matter_of_policy() {
    let Some(mut world) = world(SHORT).await else {
        return;
    };
    world.server.kill();
    let refused = open(&world.scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Unavailable);
    let lenient = Budget::new("lenient")
        .limit(usd("1"), Window::Total)
        .on_failure(OnFailure::Admit)
        .within(&world.org);
    let scopes = [lenient.scope()];
    let mut hold = open(&scopes, usd("3"), CutRule::Bound).await.unwrap();
    hold.sent();
    hold.settle(usd("2.5"));
    let open_still = open(&scopes, usd("4"), CutRule::Bound).await.unwrap();
    // Together with one that fails closed it is refused.
    let both = [world.scopes[0].clone(), lenient.scope()];
    assert!(open(&both, usd("1"), CutRule::Bound).await.is_err());
    assert!(world.ledger.status().waiting >= 2);
    // It comes back without anything that it had.
    assert!(world.server.run().await);
    wait_until(|| world.ledger.status().lost).await;
    let refused = open(&world.scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Unavailable);
    world.ledger.accept_loss();
    let seen = snapshot(&*world.ledger).await;
    let window = seen
        .account("lenient")
        .unwrap()
        .window(Window::Total)
        .unwrap();
    assert_eq!((window.spent, window.held), (usd("2.5"), usd("4")));
    assert_eq!((seen.forced, seen.holds.len()), (2, 1));
    open_still.release();
    assert_at_rest(&snapshot(&*world.ledger).await);
}

async fn wait_until(done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), waiting).await.unwrap();
}

/// Everything is deleted while calls run: nothing is granted until an operator says so, and what runs is put back.
#[tokio::test]
async fn flushing_everything_is_noticed() {
    let Some(world) = world(LONG).await else {
        return;
    };
    let mut hold = open(&world.scopes, usd("4"), CutRule::Bound).await.unwrap();
    let spent_before = open(&world.scopes, usd("5"), CutRule::Bound).await.unwrap();
    spent_before.settle(usd("5"));
    world.ledger.flush().await.unwrap();
    world.server.ask(&["SCRIPT", "FLUSH"]).await;
    world.server.ask(&["FLUSHALL"]).await;
    let refused = open(&world.scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Unavailable);
    let status = world.ledger.status();
    assert!(status.lost);
    assert_eq!(status.losses, 1);
    assert!(world.ledger.snapshot().await.is_err());
    let redis::Value::Int(keys) = world.server.ask(&["DBSIZE"]).await else {
        panic!("no number");
    };
    assert_eq!(keys, 0, "nothing is written over what is lost");
    world.ledger.accept_loss();
    // The open hold counts again, the rest is forgotten.
    assert!(open(&world.scopes, usd("7"), CutRule::Bound).await.is_err());
    open(&world.scopes, usd("6"), CutRule::Bound)
        .await
        .unwrap()
        .release();
    hold.sent();
    hold.settle(usd("3"));
    assert_eq!(spent(&world.scopes[0]).await, usd("3"));
    assert_at_rest(&snapshot(&*world.ledger).await);
    assert!(!world.ledger.status().lost);
    assert_eq!(world.ledger.status().put_back, 1);
}

/// An end that comes while everything is gone is not forgotten.
#[tokio::test]
async fn ends_wait_for_an_accepted_loss() {
    let Some(world) = world(LONG).await else {
        return;
    };
    let mut hold = open(&world.scopes, usd("4"), CutRule::Bound).await.unwrap();
    hold.sent();
    world.server.ask(&["FLUSHALL"]).await;
    hold.settle(usd("3"));
    wait_until(|| world.ledger.status().lost).await;
    assert_eq!(world.ledger.status().waiting, 1);
    world.ledger.accept_loss();
    assert_eq!(spent(&world.scopes[0]).await, usd("3"));
    assert_at_rest(&snapshot(&*world.ledger).await);
}

/// A server that goes on with an older dump: what this process had written since is told again.
#[tokio::test]
async fn lost_writes_of_this_process_are_told_again() {
    let Some(mut server) = Server::start_with(&["--save", "", "--appendonly", "no"]).await else {
        return;
    };
    let ledger = ledger(&server);
    let scopes = [Budget::new("org")
        .limit(usd("10"), Window::Total)
        .ledger(ledger.clone())
        .scope()];
    let kept = open(&scopes, usd("1"), CutRule::Bound).await.unwrap();
    let ends_later = open(&scopes, usd("1"), CutRule::Bound).await.unwrap();
    open(&scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap()
        .settle(usd("0.5"));
    ledger.flush().await.unwrap();
    server.ask(&["SAVE"]).await;
    // Lost: a hold, the end of one that is in the dump, and one with its end.
    let lost = open(&scopes, usd("2"), CutRule::Bound).await.unwrap();
    ends_later.settle(usd("0.25"));
    open(&scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap()
        .settle(usd("0.75"));
    let before = snapshot(&*ledger).await;
    assert!(server.dump().exists());
    server.kill();
    assert!(server.run().await);
    let next = open(&scopes, usd("1"), CutRule::Bound).await.unwrap();
    next.release();
    let after = snapshot(&*ledger).await;
    let sums = |snapshot: &tower_genai::budget::Snapshot| {
        let window = snapshot
            .account("org")
            .unwrap()
            .window(Window::Total)
            .unwrap()
            .clone();
        (window.spent, window.held, window.open_holds)
    };
    assert_eq!(sums(&after), sums(&before));
    assert_eq!(sums(&after), (usd("1.5"), usd("3"), 2));
    let status = ledger.status();
    assert!(!status.lost && status.lost_writes > 0, "{status:?}");
    assert_eq!(status.put_back, 2);
    lost.settle(usd("2"));
    kept.release();
    let rest = snapshot(&*ledger).await;
    assert_at_rest(&rest);
    assert_eq!(sums(&rest), (usd("3.5"), Usd::ZERO, 0));
}

/// With an append-only file nothing is lost, and nobody has to be asked.
#[tokio::test]
async fn a_server_that_keeps_its_data_may_be_killed() {
    let arguments = [
        "--save",
        "",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
    ];
    let Some(mut server) = Server::start_with(&arguments).await else {
        return;
    };
    let ledger = ledger(&server);
    let scopes = [Budget::new("org")
        .limit(usd("10"), Window::Total)
        .ledger(ledger.clone())
        .scope()];
    let first = open(&scopes, usd("4"), CutRule::Bound).await.unwrap();
    server.kill();
    first.settle(usd("3"));
    assert!(server.run().await);
    open(&scopes, usd("7"), CutRule::Bound)
        .await
        .unwrap()
        .settle(usd("7"));
    assert_eq!(spent(&scopes[0]).await, usd("10"));
    assert_at_rest(&snapshot(&*ledger).await);
    let status = ledger.status();
    assert_eq!(
        (status.losses, status.lost_writes, status.put_back),
        (0, 0, 0)
    );
}

/// Random faults under load, by seed: nothing is over the limit at any time, and the ledger is the bill in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn random_faults_under_load() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let Some(world) = world(Duration::from_millis(400)).await else {
        return;
    };
    let mut random = fastrand::Rng::with_seed(seed);
    world.proxy.plan(move |_| match random.u32(..40) {
        0 => Act::Cut,
        1 => Act::CutAfter,
        2 => Act::CutWithin,
        3 => Act::Twice,
        4 => Act::Delay(Duration::from_millis(30)),
        5 => Act::Say("READONLY You can't write against a read only replica."),
        6 => Act::Say("LOADING Redis is loading the dataset in memory"),
        7 => Act::Say("NOSCRIPT No matching script."),
        8 => Act::Swallow,
        _ => Act::Pass,
    });
    let bill = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..16_u64 {
        let (scopes, bill) = (world.scopes.clone(), Arc::clone(&bill));
        let mut random = fastrand::Rng::with_seed(seed ^ task);
        tasks.spawn(async move {
            let mut granted = 0;
            for _ in 0..25 {
                let bound = random.u64(1_000_000..60_000_000);
                let Ok(mut hold) = open(&scopes, nanos(bound), CutRule::Bound).await else {
                    continue;
                };
                granted += 1;
                if random.u32(..4) == 0 {
                    continue;
                }
                hold.sent();
                let cost = random.u64(..=bound);
                bill.fetch_add(cost, Ordering::SeqCst);
                hold.settle(nanos(cost));
            }
            granted
        });
    }
    let watching = {
        let server = ledger(&world.server);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            while !stopped.load(Ordering::SeqCst) {
                let seen = server.snapshot().await.unwrap();
                for window in seen
                    .account("org")
                    .iter()
                    .flat_map(|account| &account.windows)
                {
                    let sum = window.spent.checked_add(window.held).unwrap();
                    assert!(sum <= usd("10"), "{window:?}");
                }
                sleep(Duration::from_millis(10)).await;
            }
        });
        (stop, task)
    };
    let granted: usize = tasks.join_all().await.into_iter().sum();
    watching.0.store(true, Ordering::SeqCst);
    watching.1.await.unwrap();
    world.proxy.pass();
    world.ledger.flush().await.unwrap();
    let seen = snapshot(&*world.ledger).await;
    assert_at_rest(&seen);
    assert!(granted > 100, "{granted}");
    let window = seen.account("org").unwrap().window(Window::Total).unwrap();
    assert_eq!(window.spent, nanos(bill.load(Ordering::SeqCst)));
    assert_eq!(
        spent(&world.scopes[0]).await,
        nanos(bill.load(Ordering::SeqCst))
    );
    assert!(world.proxy.connections() > 1);
}

/// Accounts that somebody else has written over are an error, not a grant and not a panic; the others go on.
#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let Some(world) = world(LONG).await else {
        return;
    };
    open(&world.scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap()
        .settle(usd("1"));
    let fine = [Budget::new("fine")
        .limit(usd("1"), Window::Total)
        .within(&world.org)
        .scope()];
    let caught = open(&world.scopes, usd("1"), CutRule::Bound).await.unwrap();
    let other = open(&fine, usd("1"), CutRule::Bound).await.unwrap();
    world.ledger.flush().await.unwrap();
    world
        .server
        .ask(&["HSET", "{tower-genai}:accounts", "3:org", "nonsense"])
        .await;
    let refused = open(&world.scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Unavailable);
    drop(caught);
    other.settle(usd("0.5"));
    wait_until(|| world.ledger.status().waiting == 1).await;
    assert_eq!(fine[0].allowance().unwrap().spent(), usd("0.5"));
    assert!(world.ledger.snapshot().await.is_err());
    world.server.ask(&["DEL", "{tower-genai}:holds"]).await;
    world
        .server
        .ask(&["SET", "{tower-genai}:holds", "nonsense"])
        .await;
    let refused = open(&fine, nanos(1), CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Unavailable);
}

/// A server without memory for more refuses new holds and takes ends.
#[tokio::test]
async fn a_full_server_still_takes_ends() {
    let Some(world) = world(Duration::from_millis(300)).await else {
        return;
    };
    let mut hold = open(&world.scopes, usd("1"), CutRule::Bound).await.unwrap();
    hold.sent();
    world.server.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let refused = open(&world.scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Unavailable);
    hold.settle(usd("0.5"));
    wait_until(|| world.ledger.status().waiting == 0).await;
    world.server.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_eq!(spent(&world.scopes[0]).await, usd("0.5"));
    assert_at_rest(&snapshot(&*world.ledger).await);
}

#[tokio::test]
async fn one_round_trip_to_reserve_and_at_most_one_to_settle() {
    let Some(world) = world(LONG).await else {
        return;
    };
    // Far from any share that is told of.
    let team = Budget::new("team")
        .limit(usd("100"), Window::Day)
        .within(&world.org);
    let key = Budget::new("key")
        .limit(usd("100"), Window::Month)
        .within(&world.org);
    let scopes = [world.scopes[0].clone(), team.scope(), key.scope()];
    let before = world.proxy.scripts();
    let hold = open(&scopes, usd("0.01"), CutRule::Bound).await.unwrap();
    assert_eq!(world.proxy.scripts() - before, 1);
    hold.settle(usd("0.01"));
    world.ledger.flush().await.unwrap();
    assert_eq!(world.proxy.scripts() - before, 2);
    // Ends that wait go together.
    let mut holds = Vec::new();
    for _ in 0..100 {
        holds.push(open(&scopes, usd("0.01"), CutRule::Bound).await.unwrap());
    }
    assert_eq!(world.proxy.scripts() - before, 102);
    for hold in holds {
        hold.settle(usd("0.01"));
    }
    world.ledger.flush().await.unwrap();
    let settled = world.proxy.scripts() - before - 102;
    assert!(settled <= 20, "{settled}");
    assert_eq!(spent(&scopes[1]).await, usd("1.01"));
    assert_eq!(world.proxy.connections(), 1);
}

/// Where a cluster says that the slot is elsewhere, it goes there.
#[tokio::test]
async fn a_moved_ledger_is_followed() {
    let Some(world) = world(LONG).await else {
        return;
    };
    let other = Server::start().await.unwrap();
    let moved: &'static str =
        Box::leak(format!("MOVED 5 127.0.0.1:{}", other.port).into_boxed_str());
    world.proxy.plan(move |_| Act::Say(moved));
    // The other server has nothing: that is a loss, told as one, not a fresh ledger.
    let refused = open(&world.scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Unavailable);
    assert!(world.ledger.status().lost);
    world.ledger.accept_loss();
    open(&world.scopes, usd("1"), CutRule::Bound)
        .await
        .unwrap()
        .settle(usd("1"));
    world.ledger.flush().await.unwrap();
    let seen = snapshot(&*Arc::new(ledger_at(&other.url()))).await;
    assert_eq!(seen.account("org").unwrap().windows[0].spent, usd("1"));
}

/// A first try that comes through only after the second one was refused takes nothing for long.
#[tokio::test]
async fn a_refusal_takes_back_what_an_earlier_try_may_take() {
    let Some(world) = world(LONG).await else {
        return;
    };
    let direct = [Budget::new("org")
        .limit(usd("10"), Window::Total)
        .ledger(ledger(&world.server))
        .scope()];
    let other = open(&direct, usd("8"), CutRule::Bound).await.unwrap();
    // The first connection is silent for so long that it is taken for dead, and then passes on what it was given.
    world
        .proxy
        .next([Act::Cut, Act::Delay(Duration::from_millis(1)), Act::Pass]);
    let refused = open(&world.scopes, usd("5"), CutRule::Bound)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Held);
    world.ledger.flush().await.unwrap();
    let ended = world.server.ask(&["ZCARD", "{tower-genai}:ended"]).await;
    assert_eq!(
        ended,
        redis::Value::Int(1),
        "the late copy would take nothing"
    );
    other.release();
    direct[0].ledger().flush().await.unwrap();
    assert_at_rest(&snapshot(&*world.ledger).await);
}

/// Nothing is left of a ledger that nobody has any more: its thread is gone, and the connection with it.
#[tokio::test]
async fn a_dropped_ledger_ends_its_connection() {
    let Some(world) = world(LONG).await else {
        return;
    };
    let connections = async || match world.server.ask(&["CLIENT", "LIST"]).await {
        redis::Value::BulkString(list) => String::from_utf8_lossy(&list).lines().count() - 1,
        other => panic!("{other:?}"),
    };
    assert_eq!(connections().await, 1);
    let mut hold = open(&world.scopes, usd("1"), CutRule::Bound).await.unwrap();
    hold.sent();
    drop((world.org, world.scopes, world.ledger));
    assert_eq!(connections().await, 1, "its hold may end yet");
    drop(hold);
    let gone = async {
        while connections().await > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), gone).await.unwrap();
    let seen = snapshot(&*ledger(&world.server)).await;
    assert_eq!(seen.account("org").unwrap().windows[0].spent, usd("1"));
}
