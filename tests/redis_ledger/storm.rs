use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::Instant};
use tower_genai::{
    budget::{Budget, CutRule, Hold, Ledger, RedisLedger, RefusedKind, Scope, ScopeKey, Window},
    money::Usd,
};

use super::{
    server::Server,
    support::{assert_at_rest, label, ledger_at, nanos, open, snapshot, spent, usd},
};

/// Two ledgers on one server, as two processes have them.
fn two(server: &Server) -> [Arc<RedisLedger>; 2] {
    [1, 2].map(|_| Arc::new(ledger_at(&server.url()).deadline(Duration::from_secs(60))))
}

/// All at once try to hold `bound`, and none lets go before all have tried. How many got it, per way.
async fn storm(ways: Vec<Vec<Scope>>, calls: usize, bound: Usd) -> Vec<usize> {
    let mut tasks = JoinSet::new();
    for call in 0..calls {
        let way = call % ways.len();
        let scopes = ways[way].clone();
        tasks.spawn(async move {
            let hold = Hold::open(&scopes, bound, label(), CutRule::Bound).await;
            if let Err(refused) = &hold {
                assert_eq!(refused.kind(), RefusedKind::Held, "{refused}");
            }
            (way, hold.ok())
        });
    }
    let mut holds = Vec::new();
    let mut granted = vec![0; ways.len()];
    while let Some(done) = tasks.join_next().await {
        let (way, hold) = done.unwrap();
        granted[way] += usize::from(hold.is_some());
        holds.extend(hold);
    }
    for mut hold in holds {
        hold.sent();
        let bound = hold.bound();
        hold.settle(bound);
    }
    for way in &ways {
        way[0].ledger().flush().await.unwrap();
    }
    granted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_at_once_get_what_there_is_for_137() {
    let Some(server) = Server::start().await else {
        return;
    };
    let ledgers = two(&server);
    let price = usd("0.073");
    let limit = nanos(price.nanos() * 137 + 5);
    let budget = |ledger: &Arc<RedisLedger>| {
        Budget::new("org")
            .limit(limit, Window::Total)
            .ledger(ledger.clone())
    };
    let ways = ledgers
        .each_ref()
        .map(|ledger| vec![budget(ledger).scope()]);
    let granted = storm(ways.to_vec(), 10_000, price).await;
    assert_eq!(granted.iter().sum::<usize>(), 137);
    let seen = snapshot(&*ledgers[0]).await;
    assert_at_rest(&seen);
    assert_eq!(
        seen.account("org").unwrap().windows[0].spent,
        nanos(price.nanos() * 137)
    );
    let refused = open(&ways[1], price, CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn siblings_share_what_their_parent_has() {
    let Some(server) = Server::start().await else {
        return;
    };
    let ledgers = two(&server);
    let price = usd("0.01");
    let times = |n: u64| nanos(price.nanos() * n);
    let ways = [0, 1].map(|which| {
        let org = Budget::new("org")
            .limit(times(137), Window::Total)
            .ledger(ledgers[which].clone());
        let (name, limit) = [("a", times(100)), ("b", times(90))][which];
        let team = Budget::new(name).limit(limit, Window::Total).within(&org);
        vec![org.scope(), team.scope()]
    });
    let granted = storm(ways.to_vec(), 2_000, price).await;
    assert_eq!(granted.iter().sum::<usize>(), 137);
    assert!(granted[0] <= 100 && granted[1] <= 90, "{granted:?}");
    assert_at_rest(&snapshot(&*ledgers[0]).await);
}

/// The first calls of a key that no account exists for yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn first_calls_of_an_unknown_key_race() {
    let Some(server) = Server::start().await else {
        return;
    };
    let ledgers = two(&server);
    for round in 0..50 {
        let key = ScopeKey::new(&format!("user-{round}")).unwrap();
        let ways = ledgers.each_ref().map(|ledger| {
            let budget = Budget::new("user")
                .limit(usd("1"), Window::Day)
                .ledger(ledger.clone());
            vec![budget.scope_of(key.clone())]
        });
        assert_eq!(
            storm(ways.to_vec(), 8, usd("1"))
                .await
                .iter()
                .sum::<usize>(),
            1
        );
    }
    assert_at_rest(&snapshot(&*ledgers[1]).await);
}

/// Four scopes, two of which share a parent; random costs and ends by two processes. A bill is kept beside the ledger; a
/// checker looks all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn random_ends_keep_every_limit() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let Some(server) = Server::start().await else {
        return;
    };
    let ledgers = two(&server);
    let limits = [
        ("org", 60_000),
        ("team", 40_000),
        ("other", 30_000),
        ("key", 25_000),
    ];
    let scopes = ledgers.each_ref().map(|ledger| {
        limits.map(|(name, limit)| {
            let budget = Budget::new(name).limit(nanos(limit), Window::Total);
            budget.ledger(ledger.clone()).scope()
        })
    });
    let ways: [&[usize]; 3] = [&[0, 1, 3], &[0, 1], &[0, 2]];
    let bill: Arc<[AtomicU64; 4]> = Arc::default();
    let mut tasks = JoinSet::new();
    for task in 0..16_u64 {
        let (scopes, bill) = (scopes[task as usize % 2].clone(), Arc::clone(&bill));
        let mut random = fastrand::Rng::with_seed(seed ^ task);
        tasks.spawn(async move {
            let mut holds = Vec::new();
            for _ in 0..60 {
                let way = ways[random.usize(..ways.len())];
                let chosen: Vec<_> = way.iter().map(|&at| scopes[at].clone()).collect();
                let bound = nanos(random.u64(1..400));
                let rule = random.choice([CutRule::Stops, CutRule::Bound]).unwrap();
                if let Ok(hold) = open(&chosen, bound, rule).await {
                    holds.push((way, rule, hold));
                }
                if holds.len() > random.usize(..6) {
                    let (way, rule, hold) = holds.swap_remove(random.usize(..holds.len()));
                    let cost = end(hold, rule, &mut random);
                    for &at in way {
                        bill[at].fetch_add(cost, Ordering::SeqCst);
                    }
                }
            }
        });
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, watched) = (Arc::clone(&stop), Arc::clone(&ledgers[0]));
    let checker = tokio::spawn(async move {
        let mut looks = 0;
        while !stopped.load(Ordering::SeqCst) {
            let seen = watched.snapshot().await.unwrap();
            for (name, limit) in limits {
                for window in seen
                    .account(name)
                    .iter()
                    .flat_map(|account| &account.windows)
                {
                    let sum = window.spent.checked_add(window.held).unwrap();
                    assert!(sum <= nanos(limit), "{name} {window:?}");
                }
            }
            looks += 1;
        }
        looks
    });
    tasks.join_all().await;
    stop.store(true, Ordering::SeqCst);
    assert!(checker.await.unwrap() > 10);
    ledgers[1].flush().await.unwrap();
    let seen = snapshot(&*ledgers[0]).await;
    assert_at_rest(&seen);
    for (at, (name, _)) in limits.into_iter().enumerate() {
        let spent = seen
            .account(name)
            .map_or(Usd::ZERO, |account| account.windows[0].spent);
        assert_eq!(spent, nanos(bill[at].load(Ordering::SeqCst)), "{name}");
    }
}

