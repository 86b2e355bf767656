//! Pauses, deadlines and timeouts, in time that is paused.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tower_genai::{
    context::Clock,
    fallback::{Backoff, FallbackLayer},
    observe::{Failure, FailureClass},
};

use crate::{
    fleet::{End, Script, content, role},
    support::{Got, Rig, ask, in_memory_with, question},
};

const MILLI: Duration = Duration::from_millis(1);

/// From 100 ms on, nothing left to chance.
fn layer() -> FallbackLayer {
    FallbackLayer::new().backoff(Backoff::new(100 * MILLI, 60_000 * MILLI).jitter(0.0))
}

fn limited(name: &'static str, value: &str) -> Script {
    Script::error(429, "rate_limit_exceeded").header(name, value)
}

/// When each provider was asked, in milliseconds from the start.
fn times(rig: &Rig, start: Instant) -> Vec<(usize, u128)> {
    let asked = rig.fleet.asked();
    let at = |at: Instant| (at - start).as_millis();
    asked.iter().map(|one| (one.provider, at(one.at))).collect()
}

#[tokio::test(start_paused = true)]
async fn whoever_is_asked_again_has_rested() {
    for stream in [false, true] {
        // Said by the provider, and how long the pause is then; the least is 100 ms.
        for (header, pause) in [
            (None, 100),
            (Some(("retry-after", "3")), 3_000),
            (Some(("retry-after", "1.5")), 1_500),
            (Some(("retry-after", " 2 ")), 2_000),
            (Some(("retry-after", "0")), 100),
            (Some(("retry-after-ms", "750")), 750),
            (Some(("retry-after-ms", "750.5")), 750),
            (Some(("retry-after-ms", "1")), 100),
            (Some(("retry-after", "-5")), 100),
            (Some(("retry-after", "soon")), 100),
            (Some(("retry-after", "NaN")), 100),
            (Some(("retry-after", "")), 100),
            (Some(("retry-after", "\u{e9}\u{20ac}")), 100),
            (Some(("retry-after", "99999999999999999999999x")), 100),
            (Some(("retry-after-ms", "-1")), 100),
            (
                Some(("retry-after", "Wed, 21 Oct 2026 07:28:04 GMT")),
                4_000,
            ),
            (Some(("retry-after", "Wed, 21 Oct 2020 07:28:00 GMT")), 100),
            (Some(("retry-after", "Wed, 45 Oct 2026 07:28:00 GMT")), 100),
        ] {
            let rig = Rig::new(1);
            let failing = match header {
                Some((name, value)) => limited(name, value),
                None => Script::error(429, "x"),
            };
            rig.fleet
                .plays(0, [failing, Script::answer("zero ", stream)]);
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_792_567_680);
            let stack = rig.stack(layer()).clock(Clock::manual(now)).boxed();
            let start = Instant::now();
            let got = ask(stack, &question("m0", stream)).await.unwrap();
            got.is_whole("zero ", stream);
            let times = times(&rig, start);
            assert_eq!(times.len(), 2, "{header:?}");
            // Timers have a resolution of a millisecond.
            let after = times[1].1;
            assert!((pause..pause + 3).contains(&after), "{header:?}: {after}");
            rig.settled().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_too_much_time_is_not_waited_for() {
    for (value, waits) in [
        ("9.9", true),
        ("10", true),
        ("11", false),
        ("3600", false),
        ("1e300", false),
        ("Wed, 21 Oct 2099 07:28:00 GMT", false),
    ] {
        let rig = Rig::new(2);
        rig.fleet
            .plays(
                0,
                [limited("retry-after", value), Script::whole("zero ", 3)],
            )
            .plays(1, [limited("retry-after", "3600")]);
        let start = Instant::now();
        let got = rig.ask(layer(), &question("auto", false)).await.unwrap();
        if waits {
            got.is_whole("zero ", false);
            assert_eq!(rig.fleet.order(), [0, 1, 0], "{value}");
        } else {
            assert_eq!(
                (got.status, rig.fleet.order()),
                (429, vec![0, 1]),
                "{value}"
            );
            assert_eq!(got.header("retry-after"), "3600");
            assert_eq!(got.header("x-should-retry"), "false");
            assert_eq!(start.elapsed(), Duration::ZERO, "nobody waited");
        }
        rig.settled().await;
    }
    // The bound is the app's to set.
    let rig = Rig::new(1);
    rig.fleet
        .plays(0, [limited("retry-after", "30"), Script::whole("zero ", 3)]);
    let patient = layer().longest_wait(Duration::MAX);
    let start = Instant::now();
    let got = rig.ask(patient, &question("m0", false)).await.unwrap();
    got.is_whole("zero ", false);
    assert_eq!(start.elapsed().as_secs(), 30);
    rig.fleet.plays(
        0,
        [limited("retry-after", "0.2"), Script::whole("zero ", 3)],
    );
    let hasty = layer().longest_wait(150 * MILLI);
    let got = rig.ask(hasty, &question("m0", false)).await.unwrap();
    assert_eq!(got.status, 429);
}

#[tokio::test(start_paused = true)]
async fn pauses_double_for_each_by_itself_and_the_first_to_have_rested_is_next() {
    let rig = Rig::new(2);
    let slow = |after: &str| limited("retry-after", after);
    rig.fleet
        .plays(
            0,
            [
                slow("1"),
                Script::error(500, "x"),
                Script::error(500, "x"),
                Script::whole("zero ", 3),
            ],
        )
        .plays(1, [Script::error(500, "x")]);
    let start = Instant::now();
    let got = rig
        .ask(layer().attempts(20), &question("auto", false))
        .await
        .unwrap();
    got.is_whole("zero ", false);
    let expected = [
        (0, 0),
        (1, 0),
        // p1: 100, 200, 400, 800 after each other; p0 at 1 000, and 200 and 400 after that.
        (1, 100),
        (1, 300),
        (1, 700),
        (0, 1_000),
        (0, 1_200),
        (1, 1_500),
        (0, 1_600),
    ];
    let times = times(&rig, start);
    assert_eq!(times.len(), expected.len(), "{times:?}");
    for ((who, at), (asked, when)) in times.iter().zip(expected) {
        assert!(*who == asked && (when..when + 10).contains(at), "{times:?}");
    }
    let numbers: Vec<_> = rig
        .fleet
        .asked()
        .iter()
        .map(|one| one.number.unwrap())
        .collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<u32>>());
    rig.settled().await;
}

/// Nobody is asked at the deadline or after it.
#[tokio::test(start_paused = true)]
async fn no_attempt_begins_after_the_deadline() {
    for (deadline, attempts) in [(50, 1), (100, 1), (150, 2), (299, 2), (301, 3), (699, 3)] {
        let rig = Rig::new(1);
        rig.fleet.plays(0, [Script::error(503, "x")]);
        let layer = layer().attempts(20).total_timeout(deadline * MILLI);
        let start = Instant::now();
        let got = rig.ask(layer, &question("m0", false)).await.unwrap();
        assert_eq!(got.status, 503, "its own words");
        assert_eq!(rig.fleet.order().len(), attempts, "{deadline}");
        assert!(start.elapsed() < deadline * MILLI || deadline == 50);
        rig.settled().await;
    }
}

#[track_caller]
fn timed_out(got: &Got) {
    assert_eq!(
        (got.status, got.code().as_str()),
        (504, "timeout"),
        "{}",
        got.text
    );
    assert_eq!(got.header("x-should-retry"), "false");
    assert!(got.header("x-request-id").starts_with("gen_"));
    assert_eq!(got.header("content-type"), "application/json");
    let failure = got.extensions.get::<Failure>().unwrap();
    assert_eq!(failure.class, FailureClass::Timeout);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_begin_in_time_is_left() {
    let peeking = || {
        let mut script = Script::events(&[&role(), ": wait\n\n"]).end(End::Never);
        script.free = true;
        script
    };
    // Comments for ever are no sign of life.
    let pinging = || {
        let mut script = Script::events(&[": ping\n\n"; 60]).end(End::Never);
        (script.pauses.1, script.free) = (50 * MILLI, true);
        script
    };
    let late = || {
        let mut script = Script::stream("zero ", 3);
        script.pauses.1 = 600 * MILLI;
        script
    };
    let stream = true;
    for script in [Script::silent(), peeking(), pinging(), late()] {
        let rig = Rig::new(3);
        rig.fleet
            .plays(0, [script.clone()])
            .plays(1, [script.clone()])
            .plays(2, [Script::answer("two ", stream)]);
        let each = layer().first_content_timeout(1_000 * MILLI);
        let start = Instant::now();
        let got = rig.ask(each, &question("auto", stream)).await.unwrap();
        got.is_whole("two ", stream);
        assert_eq!(got.tried(), [FailureClass::Timeout; 2]);
        assert_eq!(start.elapsed().as_millis() / 100, 20);
        rig.at_rest().await;

        // All of them, and the deadline in the middle of the second.
        rig.fleet.plays(2, [script.clone()]);
        rig.fleet.forget();
        let both = layer()
            .first_content_timeout(1_000 * MILLI)
            .total_timeout(1_500 * MILLI);
        let start = Instant::now();
        let got = rig.ask(both, &question("auto", stream)).await.unwrap();
        timed_out(&got);
        assert_eq!(start.elapsed().as_millis() / 10, 150);
        assert_eq!(got.tried(), [FailureClass::Timeout; 2]);
        assert_eq!(rig.fleet.order(), [0, 1]);
        rig.at_rest().await;

        // A single attempt has the deadline, too.
        rig.fleet.forget();
        let one = layer().attempts(1).total_timeout(700 * MILLI);
        let start = Instant::now();
        let got = rig.ask(one, &question("auto", stream)).await.unwrap();
        timed_out(&got);
        assert_eq!(start.elapsed().as_millis() / 10, 70);
        assert_eq!(rig.fleet.order(), [0]);
        rig.at_rest().await;
    }
}

/// A pause that would reach the deadline is not begun; one that ends before it leaves what is left to the attempt.
#[tokio::test(start_paused = true)]
async fn resting_stays_within_the_deadline() {
    for stream in [false, true] {
        let rig = Rig::new(1);
        rig.fleet
            .plays(0, [limited("retry-after", "1"), Script::silent()]);
        let start = Instant::now();
        let layer = layer().total_timeout(1_800 * MILLI);
        let got = rig
            .ask(layer.clone(), &question("m0", stream))
            .await
            .unwrap();
        timed_out(&got);
        assert_eq!(start.elapsed().as_millis() / 10, 180);
        assert_eq!(rig.fleet.order(), [0, 0]);
        rig.at_rest().await;

        rig.fleet.plays(0, [limited("retry-after", "2")]);
        let start = Instant::now();
        let got = rig.ask(layer, &question("m0", stream)).await.unwrap();
        assert_eq!(got.status, 429);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}

/// Of an answer in one piece nothing can be there before all is: it has as long as the call has.
#[tokio::test(start_paused = true)]
async fn an_answer_in_one_piece_has_as_long_as_the_call() {
    let mut slow = Script::whole("zero ", 3);
    slow.pauses = (1_500 * MILLI, 1_500 * MILLI);
    for (script, status, took) in [
        (slow, 200, 600),
        (Script::silent(), 504, 700),
        (Script::whole("zero ", 3).end(End::Never), 504, 700),
    ] {
        let rig = Rig::new(2);
        rig.fleet
            .plays(0, [script])
            .plays(1, [Script::whole("one ", 3)]);
        let layer = layer()
            .first_content_timeout(1_000 * MILLI)
            .total_timeout(7_000 * MILLI);
        let start = Instant::now();
        let got = rig.ask(layer, &question("auto", false)).await.unwrap();
        assert_eq!(got.status, status, "{}", got.text);
        assert_eq!(rig.fleet.order(), [0]);
        assert_eq!(start.elapsed().as_millis() / 10, took);
        rig.at_rest().await;
    }
}

/// The call's time is up for a stream that has begun, too: its caller is told, and never of a clean end.
#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_the_call_s_time_is_up() {
    let rig = Rig::new(2);
    let mut slow = Script::stream("zero ", 9);
    slow.pauses.1 = 400 * MILLI;
    // What an attempt before it has taken is taken.
    rig.fleet.plays(0, [Script::silent()]).plays(1, [slow]);
    let layer = layer()
        .first_content_timeout(1_000 * MILLI)
        .total_timeout(3_000 * MILLI);
    let start = Instant::now();
    let got = rig.ask(layer, &question("auto", true)).await.unwrap();
    assert_eq!(start.elapsed().as_millis() / 10, 300);
    assert_eq!((got.status, got.clean, got.dones()), (200, false, 0));
    assert!(got.ends_with_error_event(), "{}", got.text);
    assert_eq!(got.words(), "zero ".repeat(3));
    rig.at_rest().await;
}

/// What has begun is not timed by itself.
#[tokio::test(start_paused = true)]
async fn an_answer_that_has_begun_takes_its_time() {
    let rig = Rig::new(2);
    let mut slow = Script::stream("zero ", 3);
    slow.pauses.1 = 400 * MILLI;
    rig.fleet.plays(0, [slow]);
    let layer = layer().first_content_timeout(900 * MILLI);
    let got = rig.ask(layer, &question("auto", true)).await.unwrap();
    got.is_whole("zero ", true);
    // The end of the connection is read in the background.
    tokio::time::sleep(2_000 * MILLI).await;
    rig.settled().await;
}

/// Thinking that is shown is an answer that has begun.
#[tokio::test(start_paused = true)]
async fn thinking_that_is_shown_is_a_beginning() {
    for thought in ["reasoning_content", "reasoning"] {
        let rig = Rig::new(2);
        let thinks = crate::fleet::delta(&format!(r#"{{"{thought}":"Hm"}}"#), "null");
        let mut slow = Script::events(&[&role(), &thinks, &content("x")]).end(End::Broken);
        slow.pauses.1 = 400 * MILLI;
        rig.fleet
            .plays(0, [slow])
            .plays(1, [Script::stream("one ", 3)]);
        let layer = layer().first_content_timeout(900 * MILLI);
        let got = rig.ask(layer, &question("auto", true)).await.unwrap();
        assert_eq!(
            (got.words().as_str(), got.clean, got.dones()),
            ("x", false, 0)
        );
        assert!(got.ends_with_error_event());
        assert_eq!(rig.fleet.order(), [0]);
        rig.at_rest().await;
    }
}

/// Without Select there is nothing but the head, and it is minded.
#[tokio::test(start_paused = true)]
async fn without_a_plan_pauses_are_as_long() {
    use http::{Request, Response};
    use tower::{ServiceBuilder, service_fn};
    use tower_genai::{Body, classify::ClassifyLayer, query::QueryBody};
    for (name, value, pauses) in [
        ("retry-after", "3", [3_000, 3_000]),
        ("retry-after-ms", "20", [100, 200]),
        ("x-none", "", [100, 200]),
    ] {
        let start = Instant::now();
        let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let times = std::sync::Arc::clone(&asked);
        let service = ServiceBuilder::new()
            .layer(ClassifyLayer::new())
            .layer(layer())
            .service(service_fn(move |_: Request<QueryBody>| {
                times.lock().unwrap().push(start.elapsed().as_millis());
                let response = Response::builder().status(429).header(name, value);
                let response = response.body(Body::empty()).unwrap();
                std::future::ready(Ok::<_, std::io::Error>(response))
            }));
        let response =
            tower::ServiceExt::oneshot(service, crate::support::call(&question("m0", false)));
        let response = response.await.unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["x-should-retry"], "false");
        let asked = asked.lock().unwrap().clone();
        assert_eq!(asked.len(), 3, "{value}");
        for (pair, pause) in asked.windows(2).zip(pauses) {
            assert!(
                (pause..pause + 3).contains(&(pair[1] - pair[0])),
                "{asked:?}"
            );
        }
    }
}

/// Whoever stands first in a plan is not waited for while others were not asked.
#[tokio::test(start_paused = true)]
async fn nobody_waits_while_others_were_not_asked() {
    let rig = Rig::over(in_memory_with(5, |_| Default::default()), "10");
    for provider in 0..4 {
        rig.fleet.plays(provider, [limited("retry-after", "1")]);
    }
    rig.fleet.plays(4, [Script::whole("four ", 3)]);
    let start = Instant::now();
    let got = rig
        .ask(FallbackLayer::new(), &question("auto", false))
        .await
        .unwrap();
    got.is_whole("four ", false);
    assert_eq!(
        (start.elapsed(), rig.fleet.order()),
        (Duration::ZERO, vec![0, 1, 2, 3, 4])
    );
}

/// An error whose words do not come is an error all the same.
#[tokio::test(start_paused = true)]
async fn the_words_of_an_error_are_not_waited_for_long() {
    for stream in [false, true] {
        let rig = Rig::new(2);
        let stalled = Script::error(500, "server_error").end(End::Never);
        rig.fleet
            .plays(0, [stalled])
            .plays(1, [Script::answer("one ", stream)]);
        let start = Instant::now();
        let got = rig.ask(layer(), &question("auto", stream)).await.unwrap();
        got.is_whole("one ", stream);
        assert!(start.elapsed() < Duration::from_secs(6));
        rig.settled().await;
    }
}

/// A provider that says that trying again is of no use is not tried again, and others are.
#[tokio::test(start_paused = true)]
async fn who_says_not_to_try_again_is_not() {
    for (said, order) in [("false", vec![0, 1, 1]), ("true", vec![0, 1, 0])] {
        let rig = Rig::new(2);
        let no_use = || Script::error(503, "x").header("x-should-retry", said);
        rig.fleet
            .plays_all(0, vec![no_use(), no_use(), no_use()])
            .plays_all(1, vec![Script::error(503, "x"); 3]);
        let got = rig.ask(layer(), &question("auto", false)).await.unwrap();
        assert_eq!(got.status, 503);
        assert_eq!(rig.fleet.order(), order, "{said}");
    }
}
