//! Ledgers alone: many at once, ends that come twice, the ends of the scale, limits that change.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{sync::Barrier, task::JoinSet};
use tower_genai::{
    budget::{
        AccountId, Ask, Budget, CutRule, End, Hold, HoldId, RateLimit, Refund, RefundError,
        RefusedKind, Scope, ScopeKey, Window,
    },
    money::Usd,
};

use crate::rig::{Kind, Rig, answer, file, label, memory, nanos, open, redis, reserve, usd};

/// All at once try to hold `bound`, and none ends before all have been answered. How many were granted, by way.
async fn storm(ways: &[Vec<Scope>], calls: usize, bound: Usd) -> Vec<usize> {
    let mut tasks = JoinSet::new();
    for call in 0..calls {
        let way = call % ways.len();
        let scopes = ways[way].clone();
        tasks.spawn(async move {
            let hold = open(&scopes, bound, CutRule::Bound).await;
            if let Err(refused) = &hold {
                assert_eq!(refused.kind(), RefusedKind::Held, "{refused}");
            }
            (way, hold.ok())
        });
    }
    let (mut holds, mut granted) = (Vec::new(), vec![0; ways.len()]);
    while let Some(done) = tasks.join_next().await {
        let (way, hold) = done.unwrap();
        granted[way] += usize::from(hold.is_some());
        holds.extend(hold);
    }
    for mut hold in holds {
        hold.sent();
        hold.settle(bound);
    }
    granted
}

/// Of ten thousand at once those are admitted that fit, to the nano-dollar.
async fn b01(rig: &Rig) {
    const FIT: u64 = 137;
    let price = usd("0.073");
    let limit = nanos(price.nanos() * (FIT + 1) - 1);
    let ways = [vec![rig.budget("org", limit, Window::Total).scope()]];
    let granted = storm(&ways, 10_000, price).await;
    assert_eq!(granted, [137]);
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    assert_eq!(
        rig.spent("org", Window::Total).await,
        FIT * price.nanos(),
        "what is billed is in the ledger, and nothing else"
    );
    assert_eq!((seen.doubtful_count, seen.bound_exceeded), (0, 0));
    let refused = open(&ways[0], price, CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
    let rest = open(&ways[0], nanos(price.nanos() - 1), CutRule::Bound).await;
    rest.expect("the rest can still be had").release();
}

#[test]
fn b01_memory() {
    memory(b01);
}

#[test]
fn b01_file() {
    file(b01);
}

#[test]
fn b01_redis() {
    redis(b01);
}

const NESTED: [(&str, u64); 4] = [
    ("org", 60_000),
    ("team", 40_000),
    ("other", 30_000),
    ("key", 25_000),
];

/// No scope is above its limit.
async fn look(rig: &Rig) {
    let seen = rig.ledger.snapshot().await.unwrap();
    for (name, limit) in NESTED {
        for window in seen.account(name).iter().flat_map(|a| &a.windows) {
            let sum = window.spent.checked_add(window.held).unwrap();
            assert!(sum <= nanos(limit), "{name}: {window:?}");
        }
    }
}

/// Four nested scopes, two of which share a parent; random costs and ends. Somebody looks after each event.
async fn b02(rig: &Rig) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let scopes = NESTED.map(|(name, limit)| rig.budget(name, nanos(limit), Window::Total).scope());
    let ways: [&[usize]; 3] = [&[0, 1, 3], &[0, 1], &[0, 2]];
    let bill: [AtomicU64; 4] = Default::default();
    let refused = AtomicU64::new(0);
    let calls = rig.some(400, 60, 120);
    let caller = async |task: u64| {
        let mut random = fastrand::Rng::with_seed(seed ^ task);
        let mut holds: Vec<(&[usize], CutRule, Hold)> = Vec::new();
        for _ in 0..calls {
            let way = ways[random.usize(..ways.len())];
            let chosen: Vec<_> = way.iter().map(|&at| scopes[at].clone()).collect();
            let bound = nanos(random.u64(1..4_000));
            let rule = random.choice([CutRule::Stops, CutRule::Bound]).unwrap();
            match open(&chosen, bound, rule).await {
                Ok(hold) => holds.push((way, rule, hold)),
                Err(_) => _ = refused.fetch_add(1, Ordering::SeqCst),
            }
            look(rig).await;
            if holds.len() > random.usize(..6) {
                let (way, rule, hold) = holds.swap_remove(random.usize(..holds.len()));
                let cost = end(hold, rule, &mut random);
                for &at in way {
                    bill[at].fetch_add(cost, Ordering::SeqCst);
                }
                look(rig).await;
            }
        }
    };
    futures::future::join_all((0..8).map(caller)).await;
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    for ((name, _), billed) in NESTED.iter().zip(&bill) {
        let billed = billed.load(Ordering::SeqCst);
        assert_eq!(rig.spent(name, Window::Total).await, billed, "{name}");
        assert!(billed > 0, "{name}");
    }
    assert!(refused.into_inner() > 0, "it was tight");
}

