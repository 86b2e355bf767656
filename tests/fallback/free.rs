//! What nobody has seen is tried again for free.

use std::{io, time::Duration};

use tokio::time::Instant;
use tower::ServiceBuilder;
use tower_genai::{
    Body,
    budget::{BudgetLayer, End},
    classify::ClassifyLayer,
    dispatch::{DispatchLayer, Sent},
    fallback::{Backoff, FallbackLayer, Tried},
    observe::FailureClass,
    select::{SelectLayer, Selector},
};

use crate::{
    fleet::Script,
    support::{Got, Rig, ask, question},
};

fn layer() -> FallbackLayer {
    let pause = Duration::from_millis(100);
    FallbackLayer::new().backoff(Backoff::new(pause, pause).jitter(0.0))
}

fn unsent(got: &Got) -> usize {
    let tried = got.extensions.get::<Tried>().map(Tried::tries);
    let tries = tried.unwrap_or_default();
    assert!(tries.iter().all(|one| !one.failure.sent), "{tries:?}");
    tries.len()
}

/// A client that knows when a server has not looked at a request.
async fn asked(rig: &Rig, layer: FallbackLayer, stream: bool) -> Result<Got, String> {
    let knows = |error: &io::Error| match error.kind() {
        io::ErrorKind::ConnectionAborted => Sent::Never,
        _ => Sent::of(error),
    };
    let service = ServiceBuilder::new()
        .map_response(|response: http::Response<_>| response.map(Body::new))
        .layer(BudgetLayer::new(rig.budget.clone()))
        .layer(ClassifyLayer::new())
        .layer(SelectLayer::new(Selector::new(rig.catalog.clone())))
        .layer(layer)
        .layer(DispatchLayer::new().sent_by(knows))
        .service(rig.fleet.clone());
    ask(service, &question("auto", stream)).await
}

#[tokio::test(start_paused = true)]
async fn who_is_not_reached_costs_no_attempt_and_no_money() {
    for stream in [false, true] {
        let rig = Rig::new(3);
        rig.fleet
            .plays(0, [Script::refused()])
            .plays(1, [Script::refused()])
            .plays(2, [Script::answer("two ", stream)]);
        let start = Instant::now();
        // One attempt that somebody sees is enough.
        let one = layer().attempts(1).total_timeout(Duration::from_secs(60));
        let got = asked(&rig, one, stream).await.unwrap();
        got.is_whole("two ", stream);
        assert_eq!(
            (rig.fleet.order(), start.elapsed()),
            (vec![0, 1, 2], Duration::ZERO)
        );
        assert_eq!(unsent(&got), 2);
        assert_eq!(got.tried(), [FailureClass::Provider; 2]);
        rig.settled().await;
        let ends = rig.watched.ends();
        let released = ends.iter().filter(|end| **end == End::Released);
        assert_eq!((ends.len(), released.count()), (3, 2));
    }
}

/// As often as there are candidates, and then it counts.
#[tokio::test(start_paused = true)]
async fn nobody_is_dialled_for_ever() {
    let rig = Rig::new(2);
    rig.fleet
        .plays(0, [Script::refused()])
        .plays(1, [Script::refused()]);
    let result = asked(&rig, layer().attempts(2), false).await;
    assert!(result.is_err());
    assert_eq!(rig.fleet.order().len(), 2 + 2);
    rig.settled().await;
}

#[tokio::test(start_paused = true)]
async fn who_turns_it_away_is_asked_once_more_at_once() {
    for stream in [false, true] {
        let rig = Rig::new(2);
        rig.fleet
            .plays(0, [Script::turned_away(), Script::answer("zero ", stream)]);
        let start = Instant::now();
        let one = layer().attempts(1).total_timeout(Duration::from_secs(60));
        let got = asked(&rig, one, stream).await.unwrap();
        got.is_whole("zero ", stream);
        assert_eq!(
            (rig.fleet.order(), start.elapsed()),
            (vec![0, 0], Duration::ZERO)
        );
        assert_eq!(unsent(&got), 1);
        rig.settled().await;

        // Once.
        let rig = Rig::new(2);
        rig.fleet
            .plays(0, [Script::turned_away()])
            .plays(1, [Script::answer("one ", stream)]);
        let got = asked(&rig, layer(), stream).await.unwrap();
        got.is_whole("one ", stream);
        assert_eq!(rig.fleet.order(), [0, 0, 1]);
        rig.settled().await;
    }
}
