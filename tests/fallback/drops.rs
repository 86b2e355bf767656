//! Callers that leave at every poll there is: nothing stays held, and nobody else is asked.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use http_body::Body as HttpBody;
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, Window},
    dispatch::{Drain, Key},
    fallback::{Backoff, FallbackLayer},
};

use crate::{
    fleet::{End, Fleet, Script, content, event, role},
    support::{Rig, call, in_memory, question},
    watched::{Shared, Watched},
};

const MILLI: Duration = Duration::from_millis(1);

struct Case {
    name: &'static str,
    scripts: Vec<Vec<Script>>,
    stream: bool,
    model: &'static str,
    /// How often the ledger is pending.
    slow: usize,
    /// Keys come later.
    keys: bool,
    drain: Drain,
}

fn layer() -> FallbackLayer {
    FallbackLayer::new()
        .attempts(6)
        .backoff(Backoff::new(7 * MILLI, 7 * MILLI).jitter(0.0))
        .first_content_timeout(40 * MILLI)
        .hedge_after(25 * MILLI)
        .total_timeout(400 * MILLI)
}

/// Two that are asked at a time fail one after the other.
fn broken_late(stream: bool) -> Script {
    let mut script = Script::answer("x", stream).end(End::Broken);
    script.frames.truncate(1);
    script.waits(9)
}

fn rig(case: &Case) -> Rig {
    let mut rig = Rig::over(in_memory(case.scripts.len()), "10");
    rig.watched = Watched::slow(case.slow);
    rig.budget = Budget::new("org")
        .limit("10".parse().unwrap(), Window::Total)
        .ledger(Arc::new(Shared(Arc::clone(&rig.watched))));
    rig.fleet = Fleet::new();
    for (i, scripts) in case.scripts.iter().enumerate() {
        rig.fleet.plays_all(i, scripts.clone());
    }
    rig
}

/// How far the call came by the `k`-th poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    InCall,
    InBody,
    AtTheEnd,
}

async fn leave_at(rig: &Rig, case: &Case, mut k: usize) -> Left {
    let keys = case.keys;
    let stack = rig.stack(layer()).drain(case.drain).credential(
        move |_: &tower_genai::catalog::Provider, _: Option<&_>| match keys {
            false => Key::Ready(None),
            true => Key::Later(Box::pin(async {
                tokio::time::sleep(2 * MILLI).await;
                Ok(None)
            })),
        },
    );
    let cx = &mut Context::from_waker(Waker::noop());
    let response = {
        let mut future = Box::pin(
            stack
                .boxed()
                .oneshot(call(&question(case.model, case.stream))),
        );
        loop {
            if k == 0 {
                return Left::InCall;
            }
            k -= 1;
            match future.as_mut().poll(cx) {
                Poll::Ready(Ok(response)) => break response,
                Poll::Ready(Err(_)) => return Left::AtTheEnd,
                Poll::Pending => tokio::time::advance(3 * MILLI).await,
            }
        }
    };
    let mut body = response.into_body();
    loop {
        if k == 0 {
            return Left::InBody;
        }
        k -= 1;
        match Pin::new(&mut body).poll_frame(cx) {
            Poll::Ready(None | Some(Err(_))) => return Left::AtTheEnd,
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Pending => tokio::time::advance(3 * MILLI).await,
        }
    }
}

