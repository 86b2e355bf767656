//! Who answers: filters with their reasons, policies, conversations, and what a budget makes of it.

use serde_json::{Value, json};
use tower_genai::{
    budget::{Budget, Window},
    catalog::{Candidate, Catalog, Source},
    context::{Context, DataLabel, Tenant},
    observe::{Decision, Dropped, Reason},
    query::{Api, Capability, Classification, Query, Refusal, RefusalKind, Task, Wish},
    select::{
        Allowed, Best, Call, Fastest, LabelRule, Plan, Policy, Pool, Question, Selector, Split,
        Unknown, Unplanned, Value as ValuePolicy,
    },
};

const CATALOG: &str = r#"
    [[provider]]
    name = "cloud"
    dialect = "openai"
    base_url = "https://cloud.example/v1"

    [[provider]]
    name = "home"
    dialect = "openai"
    base_url = "http://localhost:11434/v1"
    zone = "device"

    [[model]]
    name = "large"
    provider = "cloud"
    price = { input = "5.00", output = "25.00" }
    context = 200_000
    max_output = 32_000
    can = ["tools", "vision", "json_schema", "stream", "n"]
    quality = { coding = 0.80, general = 0.60 }
    first_token = "900ms"

    [[model]]
    name = "middle"
    provider = "cloud"
    price = { input = "1.00", output = "4.00" }
    context = 100_000
    max_output = 16_000
    can = ["tools", "stream"]
    quality = { coding = 0.78, general = 0.55 }
    first_token = "300ms"

    [[model]]
    name = "small"
    provider = "home"
    free = true
    context = 8_000
    max_output = 4_000
    can = ["stream"]
    quality = { general = 0.40 }
    first_token = "50ms"

    [[model]]
    name = "old"
    provider = "cloud"
    price = { input = "1.00", output = "4.00" }
    sunset = 2020-01-01
    successor = "middle"

    [[model]]
    name = "mystery"
    provider = "cloud"

    [[alias]]
    name = "code"
    quality = 0.95
    models = ["large", "middle", "small"]

    [[alias]]
    name = "any"
    quality = 0.0
    models = ["large", "middle", "small"]

    [[alias]]
    name = "thrifty"
    quality = 0.0
    models = ["large", "middle"]
    max_cost = "0.01"
"#;

struct Ask {
    body: Value,
    task: Task,
    context: Context,
    wish: Wish,
    allowed: Option<Allowed>,
}

fn ask(model: &str) -> Ask {
    let messages = json!([{"role": "user", "content": "Do it."}]);
    Ask {
        body: json!({"model": model, "messages": messages, "max_tokens": 100}),
        task: Task::GENERAL,
        context: Context::new(),
        wish: Wish::new(),
        allowed: None,
    }
}

impl Ask {
    fn with(mut self, field: &str, value: Value) -> Self {
        self.body[field] = value;
        self
    }

    fn task(mut self, task: Task) -> Self {
        self.task = task;
        self
    }

    fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    fn wish(mut self, wish: Wish) -> Self {
        self.wish = wish;
        self
    }

    fn plan(&self, selector: &Selector) -> Result<Plan, Unplanned> {
        let query = Query::read(Api::OpenAiChat, self.body.to_string().as_bytes()).unwrap();
        let query = query.classified(Classification::new(self.task.clone()));
        selector.plan(
            &Call::new(&query, &self.context)
                .wish(Some(&self.wish))
                .allowed(self.allowed.as_ref()),
        )
    }

    fn decision(&self, selector: &Selector) -> Decision {
        self.plan(selector)
            .unwrap()
            .decision()
            .unwrap()
            .as_ref()
            .clone()
    }

    fn refusal(&self, selector: &Selector) -> Refusal {
        self.plan(selector)
            .expect_err("a refusal")
            .refusal()
            .clone()
    }
}

fn selector() -> Selector {
    Selector::new(Catalog::parse(&[Source::text("test.toml", CATALOG)]).unwrap())
}

fn route(decision: &Decision) -> Vec<&str> {
    decision
        .routed()
        .map(|one| one.candidate.model().name())
        .collect()
}

