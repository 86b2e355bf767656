use http::Request;
use tower_genai::Body;

use crate::support::{Answer, CHAT, Gateway, MESSAGES, Script, catalog, generate};

const CHAT_BODY: &str = r#"{"model":"MODEL","messages":[{"role":"user","content":"Hello?"}]}"#;
const MESSAGES_BODY: &str =
    r#"{"model":"MODEL","max_tokens":64,"messages":[{"role":"user","content":"Hello?"}]}"#;
const CONTENTS_BODY: &str = r#"{"contents":[{"parts":[{"text":"Hello?"}]}]}"#;

fn of(body: &str, model: &str) -> String {
    body.replace("MODEL", model)
}

fn overloaded() -> Answer {
    let body = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#;
    Answer::json(body).status(529)
}

#[tokio::test]
async fn overload_is_529_to_anthropic_s_callers_and_503_to_others() {
    // Each call makes as many attempts as there are.
    let script = Script::of(std::iter::repeat_n(overloaded(), 12));
    let gateway = Gateway::new(&script, catalog(""));
    let said = gateway.call(MESSAGES, &of(MESSAGES_BODY, "claude")).await;
    assert_eq!(said.status, 529, "{}", said.text);
    assert_eq!(said.json()["error"]["type"], "overloaded_error");
    let said = gateway.call(CHAT, &of(CHAT_BODY, "claude")).await;
    assert_eq!(said.status, 503, "{}", said.text);
    assert_eq!(said.json()["error"]["message"], "Overloaded");
    assert!(said.json()["error"]["type"].is_string());
    let said = gateway.call(&generate("claude"), CONTENTS_BODY).await;
    assert_eq!(said.status, 503, "{}", said.text);
    assert_eq!(said.json()["error"]["status"], "UNAVAILABLE");
    assert_eq!(said.json()["error"]["code"], 503);
}

#[tokio::test]
async fn a_rate_limit_says_when_to_try_again_in_the_caller_s_words() {
    let google = r#"{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED","details":[
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}"#;
    let answers = || std::iter::repeat_n(Answer::json(google).status(429), 6);
    let script = Script::of(answers());
    let said = Gateway::new(&script, catalog(""))
        .call(CHAT, &of(CHAT_BODY, "gemini"))
        .await;
    assert_eq!(
        (said.status, said.header("retry-after")),
        (429, "35"),
        "{}",
        said.text
    );
    assert_eq!(said.json()["error"]["message"], "Slow down.");
    let script = Script::of(answers());
    let said = Gateway::new(&script, catalog(""))
        .call(MESSAGES, &of(MESSAGES_BODY, "gemini"))
        .await;
    assert_eq!((said.status, said.header("retry-after")), (429, "35"));
    assert_eq!(said.json()["error"]["type"], "rate_limit_error");

    let openai = r#"{"error":{"message":"Slow down.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#;
    let openai = Answer::json(openai).status(429).header("retry-after", "7");
    let script = Script::of(std::iter::repeat_n(openai, 6));
    let said = Gateway::new(&script, catalog(""))
        .call(&generate("gpt"), CONTENTS_BODY)
        .await;
    assert_eq!(said.status, 429);
    let details = &said.json()["error"]["details"][0];
    assert_eq!(details["retryDelay"], "7s", "{}", said.text);
}