async fn leave_everywhere(case: &Case) {
    let (mut k, mut seen, mut most) = (0, Vec::new(), 0);
    loop {
        let rig = rig(case);
        let left = leave_at(&rig, case, k).await;
        let what = format!("{}, poll {k}: {left:?}", case.name);
        let asked = rig.fleet.order();
        if case.drain == Drain::off() {
            // At once, but for what follows an end marker.
            let open = rig.fleet.open();
            assert!(open == 0 || left != Left::InCall, "{what}: {open} open");
        }
        rig.at_rest().await;
        // Whatever waited to be made would be made now.
        for _ in 0..20 {
            tokio::time::advance(100 * MILLI).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(rig.fleet.order(), asked, "{what}");
        rig.at_rest().await;
        most = most.max(asked.len());
        seen.push(left);
        if left == Left::AtTheEnd {
            break;
        }
        k += 1;
        assert!(k < 1_000, "{what}");
    }
    assert!(seen.is_sorted(), "{}", case.name);
    assert!(k > case.scripts.len(), "{}: only {k} polls", case.name);
    let scripts: usize = case.scripts.iter().map(Vec::len).sum();
    assert!(most >= scripts.min(6), "{}: {most} of {scripts}", case.name);
}

fn failing(stream: bool) -> Vec<(&'static str, Script)> {
    let error = |script: Script| {
        let free = Script {
            free: true,
            ..script
        };
        free.waits(1)
    };
    let in_band = if stream {
        let text = [role(), event(r#"{"error":{"code":"server_error"}}"#)].concat();
        error(Script::events(&[&text]))
    } else {
        error(Script::raw(
            200,
            "application/json",
            r#"{"error":{"code":"server_error"}}"#,
        ))
    };
    let broken = if stream {
        Script::events(&[&role()]).end(End::Broken).waits(1)
    } else {
        Script::whole("x", 2).end(End::Broken).waits(1)
    };
    // How long an answer in one piece takes is the whole call's matter.
    let slow = if stream {
        let stalled = Script::events(&[&role(), ": ping\n\n"]).end(End::Never);
        [("silent", Script::silent()), ("stalled", stalled)]
    } else {
        let gone = Script::error(404, "model_not_found").waits(1);
        [
            ("limited", Script::error(429, "x").waits(1)),
            ("gone", gone),
        ]
    };
    let mut all = vec![
        ("an error", Script::error(503, "x").waits(2)),
        ("broken", broken),
        ("hung up", Script::hangs_up().waits(2)),
        ("in band", in_band),
        ("a page", Script::raw(200, "text/html", "<html>").waits(1)),
    ];
    all.splice(4..4, slow);
    all
}

#[tokio::test(start_paused = true)]
async fn leaving_leaves_nothing_behind() {
    for stream in [false, true] {
        let well = || {
            if stream {
                Script::stream("w ", 2).waits(1)
            } else {
                Script::whole("w ", 2).waits(1)
            }
        };
        let begun = || {
            if stream {
                Script::events(&[&role(), &content("a ")])
                    .end(End::Broken)
                    .waits(1)
            } else {
                Script::error(400, "x").waits(1)
            }
        };
        let base = |name, scripts: Vec<Vec<Script>>| Case {
            name,
            scripts,
            stream,
            model: "auto",
            slow: 0,
            keys: false,
            drain: Drain::off(),
        };
        let failing = failing(stream);
        // Each kind of failure by itself, and then an answer, another failure, or one that breaks.
        for (name, script) in &failing {
            for last in [well(), begun(), script.clone()] {
                leave_everywhere(&base(name, vec![vec![script.clone()], vec![last]])).await;
            }
        }
        // Up to four of them, with a ledger and keys that take their time.
        for failures in 0..=4 {
            for from in 0..failing.len() {
                let mut scripts: Vec<_> = (0..failures)
                    .map(|i| vec![failing[(from + i) % failing.len()].1.clone()])
                    .collect();
                scripts.push(vec![well()]);
                let mut case = base("several", scripts);
                (case.slow, case.keys) = (from % 3, from % 2 == 1);
                leave_everywhere(&case).await;
            }
        }
        // The same one again, after a pause.
        let mut case = base(
            "again",
            vec![vec![
                failing[0].1.clone(),
                failing[1].1.clone(),
                failing[2].1.clone(),
                well(),
            ]],
        );
        (case.model, case.slow) = ("m0", 1);
        leave_everywhere(&case).await;
        // The call's own time, and two at a time.
        for last in [Script::silent(), well().waits(9), broken_late(stream)] {
            leave_everywhere(&base("slow", vec![vec![Script::silent()], vec![last]])).await;
        }
        // Streams that are read on when they are left.
        let mut case = base("drained", vec![vec![failing[5].1.clone()], vec![well()]]);
        case.drain = Drain::up_to(Duration::from_millis(50), 1_000_000);
        leave_everywhere(&case).await;
    }
}

/// What a call that was left has cost is known even while its response lives on.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_was_given_up_is_cancelled_before_the_next() {
    let rig = Rig::new(2);
    let mut next = Script::stream("one ", 3);
    next.pauses.0 = 10 * MILLI;
    rig.fleet.plays(0, [Script::silent()]).plays(1, [next]);
    let each = FallbackLayer::new().first_content_timeout(20 * MILLI);
    let stack = rig.stack(each).boxed();
    let question = question("auto", true);
    let mut asking = Box::pin(crate::support::ask(stack, &question));
    let early = tokio::time::timeout(25 * MILLI, &mut asking).await;
    assert!(early.is_err(), "the second has not answered yet");
    assert_eq!(rig.fleet.order(), [0, 1]);
    assert_eq!(rig.fleet.open(), 1, "the first is cancelled");
    asking.await.unwrap().is_whole("one ", true);
    rig.at_rest().await;
}

/// A future that is kept after it is through keeps nothing of the call.
#[tokio::test(start_paused = true)]
async fn what_timed_out_at_the_end_is_cancelled_when_the_answer_is_there() {
    let rig = Rig::new(1);
    rig.fleet.plays(0, [Script::silent()]);
    let one = FallbackLayer::new().attempts(1).total_timeout(20 * MILLI);
    let mut future = Box::pin(rig.stack(one).boxed().oneshot(call(&question("m0", false))));
    let response = (&mut future).await.unwrap();
    assert_eq!(response.status(), 504);
    assert_eq!(rig.fleet.open(), 0, "the attempt is given up");
    rig.watched.assert_at_rest();
    drop(future);
}
