use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Model, Provider, Server};

use super::{NAME, answer, ask, functions, parts, pro, refusal, start};
use crate::client::{send, whole, with};

/// A turn in which these parts of the model's are answered by function responses.
fn turn(model: &Value, names: &[&str]) -> Value {
    let response = |name: &&str| json!({"functionResponse": {"name": name, "response": {}}});
    let responses: Vec<_> = names.iter().map(response).collect();
    let contents = json!([
        ask()["contents"][0],
        {"role": "model", "parts": model},
        {"role": "user", "parts": responses},
    ]);
    with(ask(), json!({"contents": contents, "tools": functions()}))
}

async fn called(server: &Server) -> Vec<Value> {
    let labels = json!({"tools": functions(), "labels": {"sim": "parallel=2"}});
    parts(&answer(server, &with(ask(), labels)).await)
}

#[tokio::test]
async fn the_first_call_of_a_turn_is_signed_and_comes_back_so() {
    let server = start(pro()).await;
    let calls = called(&server).await;
    assert!(calls[0]["thoughtSignature"].is_string());
    assert_eq!(calls[1].get("thoughtSignature"), None);
    let names = ["get_weather", "now"];
    answer(&server, &turn(&json!(calls), &names)).await;
    let mut bare = calls.clone();
    bare[0].as_object_mut().unwrap().remove("thoughtSignature");
    let told = refusal(&server, &turn(&json!(bare), &names)).await;
    assert!(told.contains("missing a thought_signature"), "{told}");
    assert!(
        told.contains("`default_api:get_weather` , position 2"),
        "{told}"
    );
    let signed = |signature: &Value| {
        let mut calls = calls.clone();
        calls[0]["thoughtSignature"] = signature.clone();
        turn(&json!(calls), &names)
    };
    answer(&server, &signed(&json!("skip_thought_signature_validator"))).await;
    let told = refusal(&server, &signed(&json!("c2ln"))).await;
    assert!(told.contains("Thought signature is not valid"), "{told}");
    let told = refusal(&server, &signed(&json!("not base64!"))).await;
    assert!(told.contains("(TYPE_BYTES)"), "{told}");
    // The signature of one call does not fit another.
    let mut moved = calls.clone();
    moved[1]["thoughtSignature"] = moved[0]["thoughtSignature"].clone();
    refusal(&server, &turn(&json!(moved), &names)).await;
    let lenient = start(pro().signatures(false)).await;
    answer(&lenient, &turn(&json!(bare), &names)).await;
}

#[tokio::test]
async fn turns_that_are_over_need_no_signature() {
    let server = start(pro()).await;
    let call = json!([{"functionCall": {"name": "now", "args": {}}}]);
    let mut body = turn(&call, &["now"]);
    refusal(&server, &body).await;
    let more = [
        json!({"role": "model", "parts": [{"text": "Noon."}]}),
        json!({"role": "user", "parts": [{"text": "Thanks"}]}),
    ];
    body["contents"].as_array_mut().unwrap().extend(more);
    answer(&server, &body).await;
}

#[tokio::test]
async fn texts_that_were_thought_about_are_signed_for_their_family() {
    let server = start(pro().reasoning(5)).await;
    let said = answer(&server, &ask()).await;
    let content = said["candidates"][0]["content"].clone();
    assert!(content["parts"][0]["thoughtSignature"].is_string());
    let more = |content: &Value| {
        let user = json!({"role": "user", "parts": [{"text": "More"}]});
        with(
            ask(),
            json!({"contents": [ask()["contents"][0], content, user]}),
        )
    };
    answer(&server, &more(&content)).await;
    let mut forged = content.clone();
    forged["parts"][0]["thoughtSignature"] = "c2ln".into();
    refusal(&server, &more(&forged)).await;
    let other = Provider::new("google").dialect(Dialect::Gemini);
    let other = other.model(Model::new("gemma-3")).start().await.unwrap();
    let path = "/v1beta/models/gemma-3:generateContent";
    let response = send(&other, http::Method::POST, path, &[], &more(&content)).await;
    let error = whole(response).await;
    assert_eq!(
        error["error"]["message"], "Thought signature is not valid.",
        "{NAME}"
    );
}

#[tokio::test]
async fn thinking_is_as_much_as_is_asked_for() {
    let server = start(pro().reasoning(50)).await;
    let thinks = async |config: Value| {
        let body = with(
            ask(),
            json!({"generationConfig": {"thinkingConfig": config}}),
        );
        answer(&server, &body).await["usageMetadata"]["thoughtsTokenCount"].as_u64()
    };
    assert_eq!(thinks(json!({})).await, Some(50));
    assert_eq!(thinks(json!({"thinkingBudget": 0})).await, None);
    assert_eq!(thinks(json!({"thinkingBudget": 20})).await, Some(20));
    assert_eq!(thinks(json!({"thinkingBudget": -1})).await, Some(50));
    assert_eq!(thinks(json!({"thinkingLevel": "high"})).await, Some(50));
}
