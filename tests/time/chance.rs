use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use tower_genai::{
    budget::{Budget, Share, Window},
    catalog::{Candidate, Catalog},
    context::{Context, DataLabel, Tenant},
    health::{Ailment, Health, Speed},
    observe::{Decision, Reason},
    query::{Api, Classification, Query, Task, Wish},
    select::{Call, LabelRule, Pool, Question, Selector},
};

use crate::rig::{App, CATALOG, Models, asked, first, manner, measure, stack};

/// All but `new` are known.
struct Watch;

impl Health for Watch {
    fn ailment(&self, _: &Candidate, _: Option<&Tenant>) -> Option<Ailment> {
        None
    }

    fn speed(&self, candidate: &Candidate, _: f64) -> Option<Speed> {
        let mut speed = Speed::default();
        speed.first_content = Some(Duration::from_millis(match candidate.model().name() {
            "dear" => 100,
            "cheap" => 900,
            _ => return None,
        }));
        Some(speed)
    }
}

fn selector(seed: u64) -> Selector {
    let catalog = Catalog::from_toml(CATALOG).unwrap();
    Selector::new(catalog).health(Watch).seed(seed)
}

fn query(model: &str, messages: &[(&str, &str)]) -> Query {
    let messages: Vec<_> = messages
        .iter()
        .map(|(role, content)| json!({"role": role, "content": content}))
        .collect();
    let body = json!({"model": model, "messages": messages, "stream": true, "max_tokens": 100});
    let query = Query::read(Api::OpenAiChat, body.to_string().as_bytes()).unwrap();
    query.classified(Classification::new(Task::GENERAL))
}

/// The second turn of a conversation that begins with `Hi`.
fn goes_on() -> Query {
    query(
        "curious",
        &[("user", "Hi"), ("assistant", "Hello"), ("user", "So?")],
    )
}

fn decide(selector: &Selector, call: &Call<'_>) -> Arc<Decision> {
    let plan = selector.plan(call).unwrap();
    Arc::clone(plan.decision().unwrap())
}

/// How many of a thousand calls went to who is not known.
fn tried(selector: &Selector, call: &Call<'_>) -> usize {
    let decisions = (0..1_000).map(|_| decide(selector, call));
    let tried = decisions.filter(|decision| first(decision) == "new");
    tried.count()
}

#[test]
fn a_share_of_calls_tries_who_is_not_known_and_the_decision_says_how_probable_that_was() {
    let (query, context) = (query("curious", &[("user", "Hi")]), Context::new());
    let call = Call::new(&query, &context);
    let selector = selector(1);
    let mut tried = 0;
    for _ in 0..4_000 {
        let decision = decide(&selector, &call);
        let expected = match &*first(&decision) {
            "new" => (0.1, "by chance, to learn how fast it is"),
            "dear" => (0.9, "fastest that qualifies"),
            other => panic!("{other}"),
        };
        tried += usize::from(first(&decision) == "new");
        assert!((decision.probability - expected.0).abs() < 1e-9);
        // Of `dear`, `cheap` and `new`.
        let chances = decision
            .candidates
            .iter()
            .map(|one| one.probability.unwrap());
        let off = chances
            .zip([0.9, 0.0, 0.1])
            .map(|(is, expected)| (is - expected).abs());
        assert!(off.sum::<f64>() < 1e-9, "{:?}", decision.candidates);
        assert_eq!(decision.reason, Reason::Policy(expected.1.into()));
    }
    assert!((320..480).contains(&tried), "{tried}");
}

#[test]
fn the_same_seed_tries_the_same() {
    let (query, context) = (query("curious", &[("user", "Hi")]), Context::new());
    let call = Call::new(&query, &context);
    let firsts = |seed| {
        let selector = selector(seed);
        let firsts = (0..200).map(|_| first(&decide(&selector, &call)));
        firsts.collect::<Vec<_>>()
    };
    assert_eq!(firsts(3), firsts(3));
    assert_ne!(firsts(3), firsts(4));
}

