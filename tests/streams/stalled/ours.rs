//! What else must end a stream, or must not.

use std::{task::Poll, time::Duration};

use futures::poll;
use http_body_util::BodyExt;
use tokio::time::{Instant, sleep};
use tower::ServiceExt;
use tower_genai::fallback::FallbackLayer;

use crate::support::{Form, GRACE, Got, SECOND, Script, pairs, read, stack};

/// What a caller gets of a stream that says this once a second, after its beginning.
async fn only(caller: Form, provider: Form, begin: String, what: &str, shown: bool) -> Got {
    let mut script = Script::default().say(Duration::ZERO, begin);
    for _ in 0..30 {
        script = script.say(SECOND, what.to_owned());
    }
    let script = script
        .say(SECOND, provider.word_after_thought())
        .say(SECOND, provider.end(1));
    let request = if shown {
        caller.request_with_thinking()
    } else {
        caller.request(true)
    };
    read(stack(vec![(provider, script)]), request).await
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_nothing_but_comments_is_cut() {
    for (caller, provider) in pairs() {
        let comment = ": OPENROUTER PROCESSING\n\n";
        let got = only(caller, provider, provider.begin_text(), comment, false).await;
        got.is_cut(caller);
        assert_eq!(got.took, GRACE);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_nothing_but_pings_is_cut() {
    for (caller, provider) in pairs() {
        let ping = provider.ping();
        let got = only(caller, provider, provider.begin_text(), &ping, false).await;
        got.is_cut(caller);
        assert_eq!(got.took, GRACE);
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_complete_no_event_are_no_progress() {
    for (caller, provider) in pairs() {
        let mut script = Script::default().say(Duration::ZERO, provider.begin_text());
        for byte in provider.word().bytes() {
            script = script.say(10 * SECOND / 12, vec![byte]);
        }
        let script = script.say(SECOND, provider.end(0));
        let got = read(stack(vec![(provider, script)]), caller.request(true)).await;
        got.is_cut(caller);
        assert_eq!(got.took, GRACE);
    }
}

#[tokio::test(start_paused = true)]
async fn thinking_is_life() {
    for (caller, provider) in pairs() {
        let thought = provider.thought();
        let got = only(caller, provider, provider.begin_thought(), &thought, true).await;
        got.is_whole(1);
    }
}

#[tokio::test(start_paused = true)]
async fn thinking_that_is_not_shown_is_life() {
    for (caller, provider) in pairs().filter(|(caller, provider)| caller != provider) {
        let thought = provider.thought();
        let got = only(caller, provider, provider.begin_thought(), &thought, false).await;
        got.is_whole(1);
        assert!(!got.text.contains("hm "), "{}", got.text);
    }
}

/// A caller that looks, finds nothing, and comes back after nine seconds; a comment came in the first of them. Those that
/// follow are its own.
#[tokio::test(start_paused = true)]
async fn of_a_slow_reader_s_time_only_the_provider_s_silence_counts() {
    for (caller, provider) in pairs() {
        let mut script = Script::default().say(Duration::ZERO, provider.begin_text());
        script = script.say(SECOND, ": still here\n\n");
        for _ in 0..30 {
            script = script.say(9 * SECOND, ": still here\n\n");
        }
        let stack = stack(vec![(provider, script.then_nothing())]);
        let response = stack.boxed().oneshot(caller.request(true)).await.unwrap();
        let mut body = response.into_body();
        let start = Instant::now();
        'looks: loop {
            while let Poll::Ready(frame) = poll!(body.frame()) {
                if frame.expect("never a clean end").is_err() {
                    break 'looks;
                }
            }
            sleep(9 * SECOND).await;
        }
        // A second at each of five looks; the error comes a look after the event that tells of it.
        let seconds = start.elapsed().as_secs();
        assert!((45..=63).contains(&seconds), "{seconds}");
    }
}

/// An answer that is not streamed has as long as the call has.
#[tokio::test(start_paused = true)]
async fn an_answer_in_one_piece_may_take_its_time() {
    let answer = r#"{"id":"c1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"word "},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#;
    let script = || {
        let (head, tail) = answer.split_at(40);
        let script = Script::default().say(100 * SECOND, head);
        script.say(100 * SECOND, tail).whole()
    };
    let form = Form::OpenAi;
    let got = read(stack(vec![(form, script())]), form.request(false)).await;
    got.is_whole(1);
    let total = FallbackLayer::new().total_timeout(150 * SECOND);
    let timed = stack(vec![(form, script())]).fallback(total);
    let got = read(timed, form.request(false)).await;
    assert_eq!((got.status, got.took), (504, 150 * SECOND));
}
