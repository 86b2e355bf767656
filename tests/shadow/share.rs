use tower_genai::shadow::{Other, ShadowLayer};

use crate::support::{House, THREE, all, ample, ask, call};

#[tokio::test]
async fn the_stated_share_of_many_calls_is_asked_again() {
    const SHARE: f64 = 0.2;
    let mut house = House::start(THREE).await;
    let shadow = ShadowLayer::new(SHARE, ample()).seed(11).at_once(1_000);
    let stack = house.stack(shadow).boxed();
    let mut random = fastrand::Rng::with_seed(11);
    let mut drawn = 0;
    for n in 0..300 {
        let answer = ask(&stack, call(&format!("Question {n}"), n % 2 == 0)).await;
        assert_eq!(answer.by(), "cheap");
        if random.f64() < SHARE {
            drawn += 1;
            // Whom to ask is drawn too.
            random.u32(..);
        }
    }
    assert!((40..80).contains(&drawn), "{drawn} of 300");
    for _ in 0..drawn {
        let one = house.shadowed().await;
        assert_eq!(one.probability, SHARE);
        assert_eq!(one.candidate.to_string(), "dear");
        let agreement = one.agreement.unwrap();
        assert!((0.0..1.0).contains(&agreement), "{agreement}");
    }
    assert!(house.is_quiet());
    let counts = ["cheap", "dear", "weak"].map(|name| house.calls(name));
    assert_eq!(counts, [300, drawn, 0]);
}

#[tokio::test]
async fn none_and_all_are_shares_too() {
    let mut house = House::start(THREE).await;
    for none in [0.0, -1.0, f64::NAN] {
        let stack = house.stack(ShadowLayer::new(none, ample())).boxed();
        ask(&stack, call("x", false)).await;
    }
    let stack = house.stack(ShadowLayer::off()).boxed();
    ask(&stack, call("x", false)).await;
    assert_eq!(house.calls("dear"), 0);
    let stack = house.stack(all(&ample())).boxed();
    for stream in [false, true] {
        ask(&stack, call("x", stream)).await;
        assert_eq!(house.shadowed().await.probability, 1.0);
    }
}

#[tokio::test]
async fn any_of_the_others_or_one_by_name() {
    let mut house = House::start(THREE).await;
    let shadow = all(&ample()).candidate(Other::Any).at_once(100);
    let stack = house.stack(shadow).boxed();
    for n in 0..40 {
        ask(&stack, call(&format!("Question {n}"), false)).await;
        let one = house.shadowed().await;
        assert_eq!(one.probability, 0.5);
        // It was below the threshold, and passed every filter.
        assert!(["dear", "weak"].contains(&&*one.candidate.to_string()));
    }
    assert!(house.calls("dear") > 8 && house.calls("weak") > 8);
    let stack = house.stack(all(&ample()).candidate("weak".into())).boxed();
    ask(&stack, call("x", false)).await;
    assert_eq!(house.shadowed().await.candidate.to_string(), "weak");
    // The one that answers is not asked again.
    let before = house.calls("cheap");
    let stack = house.stack(all(&ample()).candidate("cheap".into())).boxed();
    ask(&stack, call("x", false)).await;
    assert_eq!(house.calls("cheap"), before + 1);
}

#[tokio::test]
async fn only_routed_calls_of_one_answer_are_drawn() {
    let mut house = House::start(THREE).await;
    let stack = house.stack(all(&ample())).boxed();
    let message = serde_json::json!([{"role": "user", "content": "x"}]);
    for body in [
        serde_json::json!({"model": "cheap", "messages": message}),
        serde_json::json!({"model": "auto", "n": 2, "messages": message}),
        serde_json::json!({"model": "auto", "messages": message, "tools": [{"type": "web_search"}]}),
    ] {
        ask(&stack, crate::support::body(&body)).await;
    }
    // Where there is nobody else, nobody else is asked.
    let alone = House::start(&THREE[..1]).await;
    ask(&alone.stack(all(&ample())).boxed(), call("x", false)).await;
    ask(&stack, call("x", false)).await;
    house.shadowed().await;
    assert!(house.is_quiet());
    assert_eq!(house.calls("dear"), 1);
    assert_eq!(alone.calls("cheap"), 1);
}