#[test]
fn nothing_that_must_not_be_is_left_to_chance() {
    let hello = query("curious", &[("user", "Hi")]);
    let context = Context::new();
    let call = Call::new(&hello, &context);
    assert!(tried(&selector(1), &call) > 50);

    let label = DataLabel::new("personal").unwrap();
    let labelled = Context::new().with_label(label.clone());
    assert_eq!(tried(&selector(1), &Call::new(&hello, &labelled)), 0);
    let detects = LabelRule::new(label, ["cloud"]).detect(true);
    let detects = selector(1).labels([detects]);
    let personal = hello
        .clone()
        .classified(Classification::new(Task::PERSONAL));
    assert_eq!(tried(&detects, &Call::new(&personal, &context)), 0);
    assert!(tried(&detects, &call) > 50);

    for wish in [
        Wish::new().with_models(["dear", "cheap", "new"]),
        Wish::new().with_exploration(false),
    ] {
        assert_eq!(tried(&selector(1), &call.wish(Some(&wish))), 0, "{wish:?}");
    }
    let wish = Wish::new().with_exploration(true);
    assert!(tried(&selector(1), &call.wish(Some(&wish))) > 50);

    let never = query("quick", &[("user", "Hi")]);
    assert_eq!(tried(&selector(1), &Call::new(&never, &context)), 0);
    let named = query("cheap", &[("user", "Hi")]);
    let named = decide(&selector(1), &Call::new(&named, &context));
    assert_eq!((first(&named).as_str(), named.probability), ("cheap", 1.0));
}

#[test]
fn a_conversation_that_has_begun_stays_where_it_is() {
    let context = Context::new();
    let begins = query("curious", &[("user", "Hi")]);
    let selector = selector(1);
    let begun = decide(&selector, &Call::new(&begins, &context));
    for _ in 0..500 {
        let decision = decide(&selector, &Call::new(&goes_on(), &context));
        assert_eq!(first(&decision), first(&begun));
        assert_eq!(
            (&decision.reason, decision.probability),
            (&Reason::Sticky, 1.0)
        );
    }
}

#[test]
fn nobody_is_tried_who_could_take_more_than_a_call_s_share_of_a_budget() {
    let query = query("curious", &[("user", "Hi")]);
    // 100 tokens of output at 4 USD for a million, and some of input: less than a tenth of a cent.
    for (limit, may) in [("1", true), ("0.005", false)] {
        let budget = Budget::new("b")
            .limit(limit.parse().unwrap(), Window::Total)
            .max_share(Share::new(1, 10).unwrap());
        let context = Context::new().with_scope(budget.scope());
        let tried = tried(&selector(1), &Call::new(&query, &context));
        assert_eq!(tried > 50, may, "{limit}: {tried}");
    }
}

/// What a policy of one's own is told.
#[test]
fn a_policy_may_explore_only_where_all_others_may() {
    type Seen = Vec<(bool, f64)>;
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let policy = {
        let seen = Arc::clone(&seen);
        move |question: &Question<'_>, _: &mut Pool<'_>| {
            let seen = &mut *seen.lock().unwrap();
            seen.push((question.explore, question.draw));
        }
    };
    let selector = selector(1).policy(policy);
    let query = query("curious", &[("user", "Hi")]);
    let free = Context::new();
    let labelled = Context::new().with_label(DataLabel::new("secret").unwrap());
    for context in [&free, &labelled, &free] {
        decide(&selector, &Call::new(&query, context));
    }
    decide(&selector, &Call::new(&goes_on(), &free));
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen.iter().map(|seen| seen.0).collect::<Vec<_>>(),
        [true, false, true, false]
    );
    assert_eq!(seen[1].1, 1.0);
    assert!(seen[0].1 < 1.0 && seen[2].1 < 1.0 && seen[0].1 != seen[2].1);
}

#[tokio::test(start_paused = true)]
async fn who_is_tried_becomes_known_and_is_asked_when_it_is_the_fastest() {
    let models = Models::default();
    models.set("dear", manner(300, 10, 20));
    models.set("cheap", manner(900, 10, 20));
    models.set("new", manner(50, 10, 20));
    let app: App = stack(&models).boxed();
    measure(&app, &["dear", "cheap"], true).await;
    models.asked();
    let mut last = String::new();
    for _ in 0..600 {
        last = first(&*asked("curious").streamed().of(&app).await);
    }
    let asked = models.asked();
    let began = asked.iter().position(|model| model == "new").unwrap();
    assert!(asked[..200].iter().filter(|model| *model == "dear").count() > 150);
    assert!(began < 100, "{began}");
    assert_eq!(last, "new");
    // All are known now: nobody is tried any more.
    assert!(asked[500..].iter().all(|model| model == "new"));
}
