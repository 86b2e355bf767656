//! Limits of requests and tokens, evenly over time.

use std::{sync::Arc, time::Duration};

use tower_genai::{
    budget::{Budget, CutRule, Hold, MemoryLedger, RateLimit, Refused, RefusedKind, Scope, Window},
    context::Clock,
    money::Usd,
};

use super::support::{at, label, now, usd};

struct Rig {
    clock: Clock,
    ledger: Arc<MemoryLedger>,
}

impl Rig {
    fn new() -> Self {
        let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
        let ledger = Arc::new(MemoryLedger::with_clock(clock.clone()));
        Self { clock, ledger }
    }

    fn scope(&self, name: &str, rate: RateLimit) -> Scope {
        Budget::new(name)
            .rate(rate)
            .ledger(self.ledger.clone())
            .scope()
    }

    fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn request(scopes: &[Scope]) -> Result<Hold, Refused> {
    now(Hold::open(scopes, Usd::ZERO, label(), CutRule::Bound).requests(1))
}

fn tokens(scopes: &[Scope], most: u64) -> Result<Hold, Refused> {
    now(Hold::open(scopes, Usd::ZERO, label(), CutRule::Bound).tokens(most))
}

#[test]
fn a_burst_passes_and_then_one_for_each_part_of_the_period() {
    let rig = Rig::new();
    let scopes = [rig.scope("org", RateLimit::requests(60).burst(3))];
    for _ in 0..3 {
        request(&scopes).unwrap().release();
    }
    let refused = request(&scopes).unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Rate);
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(
        refused.to_string(),
        "budget `org` lets no more pass now (60 requests per minute)"
    );
    rig.later(1);
    request(&scopes).unwrap().release();
    assert!(request(&scopes).is_err());
    // Idle time is not saved up beyond the burst.
    rig.later(3_600);
    assert_eq!((0..9).filter(|_| request(&scopes).is_ok()).count(), 3);
}

#[test]
fn no_minute_sees_more_than_the_rate_and_a_burst() {
    let rig = Rig::new();
    let scopes = [rig.scope("org", RateLimit::requests(60))];
    let mut passed = Vec::new();
    for second in 0..600 {
        for _ in 0..3 {
            if let Ok(hold) = request(&scopes) {
                hold.release();
                passed.push(second);
            }
        }
        rig.later(1);
    }
    for from in 0..540 {
        let minute = passed.iter().filter(|at| (from..from + 60).contains(*at));
        assert!(minute.count() <= 120);
    }
    // And not less than the rate in the long run.
    assert!((659..=660).contains(&passed.len()), "{}", passed.len());
}

#[test]
fn tokens_that_were_not_used_come_back() {
    let rig = Rig::new();
    let scopes = [rig.scope("org", RateLimit::tokens(1_000))];
    let mut hold = tokens(&scopes, 900).unwrap();
    assert!(tokens(&scopes, 200).is_err());
    hold.sent();
    hold.used(100);
    hold.settle(Usd::ZERO);
    tokens(&scopes, 900).unwrap().release();
    tokens(&scopes, 900)
        .expect("released, none were used")
        .release();
    // Nobody says how many were used: all count.
    let mut hold = tokens(&scopes, 900).unwrap();
    hold.sent();
    drop(hold);
    assert!(tokens(&scopes, 100).is_err());
    // More than were asked for are taken too.
    rig.later(60);
    let mut hold = tokens(&scopes, 10).unwrap();
    hold.sent();
    hold.used(1_000);
    hold.settle(Usd::ZERO);
    assert!(tokens(&scopes, 100).is_err());
}

#[test]
fn what_can_never_pass_at_once_says_so() {
    let rig = Rig::new();
    let scopes = [rig.scope("org", RateLimit::tokens(1_000))];
    let refused = tokens(&scopes, 1_001).unwrap_err();
    assert!(refused.never_fits());
    assert_eq!(refused.retry_after(), None);
}

#[test]
fn a_refusal_by_any_scope_takes_nothing_from_the_others() {
    let rig = Rig::new();
    let org = rig.scope("org", RateLimit::requests(60));
    let team = rig.scope("team", RateLimit::requests(60).burst(1));
    let both = [org.clone(), team];
    request(&both).unwrap().release();
    for _ in 0..100 {
        assert!(request(&both).is_err());
    }
    assert_eq!(
        (0..99)
            .filter(|_| request(std::slice::from_ref(&org)).is_ok())
            .count(),
        59
    );
    // Want of money takes no request, and a request too many takes no money.
    let money = Budget::new("money")
        .limit(usd("1"), Window::Day)
        .rate(RateLimit::requests(60).burst(1))
        .ledger(rig.ledger.clone())
        .scope();
    let scopes = [money];
    let ask = |bound| now(Hold::open(&scopes, usd(bound), label(), CutRule::Bound).requests(1));
    assert_eq!(ask("2").unwrap_err().kind(), RefusedKind::Spent);
    let hold = ask("1").unwrap();
    hold.release();
    assert_eq!(ask("0.5").unwrap_err().kind(), RefusedKind::Rate);
    assert_eq!(super::support::held(&scopes[0]), Usd::ZERO);
}

#[test]
fn an_account_with_a_rate_alone_is_remembered_as_long_as_it_matters() {
    let rig = Rig::new();
    let budget = Budget::new("user")
        .rate(RateLimit::requests(60).burst(1))
        .ledger(rig.ledger.clone());
    let user = |n: usize| {
        let key = tower_genai::budget::ScopeKey::new(&n.to_string()).unwrap();
        [budget.scope_of(key)]
    };
    request(&user(0)).unwrap().release();
    // Others come and go; the first one is not forgotten for them.
    for n in 1..1_000 {
        request(&user(n)).unwrap().release();
    }
    assert!(request(&user(0)).is_err());
    rig.later(1);
    assert!(request(&user(0)).is_ok());
}

#[test]
fn observing_budgets_let_it_pass() {
    let rig = Rig::new();
    let budget = Budget::new("org").rate(RateLimit::requests(1)).observe();
    let scopes = [budget.ledger(rig.ledger.clone()).scope()];
    assert!((0..9).all(|_| request(&scopes).is_ok()));
}
