use serde_json::{Value, json};

use super::{super::table::tests::check, *};
use crate::query::{Api, Capability, Feature, Features, Query, Refusal};

#[test]
fn every_name_is_found_where_it_stands() {
    check(&fields::FIELDS);
    check(&contents::FIELDS);
    check(&part::FIELDS);
    check(&part::RESPONSE);
    check(&part::FOUND);
    check(&part::RESOLUTION);
    check(&media::FIELDS);
    check(&tools::FIELDS);
    check(&tools::FUNCTION);
    check(&config::FIELDS);
    check(&config::CALLING);
    check(&generation::FIELDS);
    check(&thinking::FIELDS);
}

fn read(body: &str) -> Result<Query, Refusal> {
    Query::read_for(Api::GeminiGenerate, Some("g"), body.as_bytes())
}

/// A request with these members besides its turn.
fn with(more: Value) -> Query {
    let mut body = json!({"contents": [{"role": "user", "parts": [{"text": "Say it."}]}]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    read(&body.to_string()).unwrap()
}

/// A request with one turn of this part.
fn of_part(part: Value) -> Query {
    with(json!({"contents": [{"parts": [part]}]}))
}

fn says(query: &Query) -> Vec<&'static str> {
    query.features().iter().map(Feature::as_str).collect()
}

#[test]
fn the_head_is_typed_and_places_are_known() {
    for (config, most, thinking) in [
        ("generationConfig", "maxOutputTokens", "thinkingConfig"),
        ("generation_config", "max_output_tokens", "thinking_config"),
    ] {
        let body = format!(
            r#"{{"contents":[{{"parts":[{{"text":"first"}}],"role":"user"}},
                {{"parts":[{{"functionCall":{{"name":"look","args":{{}}}},"thoughtSignature":"c2ln"}}],"role":"model"}},
                {{"parts":[{{"functionResponse":{{"name":"look","response":{{"a":1}}}}}}],"role":"user"}}],
            "systemInstruction":{{"parts":{{"text":"Be brief."}}}},"model":"models/g",
            "tools":[{{"functionDeclarations":[{{"name":"look","parameters_json_schema":{{}}}}]}}],
            "{config}":{{"{most}": 64,"candidateCount":"2","{thinking}":{{"thinkingLevel":"HIGH"}}}}}}"#
        );
        let query = Query::read_for(Api::GeminiStream, Some("g"), body.as_bytes()).unwrap();
        assert_eq!((query.model(), query.stream(), query.n()), ("g", true, 2));
        assert_eq!(
            (query.max_output(), query.effort()),
            (Some(64), Some("high"))
        );
        assert_eq!(query.prompt().system(), "Be brief.");
        assert_eq!(query.prompt().user(), "first", "results are no words");
        assert_eq!(query.prompt().tools().collect::<Vec<_>>(), ["look"]);
        assert_eq!(query.unbounded(), None);
        assert_eq!(says(&query), ["n", "tools", "reasoning", "signed"]);
        let at = |name: &str| &body[query.member(name).unwrap().value.clone()];
        assert_eq!(at("model"), r#""models/g""#);
        assert_eq!(at("generationConfig.maxOutputTokens"), "64");
        assert_eq!(
            at("generationConfig.thinkingConfig"),
            r#"{"thinkingLevel":"HIGH"}"#
        );
        assert!(at("generationConfig").starts_with('{'));
    }
}

#[test]
fn google_takes_numbers_as_strings_and_one_for_many() {
    let config = |config: Value| with(json!({ "generationConfig": config }));
    for most in [json!(64), json!("64"), json!(64.0), json!("6.4e1")] {
        let query = config(json!({"maxOutputTokens": most}));
        assert_eq!(query.max_output(), Some(64));
    }
    let query = with(json!({"contents": {"parts": {"text": "x"}}}));
    assert_eq!(query.prompt().user(), "x");
    let tools = json!({"tools": {"functionDeclarations": {"name": "f"}}});
    assert!(with(tools).needs().has(Capability::Tools));
}

