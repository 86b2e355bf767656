//! An answer has begun when its caller sees something of it: until then a stream that breaks is nobody's business but
//! ours, and from then on the caller is told.

use std::time::Duration;

use tower_genai::{
    fallback::{Backoff, FallbackLayer},
    observe::{FailureClass, Outcome},
};

use crate::support::{Ending, Form, Got, Script, pairs, read, stack};

/// The ways in which a stream breaks.
fn breaks(provider: Form) -> Vec<(String, Ending)> {
    let garbage = "data: {\"choi\n\n".to_owned();
    vec![
        (String::new(), Ending::Broken),
        (String::new(), Ending::Clean),
        (provider.error(), Ending::Never),
        (garbage, Ending::Never),
    ]
}

const SIZES: [usize; 3] = [1, 50, usize::MAX];

/// What a caller gets of a provider that says this and breaks, and of the next one, which is well.
async fn broken(
    (caller, provider): (Form, Form),
    front: &str,
    asks_to_see: bool,
    mut check: impl FnMut(&Got, &str),
) {
    for (last, ending) in breaks(provider) {
        for size in SIZES {
            let script = Script::default()
                .say(Duration::ZERO, format!("{front}{last}"))
                .in_chunks(size)
                .ending(ending);
            let well = provider.words(Duration::ZERO, 3, Duration::ZERO);
            let none = Backoff::new(Duration::ZERO, Duration::ZERO);
            let stack = stack(vec![(provider, script), (provider, well)])
                .fallback(FallbackLayer::new().backoff(none));
            let request = match asks_to_see {
                true => caller.request_with_thinking(),
                false => caller.request(true),
            };
            let got = read(stack, request).await;
            let what = format!("{caller:?} at {provider:?}, {last:?} {ending:?}, chunks of {size}");
            check(&got, &what);
        }
    }
}

#[track_caller]
fn is_the_next_one_s(got: &Got, what: &str) {
    got.is_whole(3);
    let outcome = got.extensions.get::<Outcome>().unwrap();
    assert_eq!(outcome.attempt(), 2, "{what}");
    assert!(!got.text.contains("hm "), "{what}: {}", got.text);
}

#[track_caller]
fn is_told(got: &Got, said: &str, caller: Form, what: &str) {
    let outcome = got.extensions.get::<Outcome>().unwrap();
    assert_eq!(outcome.attempt(), 1, "{what}");
    assert!(!got.clean, "{what}: {}", got.text);
    assert_eq!(got.text.matches(said).count(), 1, "{what}: {}", got.text);
    let last = got.text.trim_end().rsplit("\n\n").next().unwrap();
    let last = last.rsplit("\r\n\r\n").next().unwrap();
    assert!(last.contains("\"error\""), "{what}: {}", got.text);
    for end in ["[DONE]", "message_stop", "STOP"] {
        assert!(!got.text.contains(end), "{caller:?} {what}: {}", got.text);
    }
    let failure = outcome.failure().unwrap().class;
    assert!(
        !matches!(failure, FailureClass::Caller | FailureClass::Timeout),
        "{what}: {failure:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_breaks_after_its_front_is_passed_by() {
    for (caller, provider) in pairs() {
        for front in [
            String::new(),
            provider.begin(),
            provider.begin_text(),
            provider.begin_text() + ": comment\n\n" + &provider.ping(),
        ] {
            broken((caller, provider), &front, false, is_the_next_one_s).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_breaks_after_hidden_thinking_is_passed_by() {
    for (caller, provider) in pairs().filter(|(caller, provider)| caller != provider) {
        let front = provider.begin_thought() + &provider.thought().repeat(200);
        broken((caller, provider), &front, false, is_the_next_one_s).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_breaks_after_thinking_that_is_shown_is_told() {
    for (caller, provider) in pairs() {
        // OpenAI's form shows what OpenAI's providers think, and nobody else's.
        if caller == Form::OpenAi && provider != caller {
            continue;
        }
        let front = provider.begin_thought() + &provider.thought();
        broken((caller, provider), &front, true, |got, what| {
            is_told(got, "hm ", caller, what);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_breaks_after_the_first_words_is_told() {
    for (caller, provider) in pairs() {
        for front in [
            provider.begin_text() + &provider.word(),
            provider.begin_thought() + &provider.thought() + &provider.word_after_thought(),
        ] {
            broken((caller, provider), &front, false, |got, what| {
                is_told(got, "word ", caller, what);
            })
            .await;
        }
    }
}
