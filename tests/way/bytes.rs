//! What a provider of the caller's own format gets: the caller's bytes, but for what has to change.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, Window},
    catalog::{Catalog, Source},
    stack::Stack,
};

use crate::fake::{Fake, Script};

fn catalog(provider: &str) -> Catalog {
    let text = format!(
        r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        {provider}

        [[model]]
        name = "m"
        provider = "acme"
        price = {{ input = "1", output = "3.20" }}
        context = 200_000
        max_output = 32_000

        [[model]]
        name = "dated"
        id = "dated-2026-01-01"
        provider = "acme"
        price = {{ input = "1", output = "3.20" }}
        context = 200_000
        max_output = 32_000

        [[alias]]
        name = "al\u0069as"
        models = ["m"]
        "#
    );
    Catalog::parse(&[Source::text("bytes.toml", text)]).unwrap()
}

/// What the provider gets for a body.
async fn sent(body: &str, provider: &str, budget: Option<Budget>) -> String {
    let stream = body.contains(r#""stream":true"#);
    let fake = Fake::new(if stream {
        Script::stream(1)
    } else {
        Script::whole(1)
    });
    let mut stack = Stack::client_with(fake.clone(), catalog(provider));
    if let Some(budget) = budget {
        stack = stack.budget(budget);
    }
    let request = Request::post("http://elsewhere.test/v1/chat/completions?a=b")
        .body(Full::from(body.to_owned()))
        .unwrap();
    let response = stack.boxed().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{body}");
    let (head, bytes) = fake.requests().remove(0);
    assert_eq!(head.uri, "http://acme.test/v1/chat/completions");
    String::from_utf8(Vec::from(bytes)).unwrap()
}

fn hard() -> Option<Budget> {
    Some(Budget::new("b").limit("1".parse().unwrap(), Window::Total))
}

/// Number forms, escapes, blanks, order, and members that nobody knows here.
const ODD: &str = r#""messages" : [ {"content":"a\u00e4\/\ud83e\udd80 \"model\":\"x\"" , "role":"user"} ],
    "temperature":1.0,"top_p" :1e-1,"seed":12345678901234567890123, "x" : {"z":-0,"a":[1E2,1.50,null, true]},"y":"\u0041""#;

#[tokio::test]
async fn nothing_changes_where_nothing_has_to() {
    for body in [
        format!(r#"{{"model":"m",{ODD}}}"#),
        format!(" \n{{ {ODD} ,\t\"model\" : \"m\" }}\r\n "),
        format!(
            r#"{{"stream":true,"stream_options":{{"x":1.0,"include_usage":true}},"model":"m",{ODD}}}"#
        ),
        format!(r#"{{"mo\u0064el":"m",{ODD},"max_tokens":7}}"#),
    ] {
        assert_eq!(sent(&body, "", None).await, body);
    }
}

#[tokio::test]
async fn only_the_model_s_name_changes() {
    for (asked, given) in [
        (r#""alias""#, r#""m""#),
        (r#""al\u0069as""#, r#""m""#),
        (r#""acme/m""#, r#""m""#),
        (r#""dated""#, r#""dated-2026-01-01""#),
    ] {
        for (key, place) in [("model", 0), (r"\u006dodel", 1)] {
            let body = |value: &str| {
                let member = format!(r#""{key}" : {value}"#);
                match place {
                    0 => format!("{{{member},{ODD}}}"),
                    _ => format!("{{{ODD}, {member} }}"),
                }
            };
            assert_eq!(sent(&body(asked), "", None).await, body(given));
        }
    }
}

#[tokio::test]
async fn usage_is_asked_for_and_other_options_stay() {
    let body = |options: &str| format!(r#"{{"model":"m",{options}"stream":true,{ODD}}}"#);
    let front = |rest: String| {
        format!(
            r#"{{"stream_options":{{"include_usage":true}},{}"#,
            &rest[1..]
        )
    };
    assert_eq!(sent(&body(""), "", None).await, front(body("")));
    for (asked, given) in [
        ("{}", r#"{"include_usage":true}"#),
        ("{ }", r#"{"include_usage":true }"#),
        ("null", r#"{"include_usage":true}"#),
        (
            r#"{ "x" : 1.0, "include_usage" : false }"#,
            r#"{ "x" : 1.0, "include_usage" : true }"#,
        ),
        (
            r#"{"include_usage":null,"b":1e3,"a":12345678901234567890123}"#,
            r#"{"include_usage":true,"b":1e3,"a":12345678901234567890123}"#,
        ),
        (
            r#"{"b":1e3,"include_obfuscation":false}"#,
            r#"{"include_usage":true,"b":1e3,"include_obfuscation":false}"#,
        ),
        (
            r#"{"b":{"include_usage":false},"include_us\u0061ge":false}"#,
            r#"{"b":{"include_usage":false},"include_us\u0061ge":true}"#,
        ),
    ] {
        let options = |value: &str| body(&format!(r#""stream_options": {value},"#));
        assert_eq!(
            sent(&options(asked), "", None).await,
            options(given),
            "{asked}"
        );
    }
    // A provider that does not know the option is not asked.
    let plain = body("");
    assert_eq!(sent(&plain, "stream_usage = false", None).await, plain);
}

#[tokio::test]
async fn a_limit_is_written_under_a_hard_budget_alone_and_in_the_provider_s_word() {
    let body = |limit: &str| format!(r#"{{"model":"m",{limit}{}}}"#, known());
    let new = r#"max_tokens_field = "max_completion_tokens""#;
    for (asked, provider, budget, given) in [
        ("", "", None, ""),
        (r#""max_tokens":9,"#, "", hard(), r#""max_tokens":9,"#),
        (
            r#""max_tokens" : 9,"#,
            new,
            hard(),
            r#""max_completion_tokens" : 9,"#,
        ),
        (r#""max_tokens":null,"#, "", hard(), r#""max_tokens":4096,"#),
        (
            r#""max_completion_tokens":null,"#,
            new,
            hard(),
            r#""max_completion_tokens":4096,"#,
        ),
        // The provider knows one name only.
        (
            r#""max_completion_tokens" : 9,"#,
            "",
            None,
            r#""max_tokens" : 9,"#,
        ),
        (
            r#""max_tokens":null,"max_completion_tokens":9,"#,
            "",
            hard(),
            r#""max_tokens":9,"max_completion_tokens":null,"#,
        ),
        (
            r#""max_completion_tokens":9, "max_tokens": null,"#,
            "",
            None,
            r#""max_completion_tokens":null, "max_tokens": 9,"#,
        ),
    ] {
        let sent = sent(&body(asked), provider, budget).await;
        assert_eq!(sent, body(given), "{asked} {provider}");
    }
    let front = |word: &str, rest: String| format!(r#"{{"{word}":4096,{}"#, &rest[1..]);
    assert_eq!(
        sent(&body(""), "", hard()).await,
        front("max_tokens", body(""))
    );
    assert_eq!(
        sent(&body(""), new, hard()).await,
        front("max_completion_tokens", body(""))
    );
}

/// The same without members that no hard budget lets through.
fn known() -> String {
    ODD[..ODD.find(r#", "x""#).unwrap()].to_owned()
}

/// Bodies that nobody understands here go to where they were addressed, as they came.
#[tokio::test]
async fn what_is_not_understood_passes_untouched() {
    for body in [
        &br#"{"model":"nobody-knows-it","messages":[{"role":"user","content":"x"}],"a":1.0}"#[..],
        br#"{"model":"m","model":"n","messages":[]}"#,
        b"{\"model\":\"m\",\"messages\":",
        b"\xff\x00 anything",
        b"",
    ] {
        let fake = Fake::new(Script::whole(1));
        let request = Request::post("http://elsewhere.test/v1/chat/completions?a=b")
            .header("authorization", "Bearer sk-own")
            .header("x-own", "1")
            .body(Full::from(Bytes::copy_from_slice(body)))
            .unwrap();
        let stack = Stack::client_with(fake.clone(), catalog("")).boxed();
        let response = stack.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let (head, sent) = fake.requests().remove(0);
        assert_eq!(sent, body);
        assert_eq!(head.uri, "http://elsewhere.test/v1/chat/completions?a=b");
        assert_eq!(head.headers["authorization"], "Bearer sk-own");
        assert_eq!(head.headers["x-own"], "1");
    }
}
