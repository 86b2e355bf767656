//! Models that move to their successors by schedule.

use http::StatusCode;
use serde_json::json;
use tower_genai::{
    catalog::Date,
    context::{Clock, Context, Tenant},
    dispatch::DispatchLayer,
    observe::{Dropped, Reason},
    query::{Api, Query, Wish},
    select::{Allowed, Call, Plan, Selector},
    sim::{Fault, Times},
};

use crate::support::{House, OLD, Vendor, ask, day};

const STEPS: &str = "[{ from = 2027-01-01, share = 0.25 }, { from = 2027-03-01, share = 0.75 }]";

fn moving(schedule: &str) -> String {
    let lines = format!("successor = \"new\"\nmove_over = {schedule}");
    OLD.replacen("successor = \"new\"", &lines, 1)
}

/// A selector on a day, without any provider.
fn selector(models: &str, today: Date) -> Selector {
    let text = format!("{}{models}", ["acme", "other"].map(provider).join("\n"));
    let catalog = tower_genai::catalog::Catalog::from_toml(&text).unwrap();
    Selector::new(catalog).clock(Clock::manual(today.starts()))
}

fn provider(name: &str) -> String {
    format!(
        "[[provider]]\nname = \"{name}\"\ndialect = \"openai\"\nbase_url = \"http://{name}.test/v1\"\n"
    )
}

fn query(model: &str, opening: &str, turns: usize) -> Query {
    let mut messages = vec![json!({"role": "user", "content": opening})];
    for turn in 0..turns {
        messages.push(json!({"role": "assistant", "content": format!("answer {turn}")}));
        messages.push(json!({"role": "user", "content": format!("question {turn}")}));
    }
    let body = json!({"model": model, "messages": messages});
    Query::read(Api::OpenAiChat, body.to_string().as_bytes()).unwrap()
}

fn plan(selector: &Selector, query: &Query, tenant: &str) -> Plan {
    let context = Context::new().with_tenant(Tenant::new(tenant).unwrap());
    selector.plan(&Call::new(query, &context)).unwrap()
}

fn route(plan: &Plan) -> Vec<&str> {
    let route = plan.candidates().iter();
    route.map(|one| one.candidate.model().name()).collect()
}

#[test]
fn a_conversation_moves_once_and_stays_in_every_process() {
    let models = moving(STEPS);
    let mut moved = [0; 3];
    for conversation in 0..400 {
        let mut before = false;
        for (at, today) in ["2026-12-31", "2027-01-01", "2027-03-01"]
            .into_iter()
            .enumerate()
        {
            let asked = |turns, name: &str| {
                // Another process: nothing is shared with the one before.
                let selector = selector(&models, day(today));
                let query = query(name, &format!("Conversation {conversation}"), turns);
                route(&plan(&selector, &query, "team")).join(" ")
            };
            let first = asked(0, "old");
            let now = first == "new old";
            assert!(now || first == "old new", "{first}");
            assert!(now || !before, "{conversation} moved back on {today}");
            if conversation < 20 {
                assert_eq!(asked(3, "old"), first, "another turn");
                assert_eq!(asked(0, "acme/old"), first, "another spelling");
            }
            moved[at] += usize::from(now);
            before = now;
        }
    }
    assert_eq!(moved[0], 0);
    assert!((75..125).contains(&moved[1]), "{moved:?}");
    assert!((275..325).contains(&moved[2]), "{moved:?}");
}

#[test]
fn the_decision_says_that_it_was_by_schedule() {
    let at = |today| selector(&moving("[{ from = 2027-01-01, share = 1 }]"), day(today));
    let query = query("old", "Hello", 0);
    let decided = plan(&at("2027-01-01"), &query, "team");
    let decision = decided.decision().unwrap();
    assert_eq!(decision.reason, Reason::MovedOver { of: "old".into() });
    assert_eq!(
        decision.reason.to_string(),
        "successor of old, which moves over by schedule"
    );
    let decided = plan(&at("2026-12-31"), &query, "team");
    assert_eq!(decided.decision().unwrap().reason, Reason::Named);
    let decided = plan(&at("2027-06-01"), &query, "team");
    let gone = Reason::Successor { of: "old".into() };
    assert_eq!(decided.decision().unwrap().reason, gone);
}

#[tokio::test]
async fn the_answer_names_who_gave_it_and_tells_of_the_end() {
    let house = House::start(&moving("[{ from = 2027-01-01, share = 1 }]"), "2027-01-01").await;
    for vendor in Vendor::ALL {
        let answer = house.ask(vendor, "old").await;
        assert_eq!(answer.by(), "new", "{vendor:?}");
        assert_eq!(
            answer.reason(),
            "successor of old, which moves over by schedule"
        );
        assert_eq!(answer.header("deprecation"), Some("@1796083200"));
    }
    assert!(
        house.told()[0].ends_with(
            "named=true decided=Some(\"successor of old, which moves over by schedule\")"
        )
    );
}

#[tokio::test]
async fn a_line_goes_from_nobody_to_all() {
    let house = House::start(&moving("\"linear\""), "2026-12-01").await;
    let answers = async |today| {
        house.is(today);
        let mut new = 0;
        for n in 0..40 {
            let call = Vendor::OpenAi.call("old", &format!("Number {n}"), false);
            let answer = ask(house.server(), "team", call).await;
            new += usize::from(answer.by() == "new");
        }
        new
    };
    assert_eq!(answers("2026-12-01").await, 0);
    let half = answers("2027-03-02").await;
    assert!((10..=30).contains(&half), "{half}");
    assert_eq!(answers("2027-06-01").await, 40);
}

