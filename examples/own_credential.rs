//! A credential of one's own: keys from a vault that answers later, one for each tenant.
//!
//! `cargo run --example own_credential`

mod common;

use std::time::Duration;

use tower_genai::{
    catalog::Provider,
    context::{Context, Tenant},
    dispatch::{Credential, Key, Secret},
};

#[derive(Debug)]
struct Vault;

impl Credential for Vault {
    fn key(&self, provider: &Provider, tenant: Option<&Tenant>) -> Key {
        let Some(tenant) = tenant.map(ToString::to_string) else {
            return Key::Missing(format!("only tenants have keys for `{}`", provider.name()));
        };
        // A real one asks over the network, and keeps what it got for a while.
        Key::Later(Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok(Some(Secret::new(format!("key-of-{tenant}"))))
        }))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (provider, stack) = common::start(Some("key-of-acme")).await?;
    let stack = stack.credential(Vault);
    println!(
        "without a tenant: {}",
        common::ask(&stack, "What is for lunch?").await?
    );
    for name in ["acme", "other"] {
        let call = common::ask(&stack, "What is for lunch?");
        let answer = Context::new()
            .with_tenant(Tenant::new(name)?)
            .carry(call)
            .await?;
        println!("{name}: {answer}");
    }
    println!("{} calls reached the provider", provider.calls().len());
    Ok(())
}
