//! What observers are told.

use std::sync::{Arc, Mutex};

use tower_genai::observe::Event;

use crate::fleet::{Fleet, Manner, call, stack, well};

#[tokio::test(start_paused = true)]
async fn another_model_than_before_is_an_event_once() {
    let fleet = Fleet::default();
    let changes: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&changes);
    let app = stack(&fleet)
        .observer(move |event: &Event<'_>| {
            if let Event::ModelChanged(changed) = event {
                let (candidate, before, after) = (changed.candidate, changed.before, changed.after);
                seen.lock()
                    .unwrap()
                    .push(format!("{candidate}: {before} to {after}"));
            }
        })
        .boxed();
    for model in ["m-1", "m-1", "m-2", "m-2", "m-1", "m-2"] {
        fleet.set("p", Manner { model, ..well() });
        assert_eq!(call(&app, "a").await.status, 200);
    }
    assert_eq!(*changes.lock().unwrap(), ["a: m-1 to m-2"]);
}
