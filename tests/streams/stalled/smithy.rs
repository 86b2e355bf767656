//! The seven scenarios of downloads that the AWS SDK for Rust protects against stalled streams, by their names there,
//! for every form of a caller at every dialect. Its measure is a least number of bytes a second, and a grace period of
//! five seconds below it; ours is the time without an event.

use std::time::Duration;

use futures::poll;
use http_body_util::BodyExt;
use tokio::time::sleep;
use tower::ServiceExt;

use crate::support::{GRACE, SECOND, Script, pairs, read, read_slowly, stack};

const ALMOST: Duration = Duration::from_secs(4);

/// At a good rate: must not time out.
#[tokio::test(start_paused = true)]
async fn download_success() {
    for (caller, provider) in pairs() {
        let script = provider.words(Duration::ZERO, 100, SECOND);
        let got = read(stack(vec![(provider, script)]), caller.request(true)).await;
        got.is_whole(100);
    }
}

/// It takes almost all of the grace period to begin: must not time out.
#[tokio::test(start_paused = true)]
async fn download_slow_start() {
    for (caller, provider) in pairs() {
        let script = provider.words(ALMOST, 100, SECOND);
        let got = read(stack(vec![(provider, script)]), caller.request(true)).await;
        got.is_whole(100);
    }
}

/// Each word takes a second more than the one before: must time out, at the first that takes longer than the grace.
#[tokio::test(start_paused = true)]
async fn download_too_slow() {
    for (caller, provider) in pairs() {
        let mut script = Script::default().say(Duration::ZERO, provider.begin_text());
        for delay in 1..100 {
            script = script.say(delay * SECOND, provider.word());
        }
        let script = script.say(SECOND, provider.end(0));
        let got = read(stack(vec![(provider, script)]), caller.request(true)).await;
        got.is_cut(caller);
        // The word that would come with the timer's ring is one or none.
        let said = got.text.matches("word ").count();
        assert!((4..=5).contains(&said), "{said}");
        assert_eq!(got.took, if said == 4 { 15 * SECOND } else { 20 * SECOND });
    }
}

/// It begins well and stops: must time out.
#[tokio::test(start_paused = true)]
async fn download_stalls() {
    for (caller, provider) in pairs() {
        let mut script = Script::default().say(Duration::ZERO, provider.begin_text());
        for _ in 0..10 {
            script = script.say(SECOND, provider.word());
        }
        let got = read(
            stack(vec![(provider, script.then_nothing())]),
            caller.request(true),
        );
        let got = got.await;
        got.is_cut(caller);
        assert_eq!(got.text.matches("word ").count(), 10);
        assert_eq!(got.took, 10 * SECOND + GRACE);
    }
}

/// It stops for almost all of the grace period, and goes on: must not time out.
#[tokio::test(start_paused = true)]
async fn download_stall_recovery_in_grace_period() {
    for (caller, provider) in pairs() {
        let mut script = Script::default().say(Duration::ZERO, provider.begin_text());
        for word in 0..30 {
            let after = if word % 10 == 9 {
                SECOND + ALMOST - SECOND / 10
            } else {
                SECOND
            };
            script = script.say(after, provider.word());
        }
        let script = script.say(SECOND, provider.end(0));
        let got = read(stack(vec![(provider, script)]), caller.request(true)).await;
        got.is_whole(30);
    }
}

/// All of it is there at once, and the caller takes twice the grace period over each piece: must not time out.
#[tokio::test(start_paused = true)]
async fn user_downloads_data_too_slowly() {
    for (caller, provider) in pairs() {
        let script = provider.words(Duration::ZERO, 100, Duration::ZERO);
        let stack = stack(vec![(provider, script)]);
        let got = read_slowly(stack, caller.request(true), 2 * GRACE).await;
        got.is_whole(100);
        assert!(got.took > 100 * GRACE, "{:?}", got.took);
    }
}

/// The caller asks, gets nothing, and comes back when something is there, again and again: must not time out.
#[tokio::test(start_paused = true)]
async fn user_polls_pending_followed_by_data_for_every_bin_in_throughput_logs() {
    for (caller, provider) in pairs() {
        let script = provider.words(Duration::ZERO, 100, ALMOST);
        let stack = stack(vec![(provider, script)]);
        let response = stack.boxed().oneshot(caller.request(true)).await.unwrap();
        let mut body = response.into_body();
        let (mut text, mut pending) = (String::new(), 0);
        'answer: loop {
            // Half-way between two words, and just behind the second.
            sleep(ALMOST / 2).await;
            while let std::task::Poll::Ready(frame) = poll!(body.frame()) {
                let Some(frame) = frame else {
                    assert_eq!(text.matches("word ").count(), 100);
                    assert!(pending > 50, "{pending}");
                    break 'answer;
                };
                let data = frame.expect("must not time out").into_data().unwrap();
                text.push_str(std::str::from_utf8(&data).unwrap());
            }
            pending += 1;
        }
    }
}
