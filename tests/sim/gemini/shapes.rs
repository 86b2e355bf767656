use http::Method;
use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Fault, Model, Provider, Times, UsageFault};

use super::{NAME, answer, ask, events, functions, parts, post, pro, said, start};
use crate::client::{send, text, whole, with};

#[tokio::test]
async fn a_whole_answer_has_googles_shape_and_bill() {
    let model = pro().cached_tokens(2).reasoning(10).exact_output(30);
    let server = start(model).await;
    let answer = answer(&server, &ask()).await;
    let candidate = &answer["candidates"][0];
    assert_eq!(candidate["content"]["role"], "model");
    assert_eq!(candidate["finishReason"], "STOP");
    assert_eq!(candidate["index"], 0);
    assert_eq!(answer["modelVersion"], NAME);
    assert!(answer["responseId"].is_string());
    assert_eq!(said(std::slice::from_ref(&answer), true), "");
    // The prompt includes what was cached; the thoughts stand apart from the answer.
    assert_eq!(
        answer["usageMetadata"],
        json!({
            "promptTokenCount": 6,
            "cachedContentTokenCount": 2,
            "candidatesTokenCount": 20,
            "thoughtsTokenCount": 10,
            "totalTokenCount": 36,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 6}],
            "serviceTier": "standard",
        })
    );
    // 4 x 2000 + 2 x 200 + 30 x 12000
    assert_eq!(server.bill().total_nano_usd(), 368_400);
    assert_eq!(server.bill().line(1).unwrap().reasoning_tokens, 10);
}

#[tokio::test]
async fn a_stream_has_cumulative_usage_and_says_the_same() {
    let server = start(pro().reasoning(10)).await;
    let thinking = json!({"generationConfig": {"thinkingConfig": {"includeThoughts": true}}});
    let body = with(ask(), thinking);
    let responses = events(&server, &body).await;
    let totals = responses
        .iter()
        .map(|r| r["usageMetadata"]["totalTokenCount"].as_u64());
    let totals: Vec<_> = totals.map(Option::unwrap).collect();
    assert!(totals.is_sorted());
    let (last, before) = responses.split_last().unwrap();
    assert!(
        before
            .iter()
            .all(|r| r["candidates"][0].get("finishReason").is_none())
    );
    assert_eq!(last["candidates"][0]["finishReason"], "STOP");
    assert_eq!(parts(last)[0]["text"], "");
    assert!(parts(last)[0]["thoughtSignature"].is_string());
    let plain = answer(&server, &body).await;
    assert_eq!(last["usageMetadata"], plain["usageMetadata"]);
    let plain = std::slice::from_ref(&plain);
    assert_eq!(said(&responses, false), said(plain, false));
    assert_eq!(said(&responses, true), said(plain, true));
    assert_eq!(said(plain, true).split(' ').count(), 10);
    let lines: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert_eq!(lines[0], lines[1]);
}

#[tokio::test]
async fn without_events_a_stream_is_one_list() {
    let server = start(pro()).await;
    let response = post(&server, "streamGenerateContent", &ask()).await;
    let kind = &response.headers()["content-type"];
    assert_eq!(kind, "application/json; charset=UTF-8");
    let listed: Vec<Value> = serde_json::from_str(&text(response).await).unwrap();
    let streamed = events(&server, &ask()).await;
    assert_eq!(listed.len(), streamed.len());
    assert_eq!(said(&listed, false), said(&streamed, false));
    server.fail(Fault::ErrorEventAfter(2), Times::Once);
    let response = post(&server, "streamGenerateContent", &ask()).await;
    let failed: Vec<Value> = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(failed.len(), 3);
    assert_eq!(failed[2]["error"]["status"], "UNAVAILABLE");
    server.fail(Fault::status(429), Times::Once);
    let response = post(&server, "streamGenerateContent", &ask()).await;
    assert_eq!(response.status(), 429);
    assert_eq!(
        whole(response).await[0]["error"]["status"],
        "RESOURCE_EXHAUSTED"
    );
    let broken = post(&server, "streamGenerateContent", &json!({})).await;
    assert_eq!(whole(broken).await[0]["error"]["code"], 400);
    server.fail(Fault::NoDone, Times::Once);
    let open = text(post(&server, "streamGenerateContent", &ask()).await).await;
    assert!(!open.contains("finishReason") && !open.ends_with(']'));
}

#[tokio::test]
async fn errors_have_googles_form_and_their_details() {
    let server = start(pro()).await;
    let mut busy = Fault::status(429);
    if let Fault::Status { retry_after, .. } = &mut busy {
        *retry_after = Some("34.4".to_owned());
    }
    server.fail(busy, Times::Once);
    let response = post(&server, "generateContent", &ask()).await;
    assert_eq!(response.status(), 429);
    assert!(!response.headers().contains_key("retry-after"));
    let error = whole(response).await;
    assert_eq!(error["error"]["status"], "RESOURCE_EXHAUSTED");
    let details = error["error"]["details"].as_array().unwrap();
    assert!(
        details[0]["@type"]
            .as_str()
            .unwrap()
            .ends_with("QuotaFailure")
    );
    assert_eq!(details[1]["retryDelay"], "34.4s");
    for (status, word) in [
        (500, "INTERNAL"),
        (503, "UNAVAILABLE"),
        (504, "DEADLINE_EXCEEDED"),
    ] {
        server.fail(Fault::status(status), Times::Once);
        let response = post(&server, "generateContent", &ask()).await;
        assert_eq!(response.status(), status);
        assert_eq!(whole(response).await["error"]["status"], word);
    }
    server.fail(Fault::ErrorEventAfter(3), Times::Once);
    let failed = events(&server, &ask()).await;
    assert_eq!(failed.len(), 4);
    assert_eq!(failed[3]["error"]["code"], 503);
    // Three responses of four tokens each were written.
    assert_eq!(server.bill().lines().last().unwrap().completion_tokens, 12);
}

