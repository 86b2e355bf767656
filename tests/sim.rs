//! The simulated providers, by a raw HTTP client over real sockets.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};
use tower_genai::sim::{
    CutError, Event, Fault, FaultLayer, Framing, Gate, Model, OnDisconnect, Pace, Provider, Server,
    Times, UsageFault,
};

type Http = Client<HttpConnector, Full<Bytes>>;

fn http1() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

fn http2() -> Http {
    Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http()
}

/// 1000 nano-USD per token in, 200 cached, 3200 out.
fn glm() -> Model {
    Model::new("glm-5")
        .price("1.00", "3.20")
        .cached_price("0.20")
}

async fn start(model: Model) -> Server {
    Provider::new("zai").model(model).start().await.unwrap()
}

fn ask() -> Value {
    json!({"model": "glm-5", "messages": [{"role": "user", "content": "Hello you"}]})
}

fn with(mut base: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    base.as_object_mut().unwrap().extend(more);
    base
}

fn stream() -> Value {
    with(
        ask(),
        json!({"stream": true, "stream_options": {"include_usage": true}}),
    )
}

async fn try_post(http: &Http, server: &Server, body: &Value) -> Option<Response<Incoming>> {
    let request = Request::post(format!("{}/chat/completions", server.base_url()))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, "Bearer sk-test")
        .body(Full::from(body.to_string()))
        .unwrap();
    http.request(request).await.ok()
}

async fn post(server: &Server, body: &Value) -> Response<Incoming> {
    try_post(&http1(), server, body).await.unwrap()
}

async fn whole(response: Response<Incoming>) -> Value {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

async fn answer(server: &Server, body: &Value) -> Value {
    let response = post(server, body).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/json");
    whole(response).await
}

async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.into()).unwrap()
}

/// The data of each event of a stream.
fn events(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let blocks = text.split("\n\n").filter(|block| !block.is_empty());
    blocks
        .filter(|block| !block.starts_with(':'))
        .map(|block| block.strip_prefix("data: ").unwrap().to_owned())
        .collect()
}

/// The chunks of a stream that ends as it should.
async fn chunks(server: &Server, body: &Value) -> Vec<Value> {
    let response = post(server, body).await;
    let kind = &response.headers()["content-type"];
    assert_eq!(kind, "text/event-stream; charset=utf-8");
    let mut events = events(&text(response).await);
    assert_eq!(events.pop().as_deref(), Some("[DONE]"));
    let chunks = events.iter();
    chunks.map(|e| serde_json::from_str(e).unwrap()).collect()
}

fn content(chunks: &[Value]) -> String {
    let contents = chunks.iter().map(|c| &c["choices"][0]["delta"]["content"]);
    contents.filter_map(Value::as_str).collect()
}

/// Waits for an event, and fails where it does not come.
async fn happens(server: &Server, wanted: impl FnMut(&Event) -> bool) -> Event {
    let limit = Duration::from_secs(20);
    let event = tokio::time::timeout(limit, server.event(wanted)).await;
    event.expect("the event comes")
}

/// Reads up to `n` frames; what ends sooner or breaks says so by fewer.
async fn frames(body: &mut Incoming, n: usize) -> usize {
    for read in 0..n {
        match body.frame().await {
            Some(Ok(_)) => {}
            _ => return read,
        }
    }
    n
}

#[tokio::test]
async fn a_whole_answer_has_openais_shape() {
    let server = start(glm().reasoning(7).cached_tokens(2)).await;
    let response = post(&server, &ask()).await;
    let headers = response.headers();
    assert!(
        headers["x-request-id"]
            .to_str()
            .unwrap()
            .starts_with("req_")
    );
    for name in ["openai-processing-ms", "x-ratelimit-remaining-tokens"] {
        assert!(headers.contains_key(name), "{name}");
    }
    let answer = whole(response).await;
    assert!(answer["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "glm-5");
    assert_eq!(answer["service_tier"], "default");
    assert!(answer["created"].as_u64().unwrap() > 1_700_000_000);
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "stop");
    assert_eq!(choice["message"]["role"], "assistant");
    assert_eq!(choice["message"]["refusal"], Value::Null);
    let words = choice["message"]["content"].as_str().unwrap();
    let words = words.split(' ').count() as u64;
    assert!((20..=400).contains(&words));
    let usage = &answer["usage"];
    // 3 for the message, 3 for nine bytes.
    assert_eq!(usage["prompt_tokens"], 6);
    assert_eq!(usage["completion_tokens"], words + 7);
    assert_eq!(usage["total_tokens"], words + 13);
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 2);
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 7);
}