fn dropped<'a>(decision: &'a Decision, model: &str) -> Option<&'a Dropped> {
    let one = decision
        .candidates
        .iter()
        .find(|one| one.candidate.model().name() == model);
    one.unwrap().dropped.as_ref()
}

#[test]
fn the_cheapest_that_qualifies_comes_first_and_the_others_say_why_not() {
    let decision = ask("code").task(Task::CODING).decision(&selector());
    assert_eq!(route(&decision), ["middle", "large"]);
    assert_eq!(dropped(&decision, "small"), Some(&Dropped::Unscored));
    assert_eq!(decision.reason.to_string(), "cheapest that qualifies");
    let strict = ask("code")
        .task(Task::CODING)
        .wish(Wish::new().with_quality(0.99));
    let decision = strict.decision(&selector());
    assert_eq!(route(&decision), ["large"]);
    assert!(matches!(
        dropped(&decision, "middle"),
        Some(Dropped::BelowThreshold { .. })
    ));
}

#[test]
fn each_filter_names_its_reason() {
    let selector = selector();
    let cases = [
        (
            ask("any").with(
                "tools",
                json!([{"type": "function", "function": {"name": "f"}}]),
            ),
            "small",
        ),
        (ask("any").with("n", json!(2)), "middle"),
        (
            ask("any").with("response_format", json!({"type": "json_schema"})),
            "middle",
        ),
    ];
    let needs = [Capability::Tools, Capability::N, Capability::JsonSchema];
    for ((ask, model), need) in cases.into_iter().zip(needs) {
        let decision = ask.decision(&selector);
        let Some(Dropped::Cannot(missing)) = dropped(&decision, model) else {
            panic!("{model} was not dropped for {need}: {decision:?}");
        };
        assert!(missing.has(need));
    }
    let long = json!([{"role": "user", "content": "word ".repeat(8_000)}]);
    let decision = ask("any").with("messages", long).decision(&selector);
    assert!(matches!(
        dropped(&decision, "small"),
        Some(Dropped::TooLong { context: 8_000, .. })
    ));

    let decision = ask("thrifty")
        .with("max_tokens", json!(2_000))
        .decision(&selector);
    assert_eq!(route(&decision), ["middle"]);
    assert!(matches!(
        dropped(&decision, "large"),
        Some(Dropped::TooDear { .. })
    ));

    let mut one = ask("any");
    one.allowed = Some(Allowed::new(["home/*", "large"]));
    let decision = one.decision(&selector);
    assert_eq!(dropped(&decision, "middle"), Some(&Dropped::NotAllowed));
    assert_eq!(route(&decision), ["small", "large"]);

    let sick = selector.clone().health(|candidate: &Candidate| {
        (candidate.model().name() == "small").then_some("too many errors".into())
    });
    let decision = ask("any").decision(&sick);
    assert_eq!(
        dropped(&decision, "small").unwrap().to_string(),
        "unhealthy: too many errors"
    );
}

#[test]
fn labelled_data_stays_in_its_zones() {
    let label = DataLabel::new("personal").unwrap();
    let rule = LabelRule::new(label.clone(), ["device", "private"]);
    let selector = selector().labels([rule.clone()]);
    let labelled = Context::new().with_label(label);
    let decision = ask("any").context(labelled.clone()).decision(&selector);
    assert_eq!(route(&decision), ["small"]);
    assert!(matches!(dropped(&decision, "large"), Some(Dropped::Zone(zone)) if **zone == *"cloud"));
    // Neither by name nor by passing through does it get out.
    let named = ask("large").context(labelled.clone()).refusal(&selector);
    assert_eq!(named.kind(), RefusalKind::Unsupported);
    assert!(ask("elsewhere").context(labelled).plan(&selector).is_err());
    assert!(ask("elsewhere").plan(&selector).unwrap().passes_through());

    let detecting = selector.labels([rule.detect(true)]);
    assert_eq!(
        route(&ask("any").task(Task::PERSONAL).decision(&detecting)),
        ["small"]
    );
    assert_eq!(
        route(&ask("any").decision(&detecting)),
        ["small", "middle", "large"]
    );
}