/// Ends a hold in any way; what it has cost.
fn end(mut hold: Hold, rule: CutRule, random: &mut fastrand::Rng) -> u64 {
    let bound = hold.bound().nanos();
    let part = random.u64(..=bound);
    match random.u8(..6) {
        0 => drop(hold),
        1 => hold.release(),
        2 => {
            hold.sent();
            drop(hold);
            return bound;
        }
        3 => {
            hold.sent();
            hold.seen(nanos(part));
            hold.cut();
            return match rule {
                CutRule::Stops => part,
                _ => bound,
            };
        }
        _ => {
            hold.sent();
            hold.settle(nanos(part));
            return part;
        }
    }
    0
}

#[test]
fn b02_memory() {
    memory(b02);
}

#[test]
fn b02_file() {
    file(b02);
}

#[test]
fn b02_redis() {
    redis(b02);
}

/// Every end after every other one: the first one counts.
async fn b07(rig: &Rig) {
    let ends = [
        (End::Released, 0),
        (End::Metered(nanos(30)), 30),
        (End::Metered(nanos(90)), 90),
        (End::AtBound, 50),
        (End::Cut(nanos(20)), 20),
        (End::Counted(nanos(70)), 70),
    ];
    let mut all = 0;
    let scopes = [rig.budget("org", nanos(100_000), Window::Total).scope()];
    for (first, cost) in ends {
        for (second, _) in ends {
            let id = HoldId::unique();
            reserve(&scopes, id, nanos(50)).await.unwrap();
            for end in [first, second, first] {
                rig.ledger.settle(id, end.into());
            }
            all += cost;
            let sums = rig.spent("org", Window::Total).await;
            assert_eq!(sums, all, "{first:?}, then {second:?}");
        }
    }
    // At the same time, from many threads.
    let id = HoldId::unique();
    reserve(&scopes, id, nanos(50)).await.unwrap();
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| rig.ledger.settle(id, End::Metered(nanos(7)).into()));
        }
    });
    assert_eq!(rig.spent("org", Window::Total).await, all + 7);
    // One that was never asked for.
    rig.ledger.settle(HoldId::unique(), End::AtBound.into());
    let mut hold = open(&scopes, nanos(50), CutRule::Bound).await.unwrap();
    hold.sent();
    hold.settle(nanos(1));
    let seen = rig.snapshot().await;
    rig.assert_at_rest(&seen);
    assert_eq!(rig.spent("org", Window::Total).await, all + 8);
    assert_eq!((seen.bound_exceeded, seen.doubtful_count), (6, 12));
}

#[test]
fn b07_memory() {
    memory(b07);
}

#[test]
fn b07_file() {
    file(b07);
}

#[test]
fn b07_redis() {
    redis(b07);
}

/// At the largest amount, and where a double is no longer exact.
async fn b13(rig: &Rig) {
    const EXACT: u64 = 1 << 53;
    for (name, limit, first) in [
        ("max", Usd::MAX.nanos(), Usd::MAX.nanos() - 1),
        ("below", EXACT - 1, EXACT - 2),
        ("exact", EXACT, EXACT - 1),
        ("above", EXACT + 1, EXACT),
        ("two above", EXACT + 2, EXACT + 1),
    ] {
        let scopes = [rig.budget(name, nanos(limit), Window::Total).scope()];
        let ask = async |bound| open(&scopes, nanos(bound), CutRule::Bound).await;
        let kind = async |bound| ask(bound).await.unwrap_err().kind();
        let most = ask(first).await.unwrap();
        let one = ask(1).await.unwrap();
        assert_eq!(kind(1).await, RefusedKind::Held, "{name}");
        assert_eq!(kind(limit).await, RefusedKind::Held, "{name}");
        assert_eq!(rig.held(name, Window::Total).await, limit, "{name}");
        for mut hold in [most, one] {
            hold.sent();
            let bound = hold.bound();
            hold.settle(bound);
        }
        assert_eq!(rig.spent(name, Window::Total).await, limit, "{name}");
        assert_eq!(kind(1).await, RefusedKind::Spent, "{name}");
        assert_eq!(kind(Usd::MAX.nanos()).await, RefusedKind::Spent, "{name}");
    }
    // More than there are amounts for: it stays at the most, and refuses.
    let scopes = [rig.budget("over", Usd::MAX, Window::Total).scope()];
    for _ in 0..3 {
        let id = HoldId::unique();
        reserve(&scopes, id, nanos(0)).await.unwrap();
        rig.ledger.settle(id, End::Metered(Usd::MAX).into());
        let spent = rig.spent("over", Window::Total).await;
        assert_eq!(spent, Usd::MAX.nanos());
        let refused = open(&scopes, nanos(1), CutRule::Bound).await.unwrap_err();
        assert_eq!(refused.kind(), RefusedKind::Spent);
    }
    // And of three times the most, one time less is not enough.
    let refund = Refund::of_account("one", AccountId::new("over", None), Usd::MAX);
    assert_eq!(rig.ledger.refund(&refund).await, Ok(Usd::MAX));
    assert!(open(&scopes, nanos(1), CutRule::Bound).await.is_err());
}

