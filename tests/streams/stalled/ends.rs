//! What becomes of a stream that has stalled.

use std::time::Duration;

use tower_genai::{
    budget::{Budget, Window},
    fallback::{FallbackLayer, Tried},
    observe::{Ending, FailureClass, Outcome},
};

use crate::support::{GRACE, SECOND, Script, pairs, read, stack};

/// Before anything was said the next one answers, and the caller does not notice.
#[tokio::test(start_paused = true)]
async fn before_the_first_content_the_next_candidate_answers() {
    for (caller, provider) in pairs() {
        let stalled = Script::default()
            .say(SECOND, provider.begin_text())
            .then_nothing();
        let well = provider.words(SECOND, 3, SECOND);
        let stack =
            stack(vec![(provider, stalled), (provider, well)]).fallback(FallbackLayer::new());
        let got = read(stack, caller.request(true)).await;
        got.is_whole(3);
        let tried = got.extensions.get::<Tried>().unwrap().tries();
        assert_eq!(tried[0].failure.class, FailureClass::Timeout);
        let ended = tried[0].outcome.as_ref().unwrap().get().unwrap().ending;
        assert_eq!(ended, Ending::Cut);
        assert_eq!(got.took, SECOND + GRACE + 4 * SECOND);
    }
}

/// After it the caller is told, and what was seen is paid: the provider stops when it is left.
#[tokio::test(start_paused = true)]
async fn after_it_the_stream_is_cut_and_settled() {
    for (caller, provider) in pairs() {
        let stalled = Script::default()
            .say(Duration::ZERO, provider.begin_text() + &provider.word())
            .then_nothing();
        let budget = Budget::new("org").limit("1".parse().unwrap(), Window::Total);
        let scope = budget.scope().clone();
        let stack = stack(vec![(provider, stalled), (provider, Script::default())])
            .fallback(FallbackLayer::new())
            .budget(budget);
        let got = read(stack, caller.request(true)).await;
        got.is_cut(caller);
        let outcome = got.extensions.get::<Outcome>().unwrap();
        assert_eq!(outcome.failure().unwrap().class, FailureClass::Timeout);
        let finished = outcome.get().unwrap();
        assert_eq!((finished.ending, finished.exact), (Ending::Cut, false));
        let allowance = scope.allowance().unwrap();
        assert_eq!(Some(allowance.spent()), finished.cost);
        assert_eq!(allowance.held().nanos(), 0);
    }
}
