//! Bodies and heads that mean harm, at a server stack: a clear refusal in OpenAI's form, in bounded time and memory,
//! and no provider is asked.

#[allow(dead_code)]
#[path = "way/watched.rs"]
mod watched;

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_genai::{
    Body,
    budget::{Budget, Window},
    catalog::{Catalog, Source},
    context::Tenant,
    stack::{Caller, Stack, Tenants},
};
use watched::{Shared, Watched};

const MAX_BODY: usize = 32 << 20;

/// A server stack with a hard budget, around a client that counts its calls.
struct Target {
    called: Arc<AtomicUsize>,
    watched: Arc<Watched>,
    stack: Stack<
        BoxCloneSyncService<Request<Body>, Response<Body>, std::io::Error>,
        tower_genai::stack::ServerSide,
    >,
}

fn catalog() -> Catalog {
    let text = r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        [[model]]
        name = "m"
        provider = "acme"
        price = { input = "1", output = "3.20" }
        context = 200_000
        max_output = 32_000
        can = ["stream", "tools", "json_schema"]
    "#;
    Catalog::parse(&[Source::text("hostile.toml", text)]).unwrap()
}

impl Target {
    fn new() -> Self {
        let called = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&called);
        let client = BoxCloneSyncService::new(service_fn(move |_: Request<Body>| {
            counter.fetch_add(1, Ordering::SeqCst);
            let answer = r#"{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],
                "usage":{"prompt_tokens":1,"completion_tokens":1}}"#;
            let response = Response::builder().header("content-type", "application/json");
            std::future::ready(Ok(response.body(Body::from(answer.to_owned())).unwrap()))
        }));
        let watched = Watched::shared();
        let budget = Budget::new("org")
            .limit("100".parse().unwrap(), Window::Total)
            .ledger(Arc::new(Shared(Arc::clone(&watched))));
        let stack = Stack::server(client, catalog(), Tenants::single()).budget(budget);
        Self {
            called,
            watched,
            stack,
        }
    }

    async fn ask<B>(&self, request: Request<B>) -> (StatusCode, Value)
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let response = self.stack.clone().boxed().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        assert_eq!(head.headers["content-type"], "application/json");
        assert!(bytes.len() < 4_096, "a refusal repeats its request");
        (head.status, serde_json::from_slice(&bytes).unwrap())
    }

    /// Asks and expects a refusal of this status; returns the error.
    #[track_caller]
    fn refuses(
        &self,
        body: impl Into<Bytes>,
        status: StatusCode,
    ) -> impl Future<Output = Value> + '_ {
        let place = std::panic::Location::caller();
        let request = post(Full::from(body.into()));
        async move {
            let (got, answer) = self.ask(request).await;
            assert_eq!(got, status, "{place}: {answer}");
            self.asked_nobody();
            error(&answer).clone()
        }
    }

    #[track_caller]
    fn asked_nobody(&self) {
        assert_eq!(
            self.called.load(Ordering::SeqCst),
            0,
            "a provider was asked"
        );
        assert_eq!(self.watched.granted(), 0, "money was held");
    }
}

fn post<B>(body: B) -> Request<B> {
    Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}

/// The error object, complete as OpenAI's clients expect it.
#[track_caller]
fn error(answer: &Value) -> &Value {
    let error = &answer["error"];
    for member in ["message", "type", "param", "code"] {
        assert!(error.get(member).is_some(), "{member} is missing: {answer}");
    }
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    error
}

const GOOD: &str = r#"{"model":"m","stream":false,"max_tokens":5,"messages":[{"role":"user","content":"Grüße"}],"tools":[{"type":"function","function":{"name":"f"}}]}"#;

#[tokio::test]
async fn the_good_body_passes() {
    let target = Target::new();
    let response = target.stack.clone().boxed().oneshot(post(Full::from(GOOD)));
    assert_eq!(response.await.unwrap().status(), StatusCode::OK);
    assert_eq!(target.called.load(Ordering::SeqCst), 1);
    target.watched.assert_at_rest();
}

#[tokio::test]
async fn cut_anywhere() {
    let target = Target::new();
    for cut in 0..GOOD.len() {
        target
            .refuses(&GOOD.as_bytes()[..cut], StatusCode::BAD_REQUEST)
            .await;
    }
}