#[test]
fn b13_memory() {
    memory(b13);
}

#[test]
fn b13_file() {
    file(b13);
}

#[test]
fn b13_redis() {
    redis(b13);
}

/// Limits that change while holds are open: what is held and spent stays, and the new limit counts from the next ask on.
async fn b14(rig: &Rig) {
    let org = |limit| [rig.budget("org", nanos(limit), Window::Total).scope()];
    let ask = async |limit, bound| open(&org(limit), nanos(bound), CutRule::Bound).await;
    let held = ask(100, 60).await.unwrap();
    // Lowered below what is held.
    let refused = ask(50, 1).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Held);
    let free = ask(50, 0).await;
    free.expect("what costs nothing always fits").release();
    assert_eq!(rig.held("org", Window::Total).await, 60);
    // Raised.
    let more = ask(120, 60).await.unwrap();
    assert_eq!(ask(120, 1).await.unwrap_err().kind(), RefusedKind::Held);
    let mut held = held;
    held.sent();
    held.settle(nanos(55));
    assert_eq!(ask(50, 1).await.unwrap_err().kind(), RefusedKind::Spent);
    // Deleted: it has no limit, counts nothing, and its open hold ends where it was taken.
    let gone = [Budget::new("org").ledger(rig.ledger.clone()).scope()];
    let free = open(&gone, nanos(1 << 40), CutRule::Bound).await.unwrap();
    free.release();
    let mut more = more;
    more.sent();
    more.settle(nanos(20));
    assert_eq!(rig.spent("org", Window::Total).await, 75);
    // Made again: it goes on.
    assert_eq!(ask(75, 1).await.unwrap_err().kind(), RefusedKind::Spent);
    ask(76, 1).await.unwrap().release();
    // One that is made while others are open, beside and inside of them.
    let outer = ask(200, 100).await.unwrap();
    let both = [
        org(200)[0].clone(),
        rig.budget("new", nanos(10), Window::Total).scope(),
    ];
    let inner = open(&both, nanos(10), CutRule::Bound).await.unwrap();
    let refused = open(&both, nanos(1), CutRule::Bound).await.unwrap_err();
    assert_eq!(refused.scope().name(), "new");
    outer.release();
    inner.release();
    // Another kind of window counts from its first hold on.
    let by_day = [rig.budget("org", nanos(30), Window::Day).scope()];
    let day = open(&by_day, nanos(30), CutRule::Bound).await.unwrap();
    assert_eq!(ask(110, 30).await.unwrap_err().kind(), RefusedKind::Held);
    day.release();
}

#[test]
fn b14_memory() {
    memory(b14);
}

#[test]
fn b14_file() {
    file(b14);
}

#[test]
fn b14_redis() {
    redis(b14);
}

/// Eight first calls of a key that nobody knows yet, and there is enough for one.
async fn b15(rig: &Rig) {
    let user = Budget::new("user")
        .limit(usd("1"), Window::Day)
        .ledger(rig.ledger.clone());
    for round in 0..rig.some(300, 40, 100) {
        let key = ScopeKey::new(&format!("user-{round}")).unwrap();
        let scopes = [user.scope_of(key)];
        let barrier = Arc::new(Barrier::new(8));
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let (scopes, barrier) = (scopes.clone(), Arc::clone(&barrier));
            tasks.spawn(async move {
                barrier.wait().await;
                open(&scopes, usd("0.6"), CutRule::Bound).await.ok()
            });
        }
        let holds: Vec<Hold> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(holds.len(), 1, "round {round}");
        holds.into_iter().for_each(Hold::release);
    }
}

