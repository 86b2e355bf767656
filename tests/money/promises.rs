//! Promises that no scenario tells: what callers ask for is not lowered, what is priced is what is sent, and a ledger
//! that is away is a matter of policy.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;
use tower_genai::{
    budget::{
        Allowance, Ask, Budget, HoldId, Ledger, LedgerError, LedgerFuture, OnFailure, RedisLedger,
        Refund, RefundError, RefundTarget, Refused, Reserving, Scope, Settlement, Snapshot, Window,
    },
    fallback::{Backoff, FallbackLayer},
    money::Usd,
    query::{Api, Query},
    stack::Stack,
};

use crate::{
    fleet::{Fleet, Script},
    proxy::{Act, Proxy},
    rig::{Kind, Rig, Rules, nanos, usd},
    support::{ask, in_memory, question},
};

fn stack(fleet: &Fleet, budget: Budget) -> Stack<Fleet> {
    Stack::client_with(fleet.clone(), in_memory(3))
        .fallback(at_once(3))
        .budget(budget)
}

fn at_once(attempts: u32) -> FallbackLayer {
    let backoff = Backoff::new(Duration::ZERO, Duration::ZERO);
    FallbackLayer::new().attempts(attempts).backoff(backoff)
}

/// R13: whatever is left, what the caller has said is sent, or nothing is.
#[tokio::test]
async fn r13_an_explicit_limit_is_never_lowered() {
    let (mut sent, mut refused) = (0, 0);
    for model in ["m0", "auto"] {
        for left in (0..12_000_000).step_by(300_000) {
            for field in ["max_tokens", "max_completion_tokens"] {
                let fleet = Fleet::new();
                for provider in 0..3 {
                    fleet.plays(provider, [Script::error(500, "x")]);
                }
                let budget = Budget::new("org").limit(nanos(left), Window::Total);
                let body = json!({"model": model, field: 1_000,
                    "messages": [{"role": "user", "content": "Hello"}]});
                let got = ask(stack(&fleet, budget).boxed(), &body).await.unwrap();
                for asked in fleet.asked() {
                    let body: Value = serde_json::from_slice(&asked.body).unwrap();
                    let limits = [&body["max_tokens"], &body["max_completion_tokens"]];
                    let limits: Vec<_> = limits.iter().filter_map(|n| n.as_u64()).collect();
                    assert_eq!(limits, [1_000], "{model}, {left} left");
                }
                match fleet.order().is_empty() {
                    true => {
                        assert_eq!(got.status, 429);
                        refused += 1;
                    }
                    false => sent += 1,
                }
            }
        }
    }
    assert!(sent > 40 && refused > 20, "{sent} {refused}");
    // One that is not said is ours to choose, and lower where less is left.
    let written = async |left: u64| {
        let fleet = Fleet::new();
        fleet.plays(0, [Script::error(500, "x")]);
        let budget = Budget::new("org").limit(nanos(left), Window::Total);
        let mut body = question("m0", false);
        body.as_object_mut().unwrap().remove("max_tokens");
        let stack = stack(&fleet, budget).fallback(at_once(1));
        ask(stack.boxed(), &body).await.unwrap();
        let body: Value = serde_json::from_slice(&fleet.asked()[0].body).unwrap();
        let limits = [&body["max_tokens"], &body["max_completion_tokens"]];
        limits.into_iter().find_map(Value::as_u64).unwrap()
    };
    assert_eq!(written(10_000_000_000).await, 4_096);
    let lowered = written(50_000_000).await;
    assert!((1..4_096).contains(&lowered), "{lowered}");
}

/// R12: what is held is the bound of the bytes that the provider gets, not of those that came.
#[tokio::test]
async fn r12_what_is_priced_is_what_is_sent() {
    for (stream, more) in [
        (false, json!({})),
        (true, json!({})),
        (true, json!({"stream_options": {"include_usage": false}})),
        (false, json!({"n": 3})),
        (false, json!({"max_tokens": null})),
        (false, json!({"user": "x".repeat(5_000)})),
    ] {
        let mut body = question("m0", stream);
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        let fleet = Fleet::new();
        fleet.plays(0, [Script::hangs_up()]);
        let budget = Budget::new("org").limit(usd("10"), Window::Total);
        let ledger = budget.scope().ledger().clone();
        let stack = stack(&fleet, budget).fallback(at_once(1));
        ask(stack.boxed(), &body).await.unwrap_err();
        let seen = ledger.snapshot().await.unwrap();
        let held = seen.doubtful[0].bound.nanos();
        let sent = fleet.asked()[0].body.clone();
        let query = Query::read(Api::OpenAiChat, &sent).unwrap();
        let json: Value = serde_json::from_slice(&sent).unwrap();
        let limits = [&json["max_tokens"], &json["max_completion_tokens"]];
        let limit = limits.into_iter().find_map(Value::as_u64).unwrap();
        let output = limit * json["n"].as_u64().unwrap_or(1);
        let bound = query.tokens().bound() * 1_000 + output * 2_000;
        assert!(held >= bound, "{json}: {held}, {bound}");
    }
}

/// A ledger that is away: it answers that it does not answer, and notes what it is told all the same.
#[derive(Debug, Default)]
struct Away(std::sync::Mutex<Vec<String>>);

