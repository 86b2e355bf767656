use serde_json::{Value, json};

use super::{super::table::tests::check, *};
use crate::query::{Api, Capability, Feature, Features, Query, Refusal};

#[test]
fn every_name_is_found_where_it_stands() {
    check(&fields::FIELDS);
    check(&messages::FIELDS);
    check(&block::FIELDS);
    check(&source::FIELDS);
    check(&tools::FIELDS);
    check(&config::CHOICE);
    check(&config::THINKING);
    check(&config::OUTPUT);
    check(&config::FORMAT);
}

fn read(body: &str) -> Result<Query, Refusal> {
    Query::read(Api::AnthropicMessages, body.as_bytes())
}

/// A request with these members besides those that it must have.
fn with(more: Value) -> Query {
    let mut body = json!({
        "model": "claude", "max_tokens": 64,
        "messages": [{"role": "user", "content": "Say the answer."}],
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    read(&body.to_string()).unwrap()
}

/// A request with one turn of these blocks.
fn of_blocks(blocks: Value) -> Query {
    with(json!({"messages": [{"role": "user", "content": blocks}]}))
}

fn says(query: &Query) -> Vec<&'static str> {
    query.features().iter().map(Feature::as_str).collect()
}

#[test]
fn the_head_is_typed_and_places_are_known() {
    let body = r#"{ "messages":[{"content":"first","role":"user"},
            {"role":"assistant","content":[{"input":{"city":"Paris"},"type":"tool_use","id":"t","name":"look"}]},
            {"role":"user","content":[{"tool_use_id":"t","content":"21","type":"tool_result"}]}],
        "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
        "max_tokens" : 64, "stream":true, "model":"claude",
        "output_config":{"effort":"high"}, "thinking":{"type":"adaptive"},
        "tools":[{"name":"look","input_schema":{"type":"object"}}] }"#;
    let query = read(body).unwrap();
    assert_eq!((query.model(), query.stream()), ("claude", true));
    assert_eq!(
        (query.max_output(), query.effort()),
        (Some(64), Some("high"))
    );
    assert_eq!(query.prompt().system(), "Be brief.");
    assert_eq!(query.prompt().user(), "first", "results are no words");
    assert_eq!(query.prompt().tools().collect::<Vec<_>>(), ["look"]);
    assert_eq!(query.unbounded(), None);
    assert_eq!(says(&query), ["tools", "reasoning"]);
    for need in [Capability::Tools, Capability::Reasoning, Capability::Stream] {
        assert!(query.needs().has(need), "{need}");
    }
    for (name, value) in [
        ("model", r#""claude""#),
        ("max_tokens", "64"),
        ("stream", "true"),
        ("output_config", r#"{"effort":"high"}"#),
        ("thinking", r#"{"type":"adaptive"}"#),
    ] {
        assert_eq!(&body[query.member(name).unwrap().value.clone()], value);
    }
}

#[test]
fn a_count_has_no_limit_and_no_stream() {
    let body = br#"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true}"#;
    let query = Query::read(Api::AnthropicCountTokens, body).unwrap();
    assert!(!query.stream() && query.max_output().is_none());
    assert!(!query.needs().has(Capability::Stream));
}

#[test]
fn hostile_bodies_are_refused_by_name() {
    let turn = r#""messages":[{"role":"user","content":"x"}]"#;
    let deep = format!(
        r#"{{"model":"m","max_tokens":1,{turn},"metadata":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let nested = format!(
        r#"{{"model":"m","max_tokens":1,"messages":[{{"role":"user","content":{}"x"{}}}]}}"#,
        r#"[{"type":"tool_result","content":"#.repeat(10_000),
        "}]".repeat(10_000)
    );
    let many: String = (0..2_000).map(|at| format!(r#""k{at}":0,"#)).collect();
    let many = format!(r#"{{{many}"model":"m","max_tokens":1,{turn}}}"#);
    let blocks = vec![r#"{"type":"text","text":""}"#; 20_001].join(",");
    let blocks = format!(
        r#"{{"model":"m","max_tokens":1,"messages":[{{"role":"user","content":[{blocks}]}}]}}"#
    );
    let with = |more: &str| format!(r#"{{"model":"m","max_tokens":1,{turn},{more}}}"#);
    for (body, param) in [
        (with(r#""model":"dear""#), Some("model")),
        (with(r#""Max_Tokens":9"#), Some("max_tokens")),
        (with(r#""max\u005ftokens":9"#), Some("max_tokens")),
        (with(r#""x":1,"x":2"#), Some("x")),
        (with(r#""system":7"#), Some("system")),
        (with(r#""temperature":"hot""#), Some("temperature")),
        (
            with(r#""thinking":{"type":"enabled","budget_tokens":1,"budget_tokens":9}"#),
            Some("thinking.budget_tokens"),
        ),
        (
            with(r#""output_config":{"Effort":"max"}"#),
            Some("output_config.effort"),
        ),
        (
            r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[
                {"type":"text","text":"a","text":"b"}]}]}"#
                .into(),
            Some("messages[].content[].text"),
        ),
        (
            r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[
                {"type":"image","source":{"type":"base64","data":"","Data":""}}]}]}"#
                .into(),
            Some("messages[].content[].source.data"),
        ),
        (
            r#"{"model":"m","max_tokens":1,"messages":[{"role":"boss","content":"x"}]}"#.into(),
            Some("messages[].role"),
        ),
        (format!(r#"{{"model":"m",{turn}}}"#), Some("max_tokens")),
        (format!(r#"{{"max_tokens":1,{turn}}}"#), Some("model")),
        (
            r#"{"model":"m","max_tokens":1,"messages":[]}"#.into(),
            Some("messages"),
        ),
        (
            r#"{"model":"m","max_tokens":0,"messages":[]}"#.into(),
            Some("max_tokens"),
        ),
        (
            r#"{"model":"m","max_tokens":1,"messages":[{"role":"us"#.into(),
            None,
        ),
        (deep, None),
        (nested, None),
        (many, Some("k1024")),
        (blocks, Some("messages")),
    ] {
        let shown = &body[..body.len().min(160)];
        let refusal = read(&body).expect_err(shown);
        assert_eq!(refusal.param(), param, "{shown}: {}", refusal.message());
        assert!(!refusal.message().contains("dear"), "{}", refusal.message());
    }
}

#[test]
fn what_cannot_be_bounded_is_named() {
    let block = |block: Value| of_blocks(json!([block])).unbounded().map(str::to_owned);
    let file = json!({"type": "file", "file_id": "f"});
    let url = json!({"type": "url", "url": "https://x/y"});
    for (member, field) in [
        (json!({"my_field": 1}), "my_field"),
        (json!({"container": "c"}), "container"),
        (json!({"mcp_servers": [{}]}), "mcp_servers"),
        (
            json!({"context_management": {"edits": []}}),
            "context_management",
        ),
        (
            json!({"tools": [{"type": "web_search_20250305", "name": "s"}]}),
            "tools[].type",
        ),
        (json!({"tools": [{"name": "s", "odd": 1}]}), "tools[].odd"),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 65}}),
            "thinking.budget_tokens",
        ),
        (json!({"thinking": {"odd": 1}}), "thinking.odd"),
        (
            json!({"output_config": {"format": {"type": "xml"}}}),
            "output_config.format.type",
        ),
        (
            json!({"messages": [{"role": "user", "content": "x", "odd": 1}]}),
            "messages[].odd",
        ),
    ] {
        assert_eq!(with(member).unbounded(), Some(field));
    }
    for (odd, field) in [
        (
            json!({"type": "container_upload"}),
            "messages[].content[].type",
        ),
        (
            json!({"type": "web_search_tool_result", "content": {}}),
            "messages[].content[].content",
        ),
        (json!({"text": "x"}), "messages[].content[].type"),
        (
            json!({"type": "text", "odd": "x"}),
            "messages[].content[].odd",
        ),
        (
            json!({"type": "text", "source": file}),
            "messages[].content[].source",
        ),
        (
            json!({"type": "image", "source": file}),
            "messages[].content[].source.file_id",
        ),
        (
            json!({"type": "document", "source": file}),
            "messages[].content[].source.file_id",
        ),
        (
            json!({"type": "document", "source": url}),
            "messages[].content[].source.url",
        ),
        (
            json!({"type": "image", "source": {"type": "base64", "data": "", "url": "u"}}),
            "messages[].content[].source.type",
        ),
    ] {
        assert_eq!(block(odd.clone()).as_deref(), Some(field), "{odd}");
    }
    for harmless in [
        json!({"metadata": {"user_id": "u"}, "cache_control": {"type": "ephemeral", "ttl": "1h"}}),
        json!({"container": null, "mcp_servers": null, "system": null, "thinking": null}),
        json!({"tools": [], "stop_sequences": [], "tool_choice": {"type": "auto"}}),
        json!({"service_tier": "standard_only", "speed": "standard", "inference_geo": null}),
    ] {
        let query = with(harmless);
        assert_eq!(
            (query.unbounded(), query.features()),
            (None, Features::NONE)
        );
    }
}

#[test]
fn images_and_documents_are_known_by_what_they_are() {
    let png = "iVBORw0KGgoAAAANSUhEUgAABAAAAAIACAIAAAAuLi4uAAAAAUlEQVQuLi4uLgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let inline = json!({"data": png, "media_type": "image/png", "type": "base64"});
    let image = json!({"source": inline, "type": "image"});
    let query = of_blocks(json!([image]));
    assert_eq!(query.images()[0].size(), Some((1_024, 512)));
    assert!(query.tokens().input_bound < 1_000, "its bytes are no text");
    assert_eq!(says(&query), ["inline_image"]);
    let result = json!({"content": [image], "type": "tool_result", "tool_use_id": "t"});
    let query = of_blocks(json!([result]));
    assert_eq!(says(&query), ["inline_image", "tool_image"]);
    assert_eq!(query.prompt().images(), 1);
    let url = json!({"type": "image", "source": {"type": "url", "url": "https://x/y.png"}});
    let query = of_blocks(json!([url]));
    assert_eq!(
        (says(&query), query.unbounded()),
        (vec!["remote_image"], None)
    );
    let pdf = json!({"type": "document", "source": {"type": "base64", "data": "JVBERi0"}});
    let query = of_blocks(json!([pdf]));
    assert!(query.files() && query.needs().has(Capability::Files));
    assert_eq!(says(&query), ["document"]);
    let words = json!({"type": "document", "source": {"type": "text", "data": "x".repeat(500)}});
    let query = of_blocks(json!([words]));
    assert!(!query.files() && query.tokens().input_bound >= 500);
    let mut cited = words;
    cited["citations"] = json!({"enabled": true});
    let query = of_blocks(json!([cited]));
    assert!(query.files(), "cut into sentences with numbers");
    assert_eq!(says(&query), ["document", "citations"]);
}

#[test]
fn what_is_said_is_known() {
    let user = json!({"role": "user", "content": "x"});
    let model = json!({"role": "assistant", "content": "y"});
    let system = json!({"role": "system", "content": "z"});
    let thought = json!({"role": "assistant", "content": [
        {"type": "thinking", "thinking": "t", "signature": "s"}]});
    for (member, features) in [
        (json!({"messages": [user, model]}), vec!["prefill"]),
        (json!({"messages": [model, user]}), vec!["assistant_first"]),
        (json!({"messages": [system, user]}), vec![]),
        (
            json!({"messages": [user, system, user]}),
            vec!["late_system"],
        ),
        (json!({"messages": [user, thought, user]}), vec!["signed"]),
        (json!({"temperature": 0.5}), vec!["temperature"]),
        (
            json!({"temperature": 1.5}),
            vec!["temperature", "high_temperature"],
        ),
        (json!({"top_k": 5, "top_p": null}), vec!["top_k"]),
        (
            json!({"stop_sequences": ["a", "b", "c", "d", " "]}),
            vec!["stop", "five_stops", "blank_stop"],
        ),
        (
            json!({"tool_choice": {"type": "tool", "name": "x"}}),
            vec!["forced_tool"],
        ),
        (
            json!({"tool_choice": {"type": "auto", "disable_parallel_tool_use": true}}),
            vec!["serial_tools"],
        ),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 10}}),
            vec!["reasoning"],
        ),
        (json!({"thinking": {"type": "disabled"}}), vec![]),
        (
            json!({"output_config": {"format": {"type": "json_schema", "schema": {}}}}),
            vec!["json_schema"],
        ),
        (
            json!({"tools": [{"type": "bash_20250124", "name": "bash"}]}),
            vec!["tools", "hosted_tools"],
        ),
        (json!({"container": "c"}), vec!["state"]),
        (json!({"my_field": 1}), vec!["unknown"]),
        (json!({"my_field": null}), vec![]),
    ] {
        assert_eq!(says(&with(member.clone())), features, "{member}");
    }
}

#[test]
fn a_price_of_its_own_is_a_tier() {
    let tier = |member: Value| with(member).service_tier().map(str::to_owned);
    assert_eq!(
        tier(json!({"service_tier": "auto"})).as_deref(),
        Some("auto")
    );
    let fast = json!({"speed": "fast", "service_tier": "auto"});
    assert_eq!(tier(fast).as_deref(), Some("fast"));
    let never = json!({"service_tier": "standard_only"});
    assert_eq!(tier(never).as_deref(), Some("standard"));
    let geo = with(json!({"inference_geo": "us"}));
    assert_eq!(geo.region(), Some("us"));
}

#[test]
fn texts_are_counted_where_they_stand() {
    let body = json!({
        "model": "m", "max_tokens": 1, "system": "one",
        "messages": [{"role": "user", "content": [
            {"type": "text", "text": "two"},
            {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "three"}]},
        ]}],
    });
    let body = body.to_string();
    let mut texts = Query::texts(Api::AnthropicMessages, body.as_bytes()).unwrap();
    texts.sort();
    assert_eq!(texts, ["one", "three", "two"]);
    assert_eq!(read(&body).unwrap().tokens().text_bytes, 11);
    assert_eq!(read(&body).unwrap().prompt().user(), "two");
}

#[test]
fn a_system_prompt_tells_conversations_apart_wherever_it_stands() {
    let digest = |body: &str| *read(body).unwrap().conversation().digest();
    let turns = r#""messages":[{"role":"user","content":"x"}]"#;
    let of = |system: &str| {
        let first = format!(r#"{{"model":"m","max_tokens":1,"system":"{system}",{turns}}}"#);
        let last = format!(r#"{{"model":"m","max_tokens":1,{turns},"system":"{system}"}}"#);
        assert_eq!(digest(&first), digest(&last));
        digest(&first)
    };
    assert_ne!(of("a"), of("b"));
}