#[tokio::test]
async fn functions_are_called_and_their_responses_answered() {
    let server = start(pro()).await;
    let body = with(ask(), json!({"tools": functions()}));
    let called = answer(&server, &body).await;
    let candidate = &called["candidates"][0];
    assert_eq!(candidate["finishReason"], "STOP");
    let call = &parts(&called)[0];
    let expected = json!({"name": "get_weather", "args": {"city": "text"}});
    assert_eq!(call["functionCall"], expected);
    let streamed = events(&server, &body).await;
    assert_eq!(streamed.len(), 1);
    assert_eq!(parts(&streamed[0])[0], *call);
    let response = json!({"name": "get_weather", "response": {"result": "Rain."}});
    let contents = json!([
        body["contents"][0],
        candidate["content"],
        {"role": "user", "parts": [{"functionResponse": response}]},
    ]);
    let last = answer(&server, &with(body, json!({"contents": contents}))).await;
    assert!(parts(&last)[0]["text"].is_string());
    let ids = start(pro().call_ids(true)).await;
    let called = answer(&ids, &with(ask(), json!({"tools": functions()}))).await;
    assert!(parts(&called)[0]["functionCall"]["id"].is_string());
}

#[tokio::test]
async fn several_candidates_come_by_their_index() {
    let server = start(pro().exact_output(10)).await;
    let body = with(ask(), json!({"generationConfig": {"candidateCount": 2}}));
    let plain = answer(&server, &body).await;
    assert_eq!(plain["candidates"][1]["index"], 1);
    assert_eq!(plain["usageMetadata"]["candidatesTokenCount"], 20);
    let streamed = events(&server, &body).await;
    let ends = streamed
        .iter()
        .filter(|r| r["candidates"][0]["finishReason"] == "STOP");
    assert_eq!(ends.count(), 2);
    assert_eq!(
        streamed.last().unwrap()["usageMetadata"],
        plain["usageMetadata"]
    );
}

#[tokio::test]
async fn usage_can_be_wrong_and_the_bill_stays_right() {
    let server = start(pro().exact_output(8)).await;
    let right = events(&server, &ask()).await.len();
    let cost = server.bill().total_nano_usd();
    server.fail(Fault::Usage(UsageFault::Zero), Times::Next(2));
    assert_eq!(
        answer(&server, &ask()).await["usageMetadata"]["totalTokenCount"],
        0
    );
    assert_eq!(
        events(&server, &ask()).await[0]["usageMetadata"]["totalTokenCount"],
        0
    );
    server.fail(Fault::Usage(UsageFault::Missing), Times::Once);
    assert_eq!(answer(&server, &ask()).await.get("usageMetadata"), None);
    server.fail(Fault::Usage(UsageFault::Twice), Times::Once);
    assert_eq!(events(&server, &ask()).await.len(), right + 1);
    server.fail(
        Fault::Usage(UsageFault::Model("gemini-x".to_owned())),
        Times::Once,
    );
    assert_eq!(answer(&server, &ask()).await["modelVersion"], "gemini-x");
    let lines: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert_eq!(lines, vec![cost; 6]);
}

#[tokio::test]
async fn tokens_are_counted_models_listed_and_both_versions_served() {
    let provider = Provider::new("google")
        .dialect(Dialect::Gemini)
        .key("right");
    let provider = provider.model(pro()).model(Model::new("gemini-b"));
    let server = provider.start().await.unwrap();
    assert_eq!(server.base_url(), format!("http://{}", server.addr()));
    let key = [("x-goog-api-key", "right")];
    let get = async |path: &str| {
        let response = send(&server, Method::GET, path, &key, &Value::Null).await;
        (response.status().as_u16(), whole(response).await)
    };
    for version in ["v1", "v1beta"] {
        let (_, list) = get(&format!("/{version}/models")).await;
        assert_eq!(list["models"][0]["name"], format!("models/{NAME}"));
        assert_eq!(list.get("nextPageToken"), None);
        let (_, model) = get(&format!("/{version}/models/gemini-b")).await;
        assert_eq!(model["name"], "models/gemini-b");
        let path = format!("/{version}/models/gemini-b:generateContent?key=right");
        let response = send(&server, Method::POST, &path, &[], &ask()).await;
        assert_eq!(response.status(), 200);
    }
    let (_, page) = get("/v1beta/models?pageSize=1").await;
    let next = page["nextPageToken"].as_str().unwrap();
    let (_, page) = get(&format!("/v1beta/models?pageSize=1&pageToken={next}")).await;
    assert_eq!(page["models"][0]["name"], "models/gemini-b");
    let path = "/v1beta/models/gemini-b:countTokens";
    let counted = whole(send(&server, Method::POST, path, &key, &ask()).await).await;
    assert_eq!(counted["totalTokens"], 6);
    let nested =
        json!({"generateContentRequest": with(ask(), json!({"model": "models/gemini-b"}))});
    let counted = whole(send(&server, Method::POST, path, &key, &nested).await).await;
    assert_eq!(counted["totalTokens"], 6);
}
