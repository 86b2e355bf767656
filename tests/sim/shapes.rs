//! Answers have the shapes that OpenAI documents.

use serde_json::{Value, json};

use crate::client::{answer, ask, chunks, content, glm, post, start, stream, whole, with};

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
