//! Two that are asked at a time: who answers, who is cancelled, and what both cost.

use std::time::Duration;

use tokio::time::Instant;
use tower_genai::{
    budget::{End as HoldEnd, Window},
    context::{Context, DataLabel},
    fallback::{Backoff, FallbackLayer, Patience, Tried},
    health::Monitor,
    observe::{DecisionLog, FailureClass},
    stack::Stack,
};

use crate::{
    fleet::{End, Script, role},
    support::{Got, Rig, Seen, ask, call, question, read},
};

const MILLI: Duration = Duration::from_millis(1);

fn layer() -> FallbackLayer {
    FallbackLayer::new()
        .backoff(Backoff::new(MILLI, MILLI))
        .hedge_after(100 * MILLI)
}

/// An answer whose head takes so long.
fn after(millis: u32, script: Script) -> Script {
    let mut script = script;
    script.pauses.0 = millis * MILLI;
    script
}

/// A stream whose head comes at once, and its content only then.
fn content_after(millis: u32, word: &str) -> Script {
    let mut script = Script::stream(word, 3);
    script.pauses.1 = millis / 2 * MILLI;
    script
}

fn lost(got: &Got) -> Vec<(&'static str, bool)> {
    let tried = got.extensions.get::<Tried>();
    let tries = tried.map(Tried::tries).unwrap_or_default();
    let name =
        |one: &tower_genai::fallback::Try| match one.candidate.as_ref().unwrap().model().name() {
            "m0" => "m0",
            "m1" => "m1",
            _ => "m2",
        };
    tries.iter().map(|one| (name(one), one.lost)).collect()
}

#[tokio::test(start_paused = true)]
async fn whose_content_comes_first_answers() {
    for stream in [false, true] {
        let answer = |word: &str| Script::answer(word, stream);
        // The two, the word of who answers, who was asked, who lost, and when the first content was there.
        for (first, second, word, order, losers, took) in [
            // In time: nobody else is asked.
            (
                after(90, answer("zero ")),
                answer("one "),
                "zero ",
                vec![0],
                vec![],
                90,
            ),
            // The second is faster, or not.
            (
                after(500, answer("zero ")),
                after(50, answer("one ")),
                "one ",
                vec![0, 1],
                vec![("m0", true)],
                150,
            ),
            (
                after(300, answer("zero ")),
                after(500, answer("one ")),
                "zero ",
                vec![0, 1],
                vec![("m1", true)],
                300,
            ),
            (
                Script::silent(),
                answer("one "),
                "one ",
                vec![0, 1],
                vec![("m0", true)],
                100,
            ),
            // An error of one is none while the other goes on.
            (
                after(200, answer("zero ")),
                Script::error(503, "x"),
                "zero ",
                vec![0, 1],
                vec![("m1", false)],
                200,
            ),
            (
                after(200, answer("zero ")),
                Script::error(400, "x"),
                "zero ",
                vec![0, 1],
                vec![("m1", false)],
                200,
            ),
            (
                after(200, Script::error(503, "x")),
                after(300, answer("one ")),
                "one ",
                vec![0, 1],
                vec![("m0", false)],
                400,
            ),
            (
                after(200, Script::hangs_up()),
                after(300, answer("one ")),
                "one ",
                vec![0, 1],
                vec![("m0", false)],
                400,
            ),
        ] {
            let rig = Rig::new(2);
            rig.fleet.plays(0, [first]).plays(1, [second]);
            let start = Instant::now();
            let layer = layer().hedge_after(100 * MILLI).attempts(2);
            let got = rig.ask(layer, &question("auto", stream)).await.unwrap();
            got.is_whole(word, stream);
            assert_eq!(rig.fleet.order(), order, "{word}");
            assert_eq!(lost(&got), losers, "{word}");
            let took_it = start.elapsed().as_millis();
            assert!((took..took + 10).contains(&took_it), "{word}: {took_it}");
            rig.at_rest().await;
            assert_eq!(rig.watched.granted(), order.len());
        }
    }
}

/// The head of a stream is no content.
#[tokio::test(start_paused = true)]
async fn a_head_wins_no_race() {
    let rig = Rig::new(2);
    rig.fleet
        .plays(0, [content_after(1_000, "zero ")])
        .plays(1, [content_after(100, "one ")]);
    let got = rig.ask(layer(), &question("auto", true)).await.unwrap();
    got.is_whole("one ", true);
    assert_eq!(lost(&got), [("m0", true)]);
    rig.at_rest().await;
}