#[test]
fn a_named_model_is_that_model_or_its_successor() {
    let selector = selector();
    let decision = ask("large").decision(&selector);
    assert_eq!(
        (route(&decision), &decision.reason),
        (vec!["large"], &Reason::Named)
    );
    assert_eq!(route(&ask("cloud/large").decision(&selector)), ["large"]);
    let decision = ask("old").decision(&selector);
    assert_eq!(route(&decision), ["middle"]);
    assert_eq!(
        decision.reason.to_string(),
        "successor of old, which is not served any more"
    );
}

#[test]
fn unknown_models_pass_or_are_refused_by_trust() {
    assert!(ask("gpt-9").plan(&selector()).unwrap().passes_through());
    let server = selector().unknown(Unknown::Refuse);
    let refusal = ask("lareg").refusal(&server);
    assert_eq!(refusal.kind(), RefusalKind::UnknownModel);
    assert!(
        refusal.message().contains("did you mean `large`?"),
        "{}",
        refusal.message()
    );
    let hard = Budget::new("b")
        .limit("1".parse().unwrap(), Window::Day)
        .scope();
    let refusal = ask("gpt-9")
        .context(Context::new().with_scope(hard))
        .refusal(&selector());
    assert_eq!(refusal.kind(), RefusalKind::Unsupported);
}

#[test]
fn policies_rank() {
    let names = |decision: Decision| route(&decision).join(" ");
    let by = |policy: Box<dyn Policy>| ask("any").decision(&selector().policy(policy));
    assert_eq!(names(by(Box::new(Fastest))), "small middle large");
    assert_eq!(names(by(Box::new(Best::new()))), "large middle small");
    let most = "0.005".parse().unwrap();
    let within = by(Box::new(Best::new().within(most)));
    assert_eq!(names(within.clone()), "large middle small");
    let least = by(Box::new(Best::new().within("0.000001".parse().unwrap())));
    assert_eq!(names(least), "small");
    // A point of quality worth ten dollars makes the best model the best value; worth little, the free one.
    assert_eq!(
        names(by(Box::new(ValuePolicy::new("10".parse().unwrap())))),
        "large middle small"
    );
    assert_eq!(
        names(by(Box::new(ValuePolicy::new("0.001".parse().unwrap())))),
        "small middle large"
    );
    let closure = |_: &Question<'_>, pool: &mut Pool<'_>| pool.reason("as they come");
    assert_eq!(names(by(Box::new(closure))), "large middle small");
}

#[test]
fn a_split_shares_out_by_weight_and_says_how_probable_it_was() {
    let split = Split::new([("large", 1), ("middle", 3)]).unwrap().seed(7);
    let selector = selector().policy(split);
    let mut large = 0;
    for _ in 0..4_000 {
        let decision = ask("any").decision(&selector);
        let first = decision
            .routed()
            .next()
            .unwrap()
            .candidate
            .model()
            .name()
            .to_owned();
        assert_eq!(
            decision.probability,
            if first == "large" { 0.25 } else { 0.75 }
        );
        large += usize::from(first == "large");
    }
    assert!(
        (900..1_100).contains(&large),
        "{large} of 4000 at a quarter"
    );
}

#[test]
fn a_conversation_stays_while_its_model_qualifies() {
    let selector = selector();
    let turn = |tail: &[Value], task: Task, tenant: &str| {
        let mut messages = vec![json!({"role": "user", "content": "Plan my trip."})];
        messages.extend_from_slice(tail);
        let tenant = Context::new().with_tenant(Tenant::new(tenant).unwrap());
        let ask = ask("code")
            .task(task)
            .context(tenant)
            .with("messages", json!(messages));
        ask.decision(&selector)
    };
    let later = [
        json!({"role": "assistant", "content": "Where?"}),
        json!({"role": "user", "content": "Rome"}),
    ];
    // General: only large reaches 95 %.
    assert_eq!(route(&turn(&[], Task::GENERAL, "a")), ["large"]);
    let second = turn(&later, Task::CODING, "a");
    assert_eq!(route(&second), ["large", "middle"]);
    assert_eq!(second.reason, Reason::Sticky);
    // Another tenant with the same words begins on its own.
    assert_eq!(route(&turn(&later, Task::CODING, "b")), ["middle", "large"]);
    // Where it no longer qualifies there is a reason to go.
    assert_eq!(route(&turn(&later, Task::GENERAL, "b")), ["large"]);
    // A first turn is nobody's continuation.
    assert_eq!(route(&turn(&[], Task::CODING, "a")), ["middle", "large"]);
}

