//! What a provider says that a call costs, against what its price comes to.

use std::sync::{Arc, Mutex};

use tower_genai::{observe::Finished, stack::Stack};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{CALL, PRICED, budget, catalog, finish, held, spent, whole};

/// A thousand tokens in and out cost 3 000 000 nano-dollars; `more` is what else the usage says.
fn answer(more: &str) -> String {
    format!(
        r#"{{"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"x"}},"finish_reason":"stop"}}],
            "usage":{{"prompt_tokens":1000,"completion_tokens":1000{more}}}}}"#
    )
}

async fn settle(model: &str, more: &str) -> Finished {
    let stack = Stack::client_with(whole(200, &answer(more)), catalog("", model));
    // A prompt that can be as long as is said.
    finish(stack, &CALL.replace("hi", &"x".repeat(1_000))).await
}

#[tokio::test]
async fn who_sends_the_bill_is_believed() {
    for (more, nanos) in [
        (r#","cost":0.002"#, 2_000_000),
        (r#","cost":0.0050000001"#, 5_000_001),
        (r#","cost":"0.004""#, 4_000_000),
        (r#","cost_in_usd_ticks":30920000"#, 3_092_000),
        (r#","cost":0.003"#, 3_000_000),
        // No discount is higher.
        (r#","cost":0.0003"#, 300_000),
    ] {
        let finished = settle(PRICED, more).await;
        assert_eq!(finished.cost.unwrap().nanos(), nanos, "{more}");
        assert_eq!(finished.reported_cost, finished.cost, "{more}");
        assert_eq!(finished.computed_cost.unwrap().nanos(), 3_000_000, "{more}");
        assert!(finished.exact);
    }
}

#[tokio::test]
async fn what_cannot_be_is_not_believed() {
    for more in [
        r#","cost":-0.001"#,
        r#","cost":"NaN""#,
        r#","cost":null"#,
        // A gateway that does not know its price says zero too.
        r#","cost":0"#,
        r#","cost":0.0"#,
        // Nor is it next to nothing.
        r#","cost":0.000299999"#,
        r#","cost":1e-9"#,
        // A slip of units: thousands of times the bound.
        r#","cost":3000"#,
        r#","cost":1e300"#,
        r#","cost":0.002,"cost":0.003"#,
        r#","cost":0.0001,"is_byok":true"#,
    ] {
        let finished = settle(PRICED, more).await;
        assert_eq!(finished.cost.unwrap().nanos(), 3_000_000, "{more}");
        assert_eq!(finished.reported_cost, None, "{more}");
    }
}

#[tokio::test]
async fn a_price_that_is_not_known_is_what_the_provider_says() {
    let finished = settle("", r#","cost":0.0042"#).await;
    assert_eq!(finished.cost.unwrap().nanos(), 4_200_000);
    assert!(finished.exact && finished.computed_cost.is_none());
    // Free must be written: not even the provider's zero says so.
    let finished = settle("", r#","cost":0"#).await;
    assert_eq!((finished.cost, finished.exact), (None, false));
    let finished = settle("", r#","cost":99999999"#).await;
    assert_eq!(finished.cost, None, "beyond any reason");
    let finished = settle("free = true", r#","cost":0"#).await;
    assert_eq!(finished.cost.unwrap().nanos(), 0);
}

#[tokio::test]
async fn a_cost_without_usage_settles() {
    let text = r#"{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":"many","completion_tokens":-1,"cost":0.0005}}"#;
    let budget = budget("10");
    let stack = Stack::client_with(whole(200, text), catalog("", PRICED)).budget(budget.clone());
    let finished = finish(stack, CALL).await;
    assert_eq!(finished.cost.unwrap().nanos(), 500_000);
    assert!(finished.exact && finished.usage.is_none());
    assert_eq!((spent(&budget), held(&budget)), (500_000, 0));
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

async fn warnings(more: &str) -> String {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    settle(PRICED, more).await;
    let log = log.0.lock().unwrap().clone();
    String::from_utf8(log).unwrap()
}

#[tokio::test]
async fn a_disagreement_is_told_and_a_rounding_is_none() {
    let told = warnings(r#","cost":0.0025"#).await;
    for word in [
        "WARN",
        "model=\"m\"",
        "provider=\"acme\"",
        "reported_usd=0.0025",
        "computed_usd=0.003",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(told.contains("believed=true"), "{told}");
    let told = warnings(r#","cost":0.0001"#).await;
    assert!(told.contains("reported_usd=0.0001"), "{told}");
    assert!(told.contains("believed=false"), "{told}");
    assert_eq!(warnings(r#","cost":0.003000001"#).await, "");
    assert_eq!(warnings("").await, "");
}
