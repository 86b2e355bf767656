use http::Method;
use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Fault, Framing, Provider, Times, UsageFault};

use super::{VERSION, answer, ask, claude, events, gathered, parse, post, start, tool};
use crate::client::{send, text, whole, with};

#[tokio::test]
async fn a_whole_answer_has_anthropics_shape_and_bill() {
    let server = start(claude().cached_tokens(2).exact_output(30)).await;
    let response = post(&server, &ask()).await;
    let headers = response.headers().clone();
    assert!(headers["request-id"].to_str().unwrap().starts_with("req_"));
    for name in [
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-input-tokens-limit",
        "anthropic-ratelimit-output-tokens-remaining",
    ] {
        assert!(
            headers[name].to_str().unwrap().parse::<u64>().is_ok(),
            "{name}"
        );
    }
    let reset = headers["anthropic-ratelimit-tokens-reset"]
        .to_str()
        .unwrap();
    assert!(reset.len() == 20 && reset.ends_with('Z'), "{reset}");
    let message = whole(response).await;
    assert!(message["id"].as_str().unwrap().starts_with("msg_01"));
    assert_eq!(message["type"], "message");
    assert_eq!(message["role"], "assistant");
    assert_eq!(message["model"], "claude-opus-4-6");
    assert_eq!(message["stop_reason"], "end_turn");
    assert_eq!(message["stop_sequence"], Value::Null);
    assert_eq!(message["content"][0]["type"], "text");
    // 3 for the message and 3 for nine bytes, of which 2 were cached.
    assert_eq!(
        message["usage"],
        json!({
            "input_tokens": 4,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 2,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 30,
            "service_tier": "standard",
            "inference_geo": "global",
        })
    );
    // 4 x 3000 + 2 x 300 + 30 x 15000
    assert_eq!(server.bill().total_nano_usd(), 462_600);
}

#[tokio::test]
async fn what_is_written_to_the_cache_is_billed_by_its_time() {
    let model = claude()
        .prompt_tokens(100)
        .cached_tokens(40)
        .exact_output(10);
    let server = start(model.cache_writes(50)).await;
    answer(&server, &ask()).await;
    let system = |control: Value| {
        let block = json!({"type": "text", "text": "Be terse.", "cache_control": control});
        with(ask(), json!({"system": [block]}))
    };
    let short = answer(&server, &system(json!({"type": "ephemeral"}))).await;
    assert_eq!(short["usage"]["input_tokens"], 10);
    assert_eq!(short["usage"]["cache_read_input_tokens"], 40);
    assert_eq!(short["usage"]["cache_creation_input_tokens"], 50);
    assert_eq!(
        short["usage"]["cache_creation"]["ephemeral_5m_input_tokens"],
        50
    );
    let long = answer(&server, &system(json!({"type": "ephemeral", "ttl": "1h"}))).await;
    assert_eq!(
        long["usage"]["cache_creation"]["ephemeral_1h_input_tokens"],
        50
    );
    let bill = server.bill();
    let lines: Vec<_> = bill
        .lines()
        .map(|l| (l.cache_write_tokens, l.nano_usd))
        .collect();
    // 60 x 3000, 40 x 300 and 10 x 15000; then 10 x 3000 and 50 x 3750, then 50 x 6000.
    assert_eq!(lines, [(0, 342_000), (50, 379_500), (50, 492_000)]);
}

#[tokio::test]
async fn a_stream_has_anthropics_events_and_says_the_same() {
    let server = start(claude()).await;
    let events = events(&server, &with(ask(), json!({"stream": true}))).await;
    let kinds: Vec<_> = events.iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(kinds[..3], ["message_start", "content_block_start", "ping"]);
    let end = ["content_block_stop", "message_delta", "message_stop"];
    assert_eq!(kinds[kinds.len() - 3..], end);
    let start = &events[0]["message"];
    assert_eq!(start["content"], json!([]));
    assert_eq!(start["usage"]["input_tokens"], 6);
    assert_eq!(start["usage"]["output_tokens"], 1);
    let mut streamed = gathered(&events);
    let mut plain = answer(&server, &ask()).await;
    for message in [&mut streamed, &mut plain] {
        message["id"].take();
        message["content"][0]["citations"].take();
    }
    assert_eq!(streamed, plain);
    let lines: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert_eq!(lines[0], lines[1]);
}

