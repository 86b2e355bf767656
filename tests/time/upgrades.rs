use serde_json::json;
use tower_genai::{
    catalog::Catalog,
    classify::{Classifier, Heuristics},
    context::{Context, Tenant},
    observe::{Decision, Reason},
    query::{Api, Query, Wish},
    select::{Call, Selector},
};

use crate::rig::first;

/// `small` is good enough for anything but coding and mathematics.
fn catalog(share: f64) -> Catalog {
    let text = format!(
        r#"
        [[provider]]
        name = "p"
        dialect = "openai"
        base_url = "http://p.example/v1"

        [[model]]
        name = "large"
        provider = "p"
        price = {{ input = "5", output = "25" }}
        can = ["tools"]
        quality = {{ general = 0.8, coding = 0.8, reasoning = 0.8, math = 0.8 }}

        [[model]]
        name = "small"
        provider = "p"
        price = {{ input = "0.1", output = "0.4" }}
        can = ["stream"]
        quality = {{ general = 0.79, coding = 0.2, reasoning = 0.3, math = 0.3 }}

        [[alias]]
        name = "house"
        models = ["large", "small"]
        max_upgrade_share = {share}
        "#
    );
    Catalog::from_toml(&text).unwrap()
}

struct Door {
    selector: Selector,
    classifier: Heuristics,
}

impl Door {
    fn new(share: f64) -> Self {
        Self {
            selector: Selector::new(catalog(share)),
            classifier: Heuristics::new(),
        }
    }

    fn decide(
        &self,
        tenant: &str,
        messages: &serde_json::Value,
        more: &serde_json::Value,
    ) -> Decision {
        let mut body = json!({"model": "house", "messages": messages, "max_tokens": 200});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let query = Query::read(Api::OpenAiChat, body.to_string().as_bytes()).unwrap();
        let classification = self.classifier.classify(&query);
        let query = query.classified(classification);
        let context = Context::new().with_tenant(Tenant::new(tenant).unwrap());
        let wish = Wish::new();
        let call = Call::new(&query, &context).wish(Some(&wish));
        let plan = self.selector.plan(&call).unwrap();
        (**plan.decision().unwrap()).clone()
    }

    fn ask(&self, tenant: &str, prompt: &str) -> Decision {
        self.decide(
            tenant,
            &json!([{"role": "user", "content": prompt}]),
            &json!({}),
        )
    }
}

const BAIT: [&str; 6] = [
    "```rust\nfn main() { let x: Vec<u8> = todo!(); }\n```\nFix this function.",
    "Write a Python function that parses JSON and raises a TypeError.",
    "Prove that the integral of x^2 e^{-x} from 0 to infinity is 2.",
    "Refactor this class and write unit tests: class A { void f() {} }",
    "Solve for x: 3x^2 - 7x + 2 = 0, show each step.",
    "SELECT a, b FROM t JOIN u ON t.id = u.id; why does this SQL query fail?",
];

/// Appends to what it asks whatever has worked so far, and tries something else when it does not.
fn attack(door: &Door, seed: u64, calls: usize) -> Vec<Decision> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut suffix = String::new();
    let mut decisions = Vec::new();
    for call in 0..calls {
        let decision = door.ask(
            "evil",
            &format!("What is for lunch, number {call}?{suffix}"),
        );
        if first(&decision) != "large" {
            if suffix.len() > 600 {
                suffix.clear();
            }
            suffix.push(' ');
            suffix.push_str(BAIT[random.usize(..BAIT.len())]);
        }
        decisions.push(decision);
    }
    decisions
}

fn upgraded(decisions: &[Decision]) -> usize {
    decisions
        .iter()
        .filter(|decision| first(decision) == "large")
        .count()
}

#[test]
fn whoever_makes_every_call_look_hard_gets_no_more_than_its_share() {
    let open = attack(&Door::new(1.0), 1, 1_000);
    assert!(upgraded(&open) > 900, "the bait works: {}", upgraded(&open));
    for seed in 0..2 {
        for share in [0.0, 0.05, 0.2] {
            let door = Door::new(share);
            let decisions = attack(&door, seed, 2_000);
            for from in (0..decisions.len()).step_by(100) {
                let late = &decisions[from..decisions.len().min(from + 1_000)];
                assert!(
                    upgraded(late) as f64 <= share * 1_000.0,
                    "{share} from {from}"
                );
            }
            for until in 1..=1_000 {
                assert!(upgraded(&decisions[..until]) as f64 <= share * until as f64);
            }
            // What it is allowed it gets: half of what it could, at least.
            assert!(upgraded(&decisions) as f64 >= share * 1_000.0);
            let capped = decisions
                .iter()
                .find(|decision| decision.reason == Reason::Capped);
            let capped = capped.unwrap();
            assert_eq!((first(capped).as_str(), capped.probability), ("small", 1.0));
            assert!(capped.explanation().contains("used up"));
            // As any call: the dearer one is there for when the cheaper one fails.
            assert_eq!(capped.route, [1, 0]);

            // Another tenant has had no call yet and has its own share.
            let honest: Vec<_> = (0..100)
                .map(|call| match call % 20 {
                    19 => door.ask("good", BAIT[1]),
                    _ => door.ask("good", "What is for lunch?"),
                })
                .collect();
            let expected = if share > 0.0 { 5 } else { 0 };
            assert_eq!(upgraded(&honest), expected, "{share}");
        }
    }
}

#[test]
fn a_conversation_with_the_dearer_one_is_no_way_around_it() {
    let door = Door::new(0.1);
    for _ in 0..9 {
        door.ask("evil", "What is for lunch?");
    }
    let mut messages = json!([{"role": "user", "content": BAIT[0]}]);
    assert_eq!(first(&door.decide("evil", &messages, &json!({}))), "large");
    let mut dear = 1;
    for _ in 0..90 {
        let more = [("assistant", "Well."), ("user", "And?")];
        for (role, content) in more {
            messages
                .as_array_mut()
                .unwrap()
                .push(json!({"role": role, "content": content}));
        }
        dear += usize::from(first(&door.decide("evil", &messages, &json!({}))) == "large");
    }
    assert!(dear <= 10, "{dear}");
}

#[test]
fn what_a_call_needs_is_no_upgrade() {
    let door = Door::new(0.0);
    let tools = json!({"tools": [{"type": "function", "function": {"name": "f"}}]});
    let messages = json!([{"role": "user", "content": "What is for lunch?"}]);
    for _ in 0..20 {
        let decision = door.decide("t", &messages, &tools);
        assert_eq!(
            (first(&decision).as_str(), decision.reason),
            ("large", Reason::OnlyOne)
        );
    }
    let text = r#"
        provider = [{ name = "p", dialect = "openai", base_url = "http://p.test/v1" }]
        model = [{ name = "m", provider = "p", free = true, quality = { general = 0.9 } }]
        alias = [{ name = "house", models = ["*"], max_upgrade_share = 1.5 }]
    "#;
    let wrong = Catalog::from_toml(text).unwrap_err().to_string();
    assert!(
        wrong.contains("max_upgrade_share") && wrong.contains("from 0 to 1"),
        "{wrong}"
    );
}
