//! Where a gateway's budgets are kept.

use std::path::PathBuf;

use http::StatusCode;
use tower_genai::{
    budget::{CutRule, Hold, HoldLabel, RefusedKind, Window},
    stack::config::Config,
};

use crate::{
    redis_server::Server,
    support::{Up, ask},
};

const BUDGET: &str = r#"
    [[budget]]
    scope = "org"
    limit = "1.00"
    window = "total"
"#;

/// A directory of one test, gone with it.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let name = format!("tower-genai-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a process does that opens this configuration: spends, and says what is spent then.
async fn spend(config: &Config, amount: &str) -> String {
    let scopes = [config.budgets().next().unwrap().scope()];
    let bound = amount.parse().unwrap();
    let label = HoldLabel::new("model", "provider");
    let mut hold = Hold::open(&scopes, bound, label, CutRule::Bound)
        .await
        .unwrap();
    hold.sent();
    hold.settle(bound);
    config.ledger().flush().await.unwrap();
    let snapshot = config.ledger().snapshot().await.unwrap();
    let account = snapshot.account("org").unwrap();
    account.window(Window::Total).unwrap().spent.to_string()
}

#[tokio::test]
async fn a_file_is_beside_the_configuration_and_outlasts_the_process() {
    let directory = Directory::new("file-ledger");
    let path = directory.0.join("gateway.toml");
    std::fs::write(
        &path,
        format!("{BUDGET}\n[ledger]\nkind = \"file\"\npath = \"ledger.redb\""),
    )
    .unwrap();
    let load = || Config::load(&path).unwrap();
    // Reading it opens nothing.
    drop(load());
    assert!(!directory.0.join("ledger.redb").exists());
    let config = load().open().unwrap();
    assert_eq!(spend(&config, "0.25").await, "0.25");
    let second = load().open().unwrap_err().to_string();
    assert!(second.contains("ledger.redb"), "{second}");
    drop(config);
    assert_eq!(spend(&load().open().unwrap(), "0.50").await, "0.75");
}

#[tokio::test]
async fn what_the_file_says_comes_before_what_the_program_would_do() {
    let directory = Directory::new("default-ledger");
    let path = directory.0.join("ours.redb");
    let open = |text: &str| {
        let config = Config::parse("gateway.toml", text).unwrap();
        config.keep_in(&path).open().unwrap()
    };
    let memory = format!("{BUDGET}\n[ledger]\nkind = \"memory\"");
    assert_eq!(spend(&open(&memory), "0.25").await, "0.25");
    assert_eq!(spend(&open(&memory), "0.25").await, "0.25", "forgotten");
    drop(open(""));
    assert!(!path.exists(), "without budgets there is nothing to keep");
    assert_eq!(spend(&open(BUDGET), "0.25").await, "0.25");
    assert_eq!(spend(&open(BUDGET), "0.25").await, "0.50");
}

#[tokio::test]
async fn two_gateways_share_what_redis_keeps_under_a_name() {
    let Some(server) = Server::start().await else {
        return;
    };
    let open = |name: &str| {
        let ledger = format!(
            "kind = \"redis\"\nurl = \"redis://127.0.0.1:{}\"",
            server.port
        );
        let text = format!("{BUDGET}\n[ledger]\n{ledger}\nname = \"{name}\"");
        Config::parse("gateway.toml", &text)
            .unwrap()
            .open()
            .unwrap()
    };
    let (one, two, other) = (open("a"), open("a"), open("b"));
    assert_eq!(spend(&one, "0.25").await, "0.25");
    assert_eq!(spend(&two, "0.25").await, "0.50");
    assert_eq!(spend(&other, "0.25").await, "0.25");
    let shown = format!("{one:?}");
    let port = server.port.to_string();
    assert!(!shown.contains(&port), "it may have a password: {shown}");
}

#[tokio::test]
async fn a_ledger_that_was_not_opened_refuses() {
    let text = format!("{BUDGET}\n[ledger]\nkind = \"file\"\npath = \"never.redb\"");
    let config = Config::parse("gateway.toml", &text).unwrap();
    let scopes = [config.budgets().next().unwrap().scope()];
    let label = HoldLabel::new("model", "provider");
    let opening = Hold::open(&scopes, "0.1".parse().unwrap(), label, CutRule::Bound);
    assert_eq!(opening.await.unwrap_err().kind(), RefusedKind::Unavailable);
    assert!(!std::path::Path::new("never.redb").exists());
}

#[tokio::test]
async fn requests_and_tokens_of_a_minute_are_limited_for_each_tenant() {
    let up = Up::start(
        r#"
        [[budget]]
        scope = "pace"
        each = "tenant"
        requests_per_minute = 3
        [tenants]
        keys = { "sk-a" = "team-a", "sk-b" = "team-b" }
    "#,
    )
    .await;
    for _ in 0..3 {
        assert_eq!(up.chat("sk-a", &ask("glm-5")).await.status, StatusCode::OK);
    }
    let refused = up.chat("sk-a", &ask("glm-5")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.error().0, "rate_limit_exceeded");
    assert_eq!(refused.headers["x-should-retry"], "true");
    let after: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=20).contains(&after), "{after}");
    assert!(
        refused
            .text
            .contains("`pace` lets no more pass now (3 requests per minute)")
    );
    assert_eq!(up.chat("sk-b", &ask("glm-5")).await.status, StatusCode::OK);
    assert_eq!(up.sent(), 4, "a refusal asks nobody");

    let up = Up::start(
        r#"
        [[budget]]
        scope = "pace"
        tokens_per_minute = 2_000
        [tenants]
        keys = { "sk-a" = "team-a" }
    "#,
    )
    .await;
    let mut body = ask("glm-5");
    body["max_tokens"] = 100.into();
    assert_eq!(up.chat("sk-a", &body).await.status, StatusCode::OK);
    body["max_tokens"] = 4_000.into();
    let refused = up.chat("sk-a", &body).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        refused.headers["x-should-retry"], "false",
        "it never fits: {}",
        refused.text
    );
}
