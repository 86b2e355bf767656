//! Where providers are down, they get few calls more than there are.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::{Instant, sleep};
use tower_genai::{
    fallback::{Backoff, FallbackLayer},
    health::Monitor,
    stack::Stack,
};

use crate::{
    fleet::Script,
    support::{Rig, ask, call, question},
};

const MILLI: Duration = Duration::from_millis(1);
/// Many calls, and as many as are enough to see whether a thing is bounded at all.
const MANY: usize = 10_000;
const FEW: usize = 2_000;

/// How calls come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Come {
    AtOnce,
    /// One each millisecond.
    Steadily,
    /// Each when the one before is answered.
    InARow,
}

/// An outage, and what came of it.
struct Storm {
    calls: usize,
    models: usize,
    come: Come,
    hedged: bool,
    monitor: Monitor,
}

/// How many attempts there were, and in which time.
async fn attempts(storm: Storm) -> (usize, usize) {
    let rig = Rig::new(storm.models);
    for model in 0..storm.models {
        let mut down = Script::error(503, "x");
        down.pauses.0 = 20 * MILLI;
        rig.fleet.plays(model, [down]);
    }
    let layer = FallbackLayer::new()
        .backoff(Backoff::new(MILLI, 2 * MILLI))
        .longest_wait(2 * MILLI);
    let layer = match storm.hedged {
        true => layer.hedge_after(5 * MILLI),
        false => layer,
    };
    let stack = Stack::client_with(rig.fleet.clone(), rig.catalog.clone())
        .fallback(layer)
        .monitor(storm.monitor)
        .boxed();
    let model = if storm.models == 1 { "m0" } else { "auto" };
    let question = question(model, false);
    let start = Instant::now();
    let one = async |after: Duration| {
        sleep(after).await;
        let got = ask(stack.clone(), &question).await.unwrap();
        assert_eq!(got.status, 503, "{}", got.text);
        assert_eq!(got.header("x-should-retry"), "false");
    };
    match storm.come {
        Come::InARow => {
            for _ in 0..storm.calls {
                one(Duration::ZERO).await;
            }
        }
        come => {
            let apart = if come == Come::AtOnce { 0 } else { 1 };
            let calls = (0..storm.calls as u32).map(|at| Box::pin(one(apart * at * MILLI)));
            join_all(calls).await;
        }
    }
    (rig.fleet.order().len(), start.elapsed().as_secs() as usize)
}

/// Every fifth call more, a hundred at once, and one each second.
fn bound(calls: usize, seconds: usize) -> usize {
    calls * 12 / 10 + 100 + seconds + 1
}

/// Without a bound for all calls together.
fn unbounded() -> Monitor {
    Monitor::new().retry_budget(1.0, 1_000_000)
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_down_gets_a_fifth_more_than_there_are_calls() {
    for (come, hedged, calls) in [
        (Come::AtOnce, false, MANY),
        (Come::InARow, false, MANY),
        (Come::Steadily, false, FEW),
        (Come::AtOnce, true, FEW),
        (Come::InARow, true, FEW),
        (Come::Steadily, true, FEW),
    ] {
        let storm = |monitor| Storm {
            calls,
            models: 1,
            come,
            hedged,
            monitor,
        };
        let (attempts, seconds) = self::attempts(storm(Monitor::new())).await;
        let most = bound(calls, seconds);
        let what = format!(
            "{come:?}, hedged: {hedged}: {attempts} attempts of {calls} calls in {seconds} s, at most {most}"
        );
        println!("{what}");
        assert!((calls..=most).contains(&attempts), "{what}");
        if calls == FEW {
            let (attempts, seconds) = self::attempts(storm(unbounded())).await;
            let most = bound(calls, seconds);
            assert!(
                attempts > most,
                "the budget is what bounds them: {what}, {attempts} without"
            );
        }
    }
}

/// Three providers that are down share the calls. What they get more than that is what has to be learned: each call that
/// is under way before a circuit opens has the right to be at each provider once, and each circuit is probed.
#[tokio::test(start_paused = true)]
async fn providers_that_are_all_down_get_little_more_than_there_are_calls() {
    for (come, learned) in [
        // All are under way before anything is known: at each of three, with a fifth more.
        (Come::AtOnce, 2 * FEW),
        // 20 ms until the first failure is known and 5 until the circuit opens, at each; and some probes.
        (Come::Steadily, 3 * (20 + 5) + 50),
        (Come::InARow, 3 * 5 + 50),
    ] {
        for hedged in [false, true] {
            let storm = |monitor| Storm {
                calls: FEW,
                models: 3,
                come,
                hedged,
                monitor,
            };
            let (attempts, seconds) = self::attempts(storm(Monitor::new())).await;
            let most = bound(FEW + learned, seconds) + 2 * (100 + seconds);
            let what = format!(
                "three, {come:?}, hedged: {hedged}: {attempts} attempts of {FEW} calls in {seconds} s, at most {most}"
            );
            println!("{what}");
            assert!((FEW..=most).contains(&attempts), "{what}");
        }
    }
}

/// Packages that try again by themselves earn no repeats by it.
#[tokio::test(start_paused = true)]
async fn repeats_of_a_caller_s_own_make_no_room() {
    for (count, attempts) in [("0", 3 * 5 + 3), ("1", 15)] {
        let rig = Rig::new(1);
        rig.fleet.plays(0, [Script::error(503, "x")]);
        let stack = Stack::client_with(rig.fleet.clone(), rig.catalog.clone())
            .fallback(FallbackLayer::new().backoff(Backoff::new(MILLI, MILLI)))
            .monitor(Monitor::new().retry_budget(0.2, 0))
            .boxed();
        for _ in 0..15 {
            let mut request = call(&question("m0", false));
            let count = count.parse().unwrap();
            request
                .headers_mut()
                .insert("x-stainless-retry-count", count);
            let response = tower::ServiceExt::oneshot(stack.clone(), request).await;
            assert_eq!(response.unwrap().status(), 503);
        }
        assert_eq!(rig.fleet.order().len(), attempts, "{count}");
    }
}