#[tokio::test]
async fn a_stream_has_openais_shape_and_says_the_same() {
    let server = start(glm().reasoning(7)).await;
    let chunks = chunks(&server, &stream()).await;
    let first = &chunks[0];
    assert_eq!(first["object"], "chat.completion.chunk");
    assert_eq!(
        first["choices"][0]["delta"],
        json!({"role": "assistant", "content": "", "refusal": null})
    );
    assert!(chunks.iter().all(|c| c["id"] == first["id"]));
    let (last, before) = chunks.split_last().unwrap();
    assert!(before.iter().all(|c| c.get("usage") == Some(&Value::Null)));
    let finish = &before.last().unwrap()["choices"][0];
    assert_eq!(finish["delta"], json!({}));
    assert_eq!(finish["finish_reason"], "stop");
    assert_eq!(last["choices"], json!([]));
    let plain = answer(&server, &ask()).await;
    assert_eq!(last["usage"], plain["usage"]);
    assert_eq!(content(&chunks), plain["choices"][0]["message"]["content"]);
    let lines: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert_eq!(lines[0], lines[1]);
}

#[tokio::test]
async fn a_stream_has_usage_only_when_asked() {
    let server = start(glm()).await;
    let chunks = chunks(&server, &with(ask(), json!({"stream": true}))).await;
    assert!(chunks.iter().all(|c| c.get("usage").is_none()));
    assert!(chunks.iter().all(|c| c["choices"] != json!([])));
}

#[tokio::test]
async fn limits_and_stops_cut_the_answer() {
    let server = start(glm().reasoning(3)).await;
    let short = answer(&server, &with(ask(), json!({"max_completion_tokens": 10}))).await;
    assert_eq!(short["choices"][0]["finish_reason"], "length");
    assert_eq!(short["usage"]["completion_tokens"], 10);
    assert_eq!(
        short["choices"][0]["message"]["content"]
            .as_str()
            .unwrap()
            .split(' ')
            .count(),
        7
    );
    let silent = answer(&server, &with(ask(), json!({"max_tokens": 2}))).await;
    assert_eq!(silent["choices"][0]["message"]["content"], "");
    assert_eq!(silent["usage"]["completion_tokens"], 2);
    let stopped = answer(&server, &with(ask(), json!({"stop": "."}))).await;
    let said = stopped["choices"][0]["message"]["content"]
        .as_str()
        .unwrap();
    assert!(!said.contains('.') && !said.is_empty());
    assert_eq!(stopped["choices"][0]["finish_reason"], "stop");
}

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

fn weather(name: &str) -> Value {
    json!({"type": "function", "function": {"name": name, "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
        "required": ["city", "unit"]}}})
}