/// The loser is cancelled at once, and its price is known and told.
#[tokio::test(start_paused = true)]
async fn the_loser_is_settled_by_its_rule_and_its_price_is_shown() {
    for stream in [false, true] {
        let rig = Rig::new(2);
        let slow = match stream {
            // Something is billed of it.
            true => content_after(1_000, "zero "),
            false => after(1_000, Script::whole("zero ", 3)),
        };
        rig.fleet
            .plays(0, [slow])
            .plays(1, [after(50, Script::answer("one ", stream))]);
        let log = DecisionLog::new(8);
        let stack = rig.stack(layer()).observer(log.clone()).boxed();
        let response = tower::ServiceExt::oneshot(stack, call(&question("auto", stream)));
        let response = response.await.unwrap();
        assert!(
            rig.fleet.open() <= 1,
            "the loser is cancelled when the answer begins"
        );
        let got = read(response).await;
        got.is_whole("one ", stream);
        rig.at_rest().await;
        let tried = got.extensions.get::<Tried>().unwrap();
        let own = got.outcome().get().unwrap().cost.unwrap();
        assert!(tried.tries()[0].lost && tried.cost().nanos() > 0);
        assert_eq!(tried.tries()[0].failure.class, FailureClass::Timeout);
        assert_eq!(rig.spent(), (tried.cost().saturating_add(own)).nanos());
        let id = got.header("x-request-id").parse().unwrap();
        let record = log.get(id).unwrap();
        assert_eq!(record.outcomes().count(), 2);
        assert_eq!(record.cost().unwrap().nanos(), rig.spent());
        let failed = record.outcomes().any(|one| one.failure().is_some());
        assert!(!failed, "who lost has not failed");
    }
}

#[tokio::test(start_paused = true)]
async fn headers_tell_of_both() {
    use tower_genai::{
        context::Tenant,
        stack::{Caller, Tenants},
    };
    let rig = Rig::new(2);
    for (first, second, model) in [(1_000, 50, "m1"), (150, 1_000, "m0")] {
        rig.fleet
            .plays(0, [after(first, Script::whole("w ", 3))])
            .plays(1, [after(second, Script::whole("w ", 3))]);
        let tenants = Tenants::keys([("sk-team", Caller::new(Tenant::new("team").unwrap()))]);
        let stack = Stack::server(rig.fleet.clone(), rig.catalog.clone(), tenants)
            .fallback(layer())
            .budget(rig.budget.clone())
            .explain_headers(true)
            .boxed();
        let before = rig.spent();
        let mut request = call(&question("auto", false));
        let key = "Bearer sk-team".parse().unwrap();
        request.headers_mut().insert("authorization", key);
        let got = read(tower::ServiceExt::oneshot(stack, request).await.unwrap()).await;
        assert_eq!(got.header("x-genai-model"), model);
        assert_eq!(got.header("x-genai-attempts"), "2");
        let cost: tower_genai::money::Usd = got.header("x-genai-cost").parse().unwrap();
        assert_eq!(cost.nanos(), rig.spent() - before);
    }
}

/// Both fail: the call goes on as usual, and no attempt is counted twice.
#[tokio::test(start_paused = true)]
async fn where_both_fail_the_next_is_asked() {
    for stream in [false, true] {
        for attempts in [2, 3] {
            let rig = Rig::new(3);
            rig.fleet
                .plays(0, [after(300, Script::error(503, "x"))])
                .plays(1, [after(100, Script::error(500, "x"))])
                .plays(2, [Script::answer("two ", stream)]);
            let seen = Seen::default();
            let stack = rig
                .stack(layer().attempts(attempts).hedge_after(150 * MILLI))
                .observer(seen.observer())
                .boxed();
            let got = ask(stack, &question("auto", stream)).await.unwrap();
            if attempts == 3 {
                got.is_whole("two ", stream);
                assert_eq!(rig.fleet.order(), [0, 1, 2]);
            } else {
                assert_eq!((got.status, rig.fleet.order()), (503, vec![0, 1]));
            }
            let numbers: Vec<_> = rig.fleet.asked().iter().map(|one| one.number).collect();
            assert_eq!(numbers, (1..=attempts).map(Some).collect::<Vec<_>>());
            let fell: Vec<_> = seen.texts();
            let fell: Vec<_> = fell
                .iter()
                .filter(|text| text.starts_with("fell"))
                .collect();
            let last = if attempts == 3 {
                "fell m0 provider m2 true"
            } else {
                "fell m0 provider - false"
            };
            assert_eq!(fell, ["fell m1 provider m0 true", last]);
            rig.settled().await;
        }
    }
}

/// What no other could mend is told, whoever of the two said it.
#[tokio::test(start_paused = true)]
async fn the_caller_s_own_fault_is_told_when_both_have_failed() {
    for (first, second) in [(400, 503), (503, 400)] {
        let rig = Rig::new(3);
        rig.fleet
            .plays(0, [after(200, Script::error(first, "x"))])
            .plays(1, [after(200, Script::error(second, "x"))]);
        let got = rig.ask(layer(), &question("auto", false)).await.unwrap();
        assert_eq!((got.status, rig.fleet.order()), (400, vec![0, 1]));
        rig.settled().await;
    }
}

