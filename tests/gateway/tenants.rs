//! Tenants share nothing: neither money nor models nor wishes.

use futures::FutureExt;
use http::{Method, StatusCode};

use crate::support::{Answer, TWO_TENANTS, Up, ask};

async fn until_spent(up: &Up, key: &str) -> Answer {
    for _ in 0..200 {
        let answer = up.chat(key, &ask("glm-5")).await;
        if answer.status != StatusCode::OK {
            return answer;
        }
    }
    panic!("the budget has no end");
}

#[tokio::test]
async fn each_tenant_has_the_whole_budget_to_itself() {
    let lines = r#"
        explain_headers = true
        [[budget]]
        scope = "org"
        limit = "1.00"
        window = "total"
        [[budget]]
        scope = "team"
        limit = "0.001"
        window = "total"
        route = "/v1/chat/completions"
        each = "tenant"
        [tenants]
        keys = { "sk-a" = "team-a", "sk-b" = "team-b", "sk-b2" = "team-b" }
    "#;
    let up = Up::start(lines).await;
    let refused = until_spent(&up, "sk-a").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.error().0, "insufficient_quota");
    assert_eq!(refused.headers["x-should-retry"], "false");
    assert!(!refused.text.contains("team-a") && !refused.text.contains("team-b"));

    let served = up.chat("sk-b", &ask("glm-5")).await;
    assert_eq!(served.status, StatusCode::OK, "{}", served.text);
    let before = up.sent();
    // Another spelling of the path, a name in the body, a header: all spend the same money.
    for path in [
        "/chat/completions",
        "/v2/chat/completions",
        "/v1/chat/completions/",
        "/v1/v1/chat/completions",
    ] {
        let mut body = ask("glm-5");
        body["user"] = "team-b".into();
        let headers = [
            ("authorization", "Bearer sk-a"),
            ("x-genai-tenant", "team-b"),
        ];
        let answer = up
            .send(Method::POST, path, &headers, body.to_string())
            .await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    assert_eq!(up.sent(), before, "a refusal asks nobody");

    // Two keys of one tenant spend the same money.
    until_spent(&up, "sk-b").await;
    assert_eq!(
        up.chat("sk-b2", &ask("glm-5")).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );

    // The ledger knows three accounts, and what they have spent is what was billed.
    let org = up.config.budgets().next().unwrap().scope();
    let snapshot = org.ledger().snapshot().now_or_never().unwrap().unwrap();
    let mut accounts: Vec<String> = snapshot
        .accounts
        .iter()
        .map(|account| account.id.to_string())
        .collect();
    accounts.sort();
    assert_eq!(accounts, ["org", "team/team-a", "team/team-b"]);
    assert_eq!(
        org.allowance().unwrap().spent().nanos(),
        up.zai.bill().total_nano_usd()
    );
    assert_eq!(org.allowance().unwrap().held().nanos(), 0);
}

const THREE: &str = r#"
    explain_headers = true
    [tenants]
    keys = { "sk-all" = "all" }
    [[tenant]]
    name = "small"
    key_blake3 = "KEY_SMALL"
    models = ["zai/*"]
    [[tenant]]
    name = "wishful"
    key_blake3 = "KEY_WISHFUL"
    wishes = true
"#;

async fn three() -> Up {
    let digest = |key: &str| blake3::hash(key.as_bytes()).to_hex().to_string();
    let lines = THREE.replace("KEY_SMALL", &digest("sk-small"));
    Up::start(&lines.replace("KEY_WISHFUL", &digest("sk-wishful"))).await
}