#[tokio::test]
async fn tools_are_called_in_pieces_and_their_results_answered() {
    let server = start(claude()).await;
    let ask = with(ask(), json!({"tools": [tool()]}));
    let events = events(&server, &with(ask.clone(), json!({"stream": true}))).await;
    let deltas = events
        .iter()
        .filter(|e| e["delta"]["type"] == "input_json_delta");
    let pieces: Vec<_> = deltas
        .map(|e| e["delta"]["partial_json"].as_str().unwrap())
        .collect();
    assert!(pieces.len() > 2 && pieces[0].is_empty());
    let called = gathered(&events);
    assert_eq!(called["stop_reason"], "tool_use");
    let call = &called["content"][0];
    assert_eq!(call["input"], json!({"city": "text"}));
    assert!(call["id"].as_str().unwrap().starts_with("toolu_01"));
    let plain = answer(&server, &ask).await;
    assert_eq!(plain["content"], called["content"]);
    let result = json!({"type": "tool_result", "tool_use_id": call["id"], "content": "Rain."});
    let more = json!({"messages": [
        ask["messages"][0],
        {"role": "assistant", "content": called["content"]},
        {"role": "user", "content": [result]},
    ]});
    let last = answer(&server, &with(ask, more)).await;
    assert_eq!(last["content"][0]["type"], "text");
    assert_eq!(last["stop_reason"], "end_turn");
}

#[tokio::test]
async fn a_tool_without_arguments_has_no_pieces() {
    let server = start(claude()).await;
    let tool = json!({"name": "now", "input_schema": {"type": "object"}});
    let body = with(ask(), json!({"tools": [tool], "stream": true}));
    let events = events(&server, &body).await;
    let deltas = events.iter().filter(|e| e["type"] == "content_block_delta");
    let deltas: Vec<_> = deltas.map(|e| &e["delta"]["partial_json"]).collect();
    assert_eq!(deltas, [""]);
    assert_eq!(gathered(&events)["content"][0]["input"], json!({}));
}

