use tower_genai::{
    budget::{Budget, Window},
    context::{Context, Tenant},
};

use crate::support::{House, THREE, all, ample, ask, call, held, spent};

#[tokio::test]
async fn the_other_is_paid_from_a_budget_of_its_own() {
    let mut house = House::start(THREE).await;
    let budget = ample();
    let stack = house.stack(all(&budget)).boxed();
    let mut costs = 0;
    for stream in [false, true, false] {
        ask(&stack, call("x", stream)).await;
        costs += house.shadowed().await.cost.unwrap().nanos();
    }
    assert_eq!(spent(&budget), house.billed("dear"));
    assert_eq!(spent(&budget), costs);
    assert_eq!(house.spent(), house.billed("cheap"));
    assert!(house.billed("dear") > 0 && held(&budget) == 0);
}

#[tokio::test]
async fn nothing_is_asked_when_it_is_spent() {
    let mut house = House::start(THREE).await;
    // A first call cannot cost as much, and a second one would.
    let budget = Budget::new("shadow").limit("0.08".parse().unwrap(), Window::Total);
    let stack = house.stack(all(&budget)).boxed();
    let mut body = serde_json::json!({
        "model": "auto", "max_completion_tokens": 5_000,
        "messages": [{"role": "user", "content": "x"}],
    });
    ask(&stack, crate::support::body(&body)).await;
    house.shadowed().await;
    body["max_completion_tokens"] = 8_000.into();
    for _ in 0..3 {
        let answer = ask(&stack, crate::support::body(&body)).await;
        assert_eq!(answer.by(), "cheap");
    }
    let nothing = Budget::new("shadow").limit("0".parse().unwrap(), Window::Total);
    let none = house.stack(all(&nothing)).boxed();
    ask(&none, call("x", false)).await;
    // One that it does reach for comes after those that it did not.
    body["max_completion_tokens"] = 5_000.into();
    ask(&stack, crate::support::body(&body)).await;
    house.shadowed().await;
    assert!(house.is_quiet());
    assert_eq!(house.calls("dear"), 2);
    assert_eq!(house.spent(), house.billed("cheap"));
    assert_eq!(spent(&budget), house.billed("dear"));
}

#[tokio::test]
async fn each_tenant_can_have_one() {
    let mut house = House::start(THREE).await;
    let budget = Budget::new("shadow")
        .limit("10".parse().unwrap(), Window::Total)
        .each_tenant();
    let stack = house.stack(all(&budget)).boxed();
    let tenant = Tenant::new("acme").unwrap();
    let mut request = call("x", false);
    request
        .extensions_mut()
        .insert(Context::new().with_tenant(tenant.clone()));
    ask(&stack, request).await;
    assert_eq!(house.shadowed().await.decision.tenant, Some(tenant));
    let views = budget.scope().ledger().snapshot().await.unwrap();
    let keyed = views
        .accounts
        .iter()
        .find(|account| account.id.key().is_some());
    assert_eq!(keyed.unwrap().id.name(), "shadow");
}