#[test]
fn a_budget_narrows_the_choice_before_it_refuses() {
    let budget = Budget::new("b").limit("0.02".parse().unwrap(), Window::Day);
    let context = || Context::new().with_scope(budget.scope());
    let asked = ask("code")
        .task(Task::GENERAL)
        .with("max_tokens", json!(1_000));
    let decision = asked.context(context()).decision(&selector());
    // The only one that reaches the quality can cost 0.025 and more: the next best is asked.
    assert!(matches!(
        dropped(&decision, "large"),
        Some(Dropped::TooDear { .. })
    ));
    assert_eq!(route(&decision), ["middle"]);
    // What is unpriced, or can cost anything, is not sent.
    let refusal = ask("mystery").context(context()).refusal(&selector());
    assert_eq!(
        (refusal.kind(), refusal.param()),
        (RefusalKind::Unsupported, Some("model"))
    );
    let unknown = ask("large")
        .with("background", json!(true))
        .context(context());
    assert_eq!(unknown.refusal(&selector()).param(), Some("background"));
}

#[test]
fn an_absent_limit_of_output_is_written_only_under_a_hard_budget() {
    let limits = |limit: &str, max_tokens: Value| {
        let budget = Budget::new("b").limit(limit.parse().unwrap(), Window::Day);
        let context = Context::new().with_scope(budget.scope());
        let asked = ask("large").with("max_tokens", max_tokens).context(context);
        let plan = asked.plan(&selector()).unwrap();
        let quote = plan.candidates()[0].quote.clone();
        (quote.write_max_output, quote.bound.bound().unwrap())
    };
    let (written, bound) = limits("100", Value::Null);
    assert_eq!(written, Some(4_096));
    assert!(
        bound >= "0.1024".parse().unwrap(),
        "4096 tokens at 25 USD a million"
    );
    // A sixteenth of 0.32 is 0.02, which buys fewer.
    let (written, bound) = limits("0.32", Value::Null);
    assert!((700..800).contains(&written.unwrap()), "{written:?}");
    assert!(bound <= "0.02".parse().unwrap(), "{bound}");
    // The caller's own is never lowered.
    assert_eq!(limits("0.32", json!(5_000)).0, None);
    let free = ask("large")
        .with("max_tokens", Value::Null)
        .plan(&selector())
        .unwrap();
    assert_eq!(free.candidates()[0].quote.write_max_output, None);
}

#[test]
fn refusals_name_what_stood_in_the_way() {
    let selector = selector();
    let audio = json!([{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}]}]);
    let cases = [
        (
            ask("any").with("messages", audio),
            RefusalKind::Unsupported,
            Some("messages"),
        ),
        (
            ask("any").with("logprobs", json!(true)),
            RefusalKind::Unsupported,
            Some("logprobs"),
        ),
        (
            ask("any").with(
                "messages",
                json!([{"role": "user", "content": "a ".repeat(600_000)}]),
            ),
            RefusalKind::ContextTooLong,
            Some("messages"),
        ),
        (
            ask("thrifty").with("max_tokens", json!(16_000)),
            RefusalKind::TooDear,
            None,
        ),
    ];
    for (ask, kind, param) in cases {
        let refusal = ask.refusal(&selector);
        assert_eq!(
            (refusal.kind(), refusal.param()),
            (kind, param),
            "{}",
            refusal.message()
        );
    }
    let mut strict = ask("large");
    strict.allowed = Some(Allowed::new(["small"]));
    assert_eq!(strict.refusal(&selector).kind(), RefusalKind::UnknownModel);
}
