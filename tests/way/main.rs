//! The way of a call over real sockets: a stack around a hyper client, simulated providers behind it.

mod bytes;
mod cancel;
mod ends;
mod fake;
mod protocols;
mod secrets;
mod streams;
mod support;
mod trust;
mod watched;

use http::StatusCode;
use serde_json::json;
use support::{Way, ask};
use tower_genai::{
    budget::{Budget, Window},
    observe::{Ending, Outcome},
};

#[tokio::test]
async fn a_call_is_routed_held_streamed_metered_and_settled() {
    let way = Way::start().await;
    let budget = Budget::new("app").limit("10.00".parse().unwrap(), Window::Day);
    let stack = way.client().budget(budget.clone()).boxed();
    for stream in [false, true] {
        let response = ask(&stack, &json!({
            "model": "auto",
            "stream": stream,
            "messages": [{"role": "user", "content": "Why does this not compile?\n```rust\nfn main() { let x: u8 = -1; }\n```"}],
        }))
        .await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.text);
        let outcome = response.extensions.get::<Outcome>().unwrap();
        let decision = outcome.decision().unwrap();
        assert_eq!(decision.classification.task().as_str(), "coding");
        assert_eq!(outcome.candidate().model().name(), "glm-5", "{decision:?}");
        let finished = outcome.finished().await;
        assert_eq!(finished.ending, Ending::Complete);
        assert!(finished.exact);
        assert_eq!(response.text.contains("[DONE]"), stream);
        assert!(
            !stream || !response.text.contains("prompt_tokens"),
            "the extra chunk is hidden"
        );
        assert_eq!(response.headers["x-request-id"], decision.id.to_string());
    }
    assert_eq!(way.provider("zai").calls().len(), 2);
    let allowance = budget.scope().allowance().unwrap();
    assert_eq!(allowance.spent().nanos(), way.billed());
    assert_eq!(allowance.held().nanos(), 0);
}
