use std::{sync::OnceLock, time::Duration};

use proptest::{collection::vec, option, prelude::*, sample::Index};

use super::*;
use crate::{
    catalog::{Catalog, Resolved},
    context::Context,
    fallback::{Backoff, Patience},
    money::Cost,
    query::{Api, Query},
    select::{Call, Selector},
};

const CONTEXTS: [Option<u64>; 4] = [None, Some(10_000), Some(20_000), Some(30_000)];
const PROVIDERS: usize = 3;
const MILLI: Duration = Duration::from_millis(1);

/// A plan that knows a model of each context at each provider.
fn all() -> &'static Plan {
    static ALL: OnceLock<Plan> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut toml = String::new();
        for provider in 0..PROVIDERS {
            toml.push_str(&format!(
                "[[provider]]\nname = \"p{provider}\"\ndialect = \"openai\"\nbase_url = \"http://p{provider}.test/v1\"\n"
            ));
            for (at, context) in CONTEXTS.iter().enumerate() {
                let context = context.map(|tokens| format!("context = {tokens}"));
                toml.push_str(&format!(
                    "[[model]]\nname = \"m{provider}{at}\"\nprovider = \"p{provider}\"\n{}\nprice = {{ input = \"1\", output = \"2\" }}\nquality = {{ general = 0.5 }}\n",
                    context.unwrap_or_default()
                ));
            }
        }
        toml.push_str("[[alias]]\nname = \"auto\"\nmodels = [\"*\"]\nsticky = false\n");
        let catalog = Catalog::from_toml(&toml).unwrap();
        let text = br#"{"model":"auto","messages":[{"role":"user","content":"Hi"}]}"#;
        let query = Query::read(Api::OpenAiChat, text).unwrap();
        let context = Context::new();
        let plan = Selector::new(catalog).plan(&Call::new(&query, &context));
        plan.unwrap()
    })
}

/// A candidate: its provider, its context, its bound, and whether it only stands in.
type One = (usize, usize, Option<u64>, bool);

fn plan(ones: &[One]) -> Plan {
    let snapshot = all().snapshot().unwrap();
    let route = ones.iter().map(|(provider, context, bound, reserve)| {
        let name = format!("m{provider}{context}");
        let Resolved::Model { model, .. } =
            snapshot.resolve(&name, std::time::SystemTime::UNIX_EPOCH)
        else {
            panic!("{name} is a model");
        };
        let mut planned = all().candidates()[0].clone();
        planned.candidate = Candidate::new(Arc::clone(model));
        planned.quote.bound = match bound {
            Some(nanos) => Cost::Bounded(Usd::from_nanos(*nanos).unwrap()),
            None => Cost::Unknown,
        };
        planned.only_if_gone = *reserve;
        planned
    });
    let decision = Arc::clone(all().decision().unwrap());
    Plan::route(route.collect(), None, decision, Arc::clone(snapshot))
}

const CLASSES: [FailureClass; 13] = [
    FailureClass::Caller,
    FailureClass::Limit,
    FailureClass::Unsupported,
    FailureClass::ContextTooLong,
    FailureClass::Filtered,
    FailureClass::Credential,
    FailureClass::Rate,
    FailureClass::Provider,
    FailureClass::Busy,
    FailureClass::ModelGone,
    FailureClass::Malformed,
    FailureClass::Budget,
    FailureClass::Timeout,
];

#[derive(Clone, Debug)]
struct Failing {
    class: FailureClass,
    retry_after: Option<u64>,
    sent: bool,
    /// How long the attempt took.
    took: u64,
}

