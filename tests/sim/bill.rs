//! The bill, against sums reckoned by hand.

use serde_json::json;
use tower_genai::sim::{Model, Provider};

use crate::client::{answer, ask, glm, http1, start, stream, text, try_post, with};

#[tokio::test]
async fn the_bill_is_what_one_reckons_by_hand() {
    let model = glm().prompt_tokens(100).cached_tokens(40).exact_output(10);
    let server = start(model.reasoning(4)).await;
    answer(&server, &ask()).await;
    let three = answer(&server, &with(ask(), json!({"n": 3, "max_tokens": 10}))).await;
    assert_eq!(three["choices"].as_array().unwrap().len(), 3);
    assert_eq!(three["choices"][2]["finish_reason"], "stop");
    assert_eq!(three["usage"]["completion_tokens"], 30);
    let bill = server.bill();
    let line = bill.line(1).unwrap();
    // 60 x 1000 + 40 x 200 + 10 x 3200
    assert_eq!(line.nano_usd, 100_000);
    assert_eq!(line.reasoning_tokens, 4);
    assert!(!line.cut && !line.streamed);
    assert_eq!(bill.line(2).unwrap().nano_usd, 164_000);
    assert_eq!(bill.total_nano_usd(), 264_000);
    assert_eq!(bill.total_usd(), "0.000264000");
    assert_eq!(bill.billed(), 2);
}

#[tokio::test]
async fn a_fraction_of_a_nano_is_rounded_up_for_each_call() {
    // 0.0001 USD per million is 100 pico per token.
    let model = Model::new("glm-5").price("0.0001", "0").prompt_tokens(11);
    let server = start(model).await;
    answer(&server, &ask()).await;
    answer(&server, &ask()).await;
    assert_eq!(server.bill().total_nano_usd(), 4);
}

#[tokio::test]
async fn a_bad_price_fails_the_start() {
    let model = Model::new("m").price("1,00", "2");
    let error = Provider::new("p").model(model).start().await.unwrap_err();
    assert!(error.to_string().contains("1,00"));
}

#[tokio::test]
async fn many_calls_at_once_are_all_on_the_bill() {
    let server = start(glm().prompt_tokens(10).exact_output(10)).await;
    let http = http1();
    let (plain, streamed) = (ask(), stream());
    let calls = (0..64).map(|i| {
        let body = if i % 2 == 0 { &plain } else { &streamed };
        let call = try_post(&http, &server, body);
        async { text(call.await.unwrap()).await }
    });
    futures::future::join_all(calls).await;
    let bill = server.bill();
    assert_eq!(bill.billed(), 64);
    assert_eq!(bill.total_nano_usd(), 64 * 42_000);
}

#[tokio::test]
async fn old_calls_are_forgotten_but_not_their_cost() {
    let model = glm().prompt_tokens(10).exact_output(10);
    let server = Provider::new("p")
        .keep(2)
        .model(model)
        .start()
        .await
        .unwrap();
    for _ in 0..5 {
        answer(&server, &ask()).await;
    }
    assert_eq!(server.calls().len(), 2);
    assert_eq!(server.bill().lines().len(), 2);
    assert_eq!(server.bill().total_nano_usd(), 5 * 42_000);
}
