use super::*;
use crate::{profile::Vector, query::Prompt};

/// Two kinds of calls, and two candidates: each is good on one of them.
struct World {
    random: fastrand::Rng,
    arms: Vec<Arm>,
}

const CODE: [&str; 4] = ["fn", "struct {", "impl;", "= vec![];"];
const TALK: [&str; 4] = ["hello", "friend", "how are you", "today?"];

impl World {
    fn new(seed: u64) -> Self {
        let arm = |key, cost| Arm {
            key,
            prior: Some(0.8),
            cost,
        };
        Self {
            random: fastrand::Rng::with_seed(seed),
            arms: vec![arm(7, 0.001), arm(9, 0.01)],
        }
    }

    fn call(&mut self) -> (bool, Vector) {
        let code = self.random.bool();
        let words = if code { CODE } else { TALK };
        let text: Vec<_> = (0..6).map(|_| words[self.random.usize(..4)]).collect();
        (code, Vector::of(&Prompt::new(&text.join(" "))))
    }

    /// The expected score.
    fn truth(code: bool, key: u32) -> f64 {
        match (code, key) {
            (true, 7) => 0.2,
            (false, 9) => 0.6,
            _ => 0.9,
        }
    }

    /// Plays so many calls; the shares of each kind that went to the cheap one, of the last half.
    fn play(&mut self, learner: &mut Learner, calls: u32) -> (f64, f64) {
        let (mut cheap, mut all) = ([0.0; 2], [0.0; 2]);
        for call in 0..calls {
            let (code, vector) = self.call();
            let ask = ask(&vector, &self.arms);
            let estimates = learner.scorer().score(&ask);
            let advice = learner.choose(&ask, estimates, &mut self.random);
            let key = self.arms[advice.order[0]].key;
            let right = self.random.f64() < Self::truth(code, key);
            let mut label = label(&vector, key, f64::from(u8::from(right)));
            label.at = f64::from(call);
            learner.learn(label);
            if learner.is_due() {
                learner.settle();
            }
            if call >= calls / 2 {
                all[usize::from(code)] += 1.0;
                cheap[usize::from(code)] += f64::from(u8::from(key == 7));
            }
        }
        (cheap[1] / all[1], cheap[0] / all[0])
    }
}

fn ask<'a>(vector: &'a Vector, arms: &'a [Arm]) -> Ask<'a> {
    Ask {
        vector,
        task: 0,
        confidence: 1.0,
        prior_by_task: false,
        arms,
        quality: 1.0,
        explore: 0.01,
        again: false,
    }
}

fn label(vector: &Vector, arm: u32, score: f64) -> Label {
    Label {
        vector: vector.clone(),
        task: 0,
        arm,
        prior: Some(0.8),
        predicted: 0.8,
        score,
        weight: 1.0,
        at: 0.0,
    }
}

#[test]
fn what_each_is_good_at_is_learned() {
    for seed in 0..2 {
        let (code, talk) = World::new(seed).play(&mut Learner::new(), 1_000);
        assert!(code < 0.1, "{code} of code went where it fails");
        assert!(talk > 0.8, "{talk} of talk went where it is good");
    }
}

#[test]
fn of_equals_the_cheaper_one_is_asked() {
    let (_, vector) = World::new(1).call();
    let world = World::new(1);
    let mut learner = Learner::new();
    let mut ask = ask(&vector, &world.arms);
    ask.explore = 0.0;
    let estimates = learner.scorer().score(&ask);
    let advice = learner.choose(&ask, estimates, &mut fastrand::Rng::with_seed(1));
    assert_eq!((advice.order[0], advice.why), (0, Why::Constant));
    assert_eq!(advice.probabilities, [1.0, 0.0]);
}

#[test]
fn the_same_calls_teach_the_same() {
    let kept = |seed| {
        let mut learner = Learner::new();
        World::new(seed).play(&mut learner, 300);
        let (_, vector) = World::new(99).call();
        let world = World::new(1);
        learner.scorer().score(&ask(&vector, &world.arms))
    };
    assert_eq!(kept(3), kept(3));
    assert_ne!(kept(3), kept(4));
}