#[tokio::test]
async fn errors_have_anthropics_form_status_and_headers() {
    let server = start(claude()).await;
    for (status, kind) in [
        (401, "authentication_error"),
        (402, "billing_error"),
        (404, "not_found_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (529, "overloaded_error"),
    ] {
        let mut fault = Fault::status(status);
        if let Fault::Status { retry_after, .. } = &mut fault {
            *retry_after = Some("7".to_owned());
        }
        server.fail(fault, Times::Once);
        let response = post(&server, &ask()).await;
        assert_eq!(response.status(), status);
        let headers = response.headers().clone();
        assert_eq!(headers["retry-after"], "7");
        let error = whole(response).await;
        assert_eq!(error["type"], "error");
        assert_eq!(error["error"]["type"], kind);
        assert_eq!(error["request_id"], headers["request-id"].to_str().unwrap());
    }
    assert_eq!(server.bill().total_nano_usd(), 0);
}

#[tokio::test]
async fn streams_go_wrong_on_command() {
    let server = start(claude().exact_output(20)).await;
    let stream = with(ask(), json!({"stream": true}));
    server.fail(Fault::ErrorEventAfter(5), Times::Once);
    let failed = events(&server, &stream).await;
    assert_eq!(failed.len(), 6);
    assert_eq!(failed[5]["error"]["type"], "overloaded_error");
    assert!(failed[5]["request_id"].is_string());
    // message_start, content_block_start and ping, then two tokens.
    assert_eq!(server.bill().line(1).unwrap().completion_tokens, 2);
    server.fail(Fault::NoDone, Times::Once);
    let open = events(&server, &stream).await;
    assert_eq!(open.last().unwrap()["type"], "message_delta");
    server.fail(Fault::Garbage, Times::Once);
    let broken = text(post(&server, &stream).await).await;
    let last = broken.trim_end().lines().last().unwrap();
    assert!(serde_json::from_str::<Value>(last.trim_start_matches("data: ")).is_err());
    server.fail(Fault::Framing(Framing::CrLf), Times::Once);
    let crlf = text(post(&server, &stream).await).await;
    assert!(crlf.contains("\r\n\r\n"));
    assert_eq!(
        parse(&crlf.replace("\r\n", "\n")).last().unwrap()["type"],
        "message_stop"
    );
}

#[tokio::test]
async fn usage_can_be_wrong_and_the_bill_stays_right() {
    let server = start(claude().exact_output(20)).await;
    let stream = with(ask(), json!({"stream": true}));
    let right = events(&server, &stream).await.len();
    let cost = server.bill().total_nano_usd();
    for (fault, input) in [
        (UsageFault::Zero, json!(0)),
        (UsageFault::Negative, json!(-5)),
        (UsageFault::Text, json!("12")),
    ] {
        server.fail(Fault::Usage(fault), Times::Next(2));
        let wrong = answer(&server, &ask()).await;
        assert_eq!(wrong["usage"]["input_tokens"], input);
        let wrong = gathered(&events(&server, &stream).await);
        assert_eq!(wrong["usage"]["input_tokens"], input);
    }
    server.fail(Fault::Usage(UsageFault::Missing), Times::Once);
    assert_eq!(answer(&server, &ask()).await.get("usage"), None);
    server.fail(Fault::Usage(UsageFault::Twice), Times::Once);
    assert_eq!(events(&server, &stream).await.len(), right + 1);
    server.fail(
        Fault::Usage(UsageFault::Model("claude-x".to_owned())),
        Times::Once,
    );
    assert_eq!(answer(&server, &ask()).await["model"], "claude-x");
    let lines: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert_eq!(lines, vec![cost; lines.len()]);
}

#[tokio::test]
async fn tokens_are_counted_and_models_listed() {
    let provider = Provider::new("anthropic")
        .dialect(Dialect::Anthropic)
        .key("sk-ant");
    let names = ["claude-a", "claude-b", "claude-c"];
    let provider = names.iter().fold(provider, |provider, name| {
        provider.model(tower_genai::sim::Model::new(*name))
    });
    let server = provider.start().await.unwrap();
    assert_eq!(server.base_url(), format!("http://{}", server.addr()));
    let get = async |path: &str| {
        let headers = [VERSION, ("x-api-key", "sk-ant")];
        let response = send(&server, Method::GET, path, &headers, &Value::Null).await;
        (response.status().as_u16(), whole(response).await)
    };
    let (status, list) = get("/v1/models").await;
    assert_eq!(status, 200);
    assert_eq!(list["has_more"], false);
    assert_eq!(list["first_id"], "claude-a");
    assert_eq!(list["last_id"], "claude-c");
    assert_eq!(list["data"][1]["type"], "model");
    let (_, page) = get("/v1/models?limit=1&after_id=claude-a").await;
    assert_eq!(page["data"][0]["id"], "claude-b");
    assert_eq!(page["has_more"], true);
    let (_, page) = get("/v1/models?limit=1&before_id=claude-c").await;
    assert_eq!(page["data"][0]["id"], "claude-b");
    assert_eq!(get("/v1/models?limit=0").await.0, 400);
    assert_eq!(get("/v1/models/claude-b").await.1["id"], "claude-b");
    let (status, error) = get("/v1/models/claude-z").await;
    assert_eq!(
        (status, &error["error"]["type"]),
        (404, &json!("not_found_error"))
    );
    let body = json!({
        "model": "claude-a",
        "system": "x",
        "messages": [{"role": "user", "content": "Hello you"}],
    });
    let bearer = [VERSION, ("authorization", "Bearer sk-ant")];
    let path = "/v1/messages/count_tokens";
    let counted = send(&server, Method::POST, path, &bearer, &body).await;
    assert_eq!(whole(counted).await, json!({"input_tokens": 10}));
    let body = with(body, json!({"max_tokens": 5}));
    let refused = send(&server, Method::POST, path, &bearer, &body).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(server.bill().total_nano_usd(), 0);
}
