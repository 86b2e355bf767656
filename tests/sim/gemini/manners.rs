use serde_json::{Value, json};

use super::{answer, ask, events, functions, parts, pro, refusal, said, start};
use crate::client::with;

fn told(command: &str) -> Value {
    with(ask(), json!({"labels": {"sim": command}}))
}

#[tokio::test]
async fn answers_end_as_they_are_told_to() {
    let server = start(pro()).await;
    for (command, reason, speaks) in [
        ("refusal", "SAFETY", false),
        ("filter", "SAFETY", true),
        ("pause", "CONTINUATION", true),
        ("length=5", "MAX_TOKENS", true),
        ("finish=RECITATION", "RECITATION", true),
    ] {
        let plain = answer(&server, &told(command)).await;
        assert_eq!(plain["candidates"][0]["finishReason"], reason, "{command}");
        assert_eq!(!parts(&plain).is_empty(), speaks, "{command}");
        let streamed = events(&server, &told(command)).await;
        let last = streamed.last().unwrap();
        assert_eq!(last["candidates"][0]["finishReason"], reason, "{command}");
        assert_eq!(last["usageMetadata"], plain["usageMetadata"], "{command}");
    }
    assert!(refusal(&server, &told("explode")).await.contains("explode"));
}

#[tokio::test]
async fn a_blocked_prompt_has_no_candidates() {
    let server = start(pro()).await;
    let plain = answer(&server, &told("blocked")).await;
    assert_eq!(plain.get("candidates"), None);
    assert_eq!(plain["promptFeedback"]["blockReason"], "PROHIBITED_CONTENT");
    let streamed = events(&server, &told("blocked")).await;
    assert_eq!(streamed.len(), 1);
    assert_eq!(streamed[0]["promptFeedback"], plain["promptFeedback"]);
    assert_eq!(server.bill().line(1).unwrap().completion_tokens, 0);
}

#[tokio::test]
async fn a_malformed_call_is_none() {
    let server = start(pro()).await;
    let body = with(told("malformed"), json!({"tools": functions()}));
    let plain = answer(&server, &body).await;
    assert!(parts(&plain).is_empty());
    assert_eq!(
        plain["candidates"][0]["finishReason"],
        "MALFORMED_FUNCTION_CALL"
    );
    let streamed = events(&server, &body).await;
    let last = streamed.last().unwrap();
    assert_eq!(
        last["candidates"][0]["finishReason"],
        "MALFORMED_FUNCTION_CALL"
    );
    let lines: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert_eq!(lines[0], lines[1]);
}

#[tokio::test]
async fn sources_are_cited_by_bytes() {
    let server = start(pro()).await;
    let cited = answer(&server, &told("citations; say=É is it. More.")).await;
    let grounding = &cited["candidates"][0]["groundingMetadata"];
    assert!(grounding["groundingChunks"][0]["web"]["uri"].is_string());
    let segment = &grounding["groundingSupports"][0]["segment"];
    assert_eq!(
        *segment,
        json!({"startIndex": 0, "endIndex": 9, "text": "É is it."})
    );
}

#[tokio::test]
async fn only_allowed_functions_are_called() {
    let server = start(pro()).await;
    let calls = async |config: Value| {
        let config = json!({"functionCallingConfig": config});
        let body =
            json!({"tools": functions(), "toolConfig": config, "labels": {"sim": "preamble"}});
        let said = answer(&server, &with(ask(), body)).await;
        let parts = parts(&said);
        parts
            .iter()
            .find_map(|p| p["functionCall"]["name"].as_str().map(str::to_owned))
    };
    assert_eq!(
        calls(json!({"mode": "AUTO"})).await.as_deref(),
        Some("get_weather")
    );
    let only = json!({"mode": "ANY", "allowedFunctionNames": ["now"]});
    assert_eq!(calls(only).await.as_deref(), Some("now"));
    assert_eq!(calls(json!({"mode": "NONE"})).await, None);
}

#[tokio::test]
async fn a_stop_that_is_hit_is_not_named() {
    let server = start(pro()).await;
    let body = with(
        told("stop"),
        json!({"generationConfig": {"stopSequences": ["END"]}}),
    );
    let plain = answer(&server, &body).await;
    assert_eq!(plain["candidates"][0]["finishReason"], "STOP");
    assert_eq!(said(&[plain], false).split(' ').count(), 6);
}
