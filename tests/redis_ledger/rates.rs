//! Limits of requests and tokens, evenly over time.

use std::{sync::Arc, time::Duration};

use tower_genai::{
    budget::{
        Budget, CutRule, Hold, Ledger, RateLimit, RedisLedger, Refused, RefusedKind, Scope, Window,
    },
    context::Clock,
    money::Usd,
};

use super::{
    server::Server,
    support::{at, label, ledger_at, usd},
};

struct Rig {
    _server: Server,
    clock: Clock,
    ledger: Arc<RedisLedger>,
}

impl Rig {
    async fn new() -> Option<Self> {
        let server = Server::start().await?;
        let clock = Clock::manual(at("2026-03-28T12:00:00Z"));
        let ledger = Arc::new(ledger_at(&server.url()).server_clock(clock.clone()));
        Some(Self {
            _server: server,
            clock,
            ledger,
        })
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

async fn request(scopes: &[Scope]) -> Result<Hold, Refused> {
    Hold::open(scopes, Usd::ZERO, label(), CutRule::Bound)
        .requests(1)
        .await
}

/// How many of so many requests pass.
async fn passing(scopes: &[Scope], requests: usize) -> usize {
    let mut passed = 0;
    for _ in 0..requests {
        passed += usize::from(request(scopes).await.is_ok());
    }
    passed
}

async fn tokens(scopes: &[Scope], most: u64) -> Result<Hold, Refused> {
    Hold::open(scopes, Usd::ZERO, label(), CutRule::Bound)
        .tokens(most)
        .await
}

#[tokio::test]
async fn a_burst_passes_and_then_one_for_each_part_of_the_period() {
    let Some(rig) = Rig::new().await else {
        return;
    };
    let scopes = [rig.scope("org", RateLimit::requests(60).burst(3))];
    for _ in 0..3 {
        request(&scopes).await.unwrap().release();
    }
    let refused = request(&scopes).await.unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Rate);
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(
        refused.to_string(),
        "budget `org` lets no more pass now (60 requests per minute)"
    );
    rig.later(1);
    request(&scopes).await.unwrap().release();
    assert!(request(&scopes).await.is_err());
    // Idle time is not saved up beyond the burst.
    rig.later(3_600);
    assert_eq!(passing(&scopes, 9).await, 3);
}

#[tokio::test]
async fn no_minute_sees_more_than_the_rate_and_a_burst() {
    let Some(rig) = Rig::new().await else {
        return;
    };
    let scopes = [rig.scope("org", RateLimit::requests(60))];
    let mut passed = Vec::new();
    for second in 0..300 {
        for _ in 0..3 {
            if let Ok(hold) = request(&scopes).await {
                hold.release();
                passed.push(second);
            }
        }
        rig.later(1);
    }
    for from in 0..240 {
        let minute = passed.iter().filter(|at| (from..from + 60).contains(*at));
        assert!(minute.count() <= 120);
    }
    // And not less than the rate in the long run.
    assert!((359..=360).contains(&passed.len()), "{}", passed.len());
}

#[tokio::test]
async fn tokens_that_were_not_used_come_back() {
    let Some(rig) = Rig::new().await else {
        return;
    };
    let scopes = [rig.scope("org", RateLimit::tokens(1_000))];
    let mut hold = tokens(&scopes, 900).await.unwrap();
    assert!(tokens(&scopes, 200).await.is_err());
    hold.sent();
    hold.used(100);
    hold.settle(Usd::ZERO);
    rig.ledger.flush().await.unwrap();
    tokens(&scopes, 900).await.unwrap().release();
    tokens(&scopes, 900)
        .await
        .expect("released, none were used")
        .release();
    // Nobody says how many were used: all count.
    let mut hold = tokens(&scopes, 900).await.unwrap();
    hold.sent();
    drop(hold);
    assert!(tokens(&scopes, 100).await.is_err());
    // More than were asked for are taken too.
    rig.later(60);
    let mut hold = tokens(&scopes, 10).await.unwrap();
    hold.sent();
    hold.used(1_000);
    hold.settle(Usd::ZERO);
    rig.ledger.flush().await.unwrap();
    assert!(tokens(&scopes, 100).await.is_err());
}

#[tokio::test]
async fn what_can_never_pass_at_once_says_so() {
    let Some(rig) = Rig::new().await else {
        return;
    };
    let scopes = [rig.scope("org", RateLimit::tokens(1_000))];
    let refused = tokens(&scopes, 1_001).await.unwrap_err();
    assert!(refused.never_fits());
    assert_eq!(refused.retry_after(), None);
}

#[tokio::test]
async fn a_refusal_by_any_scope_takes_nothing_from_the_others() {
    let Some(rig) = Rig::new().await else {
        return;
    };
    let org = rig.scope("org", RateLimit::requests(60));
    let team = rig.scope("team", RateLimit::requests(60).burst(1));
    let both = [org.clone(), team];
    request(&both).await.unwrap().release();
    for _ in 0..100 {
        assert!(request(&both).await.is_err());
    }
    assert_eq!(passing(std::slice::from_ref(&org), 99).await, 59);
    // Want of money takes no request, and a request too many takes no money.
    let money = Budget::new("money")
        .limit(usd("1"), Window::Day)
        .rate(RateLimit::requests(60).burst(1))
        .ledger(rig.ledger.clone())
        .scope();
    let scopes = [money];
    let ask = async |bound: &str| {
        Hold::open(&scopes, usd(bound), label(), CutRule::Bound)
            .requests(1)
            .await
    };
    assert_eq!(ask("2").await.unwrap_err().kind(), RefusedKind::Spent);
    let hold = ask("1").await.unwrap();
    hold.release();
    assert_eq!(ask("0.5").await.unwrap_err().kind(), RefusedKind::Rate);
    assert_eq!(super::support::held(&scopes[0]).await, Usd::ZERO);
}

#[tokio::test]
async fn an_account_with_a_rate_alone_is_remembered_as_long_as_it_matters() {
    let Some(rig) = Rig::new().await else {
        return;
    };
    let budget = Budget::new("user")
        .rate(RateLimit::requests(60).burst(1))
        .ledger(rig.ledger.clone());
    let user = |n: usize| {
        let key = tower_genai::budget::ScopeKey::new(&n.to_string()).unwrap();
        [budget.scope_of(key)]
    };
    request(&user(0)).await.unwrap().release();
    // Others come and go; the first one is not forgotten for them.
    for n in 1..200 {
        request(&user(n)).await.unwrap().release();
    }
    assert!(request(&user(0)).await.is_err());
    rig.later(1);
    assert!(request(&user(0)).await.is_ok());
}

#[tokio::test]
async fn observing_budgets_let_it_pass() {
    let Some(rig) = Rig::new().await else {
        return;
    };
    let budget = Budget::new("org").rate(RateLimit::requests(1)).observe();
    let scopes = [budget.ledger(rig.ledger.clone()).scope()];
    assert_eq!(passing(&scopes, 9).await, 9);
}