#[test]
fn b15_memory() {
    memory(b15);
}

#[test]
fn b15_file() {
    file(b15);
}

#[test]
fn b15_redis() {
    redis(b15);
}

/// Who asks for far too much is refused by its own scope, and takes nothing of its parent's, not for a moment.
async fn b19(rig: &Rig) {
    let org = rig
        .budget("org", usd("20000"), Window::Total)
        .rate(RateLimit::tokens(1_000_000_000).burst(2_000_000_000))
        .scope();
    let greedy = rig.budget("greedy", usd("1"), Window::Total).scope();
    let modest = rig.budget("modest", usd("20000"), Window::Total).scope();
    let greedy = [org.clone(), greedy];
    let modest = [org.clone(), modest];
    let mut first = open(&modest, usd("0.5"), CutRule::Bound).await.unwrap();
    first.sent();
    first.settle(usd("0.5"));
    let before = rig.snapshot().await;
    let attacks = async {
        for _ in 0..rig.some(2_000, 300, 500) {
            // 10^9 tokens of output at 15 USD a million.
            let ask = Hold::open(&greedy, usd("15000"), label(), CutRule::Bound);
            let refused = ask.tokens(1_000_000_000).await.unwrap_err();
            assert_eq!(refused.scope().name(), "greedy");
            assert!(refused.never_fits());
        }
    };
    let neighbour = async {
        for _ in 0..rig.some(2_000, 50, 500) {
            // All that the parent has left.
            let hold = open(&modest, usd("19999.5"), CutRule::Bound).await;
            hold.expect("nobody else holds any of it").release();
            rig.ledger.flush().await.unwrap();
        }
    };
    tokio::join!(attacks, neighbour);
    let after = rig.snapshot().await;
    assert_eq!(before.accounts, after.accounts);
    assert_eq!(after.holds, before.holds);
    // Its rate too is as it was.
    let all = Hold::open(&modest, nanos(0), label(), CutRule::Bound);
    all.tokens(2_000_000_000).await.unwrap().release();
}

#[test]
fn b19_memory() {
    memory(b19);
}

#[test]
fn b19_file() {
    file(b19);
}

#[test]
fn b19_redis() {
    redis(b19);
}

/// How much each table of the server has.
async fn tables(rig: &Rig) -> BTreeMap<String, i64> {
    let mut sizes = BTreeMap::new();
    let Some(server) = rig.server() else {
        return sizes;
    };
    let keys: Vec<String> = redis::from_redis_value(server.ask(&["KEYS", "*"]).await).unwrap();
    for key in keys {
        let kind: String = redis::from_redis_value(server.ask(&["TYPE", &key]).await).unwrap();
        let command = match kind.as_str() {
            "hash" => "HLEN",
            "zset" => "ZCARD",
            other => panic!("{key} is a {other}"),
        };
        let size = redis::from_redis_value(server.ask(&[command, &key]).await).unwrap();
        sizes.insert(key, size);
    }
    sizes
}

/// A hundred thousand calls of a thousand keys (fewer where each costs an fsync or a round trip): once they are over,
/// everything is as it was.
async fn b20(rig: &Rig) {
    let org = rig.budget("org", usd("1000"), Window::Total).scope();
    let user = Budget::new("user")
        .limit(usd("100"), Window::Minute)
        .rate(RateLimit::tokens(1_000_000))
        .ledger(rig.ledger.clone());
    let round = async |calls: usize| {
        let mut random = fastrand::Rng::with_seed(7);
        let mut left = calls;
        while left > 0 {
            let batch = left.min(500);
            left -= batch;
            let asks = (0..batch).map(|_| {
                let key = ScopeKey::new(&random.u32(..1_000).to_string()).unwrap();
                let scopes = [org.clone(), user.scope_of(key)];
                let how = random.u8(..3);
                async move {
                    let ask = Hold::open(&scopes, nanos(1_000), label(), CutRule::Bound);
                    let mut hold = ask.requests(1).tokens(20).await.unwrap();
                    if how > 0 {
                        hold.sent();
                        hold.used(10);
                        hold.settle(nanos(900));
                    }
                }
            });
            futures::future::join_all(asks).await;
            // Else a lease may be over before its end is through.
            rig.ledger.flush().await.unwrap();
            rig.later(20);
        }
        rig.later(3_600);
        rig.snapshot().await
    };
    let before = round(2_000).await;
    let tables_before = tables(rig).await;
    assert_eq!(before.accounts.len(), 1, "only what runs for ever");
    let after = round(rig.some(100_000, 10_000, 10_000)).await;
    let count = |seen: &tower_genai::budget::Snapshot| {
        let windows: usize = seen.accounts.iter().map(|one| one.windows.len()).sum();
        let open = seen.holds.len() + seen.doubtful.len();
        (seen.accounts.len(), windows, open, seen.doubtful_count)
    };
    assert_eq!(count(&before), count(&after));
    let tables_after = tables(rig).await;
    for (table, size) in &tables_after {
        let before = tables_before.get(table).copied().unwrap_or(0);
        // Names of ended holds stay for ten minutes, and are looked for by the way.
        assert!(*size <= before + 64, "{table}: {before}, {size}");
    }
    assert_eq!(tables_before.is_empty(), rig.kind != Kind::Redis);
}

