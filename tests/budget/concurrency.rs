use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use tokio::task::JoinSet;
use tower_genai::{
    budget::{Budget, CutRule, Hold, RefusedKind, Scope, Window},
    money::Usd,
};

use super::support::{Checked, assert_at_rest, check, label, nanos, open, snapshot, spent, usd};

/// All at once try to hold `bound`, and none lets go before all have tried. How many got it, per way.
async fn storm(ways: Vec<Vec<Scope>>, calls: usize, bound: Usd) -> Vec<usize> {
    let mut tasks = JoinSet::new();
    for call in 0..calls {
        let way = call % ways.len();
        let scopes = ways[way].clone();
        tasks.spawn(async move {
            let hold = Hold::open(&scopes, bound, label(), CutRule::Bound).await;
            if let Err(refused) = &hold {
                // All of it is held and none spent yet, so waiting would help.
                assert_eq!(refused.kind(), RefusedKind::Held);
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
    let mut tasks = JoinSet::new();
    for mut hold in holds {
        tasks.spawn(async move {
            hold.sent();
            let bound = hold.bound();
            hold.settle(bound);
        });
    }
    tasks.join_all().await;
    granted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn ten_thousand_at_once_get_what_there_is_for_137() {
    let ledger = Checked::shared();
    let price = usd("0.073");
    let limit = nanos(price.nanos() * 137 + 5);
    let budget = Budget::new("org")
        .limit(limit, Window::Total)
        .ledger(ledger.clone());
    let granted = storm(vec![vec![budget.scope()]], 10_000, price).await;
    assert_eq!(granted, [137]);
    assert_eq!(spent(&budget.scope()), nanos(price.nanos() * 137));
    assert_at_rest(&snapshot(&*ledger));
    // Now it is spent: waiting does not help.
    let refused = open(&[budget.scope()], price, CutRule::Bound).unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Spent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn siblings_share_what_their_parent_has() {
    let ledger = Checked::shared();
    let price = usd("0.01");
    let times = |n: u64| nanos(price.nanos() * n);
    let org = Budget::new("org")
        .limit(times(137), Window::Total)
        .ledger(ledger.clone());
    let a = Budget::new("a")
        .limit(times(100), Window::Total)
        .within(&org);
    let b = Budget::new("b")
        .limit(times(90), Window::Total)
        .within(&org);
    let ways = [&a, &b].map(|team| vec![org.scope(), team.scope()]);
    let granted = storm(ways.to_vec(), 10_000, price).await;
    assert_eq!(granted.iter().sum::<usize>(), 137);
    assert!(granted[0] <= 100 && granted[1] <= 90, "{granted:?}");
    assert_eq!(spent(&org.scope()), times(137));
    assert_eq!(spent(&a.scope()), times(granted[0] as u64));
    assert_eq!(spent(&b.scope()), times(granted[1] as u64));
    assert_at_rest(&snapshot(&*ledger));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn two_hundred_at_once_get_what_there_is_for_5() {
    let ledger = Checked::shared();
    let budget = Budget::new("org")
        .limit(usd("5"), Window::Day)
        .ledger(ledger.clone());
    assert_eq!(storm(vec![vec![budget.scope()]], 200, usd("1")).await, [5]);
    assert_at_rest(&snapshot(&*ledger));
}

/// A neighbour that is refused by its own scope must not take the parent's money even for a moment.
#[test]
fn a_refusal_is_never_seen_by_a_neighbour() {
    let org = Budget::new("org").limit(usd("1"), Window::Total);
    let poor = Budget::new("poor")
        .limit(Usd::ZERO, Window::Total)
        .within(&org);
    let rich = Budget::new("rich")
        .limit(usd("1"), Window::Total)
        .within(&org);
    let refused = AtomicUsize::new(0);
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let scopes = [org.scope(), poor.scope()];
                for _ in 0..5_000 {
                    assert!(open(&scopes, usd("1"), CutRule::Bound).is_err());
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        threads.spawn(|| {
            let scopes = [org.scope(), rich.scope()];
            while refused.load(Ordering::Relaxed) < 20_000 {
                open(&scopes, usd("1"), CutRule::Bound).unwrap().release();
            }
        });
    });
    assert_at_rest(&snapshot(&**org.scope().ledger()));
}

/// Four scopes, random costs and ends on many threads. A bill is kept beside the ledger; a checker looks all the time.
#[test]
fn random_ends_on_many_threads_keep_every_limit() {
    for seed in 0..8 {
        random_ends(seed);
    }
}

fn random_ends(seed: u64) {
    const THREADS: u64 = 8;
    let ledger = Checked::shared();
    let org = Budget::new("org")
        .limit(nanos(60_000), Window::Total)
        .ledger(ledger.clone());
    let team = Budget::new("team")
        .limit(nanos(40_000), Window::Day)
        .within(&org);
    let other = Budget::new("other")
        .limit(nanos(30_000), Window::Total)
        .within(&org);
    let key = Budget::new("key")
        .limit(nanos(25_000), Window::Total)
        .within(&org);
    let [org, team, other, key] = [org, team, other, key].map(|budget| budget.scope());
    let ways = [
        vec![org.clone(), team.clone(), key.clone()],
        vec![org.clone(), team.clone()],
        vec![org.clone(), other.clone()],
    ];
    let bill: [AtomicU64; 3] = Default::default();
    let running = AtomicUsize::new(THREADS as usize);
    let start = Barrier::new(THREADS as usize + 1);
    thread::scope(|threads| {
        for thread in 0..THREADS {
            let (ways, bill, start, running) = (&ways, &bill, &start, &running);
            threads.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed * THREADS + thread);
                let mut open_holds = Vec::new();
                start.wait();
                for _ in 0..600 {
                    let way = random.usize(..ways.len());
                    let bound = random.u64(1..400);
                    let rule = random.choice([CutRule::Stops, CutRule::Bound]).unwrap();
                    if let Ok(hold) = open(&ways[way], nanos(bound), rule) {
                        open_holds.push((way, rule, hold));
                    }
                    if open_holds.len() > random.usize(..6) {
                        let picked = random.usize(..open_holds.len());
                        let (way, rule, hold) = open_holds.swap_remove(picked);
                        bill[way].fetch_add(end(hold, rule, &mut random), Ordering::Relaxed);
                    }
                }
                drop(open_holds);
                running.fetch_sub(1, Ordering::Relaxed);
            });
        }
        start.wait();
        while running.load(Ordering::Relaxed) > 0 {
            [&org, &team, &other, &key].into_iter().for_each(check);
        }
    });
    let [with_key, with_team, with_other] = bill.map(AtomicU64::into_inner);
    assert_eq!(spent(&key), nanos(with_key));
    assert_eq!(spent(&team), nanos(with_key + with_team));
    assert_eq!(spent(&other), nanos(with_other));
    assert_eq!(spent(&org), nanos(with_key + with_team + with_other));
    assert!(spent(&org) > Usd::ZERO);
    assert_at_rest(&snapshot(&*ledger));
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

/// The first calls of a key that no account exists for yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn first_calls_of_an_unknown_key_race() {
    for round in 0..200 {
        let budget = Budget::new("user").limit(usd("1"), Window::Day);
        let key = tower_genai::budget::ScopeKey::new(&format!("user-{round}")).unwrap();
        let ways = vec![vec![budget.scope_of(key)]];
        assert_eq!(storm(ways, 8, usd("1")).await, [1]);
        let ledger = Arc::clone(budget.scope().ledger());
        assert_at_rest(&snapshot(&*ledger));
    }
}