#[tokio::test]
async fn a_million_deep() {
    let target = Target::new();
    let deep = |open: &str, close: &str| [open.repeat(1_000_000), close.repeat(1_000_000)].concat();
    for deep in [
        deep("[", "]"),
        deep(r#"{"a":"#, "}").replace(":}", ":1}"),
        "[".repeat(1_000_000),
    ] {
        for body in [
            deep.clone(),
            format!(r#"{{"model":"m","messages":{deep}}}"#),
            format!(r#"{{"model":"m","messages":[{{"role":"user","content":{deep}}}]}}"#),
            format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x","y":{deep}}}]}}"#),
            with(&format!(r#""unknown":{deep}"#)),
            with(&format!(r#""metadata":{deep}"#)),
            with(&format!(r#""stream":true,"stream_options":{{"x":{deep}}}"#)),
            with(&format!(
                r#""response_format":{{"type":"json_schema","json_schema":{deep}}}"#
            )),
            with(&format!(
                r#""tools":[{{"type":"function","function":{{"parameters":{deep}}}}}]"#
            )),
            with(&format!(r#""tools":{deep}"#)),
            with(&format!(r#""n":{deep}"#)),
            with(&format!(r#""prediction":{deep}"#)),
            with(&format!(r#""modalities":{deep}"#)),
        ] {
            target.refuses(body, StatusCode::BAD_REQUEST).await;
        }
    }
}

/// A valid call with something more.
fn with(more: &str) -> String {
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],{more}}}"#)
}

/// What is read one way here and another way there is read by nobody.
#[tokio::test]
async fn members_twice_in_another_case_or_spelling() {
    let target = Target::new();
    for (more, param) in [
        (r#""model":"m""#, "model"),
        (r#""m\u006fdel":"m""#, "model"),
        (r#""\u006d\u006f\u0064\u0065\u006c":"m""#, "model"),
        (r#""MODEL":"m""#, "model"),
        (r#""Model":"m""#, "model"),
        (r#""Messages":[]"#, "messages"),
        (r#""max_tokens":1,"max_tokens":100000"#, "max_tokens"),
        (r#""max_tokens":1,"Max_Tokens":100000"#, "max_tokens"),
        (r#""n":1,"\u006e":100"#, "n"),
        (r#""N":100"#, "n"),
        (
            r#""service_tier":"default","SERVICE_TIER":"priority""#,
            "service_tier",
        ),
        (r#""x":1,"\u0078":2"#, "x"),
        (
            r#""stream_options":{"include_usage":true,"include_usage":false}"#,
            "stream_options",
        ),
    ] {
        let error = target.refuses(with(more), StatusCode::BAD_REQUEST).await;
        assert_eq!(error["param"], param, "{more}");
    }
}

/// Under a hard budget nothing goes out whose cost nobody knows.
#[tokio::test]
async fn fields_that_could_cost_anything() {
    let target = Target::new();
    for (more, param) in [
        (r#""best_of":50"#, "best_of"),
        (r#""background":true"#, "background"),
        (r#""web_search_options":{}"#, "web_search_options"),
        (r#""previous_response_id":"resp_1""#, "previous_response_id"),
        (r#""tools":[{"type":"web_search"}]"#, "tools[].type"),
        (r#""service_tier":"priority""#, "service_tier"),
    ] {
        let error = target.refuses(with(more), StatusCode::BAD_REQUEST).await;
        let told =
            error["param"] == param || error["message"].as_str().unwrap().contains("web_search");
        assert!(told, "{more}: {error}");
    }
    for message in [
        r#"{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}"#,
        r#"{"role":"user","content":[{"type":"video_url","video_url":{"url":"x"}}]}"#,
        r#"{"role":"assistant","content":null,"audio":{"id":"audio_1"}}"#,
    ] {
        let body = format!(r#"{{"model":"m","messages":[{message}]}}"#);
        target.refuses(body, StatusCode::BAD_REQUEST).await;
    }
}

#[tokio::test]
async fn far_too_many_of_anything() {
    let target = Target::new();
    let many = |item: &dyn Fn(usize) -> String| {
        let mut all = String::new();
        for at in 0..1_000_000 {
            all.push_str(&item(at));
            all.push(',');
        }
        all.pop();
        all
    };
    let keys = many(&|at| format!(r#""k{at}":0"#));
    target.refuses(with(&keys), StatusCode::BAD_REQUEST).await;
    let tools = many(&|_| r#"{"type":"function","function":{"name":"f"}}"#.into());
    target
        .refuses(
            with(&format!(r#""tools":[{tools}]"#)),
            StatusCode::PAYLOAD_TOO_LARGE,
        )
        .await;
    let tools = many(&|_| r#"{"type":"custom"}"#.into());
    target
        .refuses(
            with(&format!(r#""tools":[{tools}]"#)),
            StatusCode::BAD_REQUEST,
        )
        .await;
    let messages = many(&|_| r#"{"role":"user"}"#.into());
    target
        .refuses(
            format!(r#"{{"model":"m","messages":[{messages}]}}"#),
            StatusCode::BAD_REQUEST,
        )
        .await;
    let parts = many(&|_| r#"{"type":"text"}"#.into());
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{parts}]}}]}}"#);
    target.refuses(body, StatusCode::BAD_REQUEST).await;
    // Below a known member a million keys are walked, and counted: far beyond any context or budget.
    let error = target
        .refuses(
            format!(
                r#"{{"model":"m","messages":[{{"role":"user","content":"x","y":{{{keys}}}}}]}}"#
            ),
            StatusCode::BAD_REQUEST,
        )
        .await;
    assert_eq!(error["code"], "context_length_exceeded");
}

#[tokio::test]
async fn long_strings() {
    let target = Target::new();
    let long = "x".repeat(16 << 20);
    for body in [
        format!(r#"{{"model":"{long}","messages":[{{"role":"user","content":"x"}}]}}"#),
        with(&format!(r#""{long}":1,"{long}":2"#))[..30 << 20].to_owned(),
        with(&format!(r#""n":"{long}""#)),
        with(&format!(r#""model":"{long}""#)),
    ] {
        target.refuses(body, StatusCode::BAD_REQUEST).await;
    }
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{long}"}}]}}"#);
    let error = target.refuses(body, StatusCode::BAD_REQUEST).await;
    assert_eq!(error["code"], "context_length_exceeded");
    // Escapes take more room than what they stand for.
    let escapes = r"\u0000".repeat(1 << 20);
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{escapes}"}}]}}"#);
    target.refuses(body, StatusCode::BAD_REQUEST).await;
}

#[tokio::test]
async fn no_utf_8_no_json_no_object() {
    let target = Target::new();
    for body in [
        &b"\xff\xfe{\x00}\x00"[..],
        b"{\"model\":\"m\xff\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
        b"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\xed\xa0\x80\"}]}",
        b"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}",
        b"\xef\xbb\xbf{}",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
        b"model=m&messages=x",
        b"null",
        b"[]",
        b"\"m\"",
        b"1e999",
        b"{}",
        b"{\"model\":null,\"messages\":null}",
        b"{\"model\":\"m\",\"messages\":[null]}",
        b"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],}",
        b"{\"model\":\"m\" /* c */,\"messages\":[]}",
        b"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}{}",
    ] {
        target
            .refuses(Bytes::copy_from_slice(body), StatusCode::BAD_REQUEST)
            .await;
    }
}

#[tokio::test]
async fn models_that_would_be_paths() {
    let target = Target::new();
    for model in [
        "../../etc/passwd",
        "..%2f..%2fadmin",
        "%252e%252e/x",
        "m?x=1",
        "m#x",
        "m\\\\x",
        "//evil.test/m",
        "http://evil.test/v1",
        "m\\r\\nx-evil: 1",
        "m\\u0000",
        "acme/../m",
    ] {
        let body = format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"x"}}]}}"#);
        let request = post(Full::from(body));
        let (status, answer) = target.ask(request).await;
        assert!(matches!(status.as_u16(), 400 | 404), "{model}: {status}");
        error(&answer);
        target.asked_nobody();
    }
}

#[tokio::test]
async fn encoded_bodies_are_not_taken_for_plain_ones() {
    let target = Target::new();
    for (name, value) in [
        ("content-encoding", "gzip"),
        ("content-encoding", "br"),
        ("content-encoding", "identity, gzip"),
        ("content-type", "text/plain"),
        ("content-type", "multipart/form-data; boundary=x"),
        ("content-type", "application/x-www-form-urlencoded"),
    ] {
        let mut request = post(Full::from(GOOD));
        request.headers_mut().insert(name, value.parse().unwrap());
        let (status, answer) = target.ask(request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{value}");
        error(&answer);
        target.asked_nobody();
    }
}

/// A body of unknown length that counts what is taken of it.
struct Endless {
    taken: Arc<AtomicUsize>,
    piece: usize,
    pending: bool,
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.pending = !self.pending;
        if self.pending {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.taken.fetch_add(self.piece, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b' '; self.piece])))))
    }
}

#[tokio::test]
async fn bodies_without_end_are_read_to_the_limit_only() {
    for (piece, most) in [(1 << 20, MAX_BODY), (64 << 10, 1 << 20), (1, 10_000)] {
        let mut target = Target::new();
        target.stack = target.stack.max_body(most);
        let taken = Arc::<AtomicUsize>::default();
        let body = Endless {
            taken: Arc::clone(&taken),
            piece,
            pending: false,
        };
        let (status, answer) = target.ask(post(body)).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        error(&answer);
        assert!(taken.load(Ordering::SeqCst) <= most + piece);
        target.asked_nobody();
    }
}

#[tokio::test]
async fn a_body_that_says_that_it_is_too_large_is_not_read() {
    let target = Target::new();
    let taken = Arc::<AtomicUsize>::default();
    let body = Endless {
        taken: Arc::clone(&taken),
        piece: 1,
        pending: false,
    };
    let mut request = post(body);
    let length = (MAX_BODY + 1).to_string().parse().unwrap();
    request.headers_mut().insert("content-length", length);
    let (status, _) = target.ask(request).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(taken.load(Ordering::SeqCst), 0);
    target.asked_nobody();
    let exactly = format!("{GOOD}{}", " ".repeat(MAX_BODY - GOOD.len()));
    let response = target
        .stack
        .clone()
        .boxed()
        .oneshot(post(Full::from(exactly)));
    assert_eq!(response.await.unwrap().status(), StatusCode::OK);
}

struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let target = Target::new();
    let (status, answer) = target.ask(post(Broken)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    error(&answer);
    target.asked_nobody();
}

#[tokio::test]
async fn paths_methods_and_upgrades_that_are_not_served() {
    let target = Target::new();
    for (method, uri, status) in [
        ("GET", "/v1/chat/completions", 404),
        ("PUT", "/v1/chat/completions", 404),
        ("POST", "/", 404),
        ("POST", "/v1/chat/completions/x", 404),
        ("POST", "/v1/chat%2fcompletions", 404),
        ("POST", "/v1/embeddings", 404),
        ("CONNECT", "/v1/chat/completions", 404),
        ("POST", "/v1/files/%2e%2e/chat", 404),
    ] {
        let request = Request::builder().method(method).uri(uri);
        let (got, answer) = target.ask(request.body(Full::from(GOOD)).unwrap()).await;
        assert_eq!(got.as_u16(), status, "{method} {uri}");
        error(&answer);
    }
    let mut request = post(Full::from(GOOD));
    request
        .headers_mut()
        .insert("upgrade", "websocket".parse().unwrap());
    let (status, _) = target.ask(request).await;
    assert_eq!(status, StatusCode::UPGRADE_REQUIRED);
    target.asked_nobody();
}

#[tokio::test]
async fn strangers_are_told_before_anything_is_read() {
    let called = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&called);
    let client = service_fn(move |_: Request<Body>| {
        counter.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok::<_, std::io::Error>(Response::new(Body::empty())))
    });
    let known = Caller::new(Tenant::new("a").unwrap());
    let stack = Stack::server(client, catalog(), Tenants::keys([("sk-a", known)])).boxed();
    let taken = Arc::<AtomicUsize>::default();
    for key in [
        None,
        Some("Bearer sk-b"),
        Some("Bearer "),
        Some("sk-a"),
        Some("Basic sk-a"),
    ] {
        let body = Endless {
            taken: Arc::clone(&taken),
            piece: 1,
            pending: false,
        };
        let mut request = post(body);
        if let Some(key) = key {
            request
                .headers_mut()
                .insert("authorization", key.parse().unwrap());
        }
        let response = stack.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{key:?}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(error(&answer)["code"], "invalid_api_key");
    }
    assert_eq!(taken.load(Ordering::SeqCst), 0);
    assert_eq!(called.load(Ordering::SeqCst), 0);
}