#[test]
fn b20_memory() {
    memory(b20);
}

#[test]
fn b20_file() {
    file(b20);
}

#[test]
fn b20_redis() {
    redis(b20);
}

/// Nothing but an operator's call lowers what is spent; once by its name, and never below nothing.
async fn b21(rig: &Rig) {
    let scopes = [rig.budget("org", nanos(1_000), Window::Total).scope()];
    let mut before = 0;
    for end in [
        End::Metered(nanos(40)),
        End::Released,
        End::AtBound,
        End::Cut(nanos(5)),
        End::Metered(nanos(0)),
    ] {
        let id = HoldId::unique();
        let label = label();
        let ask = Ask::new(id, &scopes, nanos(50), &label);
        answer(rig.ledger.reserve(&ask)).await.unwrap();
        rig.ledger.settle(id, end.into());
        rig.ledger.settle(id, End::Released.into());
        let spent = rig.spent("org", Window::Total).await;
        assert!(spent >= before, "{end:?}");
        before = spent;
    }
    assert_eq!(before, 95);
    let org = AccountId::new("org", None);
    // The same one, at the same time.
    let one = Refund::of_account("one", org.clone(), nanos(20));
    let same = futures::future::join_all((0..8).map(|_| rig.ledger.refund(&one))).await;
    assert!(same.iter().all(|done| *done == Ok(nanos(20))), "{same:?}");
    assert_eq!(rig.spent("org", Window::Total).await, 75);
    // Under a name that is taken nothing else is done.
    let other = Refund::of_account("one", org.clone(), nanos(70));
    assert_eq!(rig.ledger.refund(&other).await, Ok(nanos(20)));
    assert_eq!(rig.spent("org", Window::Total).await, 75);
    // Of a doubtful charge, at most what it was, whatever the names.
    let doubtful = rig.snapshot().await.doubtful;
    let charge = doubtful
        .iter()
        .find(|one| one.charged == nanos(50))
        .unwrap();
    for (name, given) in [("a", 30), ("b", 20), ("c", 0)] {
        let refund = Refund::of_hold(name, charge.id, nanos(30));
        for _ in 0..2 {
            assert_eq!(rig.ledger.refund(&refund).await, Ok(nanos(given)));
        }
    }
    assert_eq!(rig.spent("org", Window::Total).await, 25);
    let all = Refund::of_account("all", org, Usd::MAX);
    assert_eq!(rig.ledger.refund(&all).await, Ok(nanos(25)));
    assert_eq!(rig.spent("org", Window::Total).await, 0);
    // Of what is not there, nothing.
    let nobody = Refund::of_account("nobody", AccountId::new("nobody", None), nanos(1));
    assert_eq!(
        rig.ledger.refund(&nobody).await,
        Err(RefundError::UnknownAccount)
    );
    let none = Refund::of_hold("none", HoldId::unique(), nanos(1));
    assert_eq!(
        rig.ledger.refund(&none).await,
        Err(RefundError::UnknownHold)
    );
    // And it can be spent again, once.
    let again = open(&scopes, nanos(1_000), CutRule::Bound).await.unwrap();
    assert!(open(&scopes, nanos(1), CutRule::Bound).await.is_err());
    again.release();
}

#[test]
fn b21_memory() {
    memory(b21);
}

#[test]
fn b21_file() {
    file(b21);
}

#[test]
fn b21_redis() {
    redis(b21);
}