#[tokio::test]
async fn tools_are_called_and_their_results_answered() {
    let server = start(glm()).await;
    let offer = with(ask(), json!({"tools": [weather("now"), weather("later")]}));
    let called = answer(&server, &offer).await;
    let choice = &called["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], Value::Null);
    let calls = choice["message"]["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["function"]["name"], "now");
    let arguments = calls[0]["function"]["arguments"].as_str().unwrap();
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    assert_eq!(arguments, json!({"city": "text", "unit": "C"}));

    let named = json!({"tool_choice": {"type": "function", "function": {"name": "later"}}});
    let named = answer(&server, &with(offer.clone(), named)).await;
    let call = &named["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["function"]["name"], "later");

    let none = answer(
        &server,
        &with(offer.clone(), json!({"tool_choice": "none"})),
    )
    .await;
    assert_eq!(none["choices"][0]["finish_reason"], "stop");

    let both = json!({"messages": [{"role": "user", "content": "Do both"}]});
    let both = with(offer.clone(), both);
    let two = answer(&server, &both).await;
    assert_eq!(
        two["choices"][0]["message"]["tool_calls"][1]["function"]["name"],
        "later"
    );
    let one = answer(&server, &with(both, json!({"parallel_tool_calls": false}))).await;
    assert_eq!(
        one["choices"][0]["message"]["tool_calls"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let back = json!({"messages": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": calls},
        {"role": "tool", "tool_call_id": calls[0]["id"], "content": "sunny"}]});
    let told = answer(&server, &with(offer, back)).await;
    assert_eq!(told["choices"][0]["finish_reason"], "stop");
    assert!(told["choices"][0]["message"].get("tool_calls").is_none());
}

#[tokio::test]
async fn tool_calls_are_streamed_in_pieces_by_index() {
    let server = start(glm()).await;
    let tools = json!({
        "tools": [weather("now"), weather("later")],
        "messages": [{"role": "user", "content": "both"}],
    });
    let chunks = chunks(&server, &with(stream(), tools)).await;
    let mut arguments = [String::new(), String::new()];
    let mut names = Vec::new();
    for chunk in &chunks {
        for call in chunk["choices"][0]["delta"]["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let index = call["index"].as_u64().unwrap() as usize;
            if let Some(name) = call["function"]["name"].as_str() {
                assert!(call["id"].as_str().unwrap().starts_with("call_"));
                names.push(name.to_owned());
            }
            arguments[index].push_str(call["function"]["arguments"].as_str().unwrap());
        }
    }
    assert_eq!(names, ["now", "later"]);
    for arguments in arguments {
        let arguments: Value = serde_json::from_str(&arguments).unwrap();
        assert_eq!(arguments, json!({"city": "text", "unit": "C"}));
    }
    let finish = &chunks[chunks.len() - 2]["choices"][0]["finish_reason"];
    assert_eq!(finish, "tool_calls");
    let usage = &chunks.last().unwrap()["usage"];
    assert_eq!(
        usage["completion_tokens"],
        server.bill().line(1).unwrap().completion_tokens
    );
}

#[tokio::test]
async fn formats_are_kept_to() {
    let server = start(glm()).await;
    let schema =
        json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let format = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema}});
    let said = answer(&server, &with(ask(), json!({"response_format": format}))).await;
    assert_eq!(said["choices"][0]["message"]["content"], "{\"n\":0}");
    let format = json!({"response_format": {"type": "json_object"}});
    let said = answer(&server, &with(ask(), format)).await;
    assert_eq!(
        said["choices"][0]["message"]["content"],
        "{\"answer\":\"yes\"}"
    );
}

#[tokio::test]
async fn logprobs_cover_each_token() {
    let server = start(glm().exact_output(5)).await;
    let wanted = json!({"logprobs": true, "top_logprobs": 2});
    let said = answer(&server, &with(ask(), wanted.clone())).await;
    let tokens = said["choices"][0]["logprobs"]["content"]
        .as_array()
        .unwrap();
    assert_eq!(tokens.len(), 5);
    for token in tokens {
        assert!(token["logprob"].as_f64().unwrap() <= 0.0);
        assert_eq!(token["top_logprobs"].as_array().unwrap().len(), 2);
        assert_eq!(token["top_logprobs"][0]["token"], token["token"]);
    }
    let chunks = chunks(&server, &with(stream(), wanted)).await;
    let streamed: Vec<_> = chunks
        .iter()
        .filter_map(|c| c["choices"][0]["logprobs"]["content"].as_array())
        .flatten()
        .cloned()
        .collect();
    assert_eq!(&streamed, tokens);
}

#[tokio::test]
async fn prompts_never_count_more_than_their_bytes() {
    let server = start(glm()).await;
    for words in ["", "a", "ab cd", "Grüße 🚀"] {
        let body = json!({"model": "glm-5", "max_tokens": 1, "tools": [weather("now")], "messages": [
            {"role": "system", "content": words},
            {"role": "user", "content": [{"type": "text", "text": words}]}]});
        let tokens = answer(&server, &body).await["usage"]["prompt_tokens"]
            .as_u64()
            .unwrap();
        let bytes = 2 * words.len() + 2 * 16 + body["tools"].to_string().len();
        assert!(
            (2..=bytes as u64).contains(&tokens),
            "{words}: {tokens} of {bytes}"
        );
    }
    let image = json!({"messages": [{"role": "user", "content": [
        {"type": "text", "text": "What"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]});
    let seen = answer(&server, &with(ask(), image)).await;
    assert_eq!(seen["usage"]["prompt_tokens"], 3 + 1 + 85);
}

#[tokio::test]
async fn mistakes_are_answered_as_openai_does() {
    let server = Provider::new("p")
        .model(glm().context(50).max_output(500))
        .start()
        .await
        .unwrap();
    let long = "x".repeat(1_000);
    for (body, status, code, param) in [
        (
            json!({"model": "glm-5"}),
            400,
            json!("missing_required_parameter"),
            json!("messages"),
        ),
        (
            with(ask(), json!({"messages": "hi"})),
            400,
            json!("invalid_type"),
            json!("messages"),
        ),
        (
            with(ask(), json!({"messages": []})),
            400,
            json!("empty_array"),
            json!("messages"),
        ),
        (
            with(
                ask(),
                json!({"messages": [{"role": "king", "content": "x"}]}),
            ),
            400,
            json!("invalid_value"),
            json!("messages[0].role"),
        ),
        (
            with(
                ask(),
                json!({"messages": [{"role": "tool", "tool_call_id": "x", "content": "x"}]}),
            ),
            400,
            json!("invalid_value"),
            json!("messages[0].role"),
        ),
        (
            with(ask(), json!({"messages": [{"role": "user", "content": 5}]})),
            400,
            json!("invalid_type"),
            json!("messages[0].content"),
        ),
        (json!({"messages": []}), 400, Value::Null, Value::Null),
        (json!([]), 400, Value::Null, Value::Null),
        (
            with(ask(), json!({"model": 5})),
            400,
            json!("invalid_type"),
            json!("model"),
        ),
        (
            with(ask(), json!({"model": "gpt-9"})),
            404,
            json!("model_not_found"),
            Value::Null,
        ),
        (
            with(ask(), json!({"n": 1.5})),
            400,
            json!("invalid_type"),
            json!("n"),
        ),
        (
            with(ask(), json!({"n": 0})),
            400,
            json!("integer_out_of_range"),
            json!("n"),
        ),
        (
            with(ask(), json!({"temperature": 3})),
            400,
            json!("decimal_out_of_range"),
            json!("temperature"),
        ),
        (
            with(ask(), json!({"stream_options": {"include_usage": true}})),
            400,
            json!("invalid_value"),
            json!("stream_options"),
        ),
        (
            with(ask(), json!({"tools": []})),
            400,
            json!("empty_array"),
            json!("tools"),
        ),
        (
            with(ask(), json!({"tool_choice": "auto"})),
            400,
            json!("invalid_value"),
            json!("tool_choice"),
        ),
        (
            with(ask(), json!({"max_tokens": 501})),
            400,
            json!("invalid_value"),
            json!("max_tokens"),
        ),
        (
            with(
                ask(),
                json!({"messages": [{"role": "user", "content": long}]}),
            ),
            400,
            json!("context_length_exceeded"),
            json!("messages"),
        ),
        (
            with(ask(), json!({"metadata": {"sim": "explode"}})),
            400,
            Value::Null,
            json!("metadata.sim"),
        ),
    ] {
        let response = post(&server, &body).await;
        assert_eq!(response.status(), status, "{body}");
        let error = whole(response).await;
        assert_eq!(error["error"]["type"], "invalid_request_error", "{body}");
        assert_eq!(error["error"]["code"], code, "{body}");
        assert_eq!(error["error"]["param"], param, "{body}");
        assert!(error["error"]["message"].is_string());
    }
    assert_eq!(server.bill().total_nano_usd(), 0);
}

#[tokio::test]
async fn keys_paths_methods_and_sizes_are_checked() {
    let provider = Provider::new("p")
        .key("sk-right")
        .max_body(100)
        .model(glm());
    let server = provider.start().await.unwrap();
    let send = async |method: Method, path: &str, key: &str, body: String| {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", server.addr()))
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Full::from(body))
            .unwrap();
        let response = http1().request(request).await.unwrap();
        (response.status().as_u16(), whole(response).await)
    };
    let (status, error) = send(
        Method::POST,
        "/v1/chat/completions",
        "sk-wrong",
        ask().to_string(),
    )
    .await;
    assert_eq!(
        (status, &error["error"]["code"]),
        (401, &json!("invalid_api_key"))
    );
    let (status, error) = send(Method::POST, "/v1/responses", "sk-right", String::new()).await;
    assert_eq!(
        (status, &error["error"]["type"]),
        (404, &json!("invalid_request_error"))
    );
    let (status, _) = send(Method::DELETE, "/v1/models", "sk-right", String::new()).await;
    assert_eq!(status, 405);
    let (status, error) = send(
        Method::POST,
        "/v1/chat/completions",
        "sk-right",
        "{".to_owned(),
    )
    .await;
    assert_eq!((status, &error["error"]["param"]), (400, &Value::Null));
    let (status, _) = send(
        Method::POST,
        "/v1/chat/completions",
        "sk-right",
        " ".repeat(101),
    )
    .await;
    assert_eq!(status, 413);
    let (status, list) = send(Method::GET, "/v1/models", "sk-right", String::new()).await;
    assert_eq!((status, &list["data"][0]["id"]), (200, &json!("glm-5")));
    let (status, model) = send(Method::GET, "/v1/models/glm-5", "sk-right", String::new()).await;
    assert_eq!((status, &model["object"]), (200, &json!("model")));
    let (status, _) = send(Method::GET, "/v1/models/gpt-9", "sk-right", String::new()).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn requests_are_recorded_to_the_byte() {
    let server = start(glm()).await;
    let body = ask();
    post(&server, &body).await;
    try_post(&http2(), &server, &body).await.unwrap();
    let calls = server.calls();
    assert_eq!(calls[0].version, Version::HTTP_11);
    assert_eq!(calls[1].version, Version::HTTP_2);
    for call in &calls {
        assert_eq!(call.method, Method::POST);
        assert_eq!(call.path, "/v1/chat/completions");
        assert_eq!(call.query, None);
        assert_eq!(
            call.authority.as_deref(),
            Some(server.addr().to_string().as_str())
        );
        assert_eq!(call.headers["authorization"], "Bearer sk-test");
        assert_eq!(call.body, body.to_string());
        assert!(!format!("{call:?}").contains("sk-test"));
        assert!(!format!("{call:?}").contains("Hello"));
    }
}

#[tokio::test]
async fn a_gate_lets_events_through_one_by_one() {
    let gate = Gate::new();
    let server = start(glm().exact_output(4).pace(Pace::Gated(gate.clone()))).await;
    let response = post(&server, &stream()).await;
    let mut body = response.into_body();
    gate.open(2);
    assert_eq!(frames(&mut body, 2).await, 2);
    let streamed = server.events();
    assert!(streamed.contains(&Event::Streamed { call: 1, events: 2 }));
    assert!(!streamed.contains(&Event::Streamed { call: 1, events: 3 }));
    gate.open_all();
    // Role, four words, finish, usage, [DONE]: six are left.
    assert_eq!(frames(&mut body, 7).await, 6);
    assert_eq!(server.events().last(), Some(&Event::Finished { call: 1 }));
}

#[tokio::test]
async fn a_whole_answer_passes_the_gate_once() {
    let gate = Gate::new();
    let server = start(glm().pace(Pace::Gated(gate.clone()))).await;
    let body = ask();
    let (_, answer) = tokio::join!(
        async {
            happens(&server, |e| matches!(e, Event::Received { .. })).await;
            assert_eq!(server.bill().billed(), 0);
            gate.open(1);
        },
        answer(&server, &body)
    );
    assert_eq!(answer["object"], "chat.completion");
}

#[tokio::test(start_paused = true)]
async fn a_pace_is_kept() {
    let pace = Pace::Every(Duration::from_millis(20));
    let server = start(glm().exact_output(4).pace(pace)).await;
    let before = tokio::time::Instant::now();
    text(post(&server, &stream()).await).await;
    // Eight events; the clock goes on by itself only while everything waits.
    assert!(before.elapsed() >= Duration::from_millis(160));
    let before = tokio::time::Instant::now();
    answer(&server, &ask()).await;
    assert!(before.elapsed() >= Duration::from_millis(80));
}

/// A client of `http` leaves after `events` events; the line that it is left with.
async fn leave(http: Http, then: OnDisconnect, events: usize) -> (u64, u64, bool) {
    let gate = Gate::new();
    let model = glm().prompt_tokens(100).reasoning(5).exact_output(20);
    let provider = Provider::new("p").clients_leave(then).model(model);
    let provider = provider.pace(Pace::Gated(gate.clone()));
    let server = provider.start().await.unwrap();
    let response = try_post(&http, &server, &stream()).await.unwrap();
    gate.open(events);
    let mut body = response.into_body();
    assert_eq!(frames(&mut body, events).await, events);
    drop(body);
    drop(http);
    happens(&server, |e| *e == Event::ClientGone { call: 1 }).await;
    let bill = server.bill();
    let line = bill.line(1).unwrap();
    assert_eq!(bill.total_nano_usd(), line.nano_usd);
    (line.completion_tokens, line.nano_usd, line.cut)
}

#[tokio::test]
async fn a_client_that_leaves_pays_for_what_was_written() {
    // Role, then the reasoning and the first word, then another.
    for http in [http1(), http2()] {
        let left = leave(http, OnDisconnect::Stops, 3).await;
        assert_eq!(left, (7, 100 * 1_000 + 7 * 3_200, true));
    }
    let left = leave(http1(), OnDisconnect::Stops, 0).await;
    assert_eq!(left, (0, 100_000, true));
}

#[tokio::test]
async fn a_client_that_leaves_pays_for_everything_where_the_provider_runs_on() {
    for http in [http1(), http2()] {
        let left = leave(http, OnDisconnect::RunsOn, 3).await;
        assert_eq!(left, (20, 100 * 1_000 + 20 * 3_200, true));
    }
}

#[tokio::test]
async fn a_client_that_leaves_before_the_head_is_noticed() {
    for http in [http1(), http2()] {
        let server = start(glm()).await;
        server.fail(Fault::Hold(Gate::new()), Times::Once);
        let body = ask();
        let call = try_post(&http, &server, &body);
        tokio::select! {
            _ = call => panic!("the head was held"),
            _ = happens(&server, |e| matches!(e, Event::Received { .. })) => {}
        }
        drop(http);
        happens(&server, |e| matches!(e, Event::ClientGone { .. })).await;
    }
}

#[tokio::test]
async fn a_stop_closes_what_is_open() {
    let gate = Gate::new();
    let server = start(glm().pace(Pace::Gated(gate))).await;
    let response = post(&server, &stream()).await;
    server.stop().await;
    assert!(response.into_body().collect().await.is_err());
    assert_eq!(server.events().last(), Some(&Event::Failed { call: 1 }));
    assert!(try_post(&http1(), &server, &ask()).await.is_none());
    server.stop().await;
}

#[tokio::test]
async fn the_last_handle_stops_the_server() {
    let server = start(glm()).await;
    let other = server.clone();
    let addr = server.addr();
    drop(server);
    answer(&other, &ask()).await;
    drop(other);
    // The abort reaches the task when it is next polled.
    tokio::task::yield_now().await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_status_comes_with_openais_error_and_costs_nothing() {
    let server = start(glm()).await;
    for (fault, status, kind, code) in [
        (
            Fault::status(429),
            429,
            "requests",
            json!("rate_limit_exceeded"),
        ),
        (Fault::status(500), 500, "server_error", Value::Null),
        (
            Fault::status(404),
            404,
            "invalid_request_error",
            json!("model_not_found"),
        ),
    ] {
        server.fail(fault, Times::Once);
        let response = post(&server, &ask()).await;
        assert_eq!(response.status(), status);
        let error = whole(response).await;
        assert_eq!(error["error"]["type"], kind);
        assert_eq!(error["error"]["code"], code);
    }
    let fault = Fault::Status {
        status: 429,
        code: Some("insufficient_quota".to_owned()),
        message: Some("Pay first.".to_owned()),
        retry_after: Some("2.5".to_owned()),
    };
    server.fail(fault, Times::Always);
    for _ in 0..2 {
        let response = post(&server, &stream()).await;
        assert_eq!(response.headers()["retry-after"], "2.5");
        let error = whole(response).await;
        assert_eq!(error["error"]["code"], "insufficient_quota");
        assert_eq!(error["error"]["message"], "Pay first.");
    }
    let bill = server.bill();
    assert_eq!(bill.lines().len(), 5);
    assert_eq!((bill.total_nano_usd(), bill.billed()), (0, 0));
    assert_eq!(bill.line(5).unwrap().status, 429);
    server.heal();
    answer(&server, &ask()).await;
    assert_eq!(server.bill().billed(), 1);
}

#[tokio::test]
async fn a_caller_can_ask_for_faults() {
    let server = start(glm()).await;
    let wish = json!({"metadata": {"sim": "status=503; retry_after=7; delay=1", "other": "x"}});
    let response = post(&server, &with(ask(), wish)).await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "7");
    answer(&server, &with(ask(), json!({"metadata": {"other": "x"}}))).await;
}

#[tokio::test]
async fn answers_that_are_none_cost_nothing() {
    let server = start(glm()).await;
    server.fail(Fault::Html, Times::Once);
    let response = post(&server, &stream()).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    assert!(text(response).await.starts_with("<!DOCTYPE html>"));
    server.fail(Fault::Empty, Times::Once);
    assert_eq!(text(post(&server, &ask()).await).await, "");
    server.fail(
        Fault::Redirect("http://127.0.0.1:1/x".to_owned()),
        Times::Once,
    );
    let response = post(&server, &ask()).await;
    assert_eq!(response.status(), 307);
    assert_eq!(response.headers()["location"], "http://127.0.0.1:1/x");
    for http in [http1(), http2()] {
        server.fail(Fault::HangUp, Times::Once);
        assert!(try_post(&http, &server, &ask()).await.is_none());
    }
    server.fail(Fault::ErrorEventAfter(0), Times::Next(2));
    let events = events(&text(post(&server, &stream()).await).await);
    assert_eq!(events.len(), 1);
    let event: Value = serde_json::from_str(&events[0]).unwrap();
    assert_eq!(event["error"]["type"], "server_error");
    let error = answer(&server, &ask()).await;
    assert_eq!(error["error"]["type"], "server_error");
    assert_eq!(server.bill().total_nano_usd(), 0);
    let failed = server.events();
    let failed = failed.iter().filter(|e| matches!(e, Event::Failed { .. }));
    assert_eq!(failed.count(), 7);
}

#[tokio::test]
async fn a_cut_comes_after_its_events_and_what_was_written_is_billed() {
    for http in [http1(), http2()] {
        let server = start(glm().prompt_tokens(100)).await;
        server.fail(Fault::CutAfter(4), Times::Once);
        let response = try_post(&http, &server, &stream()).await.unwrap();
        let mut body = response.into_body();
        let mut seen = Vec::new();
        let broke = loop {
            match body.frame().await {
                Some(Ok(frame)) => seen.extend_from_slice(&frame.into_data().unwrap()),
                Some(Err(_)) => break true,
                None => break false,
            }
        };
        assert!(broke);
        assert_eq!(events(std::str::from_utf8(&seen).unwrap()).len(), 4);
        let bill = server.bill();
        let line = bill.line(1).unwrap();
        // The first event only names the role.
        assert_eq!((line.completion_tokens, line.cut), (3, true));
        assert_eq!(line.nano_usd, 100_000 + 3 * 3_200);
        assert_eq!(server.events().last(), Some(&Event::Failed { call: 1 }));
    }
}

#[tokio::test]
async fn whole_answers_can_be_cut_or_garbled_and_cost_all_the_same() {
    let server = start(glm().prompt_tokens(100).exact_output(10)).await;
    server.fail(Fault::CutAfter(1), Times::Once);
    assert!(
        post(&server, &ask())
            .await
            .into_body()
            .collect()
            .await
            .is_err()
    );
    server.fail(Fault::Garbage, Times::Once);
    let half = text(post(&server, &ask()).await).await;
    assert!(half.starts_with('{') && serde_json::from_str::<Value>(&half).is_err());
    let costs: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert_eq!(costs, [132_000, 132_000]);
}

#[tokio::test]
async fn a_stall_keeps_the_connection_and_notices_the_client_leave() {
    for http in [http1(), http2()] {
        let server = start(glm().prompt_tokens(100)).await;
        server.fail(Fault::StallAfter(2), Times::Once);
        let response = try_post(&http, &server, &stream()).await.unwrap();
        let mut body = response.into_body();
        assert_eq!(frames(&mut body, 2).await, 2);
        assert!(futures::poll!(std::pin::pin!(body.frame())).is_pending());
        drop((body, http));
        happens(&server, |e| *e == Event::ClientGone { call: 1 }).await;
        assert_eq!(server.bill().total_nano_usd(), 103_200);
    }
}

#[tokio::test]
async fn streams_can_be_garbled_or_end_without_their_mark() {
    let server = start(glm()).await;
    server.fail(Fault::Garbage, Times::Once);
    let garbled = events(&text(post(&server, &stream()).await).await);
    assert_eq!(garbled.len(), 3);
    assert!(serde_json::from_str::<Value>(&garbled[1]).is_ok());
    assert!(serde_json::from_str::<Value>(&garbled[2]).is_err());
    server.fail(Fault::NoDone, Times::Once);
    let unmarked = events(&text(post(&server, &stream()).await).await);
    assert!(unmarked.iter().all(|e| e != "[DONE]"));
    assert_eq!(server.bill().line(2).map(|l| l.cut), Some(false));
    server.fail(Fault::WrongContentType, Times::Once);
    let response = post(&server, &stream()).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    server.fail(Fault::Finish("content_filter".to_owned()), Times::Once);
    let filtered = answer(&server, &ask()).await;
    assert_eq!(filtered["choices"][0]["finish_reason"], "content_filter");
}

#[tokio::test]
async fn framing_changes_no_event() {
    let server = start(glm()).await;
    let plain = content(&chunks(&server, &stream()).await);
    for framing in [
        Framing::Bytes,
        Framing::Comments,
        Framing::CrLf,
        Framing::Bom,
    ] {
        server.fail(Fault::Framing(framing), Times::Once);
        let framed = content(&chunks(&server, &stream()).await);
        assert_eq!(framed, plain, "{framing:?}");
    }
    let costs: Vec<_> = server.bill().lines().map(|l| l.nano_usd).collect();
    assert!(costs.iter().all(|cost| *cost == costs[0]));
}

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

fn echo() -> tower_test::mock::Mock<Request<()>, Response<Full<Bytes>>> {
    let (mock, mut handle) = tower_test::mock::pair::<Request<()>, Response<Full<Bytes>>>();
    tokio::spawn(async move {
        while let Some((_, respond)) = handle.next_request().await {
            respond.send_response(Response::new(Full::from("answer")));
        }
    });
    mock
}

/// The statuses of forty calls, and whether their bodies were whole.
async fn fates(layer: &FaultLayer) -> Vec<(u16, bool)> {
    let mut fates = Vec::new();
    for _ in 0..40 {
        // Each call by a fresh clone: they share the sequence.
        let service = layer.clone().layer(echo());
        let response = service.oneshot(Request::new(())).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await;
        if let Err(error) = &body {
            assert!(error.is::<CutError>());
        }
        fates.push((status, body.is_ok()));
    }
    fates
}

#[tokio::test]
async fn random_faults_are_those_of_the_seed() {
    let layer = |seed| FaultLayer::new(seed).status(0.3).cut(0.3, 0);
    let seen = fates(&layer(7)).await;
    assert_eq!(seen, fates(&layer(7)).await);
    assert_ne!(seen, fates(&layer(8)).await);
    for kind in [(503, true), (200, true), (200, false)] {
        assert!(seen.contains(&kind), "{kind:?}");
    }
    let calm = fates(&FaultLayer::new(7)).await;
    assert!(calm.iter().all(|fate| *fate == (200, true)));
}

#[tokio::test]
async fn a_random_refusal_has_openais_body_and_does_not_call() {
    let (mock, mut handle) = tower_test::mock::pair::<Request<()>, Response<Full<Bytes>>>();
    let service = FaultLayer::new(1).status(1.0).layer(mock);
    let response = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let error: Value = serde_json::from_slice(&body).unwrap();
    assert!(error["error"]["message"].is_string());
    assert!(handle.next_request().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_random_delay_waits_on_tokios_clock() {
    let layer = FaultLayer::new(1).delay(1.0, Duration::from_secs(3));
    let before = tokio::time::Instant::now();
    layer.layer(echo()).oneshot(Request::new(())).await.unwrap();
    assert!(before.elapsed() >= Duration::from_secs(3));
}

#[tokio::test]
async fn more_calls_than_there_is_room_for_are_refused() {
    let gate = Gate::new();
    let model = glm().pace(Pace::Gated(gate.clone()));
    let server = Provider::new("p")
        .at_once(1)
        .model(model)
        .start()
        .await
        .unwrap();
    let first = post(&server, &stream()).await;
    let second = post(&server, &ask()).await;
    assert_eq!(second.status(), 429);
    assert_eq!(second.headers()["retry-after"], "1");
    assert_eq!(
        server.bill().line(2).map(|l| (l.status, l.nano_usd)),
        Some((429, 0))
    );
    drop(first);
    happens(&server, |e| matches!(e, Event::ClientGone { .. })).await;
    gate.open_all();
    answer(&server, &ask()).await;
}

#[tokio::test]
async fn connections_are_told_apart() {
    let server = start(glm()).await;
    let (kept, body) = (http1(), ask());
    for http in [&kept, &kept, &http2()] {
        text(try_post(http, &server, &body).await.unwrap()).await;
    }
    let connections: Vec<_> = server.calls().iter().map(|c| c.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
}

#[tokio::test]
async fn any_bytes_and_headers_can_be_sent() {
    let server = start(glm()).await;
    server.fail(
        Fault::Raw {
            status: StatusCode::IM_A_TEAPOT,
            content_type: HeaderValue::from_static("application/x"),
            body: Bytes::from_static(b"\xff{"),
        },
        Times::Once,
    );
    let response = post(&server, &stream()).await;
    assert_eq!(response.status(), 418);
    assert_eq!(response.headers()["content-type"], "application/x");
    assert_eq!(server.bill().total_nano_usd(), 0);
    let plain = chunks(&server, &stream()).await;
    for after in [0, 2, 1_000_000] {
        let data = Bytes::from_static(b"data: {}\n\n");
        server.fail(Fault::Insert { after, data }, Times::Once);
        let events = events(&text(post(&server, &stream()).await).await);
        assert_eq!(events.len(), plain.len() + 2);
        let at = usize::try_from(after).unwrap().min(plain.len() + 1);
        assert_eq!(events[at], "{}");
    }
    let (name, value) = ("x-forged", HeaderValue::from_static("yes"));
    server.fail(
        Fault::Header(HeaderName::from_static(name), value),
        Times::Once,
    );
    assert_eq!(post(&server, &ask()).await.headers()[name], "yes");
}