#[test]
fn what_was_kept_is_known_again() {
    let mut learner = Learner::new();
    let mut world = World::new(5);
    world.play(&mut learner, 300);
    learner.settle();
    let again = Learner::restore(Settings::default(), learner.labels());
    assert_eq!(again.labels().count(), 300);
    for _ in 0..20 {
        let (_, vector) = world.call();
        let ask = ask(&vector, &world.arms);
        let (one, other) = (learner.scorer().score(&ask), again.scorer().score(&ask));
        for (one, other) in one.iter().zip(&other) {
            assert!((one.mean - other.mean).abs() < 0.05, "{one:?} {other:?}");
            assert!((one.sd - other.sd).abs() < 1e-4);
        }
    }
}

#[test]
fn memory_is_bounded_whether_settled_or_not() {
    let settings = Settings {
        memory: 64,
        ..Settings::default()
    };
    let mut world = World::new(2);
    let mut learner = Learner::with(settings);
    world.play(&mut learner, 300);
    assert!(learner.labels().count() <= 64 + 16);
    let (_, vector) = world.call();
    for arm in 0..1_000 {
        learner.learn(label(&vector, arm, 1.0));
    }
    assert!(learner.labels().count() <= 128);
    learner.settle();
    let kept: Vec<_> = learner.labels().map(|label| label.arm).collect();
    assert_eq!(kept, (936..1_000).collect::<Vec<_>>());
}

#[test]
fn labels_that_say_nothing_teach_nothing() {
    let mut world = World::new(3);
    let (_, vector) = world.call();
    let mut learner = Learner::new();
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        learner.learn(label(&vector, 7, odd));
        let mut weightless = label(&vector, 7, 0.0);
        weightless.weight = odd;
        learner.learn(weightless);
    }
    let mut weightless = label(&vector, 7, 0.0);
    weightless.weight = 0.0;
    learner.learn(weightless);
    assert_eq!((learner.seen(), learner.labels().count()), (0, 0));
}

#[test]
fn hostile_numbers_neither_panic_nor_come_through() {
    let mut world = World::new(4);
    let (_, vector) = world.call();
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e300];
    let mut learner = Learner::new();
    for (key, odd) in (0..).zip(odd) {
        let mut label = label(&vector, key, odd);
        (label.prior, label.predicted, label.weight) = (Some(odd), odd, odd.abs());
        label.at = odd;
        learner.learn(label);
        learner.settle();
    }
    let arms: Vec<_> = (0..)
        .zip(odd)
        .map(|(key, odd)| Arm {
            key,
            prior: Some(odd),
            cost: odd,
        })
        .collect();
    for (quality, confidence) in odd.iter().zip(odd) {
        let mut ask = ask(&vector, &arms);
        (ask.quality, ask.confidence) = (*quality, confidence);
        let estimates = learner.scorer().score(&ask);
        for one in &estimates {
            assert!((0.0..=1.0).contains(&one.mean) && (0.0..=1.0).contains(&one.sd));
        }
        let advice = learner.choose(&ask, estimates, &mut world.random);
        let sum: f64 = advice.probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{advice:?}");
        assert_eq!(advice.order.len(), arms.len());
    }
}

#[test]
fn a_call_that_is_asked_about_again_counts_once() {
    let mut world = World::new(5);
    let (_, vector) = world.call();
    let [once, twice] = [false, true].map(|again| {
        let mut learner = Learner::new();
        for at in 0..40 {
            learner.learn(label(&vector, [7, 9][at % 2], 1.0));
            learner.settle();
            let mut ask = ask(&vector, &world.arms);
            let choose = |learner: &mut Learner, ask: &Ask<'_>| {
                let estimates = learner.scorer().score(ask);
                learner.choose(ask, estimates, &mut fastrand::Rng::with_seed(1))
            };
            choose(&mut learner, &ask);
            (ask.again, ask.quality) = (true, 0.5);
            if again {
                choose(&mut learner, &ask);
            }
        }
        format!("{learner:?}")
    });
    assert_eq!(once, twice);
    assert!(once.contains("calls: 40"), "{once}");
}