#[tokio::test]
async fn the_model_itself_answers_what_its_successor_cannot_take() {
    // `new` sees no pictures.
    let house = House::start(&moving("[{ from = 2027-01-01, share = 1 }]"), "2027-01-01").await;
    let pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    let content = json!([
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": pixel}},
    ]);
    let body = json!({"model": "old", "messages": [{"role": "user", "content": content}]});
    let mut call = Vendor::OpenAi.call("old", "", false);
    *call.body_mut() = body.to_string().into();
    let answer = ask(house.server(), "team", call).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(
        (answer.by(), &*answer.reason()),
        ("old", "named by the caller")
    );
    let decision = answer.outcome.as_ref().unwrap().decision().unwrap();
    let dropped = decision.candidates[0].dropped.as_ref().unwrap();
    assert!(matches!(dropped, Dropped::Cannot(_)), "{dropped}");
}

#[tokio::test]
async fn the_model_itself_answers_when_its_successor_fails() {
    let models = moving("[{ from = 2027-01-01, share = 1 }]").replace(
        "name = \"new\"\n    provider = \"acme\"",
        "name = \"new\"\n    provider = \"other\"",
    );
    let house = House::start(&models, "2027-01-01").await;
    assert_eq!(house.ask(Vendor::OpenAi, "old").await.by(), "new");
    for status in [500, 404] {
        let fault = Fault::Status {
            status,
            code: None,
            message: None,
            retry_after: None,
        };
        house.other.fail(fault, Times::Always);
        let answer = house.ask(Vendor::OpenAi, "old").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.by(), "old");
        assert_eq!(answer.header("x-genai-attempts"), Some("2"));
        house.other.heal();
    }
}

#[test]
fn in_a_pool_the_model_stays_until_its_sunset() {
    let alias = "[[alias]]\nname = \"house\"\nmodels = [\"old\", \"new\"]\nquality = 0.0\n";
    let models = format!("{}{alias}", moving("[{ from = 2027-01-01, share = 1 }]"));
    for (today, left) in [("2027-05-31", 2), ("2027-06-01", 1)] {
        let selector = selector(&models, day(today));
        let decided = plan(&selector, &query("house", "Hello", 0), "team");
        assert_eq!(decided.candidates().len(), left, "{today}");
    }
}

#[test]
fn what_lives_at_one_provider_stays_there() {
    let at = |home: &str| {
        let models = moving("[{ from = 2027-01-01, share = 1 }]").replace(
            "name = \"new\"\n    provider = \"acme\"",
            &format!("name = \"new\"\n    provider = \"{home}\""),
        );
        let models = models.replace("can = [", "can = [\"files\", ");
        selector(&models, day("2027-01-01"))
    };
    let body = json!({"model": "old", "messages": [{"role": "user", "content": [
        {"type": "file", "file": {"file_id": "file-1"}},
    ]}]});
    let query = Query::read(Api::OpenAiChat, body.to_string().as_bytes()).unwrap();
    let models = |home| {
        let selector = at(home);
        let decided = plan(&selector, &query, "team");
        decided.candidates()[0].candidate.model().name().to_owned()
    };
    assert_eq!(models("acme"), "new");
    assert_eq!(models("other"), "old");
}

#[test]
fn a_schedule_opens_no_model_to_who_may_not_use_it() {
    let selector = selector(
        &moving("[{ from = 2027-01-01, share = 1 }]"),
        day("2027-01-01"),
    );
    let query = query("old", "Hello", 0);
    let context = Context::new();
    let call = Call::new(&query, &context);
    let (only_old, only_new) = (Allowed::new(["old"]), Allowed::new(["new"]));
    let planned = selector.plan(&call.allowed(Some(&only_old))).unwrap();
    assert_eq!(route(&planned), ["old"]);
    assert_eq!(planned.decision().unwrap().reason, Reason::Named);
    assert!(selector.plan(&call.allowed(Some(&only_new))).is_err());
    let wish = Wish::new().with_models(["old"]);
    let planned = selector.plan(&call.wish(Some(&wish))).unwrap();
    assert_eq!(route(&planned), ["old"]);
}

#[test]
fn signed_thinking_stays_with_who_can_read_it() {
    let models = moving("[{ from = 2027-01-01, share = 1 }]").replacen(
        "provider = \"acme\"",
        "provider = \"claude\"",
        1,
    );
    let models = format!(
        "{models}[[provider]]\nname = \"claude\"\ndialect = \"anthropic\"\nbase_url = \"http://claude.test\"\n"
    );
    let selector = selector(&models, day("2027-01-01")).dialects(DispatchLayer::new().dialects());
    let asked = |content: serde_json::Value| {
        let body = json!({"model": "old", "max_tokens": 100, "messages": [
            {"role": "user", "content": "Why?"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": "And then?"},
        ]});
        let body = body.to_string();
        let query = Query::read(Api::AnthropicMessages, body.as_bytes()).unwrap();
        let decided = plan(&selector, &query, "team");
        let dropped = decided.decision().unwrap().candidates[0].dropped.clone();
        (
            route(&decided).join(" "),
            dropped.map(|why| why.to_string()),
        )
    };
    let said = json!({"type": "text", "text": "So."});
    assert_eq!(asked(json!([said])), ("new old".to_owned(), None));
    let thought = json!({"type": "thinking", "thinking": "Hm.", "signature": "c2lnbmVk"});
    let (route, dropped) = asked(json!([thought, said]));
    // Should it be gone after all, its successor stands in.
    assert_eq!(route, "old new");
    let why = "signed thinking goes back to who speaks its format";
    assert_eq!(dropped.as_deref(), Some(why));
}
