use serde_json::{Value, json};
use tower_genai::sim::{Manner, Times};

use super::{answer, ask, claude, events, gathered, post, refusal, start, tool};
use crate::client::{text, with};

fn told(command: &str) -> Value {
    with(
        ask(),
        json!({"metadata": {"user_id": format!("sim:{command}")}}),
    )
}

#[tokio::test]
async fn manners_come_by_metadata_marker_model_and_fault() {
    let by_model = start(claude().manner(Manner::Pauses)).await;
    assert_eq!(answer(&by_model, &ask()).await["stop_reason"], "pause_turn");
    let server = start(claude()).await;
    assert_eq!(
        answer(&server, &told("pause")).await["stop_reason"],
        "pause_turn"
    );
    let marked = json!({"messages": [{"role": "user", "content": "Hi [[sim: pause]]"}]});
    assert_eq!(
        answer(&server, &with(ask(), marked)).await["stop_reason"],
        "pause_turn"
    );
    server.fail(tower_genai::sim::Fault::Manner(Manner::Pauses), Times::Once);
    assert_eq!(answer(&server, &ask()).await["stop_reason"], "pause_turn");
    assert_eq!(answer(&server, &ask()).await["stop_reason"], "end_turn");
    assert!(refusal(&server, &told("explode")).await.contains("explode"));
    let status = post(&server, &told("status=429;retry_after=3")).await;
    assert_eq!(status.status(), 429);
    assert_eq!(status.headers()["retry-after"], "3");
}

#[tokio::test]
async fn a_refusal_has_no_content_and_a_filter_leaves_some() {
    let server = start(claude()).await;
    for command in ["refusal", "blocked"] {
        let said = answer(&server, &told(command)).await;
        assert_eq!(said["stop_reason"], "refusal", "{command}");
        assert_eq!(said["content"], json!([]));
        assert_eq!(said["stop_details"]["type"], "refusal");
        let streamed = events(&server, &with(told(command), json!({"stream": true}))).await;
        let streamed = gathered(&streamed);
        assert_eq!(streamed["stop_details"], said["stop_details"]);
        assert_eq!(
            streamed["usage"]["output_tokens"],
            said["usage"]["output_tokens"]
        );
    }
    let said = answer(&server, &told("filter")).await;
    assert_eq!(said["stop_reason"], "refusal");
    assert!(!said["content"][0]["text"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn stops_are_told_and_lengths_kept() {
    let server = start(claude()).await;
    let stop = with(told("stop"), json!({"stop_sequences": ["END", "."]}));
    let said = answer(&server, &stop).await;
    assert_eq!(said["stop_reason"], "stop_sequence");
    assert_eq!(said["stop_sequence"], "END");
    let found = answer(&server, &with(ask(), json!({"stop_sequences": ["."]}))).await;
    assert_eq!(found["stop_sequence"], ".");
    let cut = answer(&server, &told("length=5")).await;
    assert_eq!(cut["stop_reason"], "max_tokens");
    assert_eq!(cut["usage"]["output_tokens"], 5);
}

#[tokio::test]
async fn citations_name_their_source() {
    let server = start(claude()).await;
    let said = answer(&server, &told("citations; say=É is it. More.")).await;
    let citation = &said["content"][0]["citations"][0];
    assert_eq!(citation["type"], "web_search_result_location");
    assert_eq!(citation["cited_text"], "É is it.");
    let body = with(
        told("citations; say=É is it. More."),
        json!({"stream": true}),
    );
    let streamed = gathered(&events(&server, &body).await);
    assert_eq!(streamed["content"][0], said["content"][0]);
}

#[tokio::test]
async fn several_tools_are_called_at_once_if_that_is_let() {
    let server = start(claude()).await;
    let tools = json!({"tools": [tool(), {"name": "now", "input_schema": {"type": "object"}}]});
    let body = with(told("parallel=3; preamble"), tools);
    let said = answer(&server, &body).await;
    let blocks = said["content"].as_array().unwrap();
    let names: Vec<_> = blocks.iter().filter_map(|b| b["name"].as_str()).collect();
    assert_eq!(blocks[0]["type"], "text");
    assert_eq!(names, ["get_weather", "now", "get_weather"]);
    assert_ne!(blocks[1]["id"], blocks[3]["id"]);
    let streamed = events(&server, &with(body.clone(), json!({"stream": true}))).await;
    assert_eq!(gathered(&streamed)["content"].as_array().unwrap().len(), 4);
    let single = json!({"tool_choice": {"type": "auto", "disable_parallel_tool_use": true}});
    let said = answer(&server, &with(body, single)).await;
    assert_eq!(said["content"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_call_can_be_malformed() {
    let server = start(claude()).await;
    let body = with(told("malformed"), json!({"tools": [tool()]}));
    let said = answer(&server, &body).await;
    assert_eq!(
        said["content"][0]["input"],
        json!({"INVALID_JSON": "{\"broken\":\""})
    );
    let stream = text(post(&server, &with(body, json!({"stream": true}))).await).await;
    assert!(stream.contains("oken") && !stream.contains("city"));
}