#[test]
fn nobody_is_no_answer() {
    let (_, vector) = World::new(4).call();
    let mut learner = Learner::new();
    let advice = learner.choose(&ask(&vector, &[]), Vec::new(), &mut fastrand::Rng::new());
    assert!(advice.order.is_empty() && advice.probabilities.is_empty());
}

#[test]
fn probabilities_are_how_often_each_is_chosen() {
    let mut world = World::new(6);
    let mut learner = Learner::new();
    world.play(&mut learner, 300);
    let (_, vector) = world.call();
    let mut ask = ask(&vector, &world.arms);
    ask.explore = 0.2;
    let (mut first, mut said) = ([0.0; 2], [0.0; 2]);
    // Nothing is learned meanwhile.
    let estimates = learner.scorer().score(&ask);
    for _ in 0..20_000 {
        let advice = learner.choose(&ask, estimates.clone(), &mut world.random);
        first[advice.order[0]] += 1.0;
        for (said, probability) in said.iter_mut().zip(&advice.probabilities) {
            assert!(*probability >= 0.2 * 0.2 / 2.0);
            *said += probability;
        }
    }
    for (first, said) in first.iter().zip(said) {
        assert!((first - said).abs() < 300.0, "{first} said {said}");
    }
}

#[test]
fn chance_fades_to_its_share() {
    let mut world = World::new(7);
    let mut learner = Learner::new();
    let mut explored = 0;
    world.play(&mut learner, 500);
    for _ in 0..5_000 {
        let (_, vector) = world.call();
        let ask = ask(&vector, &world.arms);
        let estimates = learner.scorer().score(&ask);
        let advice = learner.choose(&ask, estimates, &mut world.random);
        explored += u32::from(advice.why == Why::Explored);
    }
    assert!((20..=80).contains(&explored), "{explored} of 5 000");
}

#[test]
fn old_labels_count_less() {
    let mut world = World::new(8);
    let (_, vector) = world.call();
    let predicted = |half_life| {
        let settings = Settings {
            half_life,
            ..Settings::default()
        };
        let mut learner = Learner::with(settings);
        for (at, score) in [(0.0, 0.0), (1_000.0, 1.0)] {
            for _ in 0..50 {
                let mut label = label(&vector, 7, score);
                label.at = at;
                learner.learn(label);
            }
            learner.settle();
        }
        learner.scorer().score(&ask(&vector, &world.arms))[0].mean
    };
    assert!((predicted(f64::INFINITY) - 0.5).abs() < 0.05);
    assert!(predicted(100.0) > 0.85);
}

#[test]
fn work_that_never_comes_back_takes_its_labels_along_and_nothing_else() {
    let mut world = World::new(3);
    let (mut whole, mut broken) = (Learner::new(), Learner::new());
    let mut teach = |learners: &mut [&mut Learner], labels: u32| {
        for _ in 0..labels {
            let (code, vector) = world.call();
            let key = world.arms[world.random.usize(..2)].key;
            let label = label(&vector, key, World::truth(code, key));
            learners.iter_mut().for_each(|one| one.learn(label.clone()));
        }
    };
    teach(&mut [&mut whole, &mut broken], 100);
    whole.settle();
    broken.settle();
    teach(&mut [&mut broken], 50);
    drop(broken.begin());
    assert!(broken.is_working() && broken.begin().is_none());
    broken.give_up();
    teach(&mut [&mut whole, &mut broken], 100);
    whole.settle();
    broken.settle();
    assert_eq!(broken.labels().count(), 200);
    for _ in 0..20 {
        let (_, vector) = world.call();
        let [whole, broken] =
            [&whole, &broken].map(|one| one.scorer().score(&ask(&vector, &world.arms)));
        for (whole, broken) in whole.iter().zip(&broken) {
            assert!(
                (whole.mean - broken.mean).abs() < 1e-9,
                "{whole:?} {broken:?}"
            );
        }
    }
}
