mod cases;

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
