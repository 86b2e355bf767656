use super::*;

fn failing_with(class: FailureClass) -> Failure {
    Failure::new(class, "p")
}

fn walking(rule: Rule, ones: usize) -> (Walk, Turn, Instant) {
    let ones: Vec<One> = (0..ones)
        .map(|at| (at % PROVIDERS, 3, Some(1), false))
        .collect();
    let now = Instant::now();
    let (walk, turn) = begun(rule, Some(plan(&ones)), now);
    (walk, turn, now)
}

/// Where a candidate is next, and the number of the attempt there.
fn goes(walk: &mut Walk, now: Instant) -> Option<Turn> {
    match walk.next(now) {
        Step::Go(_) => Some(walk.go()),
        Step::Stop => None,
    }
}

#[test]
fn another_deployment_comes_before_the_next_candidate() {
    for class in CLASSES {
        let (mut walk, first, now) = walking(Rule::default(), 2);
        let told = failing_with(class).with_elsewhere(true);
        let told = match class {
            FailureClass::Busy => told.unsent(),
            _ => told,
        };
        walk.failed(&first, told, None, now);
        let next = goes(&mut walk, now).map(|turn| turn.place);
        let expected = match class {
            FailureClass::Provider
            | FailureClass::Timeout
            | FailureClass::Rate
            | FailureClass::Credential
            | FailureClass::Busy
            | FailureClass::Malformed => Some(0),
            FailureClass::Caller | FailureClass::Limit | FailureClass::Filtered => None,
            // Both have the same context, and cost as much.
            FailureClass::ContextTooLong | FailureClass::Budget => None,
            _ => Some(1),
        };
        assert_eq!(next, expected, "{class}");
    }
}

/// Each of a candidate's deployments may be asked, where nobody has said how many attempts there are.
#[test]
fn deployments_do_not_use_up_what_candidates_need() {
    for (attempts, places) in [(None, vec![0, 0, 0, 0, 1, 2, 3]), (Some(3), vec![0, 0])] {
        let rule = Rule {
            attempts,
            ..Rule::default()
        };
        let (mut walk, mut turn, now) = walking(rule, 4);
        let mut asked = Vec::new();
        for elsewhere in [true, true, true, true, false, false, false, false] {
            let told = failing_with(FailureClass::Provider).with_elsewhere(elsewhere);
            walk.failed(&turn, told, None, now);
            match goes(&mut walk, now) {
                Some(next) => turn = next,
                None => break,
            }
            asked.push(turn.place);
        }
        assert_eq!(asked, places, "{attempts:?}");
    }
}

/// Who says that it is not to be asked again is not, wherever else it stands.
#[test]
fn no_deployment_is_asked_of_one_that_wants_no_more() {
    let (mut walk, first, now) = walking(Rule::default(), 1);
    let told = failing_with(FailureClass::Provider).with_elsewhere(true);
    walk.failed(&first, told.with_again(false), None, now);
    assert_eq!(walk.next(now), Step::Stop);
}

/// What nobody has seen is tried again for free, as often as there are candidates and no more.
#[test]
fn what_was_not_seen_does_not_count() {
    let rule = Rule {
        attempts: Some(2),
        backoff: Backoff::new(Duration::ZERO, Duration::ZERO),
        ..Rule::default()
    };
    let (mut walk, mut turn, mut now) = walking(rule, 3);
    let mut places = vec![turn.place];
    loop {
        now += MILLI;
        walk.failed(
            &turn,
            failing_with(FailureClass::Provider).unsent(),
            None,
            now,
        );
        match goes(&mut walk, now) {
            Some(next) => turn = next,
            None => break,
        }
        places.push(turn.place);
    }
    assert_eq!(places, [0, 1, 2, 0, 1], "three for free, and two");
}

#[test]
fn who_turns_a_call_away_unseen_is_asked_once_more_at_once() {
    let rule = Rule {
        backoff: Backoff::new(MILLI, MILLI).jitter(0.0),
        ..Rule::default()
    };
    let (mut walk, mut turn, now) = walking(rule, 2);
    let mut places = vec![turn.place];
    for _ in 0..4 {
        let attempt = turn.attempt.as_ref().unwrap();
        attempt.was_unseen(crate::dispatch::Unseen::TurnedAway);
        walk.failed(
            &turn,
            failing_with(FailureClass::Provider).unsent(),
            None,
            now,
        );
        assert_eq!(walk.next(now) == Step::Go(Duration::ZERO), places.len() < 4);
        turn = walk.go();
        places.push(turn.place);
    }
    assert_eq!(places, [0, 0, 1, 1, 0]);
}

/// Whoever is left is asked, however ill it is said to be; but not where the call's time is up.
#[test]
fn the_last_is_not_left_out_for_being_busy() {
    for (after, wait) in [
        (None, 0),
        (Some(3), 3),
        (Some(10), 10),
        (Some(11), 0),
        (Some(u64::MAX), 0),
    ] {
        let (mut walk, first, now) = walking(Rule::default(), 1);
        let busy = || {
            let after = after.map(Duration::from_secs);
            failing_with(FailureClass::Busy)
                .unsent()
                .with_retry_after(after)
        };
        walk.failed(&first, busy(), None, now);
        assert_eq!(
            walk.next(now),
            Step::Go(Duration::from_secs(wait)),
            "{after:?}"
        );
        let turn = walk.go();
        assert!(turn.insists() && turn.number == 2);
        walk.failed(&turn, busy(), None, now);
        assert_eq!(
            walk.next(now),
            Step::Stop,
            "it was asked for with all there is"
        );
    }
    let rule = Rule {
        total_timeout: Some(Duration::from_secs(2)),
        ..Rule::default()
    };
    let (mut walk, first, now) = walking(rule, 1);
    let busy = failing_with(FailureClass::Busy).unsent();
    walk.failed(
        &first,
        busy.with_retry_after(Some(Duration::from_secs(3))),
        None,
        now,
    );
    assert_eq!(walk.next(now + 2_000 * MILLI), Step::Stop);
    assert_eq!(walk.next(now + 1_999 * MILLI), Step::Go(Duration::ZERO));
}