#[tokio::test]
async fn each_tenant_sees_and_reaches_its_own_models() {
    let up = three().await;
    for (key, wanted) in [
        ("sk-all", &["auto", "gpt-5.4", "glm-5", "house"][..]),
        ("sk-small", &["auto", "glm-5", "house"]),
    ] {
        let bearer = format!("Bearer {key}");
        let headers = [("authorization", bearer.as_str())];
        let list = up.send(Method::GET, "/v1/models", &headers, "").await;
        assert_eq!(list.status, StatusCode::OK);
        let json = list.json();
        assert_eq!(json["object"], "list");
        let mut ids: Vec<&str> = json["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|model| model["id"].as_str().unwrap())
            .collect();
        ids.sort_unstable();
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        assert_eq!(ids, wanted, "{key}");
        let glm = json["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|model| model["id"] == "glm-5")
            .unwrap();
        assert_eq!(glm["owned_by"], "zai");
        assert_eq!(glm["created"], 1_770_854_400);
        for path in [
            "/v1/models/glm-5",
            "/v1/models/zai%2Fglm-5",
            "/v1/models/glm-5/",
        ] {
            let one = up.send(Method::GET, path, &headers, "").await;
            assert_eq!(one.json()["id"], "glm-5", "{path}");
        }
    }
    let small = [("authorization", "Bearer sk-small")];
    let hidden = up.send(Method::GET, "/v1/models/gpt-5.4", &small, "").await;
    assert_eq!(
        (hidden.status, hidden.error().0.as_str()),
        (StatusCode::NOT_FOUND, "model_not_found")
    );
    let answer = up.chat("sk-small", &ask("gpt-5.4")).await;
    assert_eq!(
        (answer.status, answer.error().0.as_str()),
        (StatusCode::NOT_FOUND, "model_not_found")
    );
    assert_eq!(up.sent(), 0);
    for model in ["auto", "house", "glm-5"] {
        let answer = up.chat("sk-small", &ask(model)).await;
        assert_eq!(answer.headers["x-genai-provider"], "zai", "{model}");
    }
    assert!(up.openai.calls().is_empty());
}

#[tokio::test]
async fn wishes_count_where_they_are_allowed() {
    let up = three().await;
    let wishes = [
        ("x-genai-models", "gpt-5.4"),
        ("x-genai-quality", "1"),
        ("x-genai-max-cost", "0.5"),
    ];
    for (key, model) in [("sk-wishful", "gpt-5.4"), ("sk-all", "glm-5")] {
        let bearer = format!("Bearer {key}");
        let mut headers = wishes.to_vec();
        headers.push(("authorization", &bearer));
        let answer = up.chat_with(&headers, &ask("house")).await;
        assert_eq!(answer.headers["x-genai-model"], model, "{key}");
    }
    for (name, value) in [
        ("x-genai-quality", "2"),
        ("x-genai-quality", "high"),
        ("x-genai-quality", "NaN"),
        ("x-genai-max-cost", "-1"),
        ("x-genai-max-cost", "1e3"),
        ("x-genai-label", ""),
        ("x-genai-pace", "fast"),
        ("x-genai-explore", "no"),
    ] {
        let headers = [("authorization", "Bearer sk-wishful"), (name, value)];
        let answer = up.chat_with(&headers, &ask("auto")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {value}");
        assert_eq!(answer.error().1, name);
        // Who may not wish is not bothered by it.
        let headers = [("authorization", "Bearer sk-all"), (name, value)];
        assert_eq!(
            up.chat_with(&headers, &ask("auto")).await.status,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn a_limit_for_all_is_shared() {
    let lines = format!(
        "[[budget]]\nscope = \"org\"\nlimit = \"0.001\"\nwindow = \"total\"\n[tenants]\n{}",
        TWO_TENANTS.replace("tenants.", "")
    );
    let up = Up::start(&lines).await;
    until_spent(&up, "sk-a").await;
    assert_eq!(
        up.chat("sk-b", &ask("glm-5")).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn an_alias_s_name_says_how_it_is_to_choose_for_those_who_may_wish() {
    let up = three().await;
    for (name, model) in [
        ("house:best", "gpt-5.4"),
        ("house:cheap", "glm-5"),
        ("house:batch", "glm-5"),
        ("house", "glm-5"),
    ] {
        let answer = up.chat("sk-wishful", &ask(name)).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text);
        assert_eq!(answer.headers["x-genai-model"], model, "{name}");
    }
    let headers = [
        ("authorization", "Bearer sk-wishful"),
        ("x-genai-pace", "batch"),
    ];
    let answer = up.chat_with(&headers, &ask("house:fast")).await;
    assert_eq!(answer.headers["x-genai-model"], "glm-5");
    let sent = up.sent();
    for (key, name) in [
        ("sk-all", "house:best"),
        ("sk-wishful", "house:worst"),
        ("sk-wishful", "glm-5:fast"),
    ] {
        let answer = up.chat(key, &ask(name)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
        assert_eq!(answer.error().0, "model_not_found");
    }
    assert_eq!(up.sent(), sent);
}
