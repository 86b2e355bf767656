use super::world::{found, score, settled, yes};
use crate::profile::drift::{Drifts, Finding, What};

#[test]
fn a_fall_of_ten_points_is_found_in_time_and_nothing_before() {
    let (mut in_time, mut false_alarms) = (0, 0);
    for seed in 0..40 {
        let random = &mut fastrand::Rng::with_seed(seed);
        let mut drifts = Drifts::default();
        let told = (0..2_000).any(|_| !score(&mut drifts, random, 0.9).is_empty());
        false_alarms += usize::from(told);
        in_time += usize::from(found(&mut drifts, random, 0.8, 400).is_some());
    }
    // 96 % over many seeds; a false alarm is one in 100 000 outcomes, of 80 000.
    assert!(in_time >= 36, "{in_time} of 40");
    assert!(false_alarms <= 3, "{false_alarms}");
}

#[test]
fn what_is_told_says_from_where_to_where_and_since_when() {
    let random = &mut fastrand::Rng::with_seed(3);
    let mut drifts = settled(random, 0.9, 1_000);
    let told = (0..400).find_map(|_| score(&mut drifts, random, 0.5).pop());
    let told = told.expect("a fall of 40 points is found");
    assert_eq!((told.arm, told.task, told.what), (1, None, What::Quality));
    assert!(told.worse && !told.recovered, "{told:?}");
    assert!((told.before - 0.9).abs() < 0.04, "{told:?}");
    assert!(told.after < 0.75, "{told:?}");
    assert!(told.since < 80, "{told:?}");
}

#[test]
fn predictions_follow_a_fall_until_the_learner_does() {
    let random = &mut fastrand::Rng::with_seed(4);
    let mut drifts = settled(random, 0.9, 1_500);
    assert_eq!(drifts.offset(1, 1), 0.0);
    // A learner that goes on predicting 0.9 with what is added.
    let mut play = |drifts: &mut Drifts, learned: f64, calls: usize| {
        for _ in 0..calls {
            let predicted = learned + drifts.offset(1, 1);
            drifts.scored(1, 1, (predicted, yes(random, 0.6), 1.0));
        }
        drifts.offset(1, 1)
    };
    let offset = play(&mut drifts, 0.9, 300);
    assert!((-0.45..-0.15).contains(&offset), "{offset}");
    // Once the learner knows, nothing is to be added.
    let offset = play(&mut drifts, 0.6, 800);
    assert!(offset.abs() < 0.12, "{offset}");
}

#[test]
fn what_comes_back_is_told_and_no_longer_held_against_it() {
    let random = &mut fastrand::Rng::with_seed(5);
    let mut drifts = settled(random, 0.9, 1_500);
    assert!(found(&mut drifts, random, 0.6, 300).is_some());
    for _ in 0..100 {
        score(&mut drifts, random, 0.6);
    }
    let back = (0..400).find_map(|_| score(&mut drifts, random, 0.9).pop());
    let back = back.expect("that it is well again is found");
    assert!(back.recovered && !back.worse, "{back:?}");
    assert_eq!(drifts.offset(1, 1), 0.0);
}

#[test]
fn what_stays_is_usual_after_a_while_and_falls_again() {
    let random = &mut fastrand::Rng::with_seed(6);
    let mut drifts = settled(random, 0.9, 1_500);
    assert!(found(&mut drifts, random, 0.7, 400).is_some());
    let mut later: Vec<Finding> = Vec::new();
    for _ in 0..1_500 {
        later.extend(score(&mut drifts, random, 0.7));
    }
    assert!(later.is_empty(), "{later:?}");
    assert!(found(&mut drifts, random, 0.5, 400).is_some());
}

#[test]
fn a_rise_is_good_news() {
    let random = &mut fastrand::Rng::with_seed(7);
    let mut drifts = settled(random, 0.6, 2_000);
    let told = (0..600).find_map(|_| score(&mut drifts, random, 0.8).pop());
    let told = told.expect("a rise of 20 points is found");
    assert!(!told.worse && !told.recovered, "{told:?}");
}

#[test]
fn a_fall_on_one_task_is_told_of_that_task() {
    let random = &mut fastrand::Rng::with_seed(8);
    let mut drifts = Drifts::default();
    let means = [0.9, 0.6, 0.8];
    let play = |drifts: &mut Drifts, random: &mut fastrand::Rng, means: [f64; 3]| {
        let task = random.usize(..3);
        let p = means[task];
        drifts.scored(1, task as u32, (p, yes(random, p), 1.0))
    };
    let mut before: Vec<Finding> = Vec::new();
    for _ in 0..4_000 {
        before.extend(play(&mut drifts, random, means));
    }
    assert!(before.is_empty(), "{before:?}");
    let fallen = [0.9, 0.2, 0.8];
    let mut told = Vec::new();
    for _ in 0..600 {
        told.extend(play(&mut drifts, random, fallen));
    }
    assert!(
        told.iter().any(|one| one.task == Some(1) && one.worse),
        "{told:?}"
    );
    assert!(
        told.iter().all(|one| one.task.is_none_or(|task| task == 1)),
        "{told:?}"
    );
    assert!(drifts.offset(1, 0) > drifts.offset(1, 1));
}

#[test]
fn another_mix_of_tasks_is_no_drift() {
    let random = &mut fastrand::Rng::with_seed(9);
    let mut drifts = Drifts::default();
    let mut told = Vec::new();
    for at in 0..6_000 {
        let hard = if at < 3_000 { 0.2 } else { 0.8 };
        let task = yes(random, hard);
        let p = 0.4f64.mul_add(-task, 0.9);
        let task = u32::from(task > 0.5);
        told.extend(drifts.scored(1, task, (p, yes(random, p), 1.0)));
    }
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn numbers_that_are_none_and_crowds_break_nothing() {
    let mut drifts = Drifts::default();
    for arm in 0..1_000 {
        for task in 0..4 {
            drifts.scored(arm, task, (f64::NAN, 0.5, 1.0));
            drifts.scored(arm, task, (0.5, 1.0, 0.0));
        }
    }
    assert!(drifts.cells() <= 128, "{}", drifts.cells());
    for _ in 0..2_000 {
        drifts.scored(0, 0, (f64::INFINITY, 1.0, 1.0));
        assert!(drifts.offset(0, 0).is_finite());
    }
}