fn failing() -> impl Strategy<Value = Failing> {
    // Calls that go on are of more interest than those that end at once.
    let class = prop_oneof![
        1 => Just(CLASSES.to_vec()),
        4 => Just(CLASSES[5..].to_vec()),
        4 => Just(CLASSES[6..9].to_vec()),
    ];
    let class = (class, any::<Index>()).prop_map(|(of, at)| *at.get(&of));
    let after = option::weighted(0.3, prop_oneof![0..400_u64, Just(3_600_000)]);
    (class, after, any::<bool>(), 0..200_u64).prop_map(|(class, retry_after, sent, took)| Failing {
        class,
        retry_after,
        // Who is not to be asked is not.
        sent: sent && class != FailureClass::Busy,
        took,
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    (
        option::of(1..12_u32),
        option::of(1..2_000_u64),
        0..600_u64,
        any::<bool>(),
    )
        .prop_map(|(attempts, total, longest, past_filters)| Rule {
            attempts,
            first_content_timeout: Patience::endless(),
            total_timeout: total.map(Duration::from_millis),
            hedge_after: Patience::endless(),
            longest_wait: Duration::from_millis(longest),
            backoff: Backoff::new(20 * MILLI, 100 * MILLI).jitter(0.0),
            past_filters,
            monitor: None,
            resume: false,
        })
}

/// What is known of a candidate, by what the module's page says.
#[derive(Clone, Debug, Default)]
struct Known {
    asked: bool,
    barred: bool,
    gone: bool,
    failures: u32,
    rests_until: Option<Instant>,
    /// It rests since it was busy, and not since it has failed.
    busy: bool,
    /// Whether it has seen the call.
    sent: bool,
}

fn begun(rule: Rule, plan: Option<Plan>, start: Instant) -> (Walk, Turn) {
    let until = rule.total_timeout.map(|most| start + most);
    let first = Turn::first(plan.as_ref());
    let walk = Walk::new(Arc::new(rule), plan, until, false, &first);
    (walk, first)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_walk_keeps_to_its_rules(
        ones in vec((0..PROVIDERS, 0..CONTEXTS.len(), option::weighted(0.8, 1..4_u64), prop::bool::weighted(0.2)), 1..7),
        failures in vec(failing(), 40),
        rule in rule(),
    ) {
        let mut ones = ones;
        ones[0].3 = false;
        let start = Instant::now();
        let mut now = start;
        let deadline = rule.total_timeout.map(|most| start + most);
        let limit = rule.attempts.unwrap_or((ones.len() as u32).clamp(3, 8));
        let (longest, past_filters) = (rule.longest_wait, rule.past_filters);
        let (mut walk, mut turn) = begun(rule, Some(plan(&ones)), start);
        let mut known = vec![Known::default(); ones.len()];
        let (mut counted, mut free, mut steps) = (0, 0, 0);
        for failure in failures {
            // Whose turn it is.
            steps += 1;
            let at = turn.place;
            prop_assert_eq!(turn.number, steps, "attempts are numbered without gaps");
            let told = turn.attempt.as_ref().unwrap();
            prop_assert_eq!((told.number(), told.place()), (steps, at));
            prop_assert_eq!(turn.provider(), format!("p{}", ones[at].0));
            let name = format!("m{}{}", ones[at].0, ones[at].1);
            prop_assert_eq!(turn.candidate().unwrap().model().name(), name);
            prop_assert!(!known[at].barred, "a barred one was asked");
            prop_assert!(!ones[at].3 || known[at - 1].gone, "a reserve was asked for nobody");
            let rests = known[at].rests_until.is_some_and(|until| now < until);
            prop_assert!(!rests || known[at].busy, "asked at rest");
            prop_assert_eq!(turn.insists(), known[at].rests_until.is_some(), "insists where nobody is left");
            prop_assert!(deadline.is_none_or(|deadline| now < deadline) || steps == 1);
            prop_assert!(counted < limit, "one too many");
            known[at].asked = true;

            // It fails.
            now += Duration::from_millis(failure.took);
            let class = failure.class;
            let after = failure.retry_after.map(Duration::from_millis);
            let told = Failure::new(class, "p").with_retry_after(after);
            let told = if failure.sent { told } else { told.unsent() };
            let unsent = !failure.sent && matches!(class, FailureClass::Budget | FailureClass::Limit | FailureClass::Credential | FailureClass::Unsupported | FailureClass::Busy);
            let unseen = !failure.sent && class == FailureClass::Provider && free < ones.len();
            free += usize::from(unseen);
            counted += u32::from(!unsent && !unseen);
            known[at].sent |= failure.sent;
            walk.failed(&turn, told, None, now);
            let step = walk.next(now);

            // What follows from that, by the table.
            let same = |place: usize| (ones[place].0, ones[place].1) == (ones[at].0, ones[at].1);
            match class {
                FailureClass::Rate | FailureClass::Provider | FailureClass::Malformed | FailureClass::Timeout => {
                    known[at].failures += 1;
                    let pause = (20 * MILLI * 2_u32.pow(known[at].failures.min(10) - 1)).min(100 * MILLI);
                    known[at].rests_until = Some(now + pause.max(after.unwrap_or_default()));
                    known[at].busy = false;
                }
                FailureClass::Busy if !turn.insists() => {
                    known[at].rests_until = Some(now + after.unwrap_or_default());
                    known[at].busy = true;
                }
                FailureClass::Credential => (0..ones.len())
                    .filter(|place| ones[*place].0 == ones[at].0)
                    .for_each(|place| known[place].barred = true),
                FailureClass::ContextTooLong => (0..ones.len())
                    .filter(|place| match (CONTEXTS[ones[at].1], CONTEXTS[ones[*place].1]) {
                        (Some(failed), Some(other)) => other <= failed,
                        _ => same(*place),
                    })
                    .for_each(|place| known[place].barred = true),
                FailureClass::Budget => (0..ones.len())
                    .filter(|place| ones[at].2.is_none() || ones[*place].2.is_none() || ones[*place].2 >= ones[at].2)
                    .for_each(|place| known[place].barred = true),
                FailureClass::ModelGone => {
                    known[at].gone = true;
                    known[at].barred = true;
                }
                _ => known[at].barred = true,
            }
            let may = |place: usize| {
                !known[place].barred && (!ones[place].3 || known[place - 1].gone)
            };
            let fresh = (0..ones.len()).find(|place| may(*place) && !known[*place].asked);
            let rested = |busy_only: bool| (0..ones.len())
                .filter(|place| may(*place) && (known[*place].busy || !busy_only))
                .filter_map(|place| known[place].rests_until)
                .min()
                .map(|at| at.max(now));
            let in_time = |at: &Instant| *at - now <= longest && deadline.is_none_or(|deadline| *at < deadline);
            let stops = matches!(class, FailureClass::Caller | FailureClass::Limit) || class == FailureClass::Filtered && !past_filters;
            // Nobody is left out for being busy.
            let unasked = known.iter().enumerate().filter(|(place, one)| may(*place) && one.busy && !one.sent).count();
            // An attempt is kept for each of those.
            let spare = (limit.saturating_sub(counted) as usize) > unasked;
            let at_best = fresh.map(|_| now).or(rested(false).filter(in_time).filter(|_| spare)).or(rested(true).map(|_| now));
            let goes = !stops
                && counted < limit
                && at_best.is_some_and(|at| deadline.is_none_or(|deadline| at < deadline));
            match step {
                Step::Stop => {
                    prop_assert!(!goes, "somebody was left to be asked: {:?}", known);
                    prop_assert_eq!(walk.take_tries().len() as u32, steps);
                    return Ok(());
                }
                Step::Go(wait) => {
                    prop_assert!(goes, "nobody was left to be asked: {:?}", known);
                    prop_assert_eq!(now + wait, at_best.unwrap());
                    let ahead = walk.ahead().cloned();
                    now += wait;
                    turn = walk.go();
                    prop_assert_eq!(turn.candidate(), ahead.as_ref());
                    if let Some(fresh) = fresh {
                        prop_assert_eq!(turn.place, fresh, "in the plan's order");
                    }
                }
            }
        }
        // At most so many that count, as many again that nobody saw, and each other bars its candidate for good, at the
        // latest when it is asked again.
        prop_assert!(false, "40 attempts and no end");
    }

    /// Without a plan the same is tried again, and that is all.
    #[test]
    fn a_walk_without_a_plan_ends(failures in vec(failing(), 40), rule in rule()) {
        let mut now = Instant::now();
        let limit = rule.attempts.unwrap_or(3);
        let (mut walk, mut turn) = begun(rule, None, now);
        for (steps, failure) in (1_u32..).zip(failures) {
            prop_assert!(turn.attempt.is_none() && turn.candidate().is_none());
            now += Duration::from_millis(failure.took);
            walk.failed(&turn, Failure::new(failure.class, "p"), None, now);
            match walk.next(now) {
                Step::Stop => return Ok(()),
                Step::Go(wait) => now += wait,
            }
            turn = walk.go();
            let again = matches!(
                failure.class,
                FailureClass::Rate | FailureClass::Provider | FailureClass::Malformed | FailureClass::Timeout | FailureClass::Busy
            );
            prop_assert!(again && steps < limit);
        }
        prop_assert!(false, "no end");
    }
}

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
        backoff: Backoff::new(100 * MILLI, 100 * MILLI).jitter(0.0),
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
