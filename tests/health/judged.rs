//! What Select makes of what health says, whoever says it.

use std::time::Duration;

use tower_genai::{
    catalog::{Candidate, Catalog},
    context::{Context, Tenant},
    health::{Ailment, Health, Speed},
    observe::{Dropped, Reason},
    query::{Api, Query, RefusalKind},
    select::{Call, Selector},
};

use crate::fleet::CATALOG;

/// What ails each model.
struct Doctor(Vec<(&'static str, Ailment)>);

impl Health for Doctor {
    fn ailment(&self, candidate: &Candidate, _: Option<&Tenant>) -> Option<Ailment> {
        let mut known = self.0.iter();
        let found = known.find(|(name, _)| *name == candidate.model().name());
        found.map(|(_, ailment)| ailment.clone())
    }
}

/// How long each model takes to begin.
struct Watch(Vec<(&'static str, u64)>);

impl Health for Watch {
    fn ailment(&self, _: &Candidate, _: Option<&Tenant>) -> Option<Ailment> {
        None
    }

    fn speed(&self, candidate: &Candidate, _: f64) -> Option<Speed> {
        let mut known = self.0.iter();
        let found = known.find(|(name, _)| *name == candidate.model().name());
        found.map(|(_, millis)| {
            let mut speed = Speed::default();
            speed.first_content = Some(Duration::from_millis(*millis));
            speed
        })
    }
}

fn selector() -> Selector {
    Selector::new(Catalog::from_toml(CATALOG).unwrap())
}

fn query(model: &str) -> Query {
    let body = format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"Hi"}}]}}"#);
    Query::read(Api::OpenAiChat, body.as_bytes()).unwrap()
}

fn route(selector: &Selector, model: &str) -> (Vec<String>, Reason) {
    let plan = selector
        .plan(&Call::new(&query(model), &Context::new()))
        .unwrap();
    let route = plan
        .candidates()
        .iter()
        .filter(|planned| !planned.only_if_gone);
    let route = route.map(|planned| planned.candidate.to_string()).collect();
    (route, plan.decision().unwrap().reason.clone())
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

fn passing(seconds: u64) -> Ailment {
    Ailment::passing("it rests", Duration::from_secs(seconds))
}

fn gone() -> Ailment {
    Ailment::gone("nobody has it", Duration::from_secs(3_600))
}

#[test]
fn of_those_that_are_ill_the_one_that_recovers_soonest_comes_first_and_the_dead_stay_out() {
    let doctor = Doctor(vec![
        ("old", Ailment::lasting("off")),
        ("a", passing(9)),
        ("b", passing(4)),
    ]);
    let (route, reason) = route(&selector().health(doctor), "all");
    assert_eq!(
        (route, reason),
        (vec!["b".into(), "a".into()], Reason::LastResort)
    );
}

#[test]
fn who_is_well_stands_before_all_who_are_ill_and_the_dead_stay_out() {
    let doctor = Doctor(vec![("old", passing(9)), ("a", passing(4))]);
    let (found, reason) = route(&selector().health(doctor), "all");
    assert_eq!((found, reason), (names(["b", "a", "old"]), Reason::OnlyOne));
    let doctor = Doctor(vec![("old", Ailment::lasting("off")), ("a", gone())]);
    let (found, _) = route(&selector().health(doctor), "all");
    assert_eq!(found, names(["b", "a"]));
}

/// What does not qualify when it is well does not when it is ill, either.
#[test]
fn who_is_ill_has_to_qualify_beside_who_is_well() {
    let catalog = r#"
        provider = [{ name = "p", dialect = "openai", base_url = "http://p.test/v1" }]
        model = [
            { name = "best", provider = "p", free = true, quality = { general = 0.9 } },
            { name = "good", provider = "p", free = true, quality = { general = 0.88 } },
            { name = "poor", provider = "p", free = true, quality = { general = 0.2 } },
        ]
        alias = [{ name = "all", models = ["*"], quality = 0.95 }]
    "#;
    let selector = |ill| {
        let selector = Selector::new(Catalog::from_toml(catalog).unwrap());
        selector.health(Doctor(ill))
    };
    let (found, _) = route(
        &selector(vec![("good", passing(1)), ("poor", passing(1))]),
        "all",
    );
    assert_eq!(found, names(["best", "good"]));
    // Where the best is ill, others are measured by who is well, and it comes behind them.
    let (found, _) = route(&selector(vec![("best", passing(1))]), "all");
    assert_eq!(found, names(["good", "best"]));
    let (found, _) = route(
        &selector(vec![("best", passing(1)), ("good", passing(2))]),
        "all",
    );
    assert_eq!(found, names(["poor", "best", "good"]));
}

#[test]
fn what_lasts_outweighs_what_passes() {
    let both = selector()
        .health(Doctor(vec![("a", passing(1))]))
        .health(|_: &Candidate| Some("switched off by hand".into()));
    let (query, context) = (query("a"), Context::new());
    let unplanned = both.plan(&Call::new(&query, &context)).unwrap_err();
    assert_eq!(unplanned.refusal().kind(), RefusalKind::Unavailable);
    let decision = unplanned.decision().unwrap();
    let dropped = decision.candidates[0].dropped.clone();
    assert_eq!(
        dropped,
        Some(Dropped::Unhealthy("switched off by hand".into()))
    );
}

#[test]
fn other_filters_are_not_set_aside_for_who_is_ill() {
    let doctor = Doctor(vec![("a", passing(1)), ("b", passing(1))]);
    let selector = selector().health(doctor);
    let body = br#"{"model":"any","tools":[{"type":"function","function":{"name":"f"}}],
        "messages":[{"role":"user","content":"Hi"}]}"#;
    let query = Query::read(Api::OpenAiChat, body).unwrap();
    let context = Context::new();
    let unplanned = selector.plan(&Call::new(&query, &context)).unwrap_err();
    assert_eq!(unplanned.refusal().kind(), RefusalKind::Unsupported);
}

#[test]
fn a_gone_model_s_successor_answers_at_once() {
    let selector = selector().health(Doctor(vec![("old", gone())]));
    let (named, reason) = route(&selector, "old");
    assert_eq!(named, ["a"]);
    assert_eq!(reason, Reason::Successor { of: "old".into() });
    // An alias chooses from the others, and asks it where they fail.
    assert_eq!(route(&selector, "all").0, ["a", "b", "old"]);
}

#[test]
fn without_a_successor_that_can_a_gone_model_is_asked_all_the_same() {
    let without = selector().health(Doctor(vec![("a", gone())]));
    assert_eq!(route(&without, "a"), (vec!["a".into()], Reason::Named));
    let dead = Ailment::lasting("off");
    let with = selector().health(Doctor(vec![("old", gone()), ("a", dead)]));
    assert_eq!(route(&with, "old"), (vec!["old".into()], Reason::Named));
}

#[test]
fn the_fastest_is_so_by_what_was_measured_and_else_by_the_catalog() {
    assert_eq!(route(&selector(), "quick").0, ["a", "b"]);
    let watch = || Watch(vec![("a", 900), ("b", 40)]);
    assert_eq!(route(&selector().health(watch()), "quick").0, ["b", "a"]);
    let half = Watch(vec![("a", 900)]);
    assert_eq!(route(&selector().health(half), "quick").0, ["b", "a"]);
    assert_eq!(
        route(&selector().health(watch()), "any").0,
        ["a", "b"],
        "by price"
    );
}
