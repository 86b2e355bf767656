//! Usage that is wrong in the answer and right on the bill.

use serde_json::{Value, json};
use tower_genai::sim::{Fault, Times, UsageFault};

use crate::client::{answer, ask, chunks, glm, start, stream};

#[tokio::test]
async fn wrong_usage_leaves_the_bill_right() {
    let server = start(glm().prompt_tokens(100).exact_output(10)).await;
    for (fault, prompt) in [
        (UsageFault::Missing, Value::Null),
        (UsageFault::Null, Value::Null),
        (UsageFault::Zero, json!(0)),
        (UsageFault::Negative, json!(-5)),
        (UsageFault::Huge, json!(i64::MAX)),
        (UsageFault::Float, json!(12.5)),
        (UsageFault::Text, json!("12")),
    ] {
        let missing = fault == UsageFault::Missing;
        server.fail(Fault::Usage(fault.clone()), Times::Next(2));
        let said = answer(&server, &ask()).await;
        assert_eq!(said.get("usage").is_none(), missing);
        assert_eq!(said["usage"]["prompt_tokens"], prompt, "{fault:?}");
        let chunks = chunks(&server, &stream()).await;
        let last = chunks.last().unwrap();
        assert_eq!(last["choices"] != json!([]), missing);
        assert_eq!(last["usage"]["prompt_tokens"], prompt, "{fault:?}");
    }
    let bill = server.bill();
    assert!(bill.lines().all(|line| line.nano_usd == 132_000));
    assert_eq!(bill.lines().len(), 14);
}

#[tokio::test]
async fn usage_can_be_cumulative_or_come_twice_or_name_others() {
    let server = start(glm().exact_output(10)).await;
    server.fail(Fault::Usage(UsageFault::Cumulative), Times::Once);
    let cumulative: Vec<_> = chunks(&server, &stream()).await;
    let counts = cumulative
        .iter()
        .map(|c| c["usage"]["completion_tokens"].as_u64().unwrap());
    assert_eq!(
        counts.collect::<Vec<_>>(),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10]
    );
    server.fail(Fault::Usage(UsageFault::Twice), Times::Once);
    let twice = chunks(&server, &stream()).await;
    assert_eq!(
        twice.iter().filter(|c| c["choices"] == json!([])).count(),
        2
    );
    let model = UsageFault::Model("gpt-x".to_owned());
    server.fail(Fault::Usage(model), Times::Once);
    assert_eq!(answer(&server, &ask()).await["model"], "gpt-x");
    let tier = UsageFault::Tier("priority".to_owned());
    server.fail(Fault::Usage(tier), Times::Once);
    let named = answer(&server, &ask()).await;
    assert_eq!(named["service_tier"], "priority");
    assert!(server.bill().lines().all(|line| line.model == "glm-5"));
}
