use std::time::Duration;

use tower_genai::{
    fallback::FallbackLayer,
    query::{Pace, Prefer, Wish},
};

use crate::rig::{App, CATALOG, Manner, Models, asked, first, manner, measure, over, stack};

fn batch() -> Wish {
    Wish::new().with_pace(Pace::Batch)
}

async fn measured(dear: Manner, cheap: Manner, stream: bool) -> App {
    let models = Models::default();
    models.set("dear", dear);
    models.set("cheap", cheap);
    let app = stack(&models).boxed();
    measure(&app, &["dear", "cheap"], stream).await;
    app
}

#[tokio::test(start_paused = true)]
async fn who_waits_and_for_whom_nobody_waits_get_different_routes() {
    let app = measured(manner(100, 20, 50), manner(900, 20, 50), true).await;
    for (model, wish, who) in [
        ("quick", None, "dear"),
        ("quick", Some(batch()), "cheap"),
        ("quick:batch", None, "cheap"),
        (
            "quick:batch",
            Some(Wish::new().with_pace(Pace::Interactive)),
            "dear",
        ),
        ("quick:cheap", None, "cheap"),
        ("usual", None, "cheap"),
        ("usual:fast", None, "dear"),
        (
            "usual",
            Some(Wish::new().with_prefer(Prefer::Latency)),
            "dear",
        ),
        ("usual:fast", Some(batch()), "cheap"),
    ] {
        for streamed in [true, false] {
            let mut call = asked(model);
            call.stream = streamed;
            call.wish.clone_from(&wish);
            assert_eq!(
                first(&*call.of(&app).await),
                who,
                "{model} {wish:?} {streamed}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_length_of_an_answer_decides_where_nobody_can_read_before_its_end() {
    // After 100 ms 25 tokens a second, or after a second 100: the whole of an answer is there first from some 30 tokens on.
    let app = measured(manner(100, 40, 400), manner(1_000, 10, 400), true).await;
    let short = first(&*asked("quick").max_tokens(10).of(&app).await);
    let long = first(&*asked("quick").max_tokens(1_000).of(&app).await);
    assert_eq!((&*short, &*long), ("dear", "cheap"));
    // Who reads along waits for the first word.
    let read = first(&*asked("quick").max_tokens(1_000).streamed().of(&app).await);
    assert_eq!(read, "dear");
}

#[tokio::test(start_paused = true)]
async fn what_comes_slower_than_it_is_read_is_waited_for() {
    // 4 tokens a second after 100 ms, or 20 after a second.
    let app = measured(manner(100, 250, 20), manner(1_000, 50, 20), true).await;
    let long = first(&*asked("quick").streamed().of(&app).await);
    let short = first(&*asked("quick").max_tokens(4).streamed().of(&app).await);
    assert_eq!((&*long, &*short), ("cheap", "dear"));
}

/// `cheap` says as much in half as many tokens.
#[tokio::test(start_paused = true)]
async fn answers_are_as_long_as_they_were_on_their_task() {
    let app = measured(manner(0, 10, 1_000), manner(0, 15, 500), false).await;
    assert_eq!(first(&*asked("quick").of(&app).await), "cheap");
    assert_eq!(
        first(&*asked("quick").max_tokens(400).of(&app).await),
        "dear"
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_is_hurried_for_whom_nobody_waits() {
    let models = Models::default();
    for model in ["dear", "cheap"] {
        models.set(model, manner(5_000, 0, 20));
    }
    let fallback = FallbackLayer::new()
        .hedge_after(Duration::from_millis(500))
        .first_content_timeout(Duration::from_secs(2));
    let app: App = stack(&models).fallback(fallback).boxed();
    asked("quick:batch").of(&app).await;
    assert_eq!(models.asked(), ["cheap"]);
    asked("quick:batch").streamed().of(&app).await;
    assert_eq!(models.asked(), ["cheap"], "given up");
    asked("cheap").wish(batch()).streamed().of(&app).await;
    assert_eq!(models.asked(), ["cheap"], "given up");
    // Whoever waits is not kept waiting by one alone.
    asked("usual").of(&app).await;
    assert_eq!(models.asked(), ["cheap", "dear"]);
}

#[tokio::test(start_paused = true)]
async fn the_quantile_is_the_alias_s() {
    // Mostly at once and now and then late, or never either.
    let models = Models::default();
    models.set("cheap", manner(300, 10, 20));
    let catalog = CATALOG.replace(
        "name = \"usual\"",
        "name = \"steady\"\nprefer = \"latency\"\nlatency_quantile = 0.9",
    );
    let app = over(&models, &catalog).boxed();
    measure(&app, &["cheap"], true).await;
    for n in 0..40 {
        let late = n % 4 == 0;
        models.set("dear", manner(if late { 3_000 } else { 100 }, 10, 20));
        asked("dear").streamed().of(&app).await;
    }
    assert_eq!(first(&*asked("quick").streamed().of(&app).await), "dear");
    assert_eq!(first(&*asked("steady").streamed().of(&app).await), "cheap");
}
