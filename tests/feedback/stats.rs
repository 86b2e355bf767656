use serde_json::json;
use tower_genai::{
    observe::FailureClass,
    profile::stats::Figures,
    sim::{Fault, Times},
    stack::config::Config,
};

use crate::{
    profiles::Directory,
    redis_server::Server,
    support::{TWO_TENANTS, Up, ask},
};

fn figures(config: &Config, tenant: &str) -> Vec<Figures> {
    let all = config.profile().unwrap().figures().into_iter();
    let of = all.filter(|one| {
        one.tenant
            .as_ref()
            .is_some_and(|one| one.as_str() == tenant)
    });
    of.collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.01
}

#[tokio::test]
async fn what_is_observed_is_told_for_each_tenant_and_candidate() {
    let up = Up::start(&format!("{TWO_TENANTS}\n[learning]")).await;
    let mut body = ask("glm-5");
    body["stream"] = json!(true);
    for _ in 0..2 {
        let answer = up.chat("sk-a", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    up.zai.fail(Fault::status(500), Times::Once);
    // It is asked again, and answers then.
    let answer = up.chat("sk-a", &ask("glm-5")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    up.chat("sk-b", &ask("gpt-5.4")).await;

    let ours = figures(&up.config, "team-a");
    assert_eq!(ours.len(), 1, "{ours:?}");
    let glm = &ours[0];
    assert_eq!((&*glm.model, &*glm.task), ("glm-5", "general"));
    assert!(close(glm.calls, 4.0) && close(glm.failed(), 1.0), "{glm:?}");
    assert_eq!(glm.errors.len(), 1, "{glm:?}");
    assert_eq!(glm.errors[0].0, FailureClass::Provider, "{glm:?}");
    assert!(close(glm.lengths, 3.0), "{glm:?}");
    let tokens = glm.output_tokens.unwrap();
    assert!(close(tokens.mean, 20.0) && close(tokens.of, 3.0), "{glm:?}");
    assert!(tokens.sd < 0.1, "{glm:?}");
    assert!(
        glm.first_content.is_some() && glm.cost_usd.unwrap() > 0.0,
        "{glm:?}"
    );
    let theirs = figures(&up.config, "team-b");
    assert_eq!(theirs.len(), 1, "{theirs:?}");
    assert!(close(theirs[0].calls, 1.0), "{theirs:?}");
}

#[test]
fn it_is_known_after_a_restart() {
    let directory = Directory::new("figures");
    let path = directory.file();
    let lines = format!("{TWO_TENANTS}\n[learning]\npath = {path:?}");
    for round in 1..=3 {
        // The gateway goes with its runtime, and what it has learned is kept then.
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let up = Up::start(&lines).await;
            let answer = up.chat("sk-a", &ask("glm-5")).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let calls = figures(&up.config, "team-a")[0].calls;
            assert!(close(calls, f64::from(round)), "{round}: {calls}");
        });
        drop(runtime);
    }
}

#[tokio::test]
async fn gateways_that_share_a_redis_add_up_what_they_observe() {
    let Some(server) = Server::start().await else {
        return;
    };
    let lines = format!(
        "{TWO_TENANTS}\n[learning]\nurl = {:?}\nname = \"x\"",
        server.url()
    );
    let (one, other) = (Up::start(&lines).await, Up::start(&lines).await);
    for (up, calls) in [(&one, 2), (&other, 3)] {
        for _ in 0..calls {
            let answer = up.chat("sk-a", &ask("house")).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
    }
    for _ in 0..3 {
        for up in [&one, &other] {
            up.config.profile().unwrap().flush().await.unwrap();
        }
    }
    for up in [&one, &other] {
        let calls: f64 = figures(&up.config, "team-a")
            .iter()
            .map(|one| one.calls)
            .sum();
        assert!(close(calls, 5.0), "{calls}");
    }
    let answer = one.chat("sk-a", &ask("house")).await;
    assert_eq!(answer.status, 200);
    let calls: f64 = figures(&one.config, "team-a")
        .iter()
        .map(|one| one.calls)
        .sum();
    assert!(close(calls, 6.0), "{calls}");
}
