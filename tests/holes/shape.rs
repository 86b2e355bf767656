//! Bodies of a shape that nobody expects: what they may cost is seen, or they are said to be without bound.

use tower_genai::query::{Api, Query};

fn read(body: &str) -> Query {
    Query::read(Api::OpenAiChat, body.as_bytes()).unwrap()
}

/// A call with something more.
fn with(more: &str) -> Query {
    read(&format!(
        r#"{{"model":"m",{more},"messages":[{{"role":"user","content":"x"}}]}}"#
    ))
}

fn part(part: &str) -> Query {
    read(&format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":[{part}]}}]}}"#
    ))
}

#[test]
fn parts_without_a_type_or_in_another_case_are_counted_or_without_bound() {
    for json in [
        r#"{"video_url":{"url":"https://x/long.mp4"}}"#,
        r#"{"type":"image_url","Image_url":{"url":"https://x/y.png"}}"#,
        r#"{"type":"text","Type":"video_url","text":"a","Video_url":{"url":"https://x"}}"#,
        r#"{"image_embeds":"AAAA"}"#,
        r#"{"audio_url":{"url":"https://x"}}"#,
    ] {
        let query = part(json);
        assert!(
            query.unbounded().is_some() || query.tokens().images > 0,
            "{json}"
        );
    }
    let plain = part(r#"{"type":"text","text":"a"}"#);
    assert_eq!((plain.unbounded(), plain.tokens().images), (None, 0));
}

#[test]
fn tools_that_a_provider_runs_are_without_bound_however_they_are_written() {
    let tool = |json: &str| with(&format!(r#""tools":[{json}]"#));
    for json in [
        r#"{"google_search":{}}"#,
        r#"{"type":"function","Type":"web_search","function":{"name":"f"},"web_search":{"enable":true}}"#,
    ] {
        assert!(tool(json).unbounded().is_some(), "{json}");
    }
    let plain = tool(r#"{"type":"function","function":{"name":"f"}}"#);
    assert_eq!(plain.unbounded(), None);
}

#[test]
fn answers_of_more_than_text_are_without_bound() {
    assert!(
        with(r#""modalities":["image","text"]"#)
            .unbounded()
            .is_some()
    );
    assert_eq!(with(r#""modalities":["text"]"#).unbounded(), None);
}

fn messages(messages: &str) -> Query {
    read(&format!(r#"{{"model":"m","messages":[{messages}]}}"#))
}

#[test]
fn answers_that_clients_send_back_have_a_bound() {
    for json in [
        r#"{"role":"assistant","content":"y","refusal":null,"parsed":null,"annotations":[],"audio":null,"tool_calls":[]}"#,
        r#"{"role":"assistant","content":"{\"x\":1}","refusal":null,"tool_calls":null,"parsed":{"x":1}}"#,
        r#"{"role":"assistant","content":"x","id":"msg_1"}"#,
        r#"{"role":"assistant","content":"x","function_call":null,"thinking_blocks":[]}"#,
        r#"{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function",
            "function":{"name":"f","arguments":"{}","parsed_arguments":{}}}]}"#,
        r#"{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}"#,
    ] {
        assert_eq!(messages(json).unbounded(), None, "{json}");
    }
    let unknown = messages(r#"{"role":"assistant","content":"x","nobody_knows":1}"#);
    assert!(unknown.unbounded().is_some());
}

#[test]
fn whatever_may_be_written_into_the_prompt_counts_towards_its_bound() {
    let call = |more: &str, message: &str| {
        let body = format!(r#"{{"model":"m"{more},"messages":[{message}]}}"#);
        read(&body).tokens().bound()
    };
    let plain = r#"{"role":"user","content":"x"}"#;
    let role = |long: &str| call("", &format!(r#"{{"role":"{long}","content":"x"}}"#));
    let parsed = |long: &str| {
        let message = r#"{"role":"assistant","content":"x","parsed":"#;
        call("", &format!(r#"{message}"{long}"}}"#))
    };
    let effort = |long: &str| call(&format!(r#","reasoning_effort":"{long}""#), plain);
    let cached = |long: &str| {
        let part = format!(r#"{{"type":"text","text":"x","cache_control":{{"type":"{long}"}}}}"#);
        call("", &format!(r#"{{"role":"user","content":[{part}]}}"#))
    };
    let tool = |long: &str| {
        let tool = format!(
            r#"{{"type":"function","function":{{"name":"f"}},"cache_control":{{"type":"{long}"}}}}"#
        );
        call(&format!(r#","tools":[{tool}]"#), plain)
    };
    let caption = |long: &str| {
        let part = format!(r#"{{"type":"image_url","image_url":{{"url":"u"}},"text":"{long}"}}"#);
        call("", &format!(r#"{{"role":"user","content":[{part}]}}"#))
    };
    let long = "x ".repeat(10_000);
    let grown = |bound: &dyn Fn(&str) -> u64| bound(&long) - bound("x");
    for (name, grown) in [
        ("role", grown(&role)),
        ("parsed", grown(&parsed)),
        ("reasoning_effort", grown(&effort)),
        ("cache_control of a part", grown(&cached)),
        ("cache_control of a tool", grown(&tool)),
        ("text beside an image", grown(&caption)),
    ] {
        assert!(grown >= 19_999, "{name}: {grown}");
    }
}

#[test]
fn null_asks_for_nothing() {
    for member in ["functions", "prediction", "web_search_options"] {
        let query = with(&format!(r#""{member}":null"#));
        assert!(query.needs().is_empty(), "{member}: {:?}", query.needs());
        assert_eq!(query.unbounded(), None, "{member}");
    }
}

/// The most memory that this process has had, in KiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn ten_million_modalities_are_not_kept() {
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"modalities":[{}""]}}"#,
        r#""","#.repeat(10_000_000)
    );
    let before = peak();
    let _ = Query::read(Api::OpenAiChat, body.as_bytes());
    let grown = peak() - before;
    assert!(grown < 64 << 10, "{grown} KiB for {} bytes", body.len());
}

#[test]
fn bodies_can_be_shared_between_threads() {
    const fn shared<T: Send + Sync>() {}
    shared::<tower_genai::dispatch::ResponseBody>();
    shared::<tower_genai::classify::ResponseBody<tower_genai::dispatch::ResponseBody>>();
    shared::<tower_genai::query::QueryBody>();
}