/// Who is slow is relieved again where whoever was asked besides it fails.
#[tokio::test(start_paused = true)]
async fn another_is_asked_where_the_other_fails() {
    let rig = Rig::new(3);
    rig.fleet
        .plays(0, [Script::silent()])
        .plays(1, [Script::error(503, "x")])
        .plays(2, [Script::whole("two ", 3)]);
    let start = Instant::now();
    let got = rig.ask(layer(), &question("auto", false)).await.unwrap();
    got.is_whole("two ", false);
    assert_eq!(rig.fleet.order(), [0, 1, 2]);
    assert_eq!(start.elapsed().as_millis() / 10, 20);
    assert_eq!(lost(&got), [("m1", false), ("m0", true)]);
    rig.at_rest().await;
}

/// The same is asked once more where there is nobody else.
#[tokio::test(start_paused = true)]
async fn alone_it_is_asked_twice() {
    let rig = Rig::new(1);
    rig.fleet
        .plays(0, [Script::silent(), Script::whole("zero ", 3)]);
    let got = rig.ask(layer(), &question("m0", false)).await.unwrap();
    got.is_whole("zero ", false);
    assert_eq!(lost(&got), [("m0", true)]);
    assert_eq!(rig.watched.granted(), 2, "each has a hold of its own");
    rig.at_rest().await;
}

/// Both end when the call's time is up.
#[tokio::test(start_paused = true)]
async fn both_are_given_up_when_the_time_is_up() {
    for stream in [false, true] {
        let rig = Rig::new(2);
        rig.fleet
            .plays(0, [Script::silent()])
            .plays(1, [Script::silent()]);
        let layer = layer().total_timeout(1_000 * MILLI);
        let start = Instant::now();
        let got = rig.ask(layer, &question("auto", stream)).await.unwrap();
        assert_eq!((got.status, start.elapsed().as_millis() / 10), (504, 100));
        assert_eq!(got.tried(), [FailureClass::Timeout; 2]);
        assert_eq!(rig.fleet.open(), 0);
        rig.at_rest().await;
    }
}

/// A budget that may not have enough for two has one, and nobody hears of it.
#[tokio::test(start_paused = true)]
async fn where_there_is_money_for_one_there_is_one() {
    // Of 300 tokens at 2 000 and 4 000 nano-dollars, and a few of input.
    for (limit, asked) in [("0.0009", 1), ("0.01", 2)] {
        let mut rig = Rig::new(2);
        rig.budget = tower_genai::budget::Budget::new("purse")
            .limit(limit.parse().unwrap(), Window::Total)
            .ledger(std::sync::Arc::new(crate::watched::Shared(
                std::sync::Arc::clone(&rig.watched),
            )));
        rig.fleet
            .plays(0, [after(500, Script::whole("zero ", 3))])
            .plays(1, [after(500, Script::whole("one ", 3))]);
        let seen = Seen::default();
        let stack = rig.stack(layer()).observer(seen.observer()).boxed();
        let got = ask(stack, &question("auto", false)).await.unwrap();
        got.is_whole("zero ", false);
        assert_eq!(rig.fleet.order().len(), asked, "{limit}");
        assert!(!seen.texts().iter().any(|text| text.starts_with("fell")));
        rig.at_rest().await;
    }
}

/// Others take what is left between the look at it and the hold: the refusal is nobody's failure.
#[tokio::test(start_paused = true)]
async fn a_hold_that_is_refused_is_nobody_s_failure() {
    let rig = Rig::new(2);
    rig.fleet
        .plays(0, [after(500, Script::whole("zero ", 3))])
        .plays(1, [Script::whole("one ", 3)]);
    // One request a minute: what is asked besides another is not a second one, but its tokens count.
    let limit = tower_genai::budget::RateLimit::tokens(700).per(Duration::from_secs(60));
    let budget = rig.budget.clone().rate(limit);
    let seen = Seen::default();
    let stack = Stack::client_with(rig.fleet.clone(), rig.catalog.clone())
        .fallback(layer())
        .budget(budget)
        .observer(seen.observer())
        .boxed();
    let got = ask(stack, &question("auto", false)).await.unwrap();
    got.is_whole("zero ", false);
    assert_eq!(rig.fleet.order(), [0]);
    assert!(!seen.texts().iter().any(|text| text.starts_with("fell")));
    assert_eq!(got.outcome().attempt(), 1);
}