/// The one who is due soonest comes first, whether it rests or is busy.
#[test]
fn who_is_due_soonest_is_next() {
    let rule = || Rule {
        backoff: Backoff::new(100 * MILLI, 100 * MILLI).jitter(0.0),
        ..Rule::default()
    };
    for (busy, wait, place) in [(50, 50, 1), (150, 100, 0)] {
        let (mut walk, first, now) = walking(rule(), 2);
        walk.failed(&first, failing_with(FailureClass::Provider), None, now);
        let second = goes(&mut walk, now).unwrap();
        assert!(!second.insists());
        let told = failing_with(FailureClass::Busy).unsent();
        walk.failed(
            &second,
            told.with_retry_after(Some(busy * MILLI)),
            None,
            now,
        );
        assert_eq!(walk.next(now), Step::Go(wait * MILLI));
        let turn = walk.go();
        assert_eq!((turn.place, turn.insists()), (place, true));
    }
}

/// What is known of those who are busy may be long past: they are asked before all attempts go to who has failed.
#[test]
fn nobody_is_left_unasked_for_being_busy_where_others_fail() {
    let rule = Rule {
        attempts: Some(4),
        backoff: Backoff::new(100 * MILLI, 100 * MILLI).jitter(0.0),
        ..Rule::default()
    };
    let (mut walk, first, now) = walking(rule, 3);
    walk.failed(&first, failing_with(FailureClass::Provider), None, now);
    for _ in 0..2 {
        let turn = goes(&mut walk, now).unwrap();
        let busy = failing_with(FailureClass::Busy).unsent();
        let busy = busy.with_retry_after(Some(3_600_000 * MILLI));
        walk.failed(&turn, busy, None, now);
    }
    // There is an attempt to spare for who is due sooner.
    assert_eq!(walk.next(now), Step::Go(100 * MILLI));
    let mut asked = Vec::new();
    let mut turn = Some(walk.go());
    while let Some(this) = turn {
        asked.push((this.place, this.insists()));
        walk.failed(&this, failing_with(FailureClass::Provider), None, now);
        turn = goes(&mut walk, now);
    }
    assert_eq!(asked, [(0, true), (1, true), (2, true)]);
}

/// Who goes on with an answer has one chance: it is not left to who has just broken it off, while others were not asked.
#[test]
fn an_answer_that_has_begun_is_not_gone_on_with_by_who_broke_it_off() {
    let rule = Rule {
        attempts: Some(100),
        ..Rule::default()
    };
    let (mut walk, first, now) = walking(rule, 2);
    walk.failed(&first, failing_with(FailureClass::Provider), None, now);
    let second = goes(&mut walk, now).unwrap();
    let busy = failing_with(FailureClass::Busy).unsent();
    let busy = busy.with_retry_after(Some(3_600_000 * MILLI));
    walk.failed(&second, busy, None, now);
    walk.keep(|_| true);
    assert_eq!(walk.next(now), Step::Go(Duration::ZERO));
    let turn = walk.go();
    assert_eq!((turn.place, turn.insists()), (1, true));
}

#[test]
fn at_most_two_are_asked_at_a_time_and_no_more_than_may_be() {
    let rule = |attempts| Rule {
        attempts,
        ..Rule::default()
    };
    let (mut walk, first, now) = walking(rule(None), 2);
    let hedge = walk.hedge(&first, &[], now).unwrap();
    assert_eq!((hedge.place, hedge.number), (1, 2));
    // Neither is asked again where both fail.
    walk.failed(&hedge, failing_with(FailureClass::Provider), None, now);
    walk.failed(&first, failing_with(FailureClass::Provider), None, now);
    assert!(matches!(walk.next(now), Step::Go(wait) if !wait.is_zero()));
    assert_eq!(walk.go().number, 3);

    // Nobody else is there: the same once more.
    let (mut walk, first, now) = walking(rule(None), 1);
    assert_eq!(walk.hedge(&first, &[], now).unwrap().place, 0);
    // Two attempts are two; one is one.
    let (mut walk, first, now) = walking(rule(Some(2)), 3);
    let hedge = walk.hedge(&first, &[], now).unwrap();
    walk.failed(&hedge, failing_with(FailureClass::Provider), None, now);
    assert!(
        walk.hedge(&first, &[], now).is_none(),
        "one has failed, one runs"
    );
    let (mut walk, first, now) = walking(rule(Some(1)), 3);
    assert!(walk.hedge(&first, &[], now).is_none());
    // As if it had never been.
    let (mut walk, first, now) = walking(rule(Some(2)), 3);
    let hedge = walk.hedge(&first, &[], now).unwrap();
    walk.withdrawn(&hedge);
    walk.failed(&first, failing_with(FailureClass::Provider), None, now);
    let next = goes(&mut walk, now).unwrap();
    assert_eq!((next.place, next.number), (1, 2));
}

/// What lost is told, and bars nobody.
#[test]
fn what_lost_a_race_is_told_and_has_not_failed() {
    let (mut walk, first, now) = walking(Rule::default(), 2);
    let hedge = walk.hedge(&first, &[], now).unwrap();
    walk.lost(&first, None);
    let tries = walk.take_tries();
    assert!(tries.len() == 1 && tries[0].lost);
    assert_eq!(tries[0].candidate.as_ref(), first.candidate());
    drop(hedge);
}