#[test]
fn a_count_may_hold_a_whole_request() {
    let body =
        br#"{"generateContentRequest":{"model":"models/g","contents":[{"parts":[{"text":"xyz"}]}],
        "systemInstruction":{"parts":[{"text":"s"}]},"generationConfig":{"maxOutputTokens":1}}}"#;
    let query = Query::read_for(Api::GeminiCountTokens, Some("g"), body).unwrap();
    assert_eq!((query.tokens().text_bytes, query.unbounded()), (4, None));
    assert!(query.member("generationConfig").is_none(), "not at the top");
    let query = Query::read_for(Api::GeminiGenerate, Some("g"), body);
    assert_eq!(query.unwrap_err().param(), Some("contents"));
}

#[test]
fn the_path_s_model_is_the_model() {
    let of = |model: &str| {
        let body = format!(r#"{{"model":"{model}","contents":[{{"parts":[{{"text":"x"}}]}}]}}"#);
        Query::read_for(Api::GeminiGenerate, Some("g"), body.as_bytes())
    };
    for same in ["g", "models/g", "publishers/google/models/g"] {
        assert_eq!(of(same).unwrap().model(), "g");
    }
    for other in ["h", "models/gg", "models/"] {
        assert_eq!(of(other).unwrap_err().param(), Some("model"), "{other}");
    }
    let body = br#"{"contents":[{"parts":[{"text":"x"}]}]}"#;
    let none = Query::read(Api::GeminiGenerate, body).unwrap_err();
    assert_eq!(none.param(), Some("model"));
    let odd = Query::read_for(Api::GeminiGenerate, Some("a b"), body).unwrap_err();
    assert_eq!(odd.param(), Some("model"));
}

#[test]
fn hostile_bodies_are_refused_by_name() {
    let turn = r#""contents":[{"parts":[{"text":"x"}]}]"#;
    let deep = format!(
        r#"{{{turn},"labels":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let schema = format!(
        r#"{{{turn},"generationConfig":{{"responseSchema":{}{}}}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let requests = format!(
        "{}{}",
        r#"{"generateContentRequest":"#.repeat(100_000),
        "}".repeat(100_000)
    );
    let parts = vec![r#"{"text":""}"#; 20_001].join(",");
    let parts = format!(r#"{{"contents":[{{"parts":[{parts}]}}]}}"#);
    let with = |more: &str| format!("{{{turn},{more}}}");
    let config = |more: &str| with(&format!(r#""generationConfig":{{{more}}}"#));
    for (body, param) in [
        (with(turn), Some("contents")),
        (
            with(r#""generationConfig":{},"generation_config":{}"#),
            Some("generationConfig"),
        ),
        (
            config(r#""maxOutputTokens":1,"max_output_tokens":9"#),
            Some("generationConfig.maxOutputTokens"),
        ),
        (
            config(r#""maxoutputtokens":1"#),
            Some("generationConfig.maxOutputTokens"),
        ),
        (
            config(r#""maxOutputTokens":0"#),
            Some("generationConfig.maxOutputTokens"),
        ),
        (
            config(r#""maxOutputTokens":-1"#),
            Some("generationConfig.maxOutputTokens"),
        ),
        (
            config(r#""candidateCount":1000"#),
            Some("generationConfig.candidateCount"),
        ),
        (
            config(r#""thinkingConfig":{"thinkingBudget":1,"thinking_budget":2}"#),
            Some("generationConfig.thinkingConfig.thinkingBudget"),
        ),
        (
            with(r#""systemInstruction":{"Parts":[]}"#),
            Some("systemInstruction.parts"),
        ),
        (
            r#"{"contents":[{"parts":[{"text":"a","text":"b"}]}]}"#.into(),
            Some("contents[].parts[].text"),
        ),
        (
            r#"{"contents":[{"parts":[{"inlineData":{"mimeType":"a","mime_type":"b"}}]}]}"#.into(),
            Some("contents[].parts[].inlineData.mimeType"),
        ),
        (
            r#"{"contents":[{"parts":[{"text":7}]}]}"#.into(),
            Some("contents[].parts[].text"),
        ),
        (r#"{"contents":[]}"#.into(), Some("contents")),
        ("{}".into(), Some("contents")),
        (r#"{"contents":[{"par"#.into(), None),
        (deep, None),
        (schema, Some("generationConfig.responseSchema")),
        (parts, Some("contents")),
    ] {
        let shown = &body[..body.len().min(160)];
        let refusal = read(&body).expect_err(shown);
        assert_eq!(refusal.param(), param, "{shown}: {}", refusal.message());
    }
    let count = Query::read_for(Api::GeminiCountTokens, Some("g"), requests.as_bytes());
    assert!(count.is_err());
}

#[test]
fn what_cannot_be_bounded_is_named() {
    for (member, field) in [
        (json!({"myField": 1}), "myField"),
        (
            json!({"cachedContent": "cachedContents/x"}),
            "cachedContent",
        ),
        (
            json!({"tools": [{"googleSearch": {}}]}),
            "tools[].googleSearch",
        ),
        (
            json!({"tools": [{"google_search": {}}]}),
            "tools[].googleSearch",
        ),
        (
            json!({"tools": [{"codeExecution": {}}]}),
            "tools[].codeExecution",
        ),
        (json!({"tools": [{"newTool": {}}]}), "tools[].newTool"),
        (
            json!({"generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}),
            "generationConfig.responseModalities",
        ),
        (
            json!({"generationConfig": {"routingConfig": {"autoMode": {}}}}),
            "generationConfig.routingConfig",
        ),
        (
            json!({"generationConfig": {"odd": 1}}),
            "generationConfig.odd",
        ),
        (
            json!({"generationConfig": {"thinkingConfig": {"odd": 1}}}),
            "generationConfig.thinkingConfig.odd",
        ),
    ] {
        assert_eq!(with(member).unbounded(), Some(field));
    }
    for (part, field) in [
        (json!({"odd": 1}), "contents[].parts[].odd"),
        (
            json!({"fileData": {"fileUri": "https://x/y.png", "mimeType": "image/png"}}),
            "contents[].parts[].fileData",
        ),
        (
            json!({"inlineData": {"fileUri": "gs://x", "mimeType": "image/png"}}),
            "contents[].parts[].fileData",
        ),
        (
            json!({"text": "x", "mediaResolution": {"numTokens": 9}}),
            "contents[].parts[].mediaResolution.numTokens",
        ),
    ] {
        assert_eq!(of_part(part).unbounded(), Some(field));
    }
    for harmless in [
        json!({"safetySettings": [{"category": "X", "threshold": "OFF"}], "labels": {"a": "b"}}),
        json!({"cachedContent": null, "tools": [], "generationConfig": {}, "toolConfig": {}}),
        json!({"generationConfig": {"seed": 7, "presencePenalty": 0, "stopSequences": []}}),
        json!({"serviceTier": "SERVICE_TIER_STANDARD", "tools": [{"googleSearch": null}]}),
        json!({"generationConfig": {"responseMimeType": "text/plain"}}),
    ] {
        let query = with(harmless);
        assert_eq!(
            (query.unbounded(), query.features()),
            (None, Features::NONE)
        );
    }
}

#[test]
fn media_are_known_by_what_they_are() {
    let png = "iVBORw0KGgoAAAANSUhEUgAABAAAAAIACAIAAAAuLi4uAAAAAUlEQVQuLi4uLgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for key in ["mimeType", "mime_type"] {
        let mut image = json!({"data": png});
        image[key] = json!("image/png");
        let query = of_part(json!({ "inlineData": image }));
        assert_eq!(query.images()[0].size(), Some((1_024, 512)));
        assert!(!query.files() && query.tokens().input_bound < 1_000);
        assert_eq!(says(&query), ["inline_image"]);
        let found = json!({"functionResponse": {"name": "f", "response": {}, "parts": [
            {"inlineData": image}]}});
        assert_eq!(says(&of_part(found)), ["inline_image", "tool_image"]);
    }
    for (mime, features) in [
        ("audio/flac", vec!["audio"]),
        ("video/mp4", vec!["other_media"]),
        ("application/pdf", vec!["document"]),
        ("", vec!["document"]),
    ] {
        let query = of_part(json!({"inlineData": {"mimeType": mime, "data": "AAAA"}}));
        assert!(query.files(), "{mime}");
        assert_eq!((says(&query), query.unbounded()), (features, None));
    }
    let file = |uri: &str| {
        says(&of_part(
            json!({"fileData": {"fileUri": uri, "mimeType": "application/pdf"}}),
        ))
    };
    assert_eq!(file("https://x/y"), ["remote_document"]);
    let kept = "https://generativelanguage.googleapis.com/v1beta/files/x";
    assert_eq!(file(kept), ["remote_document", "state"]);
    assert_eq!(file("gs://x/y"), ["remote_document", "state"]);
}

#[test]
fn what_is_said_is_known() {
    let turn = |role: &str| json!({"role": role, "parts": [{"text": "x"}]});
    let calling = |config: Value| json!({"toolConfig": {"functionCallingConfig": config}});
    let config = |config: Value| json!({ "generationConfig": config });
    for (member, features) in [
        (
            json!({"contents": [turn("user"), turn("model")]}),
            vec!["prefill"],
        ),
        (
            json!({"contents": [turn("model"), turn("user")]}),
            vec!["assistant_first"],
        ),
        (calling(json!({"mode": "ANY"})), vec!["forced_tool"]),
        (calling(json!({"mode": "AUTO"})), vec![]),
        (
            calling(json!({"mode": "ANY", "allowedFunctionNames": ["a"]})),
            vec!["forced_tool"],
        ),
        (
            calling(json!({"mode": "ANY", "allowed_function_names": ["a", "b"]})),
            vec!["forced_tool", "allowed_tools"],
        ),
        (
            calling(json!({"mode": "VALIDATED", "allowedFunctionNames": ["a"]})),
            vec!["allowed_tools"],
        ),
        (
            config(json!({"temperature": "1.5"})),
            vec!["temperature", "high_temperature"],
        ),
        (
            config(json!({"topK": 3, "frequencyPenalty": 0.5})),
            vec!["top_k", "penalties"],
        ),
        (
            config(json!({"stopSequences": ["a", "b", "c", "d", "e", "f"]})),
            vec!["stop", "five_stops", "many_stops"],
        ),
        (config(json!({"responseLogprobs": true})), vec!["logprobs"]),
        (
            config(json!({"responseModalities": ["AUDIO"]})),
            vec!["media_output"],
        ),
        (
            config(json!({"responseMimeType": "application/json"})),
            vec!["json_object"],
        ),
        (
            config(json!({"responseSchema": {}, "responseMimeType": "application/json"})),
            vec!["json_schema"],
        ),
        (
            config(json!({"responseSchema": {}, "responseMimeType": "text/x.enum"})),
            vec!["json_schema", "unknown"],
        ),
        (
            config(json!({"thinkingConfig": {"thinkingBudget": 0}})),
            vec![],
        ),
        (
            config(json!({"thinkingConfig": {"thinkingBudget": -1}})),
            vec![],
        ),
        (
            config(json!({"thinkingConfig": {"thinking_budget": 9}})),
            vec!["reasoning"],
        ),
        (json!({"cachedContent": "c"}), vec!["state"]),
        (
            json!({"tools": [{"googleSearch": {}}]}),
            vec!["hosted_tools"],
        ),
        (json!({"myField": 1}), vec!["unknown"]),
        (json!({"myField": null}), vec![]),
    ] {
        assert_eq!(says(&with(member.clone())), features, "{member}");
    }
}

#[test]
fn texts_are_counted_where_they_stand() {
    let body = json!({
        "contents": [{"parts": [{"text": "two"}, {"text": "three"}]}],
        "system_instruction": {"parts": [{"text": "one"}]},
    });
    let body = body.to_string();
    let texts = Query::texts(Api::GeminiGenerate, body.as_bytes()).unwrap();
    let length: usize = texts.iter().map(String::len).sum();
    assert_eq!((texts.len(), length), (3, 11));
    let query = read(&body).unwrap();
    assert_eq!(query.tokens().text_bytes, 11);
    assert_eq!(query.prompt().user(), "two\nthree");
}
