use http::Method;
use serde_json::{Value, json};
use tower_genai::sim::{Dialect, Provider};

use super::{NAME, answer, ask, functions, pro, refusal, start};
use crate::client::{PNG, send, whole, with};

#[tokio::test]
async fn fields_are_checked_as_google_does() {
    let server = start(pro().context(60).max_output(5_000)).await;
    let config = |config: Value| json!({"generationConfig": config});
    let thinking = |thinking: Value| config(json!({"thinkingConfig": thinking}));
    for (change, said) in [
        (
            json!({"messages": []}),
            "Unknown name \"messages\": Cannot find field.",
        ),
        (
            config(json!({"max_tokens": 5})),
            "Unknown name \"max_tokens\" at 'generation_config'",
        ),
        (
            config(json!({"temperature": "warm"})),
            "'generation_config.temperature' (TYPE_FLOAT)",
        ),
        (config(json!({"temperature": 2.5})), "temperature"),
        (config(json!({"maxOutputTokens": 0})), "maxOutputTokens"),
        (config(json!({"maxOutputTokens": 5_001})), "5001"),
        (
            config(json!({"stopSequences": ["a", "b", "c", "d", "e", "f"]})),
            "up to 5 stop sequences",
        ),
        (
            config(json!({"responseSchema": {"type": "OBJECT"}})),
            "response_mime_type",
        ),
        (
            config(json!({"responseMimeType": "text/html"})),
            "allowed mimetypes",
        ),
        (
            thinking(json!({"thinkingBudget": 5, "thinkingLevel": "LOW"})),
            "only one of thinking budget",
        ),
        (thinking(json!({"thinkingLevel": "GIANT"})), "(TYPE_ENUM)"),
        (json!({"contents": []}), "contents is not specified"),
        (
            json!({"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}),
            "valid role: user, model",
        ),
        (
            json!({"contents": [{"role": "user", "parts": []}]}),
            "must not be empty",
        ),
        (
            json!({"contents": [{"parts": [{}]}]}),
            "oneof field 'data' must have one",
        ),
        (
            json!({"contents": [{"parts": [{"text": "x", "inlineData": {}}]}]}),
            "already set",
        ),
        (
            json!({"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "?"}}]}]}),
            "Base64",
        ),
        (
            json!({"contents": [{"parts": [{"text": "x".repeat(400)}]}]}),
            "exceeds the maximum number of tokens",
        ),
        (
            json!({"tools": [{"functionDeclarations": [{"name": "1a"}]}]}),
            "Invalid function name",
        ),
        (
            json!({"tools": [{"type": "function"}]}),
            "Unknown name \"type\" at 'tools[0]'",
        ),
        (
            json!({"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}),
            "without function_declarations",
        ),
        (
            json!({"tools": functions(), "toolConfig": {"functionCallingConfig":
                {"mode": "AUTO", "allowedFunctionNames": ["now"]}}}),
            "can only be set when mode is ANY",
        ),
    ] {
        let told = refusal(&server, &with(ask(), change.clone())).await;
        assert!(told.contains(said), "{change}: {told}");
    }
    assert_eq!(server.bill().lines().len(), 0);
}

#[tokio::test]
async fn both_ways_of_writing_names_are_taken() {
    let server = start(pro()).await;
    let image = json!({"inline_data": {"mime_type": "image/png", "data": PNG}});
    let body = json!({
        "contents": {"parts": [image, {"text": "Hi"}]},
        "system_instruction": {"parts": [{"text": "Be terse."}]},
        "generation_config": {"max_output_tokens": 4, "topK": 5, "thinkingConfig": {"thinking_budget": 0}},
    });
    let said = answer(&server, &body).await;
    assert_eq!(
        said["candidates"][0]["content"]["parts"][0]["text"],
        "I see 1 images."
    );
    assert_eq!(said["candidates"][0]["finishReason"], "MAX_TOKENS");
    let details = &said["usageMetadata"]["promptTokensDetails"];
    assert_eq!(details[1], json!({"modality": "IMAGE", "tokenCount": 85}));
}

#[tokio::test]
async fn schemas_are_those_that_google_takes() {
    let server = start(pro()).await;
    let body = |name: &str, schema: Value| {
        let config = json!({"responseMimeType": "application/json", name: schema});
        with(ask(), json!({"generationConfig": config}))
    };
    let own = json!({
        "type": "object",
        "properties": {"n": {"type": "INTEGER"}, "type": {"type": "STRING", "enum": ["a"]}},
        "required": ["n", "type"],
        "propertyOrdering": ["n"],
    });
    let said = answer(&server, &body("responseSchema", own)).await;
    assert_eq!(
        said["candidates"][0]["content"]["parts"][0]["text"],
        "{\"n\":0,\"type\":\"a\"}"
    );
    let free = json!({"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}, "required": ["n"],
        "additionalProperties": false, "$defs": {"n": {"type": "integer"}}});
    let said = answer(&server, &body("responseJsonSchema", free)).await;
    assert_eq!(
        said["candidates"][0]["content"]["parts"][0]["text"],
        "{\"n\":0}"
    );
    for (schema, why) in [
        (
            json!({"type": "OBJECT", "additionalProperties": false}),
            "\"additionalProperties\"",
        ),
        (
            json!({"type": "OBJECT", "properties": {"a": {"$ref": "#"}}}),
            "\"$ref\"",
        ),
        (json!({"oneOf": []}), "\"oneOf\""),
        (json!({"const": 1}), "\"const\""),
        (json!({"type": ["string", "null"]}), "(TYPE_ENUM)"),
        (json!({"type": "ARRAY"}), "items: missing field."),
        (
            json!({"type": "OBJECT", "properties": {"a": {}}}),
            "properties[a].type: must be specified",
        ),
        (
            json!({"type": "INTEGER", "enum": ["1"]}),
            "only allowed for STRING type",
        ),
        (
            json!({"type": "STRING", "format": "uuid"}),
            "'enum' and 'date-time'",
        ),
        (
            json!({"type": "OBJECT", "required": ["a"]}),
            "property is not defined",
        ),
    ] {
        let told = refusal(&server, &body("responseSchema", schema.clone())).await;
        assert!(told.contains(why), "{told}");
        let function = json!({"name": "f", "parameters": schema});
        let tools = json!({"tools": [{"functionDeclarations": [function]}]});
        let told = refusal(&server, &with(ask(), tools)).await;
        assert!(told.contains(why), "{told}");
    }
}

#[tokio::test]
async fn functions_and_their_responses_match() {
    let server = start(pro().signatures(false)).await;
    let user = json!({"role": "user", "parts": [{"text": "x"}]});
    let call = |name: &str| json!({"functionCall": {"name": name, "args": {}}});
    let response = |name: &str| json!({"functionResponse": {"name": name, "response": {}}});
    let turns = |calls: Value, answers: Value| {
        let model = json!({"role": "model", "parts": calls});
        let answers = json!({"role": "user", "parts": answers});
        with(ask(), json!({"contents": [user, model, answers]}))
    };
    let both = json!([call("a"), call("b")]);
    answer(
        &server,
        &turns(both.clone(), json!([response("a"), response("b")])),
    )
    .await;
    for (calls, answers, said) in [
        (
            both.clone(),
            json!([response("a")]),
            "number of function response parts",
        ),
        (
            both.clone(),
            json!([{"text": "x"}]),
            "number of function response parts",
        ),
        (
            both,
            json!([response("b"), response("a")]),
            "`b` answers the function call `a`",
        ),
        (
            json!([{"text": "x"}]),
            json!([response("a")]),
            "comes immediately after a function call turn",
        ),
        (
            json!([response("a")]),
            json!([{"text": "x"}]),
            "function call turns are the model's",
        ),
        (
            json!([{"functionCall": {}}]),
            json!([response("a")]),
            "Name cannot be empty",
        ),
    ] {
        let told = refusal(&server, &turns(calls, answers)).await;
        assert!(told.contains(said), "{told}");
    }
    let first = json!({"contents": [{"role": "model", "parts": [call("a")]}]});
    let told = refusal(&server, &first).await;
    assert!(told.contains("immediately after a user turn"), "{told}");
    let open = json!({"contents": [user, {"role": "model", "parts": [call("a")]}]});
    let told = refusal(&server, &open).await;
    assert!(told.contains("number of function response parts"), "{told}");
    let by_id =
        |name: &str, kind: &str, id: &str| json!({kind: {"id": id, "name": name, "response": {}}});
    let calls = json!([
        {"functionCall": {"id": "1", "name": "a"}}, {"functionCall": {"id": "2", "name": "b"}},
    ]);
    let swapped = json!([
        by_id("b", "functionResponse", "2"),
        by_id("a", "functionResponse", "1")
    ]);
    answer(&server, &turns(calls, swapped)).await;
}

#[tokio::test]
async fn keys_and_paths_are_checked() {
    let provider = Provider::new("p").dialect(Dialect::Gemini).key("right");
    let server = provider.model(pro()).start().await.unwrap();
    let post = async |path: &str, headers: &[(&str, &str)]| {
        let response = send(&server, Method::POST, path, headers, &ask()).await;
        (response.status().as_u16(), whole(response).await)
    };
    let path = format!("/v1beta/models/{NAME}:generateContent");
    let right = [("x-goog-api-key", "right")];
    assert_eq!(post(&path, &right).await.0, 200);
    assert_eq!(post(&path.replace(':', "%3A"), &right).await.0, 200);
    assert_eq!(post(&format!("{path}?key=right"), &[]).await.0, 200);
    let (status, error) = post(&format!("{path}?key=wrong"), &[]).await;
    assert_eq!(
        (status, &error["error"]["status"]),
        (400, &json!("INVALID_ARGUMENT"))
    );
    assert_eq!(error["error"]["details"][0]["reason"], "API_KEY_INVALID");
    let (status, error) = post(&path, &[]).await;
    assert_eq!(
        (status, &error["error"]["status"]),
        (403, &json!("PERMISSION_DENIED"))
    );
    let (status, error) = post("/v1beta/models/gemini-9:generateContent", &right).await;
    assert_eq!(
        (status, &error["error"]["status"]),
        (404, &json!("NOT_FOUND"))
    );
    assert!(
        error["error"]["message"]
            .as_str()
            .unwrap()
            .contains("models/gemini-9 is not found")
    );
    assert_eq!(
        post(&format!("/v1beta/models/{NAME}:embedContent"), &right)
            .await
            .0,
        404
    );
    assert_eq!(post("/v2/models", &right).await.0, 404);
}
