use tower_genai::profile::{Profile, drift::What};

use crate::{
    rig::{App, Models, asked, manner, stack},
    told::Told,
};

async fn calls(app: &App, calls: usize) {
    for _ in 0..calls {
        asked("usual").streamed().of(app).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_four_times_as_long_as_before_is_told_of_and_asked_after_the_others() {
    let (models, told) = (Models::default(), Told::default());
    for model in ["dear", "cheap"] {
        models.set(model, manner(500, 10, 50));
    }
    let stack = stack(&models).profile(Profile::new().explores(false));
    let app: App = stack.observer(told.clone()).boxed();
    calls(&app, 300).await;
    // Who is usually asked takes longer from here on.
    let usual = models.asked().pop().unwrap();
    let other = if usual == "dear" { "cheap" } else { "dear" };
    assert!(told.take().is_empty());
    models.set(&usual, manner(2_000, 10, 50));
    calls(&app, 100).await;
    let told = told.take();
    let (recovered, drift) = &told[0];
    assert!(!recovered && drift.worse, "{told:?}");
    assert_eq!((drift.what, &*drift.model), (What::Latency, &*usual));
    assert!((0.4..0.6).contains(&drift.before), "{drift:?}");
    // When it began is known to eight outcomes, so that some from before may be among those since.
    assert!((1.2..2.1).contains(&drift.after), "{drift:?}");
    assert_eq!(models.asked().last().map(String::as_str), Some(other));
}
