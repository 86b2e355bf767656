//! An observer of one's own: who has spent how much on which model.
//!
//! `cargo run --example own_observer`

mod common;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tower_genai::{
    context::{Context, Tenant},
    money::Usd,
    observe::{Event, Observer, Outcome},
};

#[derive(Clone, Debug, Default)]
struct Bills(Arc<Mutex<BTreeMap<(String, String), Usd>>>);

impl Observer for Bills {
    fn observe(&self, event: &Event<'_>) {
        let Event::Finished(outcome) = event else {
            return;
        };
        let tenant = outcome
            .decision()
            .and_then(|decision| decision.tenant.as_ref());
        let who = tenant.map_or("nobody".to_owned(), ToString::to_string);
        let key = (who, outcome.candidate().to_string());
        let cost = Outcome::get(outcome).and_then(|finished| finished.cost);
        let mut bills = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = bills.entry(key).or_default();
        *sum = sum.saturating_add(cost.unwrap_or_default());
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (_provider, stack) = common::start(None).await?;
    let bills = Bills::default();
    let stack = stack.observer(bills.clone());
    for name in ["acme", "other", "acme"] {
        let call = common::ask(&stack, "What is for lunch?");
        Context::new()
            .with_tenant(Tenant::new(name)?)
            .carry(call)
            .await?;
    }
    for ((who, model), sum) in &*bills.0.lock().unwrap_or_else(PoisonError::into_inner) {
        println!("{who:<8}{model:<8}{sum} USD");
    }
    Ok(())
}