impl Away {
    fn told(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
}

impl Ledger for Away {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        let forced = ask.is_forced();
        self.told(format!("asked, forced {forced}"));
        let at = std::time::SystemTime::UNIX_EPOCH;
        Reserving::Done(match forced {
            true => Ok(()),
            false => Err(Refused::unavailable(&ask.scopes()[0], ask.bound(), at)),
        })
    }

    fn settle(&self, _: HoldId, settlement: Settlement) {
        self.told(format!("{:?}", settlement.end()));
    }

    fn allowance(&self, _: &Scope) -> Option<Allowance> {
        None
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        Box::pin(std::future::ready(Err(LedgerError::Unavailable(
            "away".into(),
        ))))
    }

    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        assert!(matches!(refund.target(), RefundTarget::Account(_)));
        let away = LedgerError::Unavailable("away".into());
        Box::pin(std::future::ready(Err(away.into())))
    }

    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// R14: closed by default, and said so; open where the budget says so, and counted as soon as it can be.
#[tokio::test]
async fn r14_a_ledger_that_is_away_is_a_matter_of_policy() {
    for (policy, status) in [(OnFailure::Refuse, 503), (OnFailure::Admit, 200)] {
        let away = Arc::new(Away::default());
        let budget = Budget::new("org")
            .limit(usd("1"), Window::Total)
            .on_failure(policy)
            .ledger(away.clone());
        let fleet = Fleet::new();
        fleet.plays(0, [Script::whole("x ", 3)]);
        let stack = stack(&fleet, budget).boxed();
        let got = ask(stack, &question("m0", false)).await.unwrap();
        assert_eq!(got.status, status, "{}", got.text);
        let told = away.0.lock().unwrap().clone();
        match policy {
            OnFailure::Admit => {
                assert_eq!(told[..2], ["asked, forced false", "asked, forced true"]);
                assert!(told[2].starts_with("Metered"), "{told:?}");
                assert_eq!(fleet.order().len(), 1);
            }
            _ => {
                assert!(got.text.contains("org"), "{}", got.text);
                assert!(fleet.order().is_empty());
                assert!(!told.iter().any(|one| one.contains("true")), "{told:?}");
            }
        }
    }
}

/// R14: every operation of the Redis ledger ends in its time while the server says nothing, and one can see why.
#[test]
fn r14_every_operation_has_a_deadline() {
    const DEADLINE: Duration = Duration::from_millis(150);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let Some(rig) = Rig::start(Kind::Redis, &Rules::default()).await else {
            return;
        };
        let proxy = Proxy::start(rig.server().unwrap().port).await;
        let ledger = RedisLedger::new(&proxy.url()).unwrap().deadline(DEADLINE);
        let ledger = Arc::new(ledger);
        let budget = |policy| {
            Budget::new("org")
                .limit(usd("1"), Window::Total)
                .on_failure(policy)
                .ledger(ledger.clone())
        };
        let fleet = Fleet::new();
        fleet.plays(0, [Script::whole("x ", 3)]);
        let asked = async |policy| {
            let began = Instant::now();
            let stack = stack(&fleet, budget(policy)).boxed();
            let got = ask(stack, &question("m0", false)).await.unwrap();
            (got.status, began.elapsed())
        };
        // Connected first.
        let mut tries = 0;
        while asked(OnFailure::Refuse).await.0 != 200 {
            tries += 1;
            assert!(tries < 100);
        }
        ledger.flush().await.unwrap();
        let before = fleet.order().len();
        let unanswered = ledger.status().unanswered;
        proxy.plan(|_| Act::Stall);
        let (status, took) = asked(OnFailure::Refuse).await;
        assert_eq!((status, fleet.order().len()), (503, before));
        assert!(took < DEADLINE * 15, "{took:?}");
        let (status, took) = asked(OnFailure::Admit).await;
        assert_eq!((status, fleet.order().len()), (200, before + 1));
        assert!(took < DEADLINE * 15, "{took:?}");
        let status = ledger.status();
        assert_eq!(status.unanswered, unanswered + 2);
        assert!(status.waiting > 0, "{status:?}");
        // An operator waits longer, and not for ever.
        let began = Instant::now();
        let org = tower_genai::budget::AccountId::new("org", None);
        let refund = Refund::of_account("r", org, usd("1"));
        let (snapshot, refunded, flushed) =
            tokio::join!(ledger.snapshot(), ledger.refund(&refund), ledger.flush());
        assert!(snapshot.is_err() && flushed.is_err());
        assert!(
            matches!(refunded, Err(RefundError::Ledger(_))),
            "{refunded:?}"
        );
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "{:?}",
            began.elapsed()
        );
        // Once it answers again, what was forced is counted, and what was refused is not.
        proxy.pass();
        ledger.flush().await.unwrap();
        let seen = ledger.snapshot().await.unwrap();
        rig.assert_at_rest(&seen);
        assert_eq!(seen.forced, 1);
        let window = seen.account("org").unwrap().window(Window::Total).unwrap();
        assert_eq!(window.spent.nanos(), fleet.billed());
        assert_eq!(ledger.status().waiting, 0);
    });
}
