//! A user's own dialect reads usage with the crate's readers, and what they say sets the price.

use http::{HeaderMap, header::InvalidHeaderValue};
use tower::ServiceExt;
use tower_genai::{
    Body,
    catalog::Catalog,
    chat::Sink,
    dispatch::{
        Answer, Dialect, Encoded, Outgoing, Secret, Seen, Step, Unreadable,
        usage::{Reader, Shape},
    },
    observe::{Finished, Outcome},
    query::{Query, Refusal},
    stack::Stack,
};

use crate::support::{CALL, call, text, whole};

#[derive(Debug)]
struct Mine;

impl Dialect for Mine {
    fn name(&self) -> &str {
        "mine"
    }

    fn request(&self, call: &Outgoing<'_>) -> Result<Encoded, Refusal> {
        Ok(Encoded::json("/messages", Body::from(call.bytes.clone())))
    }

    fn authorize(&self, _: &Secret, _: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        Ok(())
    }

    fn answer(&self, _: &Query) -> Box<dyn Answer> {
        Box::new(Whole {
            seen: Seen::default(),
            reader: Reader::new(Shape::Anthropic),
        })
    }
}

struct Whole {
    seen: Seen,
    reader: Reader,
}

impl Answer for Whole {
    fn event(&mut self, _: &[u8], _: &mut dyn Sink) -> Step {
        Step::Garbage
    }

    fn whole(&mut self, body: &[u8], _: &mut dyn Sink) -> Result<(), Unreadable> {
        self.reader.read(body)?;
        self.seen.report(self.reader.report(true));
        (self.seen.content_bytes, self.seen.done, self.seen.finished) = (1, true, true);
        Ok(())
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

async fn finish(usage: &str) -> Finished {
    let catalog = r#"
        [[provider]]
        name = "acme"
        dialect = "mine"
        base_url = "http://acme.test/v1"

        [[model]]
        name = "m"
        provider = "acme"
        price = { input = "1.00", output = "2.00", cache_write = "1.25", cache_write_1h = "2.00", regions = { us = "1.1" } }
        rates = [{ tier = "fast", input = "6.00", output = "12.00" }]

        [[model]]
        name = "adviser"
        provider = "acme"
        id = "adviser-4"
        price = { input = "10.00", output = "20.00" }
        "#;
    let answer = format!(r#"{{"usage":{usage}}}"#);
    let stack = Stack::client_with(whole(200, &answer), Catalog::from_toml(catalog).unwrap());
    let response = stack
        .dialect(Mine)
        .boxed()
        .oneshot(call(CALL))
        .await
        .unwrap();
    let outcome = response.extensions().get::<Outcome>().unwrap().clone();
    text(response).await;
    outcome.finished().await.clone()
}

#[tokio::test]
async fn tier_and_region_of_the_answer_set_the_rate() {
    for (more, nanos) in [
        ("", 300_000),
        (r#","inference_geo":"us""#, 330_000),
        (r#","inference_geo":"global""#, 300_000),
        (r#","speed":"fast""#, 1_800_000),
        (r#","service_tier":"standard""#, 300_000),
        // Five minutes are not an hour, and who does not say may mean the hour.
        (
            r#","cache_creation_input_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":100}"#,
            425_000,
        ),
        (r#","cache_creation_input_tokens":100"#, 500_000),
    ] {
        let finished = finish(&format!(
            r#"{{"input_tokens":100,"output_tokens":100{more}}}"#
        ))
        .await;
        assert_eq!(finished.cost.unwrap().nanos(), nanos, "{more}");
        assert!(finished.exact);
    }
}

#[tokio::test]
async fn each_model_that_has_worked_on_a_call_is_paid_its_own_price() {
    let usage = r#"{"input_tokens":100,"output_tokens":10,"iterations":[
        {"type":"message","input_tokens":100,"output_tokens":10},
        {"type":"advisor_message","model":"adviser-4","input_tokens":50,"output_tokens":5}]}"#;
    let finished = finish(usage).await;
    assert_eq!(finished.cost.unwrap().nanos(), 120_000 + 600_000);
    assert_eq!(finished.usage.unwrap().prompt(), 150);
}
