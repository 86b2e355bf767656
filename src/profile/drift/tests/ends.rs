use super::world::normal;
use crate::profile::drift::{Drifts, Ended, Finding, What};

/// What attempts are like.
#[derive(Clone, Copy)]
struct Usual {
    errors: f64,
    refusals: f64,
    seconds: f64,
    tokens: f64,
}

const USUAL: Usual = Usual {
    errors: 0.01,
    refusals: 0.01,
    seconds: 0.8,
    tokens: 400.0,
};

fn end(drifts: &mut Drifts, random: &mut fastrand::Rng, usual: Usual) -> Vec<Finding> {
    #[allow(clippy::cast_sign_loss, reason = "it is none below nought")]
    let tokens = (usual.tokens * (0.5 * normal(random)).exp()) as u64 + 1;
    let ended = Ended {
        failed: random.f64() < usual.errors,
        refused: random.f64() < usual.refusals,
        first_content: Some(usual.seconds * (0.5 * normal(random)).exp()),
        total: 5.0,
        tokens: Some(tokens),
        served: Some("model-0125"),
    };
    drifts.ended(1, 1, &ended).into_vec()
}

/// What is found once attempts are like this, after 1500 usual ones; and the state then.
fn then(usual: Usual) -> (Option<Finding>, Drifts) {
    let random = &mut fastrand::Rng::with_seed(11);
    let mut drifts = Drifts::default();
    let mut before = Vec::new();
    for _ in 0..1_500 {
        before.extend(end(&mut drifts, random, USUAL));
    }
    assert!(before.is_empty(), "{before:?}");
    let found = (0..1_000).find_map(|_| end(&mut drifts, random, usual).pop());
    (found, drifts)
}

#[test]
fn more_errors_are_found_and_put_it_behind_the_others() {
    let (found, drifts) = then(Usual {
        errors: 0.3,
        ..USUAL
    });
    let found = found.unwrap();
    assert_eq!((found.what, found.worse), (What::Errors, true));
    assert!(found.before < 0.03 && found.after > 0.15, "{found:?}");
    assert!(drifts.is_behind(1, 1));
    assert!(!drifts.is_behind(2, 1));
}

#[test]
fn once_errors_are_gone_it_is_behind_nobody() {
    let (_, mut drifts) = then(Usual {
        errors: 0.5,
        ..USUAL
    });
    let random = &mut fastrand::Rng::with_seed(12);
    let back = (0..300).find_map(|_| end(&mut drifts, random, USUAL).pop());
    let back = back.unwrap();
    assert!(back.recovered && back.what == What::Errors, "{back:?}");
    assert!(!drifts.is_behind(1, 1));
}

#[test]
fn longer_waits_are_found_in_seconds() {
    let (found, drifts) = then(Usual {
        seconds: 2.4,
        ..USUAL
    });
    let found = found.unwrap();
    assert_eq!((found.what, found.worse), (What::Latency, true));
    assert!((0.7..0.9).contains(&found.before), "{found:?}");
    assert!((1.5..3.5).contains(&found.after), "{found:?}");
    assert!(drifts.is_behind(1, 1));
}

#[test]
fn shorter_answers_and_refusals_are_found_and_put_it_behind_nobody() {
    let (found, drifts) = then(Usual {
        tokens: 180.0,
        ..USUAL
    });
    let found = found.unwrap();
    assert_eq!((found.what, found.worse), (What::Length, false));
    assert!((330.0..480.0).contains(&found.before), "{found:?}");
    assert!(!drifts.is_behind(1, 1));
    let (found, drifts) = then(Usual {
        refusals: 0.15,
        ..USUAL
    });
    let found = found.unwrap();
    assert_eq!((found.what, found.worse), (What::Refusals, true));
    assert!(!drifts.is_behind(1, 1));
}

#[test]
fn another_model_behind_the_name_is_told_once() {
    let mut drifts = Drifts::default();
    let mut named = |name: &str| {
        let ended = Ended {
            served: Some(name),
            ..Ended::default()
        };
        drifts.ended(1, 1, &ended)
    };
    assert!(named("model-0125").is_empty());
    let found = named("model-0314");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].what, What::Model);
    let names = ("model-0125".into(), "model-0314".into());
    assert_eq!(found[0].names, Some(names));
    // Who alternates changes nothing.
    assert!(named("model-0125").is_empty());
    assert!(named("model-0314").is_empty());
    assert!(named(&"x".repeat(1_000)).is_empty());
}