/// Labelled data goes to no more places than it must; what leans on a provider's state may change it.
#[tokio::test(start_paused = true)]
async fn what_is_labelled_is_asked_once() {
    let label = DataLabel::new("personal").unwrap();
    for labelled in [false, true] {
        let rig = Rig::new(2);
        rig.fleet
            .plays(0, [after(500, Script::whole("zero ", 3))])
            .plays(1, [Script::whole("one ", 3)]);
        let stack = rig.stack(layer()).boxed();
        let mut request = call(&question("auto", false));
        if labelled {
            request
                .extensions_mut()
                .insert(Context::new().with_label(label.clone()));
        }
        let got = read(tower::ServiceExt::oneshot(stack, request).await.unwrap()).await;
        assert_eq!(got.status, 200, "{}", got.text);
        assert_eq!(rig.fleet.order().len(), 2 - usize::from(labelled));
    }
}

/// A percentile is the candidate's own, and nothing while it is not known.
#[tokio::test(start_paused = true)]
async fn a_percentile_is_known_after_some_calls() {
    let rig = Rig::new(2);
    let layer = layer().hedge_after(Patience::percentile(90));
    let monitor = Monitor::new().retry_budget(1.0, 1_000);
    let stack = rig.stack(layer).monitor(monitor).boxed();
    let slow = || after(1_000, Script::stream("zero ", 3));
    rig.fleet
        .plays(0, [slow()])
        .plays(1, [Script::stream("one ", 3)]);
    ask(stack.clone(), &question("auto", true)).await.unwrap();
    assert_eq!(rig.fleet.order(), [0], "nothing is known");
    rig.fleet.plays(0, [after(50, Script::stream("zero ", 3))]);
    for _ in 0..100 {
        ask(stack.clone(), &question("auto", true)).await.unwrap();
    }
    rig.fleet.forget();
    rig.fleet.plays(0, [slow()]);
    let start = Instant::now();
    let got = ask(stack.clone(), &question("auto", true)).await.unwrap();
    got.is_whole("one ", true);
    assert!(
        (45..60).contains(&start.elapsed().as_millis()),
        "{:?}",
        start.elapsed()
    );
    // Of answers that are not streamed nothing is known by it.
    rig.fleet.forget();
    rig.fleet
        .plays(0, [after(1_000, Script::whole("zero ", 3))]);
    ask(stack, &question("auto", false)).await.unwrap();
    assert_eq!(rig.fleet.order(), [0]);
}

/// Streams whose first content is late by their own measure are left, and not before it is known.
#[tokio::test(start_paused = true)]
async fn a_timeout_may_be_a_percentile() {
    let rig = Rig::new(2);
    let layer = FallbackLayer::new().first_content_timeout(Patience::percentile(99));
    let stack = rig.stack(layer).monitor(Monitor::new()).boxed();
    rig.fleet
        .plays(0, [after(50, Script::stream("zero ", 3))])
        .plays(1, [Script::stream("one ", 3)]);
    for _ in 0..100 {
        ask(stack.clone(), &question("auto", true)).await.unwrap();
    }
    rig.fleet.plays(0, [Script::silent()]);
    let start = Instant::now();
    let got = ask(stack, &question("auto", true)).await.unwrap();
    got.is_whole("one ", true);
    assert_eq!(got.tried(), [FailureClass::Timeout]);
    assert!(
        (45..60).contains(&start.elapsed().as_millis()),
        "{:?}",
        start.elapsed()
    );
}

/// Every end that two can come to, with a ledger that is watched.
#[tokio::test(start_paused = true)]
async fn whatever_comes_of_two_the_ledger_is_the_bills() {
    let ends = |stream: bool| {
        let mut all = vec![
            Script::answer("w ", stream),
            Script::error(503, "x"),
            Script::error(400, "x"),
            Script::hangs_up(),
            Script::silent(),
        ];
        if stream {
            all.push(Script::events(&[&role()]).end(End::Broken));
        }
        all
    };
    for stream in [false, true] {
        for first in ends(stream) {
            for second in ends(stream) {
                for (early, late) in [(150, 100), (300, 100), (200, 100)] {
                    let rig = Rig::new(2);
                    rig.fleet
                        .plays(0, [after(early, first.clone())])
                        .plays(1, [after(late, second.clone())]);
                    let layer = layer().attempts(2).total_timeout(2_000 * MILLI);
                    let _ = rig.ask(layer, &question("auto", stream)).await;
                    assert_eq!(rig.fleet.open(), 0);
                    rig.at_rest().await;
                    let ends = rig.watched.ends();
                    assert_eq!(ends.len(), rig.fleet.order().len());
                    let free = ends.iter().all(|end| *end == HoldEnd::Released);
                    assert!(!free || rig.fleet.billed() == 0);
                }
            }
        }
    }
}