#[tokio::test]
async fn rate_limits_and_ids_come_under_the_vendor_s_names() {
    let openai = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1796000000,"model":"gpt","choices":[{"index":0,
        "message":{"role":"assistant","content":"Hello!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;
    let openai = Answer::json(openai)
        .header("x-ratelimit-remaining-requests", "41")
        .header("x-ratelimit-reset-requests", "2s")
        .header("openai-version", "2020-10-01")
        .header("x-request-id", "req_upstream");
    let script = Script::of([openai]);
    let said = Gateway::new(&script, catalog(""))
        .call(MESSAGES, &of(MESSAGES_BODY, "gpt"))
        .await;
    assert_eq!(said.header("anthropic-ratelimit-requests-remaining"), "41");
    assert!(
        said.header("anthropic-ratelimit-requests-reset")
            .ends_with('Z')
    );
    for foreign in ["x-ratelimit-remaining-requests", "openai-version"] {
        assert_eq!(said.header(foreign), "", "{foreign}");
    }
    let outcome = said.outcome.unwrap();
    let id = outcome.finished().await.provider_request_id.as_deref();
    assert_eq!(id, Some("req_upstream"));
}

#[tokio::test]
async fn what_is_wrong_here_is_said_in_the_caller_s_form() {
    let script = Script::default();
    let gateway = Gateway::new(&script, catalog(""));
    // An unknown model.
    let said = gateway.call(MESSAGES, &of(MESSAGES_BODY, "nobody")).await;
    assert_eq!((said.status, &said.json()["type"]), (404, &"error".into()));
    assert_eq!(said.json()["error"]["type"], "not_found_error");
    let said = gateway.call(&generate("nobody"), CONTENTS_BODY).await;
    assert_eq!(said.status, 404);
    assert_eq!(said.json()["error"]["status"], "NOT_FOUND");
    // A stranger.
    let said = gateway
        .call_as("wrong", MESSAGES, &of(MESSAGES_BODY, "claude"))
        .await;
    assert_eq!(said.status, 401);
    assert_eq!(said.json()["error"]["type"], "authentication_error");
    let said = gateway
        .call_as("wrong", &generate("gemini"), CONTENTS_BODY)
        .await;
    assert_eq!(said.status, 401);
    assert_eq!(said.json()["error"]["status"], "UNAUTHENTICATED");
    // A body that is none.
    let said = gateway
        .call(MESSAGES, r#"{"model":"claude","messages":[]"#)
        .await;
    assert_eq!(
        (said.status, &said.json()["error"]["type"]),
        (400, &"invalid_request_error".into())
    );
    let said = gateway.call(&generate("gemini"), "[]").await;
    assert_eq!(
        (said.status, &said.json()["error"]["status"]),
        (400, &"INVALID_ARGUMENT".into())
    );
    // A path that is not there.
    let request = Request::post("/v1/complete")
        .header("x-api-key", "key-a")
        .header("anthropic-version", "2023-06-01");
    let said = gateway.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (said.status, &said.json()["error"]["type"]),
        (404, &"not_found_error".into())
    );
    assert_eq!(script.calls(), 0);
}

#[tokio::test]
async fn pages_and_redirects_never_reach_a_caller() {
    for status in [200, 302, 400, 404, 500, 503] {
        let html = || {
            let mut answer =
                Answer::json("<html>Bad gateway sk-provider-canary</html>").status(status);
            answer = answer.header("location", "https://elsewhere.test/");
            answer
        };
        let script = Script::of(std::iter::repeat_with(html).take(40));
        let gateway = Gateway::new(&script, catalog(""));
        for model in ["gpt", "claude", "gemini"] {
            for (path, body) in [
                (CHAT.to_owned(), of(CHAT_BODY, model)),
                (MESSAGES.to_owned(), of(MESSAGES_BODY, model)),
                (generate(model), CONTENTS_BODY.to_owned()),
            ] {
                let said = gateway.call(&path, &body).await;
                assert!(said.status >= 400, "{model} {path} {status}: {}", said.text);
                assert!(
                    said.json()["error"]["message"].is_string(),
                    "{model} {path} {status}"
                );
                assert!(!said.text.contains("html") && !said.text.contains("canary"));
            }
        }
    }
}

fn last_event(stream: &str) -> serde_json::Value {
    let data = stream.lines().rfind(|line| line.starts_with("data: "));
    serde_json::from_str(&data.unwrap()["data: ".len()..]).unwrap()
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_stream_is_one_in_the_caller_s_form_and_no_end() {
    let begun = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}}"#;
    let block =
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
    let text =
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#;
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let stream = || Answer::events(&[begun, block, text, error]);
    let script = Script::of([stream(), stream(), stream()]);
    let gateway = Gateway::new(&script, catalog(""));
    let chat = of(CHAT_BODY, "claude").replace("{\"model\"", "{\"stream\":true,\"model\"");
    let said = gateway.call(CHAT, &chat).await;
    assert!(
        said.text.contains("Hel") && !said.text.contains("[DONE]"),
        "{}",
        said.text
    );
    let last = last_event(&said.text);
    assert_eq!(last["error"]["message"], "Overloaded");

    let said = gateway
        .call(
            "/v1/models/claude:streamGenerateContent?alt=sse",
            CONTENTS_BODY,
        )
        .await;
    let last = last_event(&said.text);
    assert_eq!(last["error"]["status"], "UNAVAILABLE", "{}", said.text);
    assert!(!said.text.contains("finishReason\":\""), "{}", said.text);

    let messages = of(MESSAGES_BODY, "claude").replace("{\"model\"", "{\"stream\":true,\"model\"");
    let said = gateway.call(MESSAGES, &messages).await;
    assert!(
        said.text.contains(error) && !said.text.contains("message_stop"),
        "{}",
        said.text
    );
}