/// Ends the hold in a random way; what the ledger must have charged.
fn end(mut hold: Hold, rule: CutRule, random: &mut fastrand::Rng) -> u64 {
    let bound = hold.bound().nanos();
    let part = random.u64(..=bound);
    match random.u32(..6) {
        0 => drop(hold),
        1 => hold.release(),
        2 => {
            hold.sent();
            return bound;
        }
        3 => {
            hold.sent();
            hold.seen(nanos(part));
            return if rule == CutRule::Stops { part } else { bound };
        }
        _ => {
            hold.sent();
            hold.settle(nanos(part));
            return part;
        }
    }
    0
}

/// What one process has given back or spent, the other one sees at its next ask.
#[tokio::test]
async fn two_processes_are_one_ledger() {
    let Some(server) = Server::start().await else {
        return;
    };
    let [a, b] = two(&server);
    let budget = |ledger: &Arc<RedisLedger>| {
        Budget::new("org")
            .limit(usd("3"), Window::Total)
            .ledger(ledger.clone())
    };
    let (of_a, of_b) = ([budget(&a).scope()], [budget(&b).scope()]);
    let hold = open(&of_a, usd("2"), CutRule::Bound).await.unwrap();
    assert_eq!(
        open(&of_b, usd("2"), CutRule::Bound)
            .await
            .unwrap_err()
            .kind(),
        RefusedKind::Held
    );
    assert_eq!(of_b[0].allowance().unwrap().held(), usd("2"));
    let id = hold.id();
    // An end may be told by another process, which knows the hold's name; then it ends once.
    b.settle(id, tower_genai::budget::End::Metered(usd("1")).into());
    b.flush().await.unwrap();
    drop(hold);
    a.flush().await.unwrap();
    open(&of_b, usd("2"), CutRule::Bound)
        .await
        .unwrap()
        .settle(usd("2"));
    assert_eq!(spent(&of_b[0]).await, usd("3"));
    // Another name is another ledger.
    let other = Arc::new(ledger_at(&server.url()).name("other"));
    open(&[budget(&other).scope()], usd("3"), CutRule::Bound)
        .await
        .unwrap()
        .release();
}

/// Printed, not judged: machines differ.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_long_it_takes() {
    let Some(server) = Server::start().await else {
        return;
    };
    let ledger = Arc::new(ledger_at(&server.url()));
    let org = Budget::new("org")
        .limit(usd("1000"), Window::Day)
        .ledger(ledger.clone());
    let team = Budget::new("team")
        .limit(usd("1000"), Window::Month)
        .within(&org);
    let scopes = vec![org.scope(), team.scope()];
    for flight in [1_usize, 64] {
        let mut tasks = JoinSet::new();
        let began = Instant::now();
        for _ in 0..flight {
            let scopes = scopes.clone();
            tasks.spawn(async move {
                let mut times = Vec::new();
                for _ in 0..2_000 / flight {
                    let began = Instant::now();
                    let mut hold = open(&scopes, nanos(1_000), CutRule::Bound).await.unwrap();
                    hold.sent();
                    hold.settle(nanos(500));
                    times.push(began.elapsed());
                }
                times
            });
        }
        let mut times: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        ledger.flush().await.unwrap();
        let all = began.elapsed();
        times.sort_unstable();
        println!(
            "{flight} in flight: reserve p50 {:?}, p99 {:?}; {:.0} reserves and settles a second",
            times[times.len() / 2],
            times[times.len() * 99 / 100],
            times.len() as f64 / all.as_secs_f64(),
        );
    }
    if let redis::Value::BulkString(stats) = server.ask(&["INFO", "commandstats"]).await {
        let stats = String::from_utf8_lossy(&stats).into_owned();
        let scripts = stats.lines().filter(|line| line.contains("evalsha"));
        scripts.for_each(|line| println!("the server: {line}"));
    }
    assert_at_rest(&snapshot(&*ledger).await);
}
