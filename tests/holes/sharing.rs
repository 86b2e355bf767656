//! Answers that several callers share.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as _, Frame};
use tokio_test::task::{Spawn, spawn};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_genai::{
    cache::{CacheLayer, CacheStatus},
    classify::ClassifyLayer,
    query::QueryBody,
    stack::Stack,
};

use crate::{
    fake::Fake,
    support::{
        ANSWER, CALL, PRICED, STREAM, call, catalog, content, event, stop, streamed, text, whole,
    },
};

/// What the cache does for the second of two calls that ask for two choices.
async fn second(fake: Fake, stream: bool) -> CacheStatus {
    let stack = Stack::client_with(fake, catalog("", PRICED))
        .cache(CacheLayer::new().single_tenant(true))
        .boxed();
    let ask = format!(
        r#"{{"model":"m","n":2,"stream":{stream},"messages":[{{"role":"user","content":"hi"}}]}}"#
    );
    let mut last = None;
    for _ in 0..2 {
        let response = stack.clone().oneshot(call(&ask)).await.unwrap();
        last = response.extensions().get::<CacheStatus>().copied();
        text(response).await;
    }
    last.unwrap()
}

#[tokio::test]
async fn an_answer_that_lacks_one_of_its_choices_is_not_kept() {
    let other = |finish: &str| {
        event(&format!(
            r#"{{"choices":[{{"index":1,"delta":{{"content":"half a"}},"finish_reason":{finish}}}]}}"#
        ))
    };
    let done = event("[DONE]");
    let whole_stream = [content("x"), stop(), other(r#""stop""#), done.clone()];
    let hit = second(streamed(&whole_stream), true).await;
    assert!(matches!(hit, CacheStatus::Hit { .. }), "{hit:?}");
    for chunks in [
        vec![content("x"), stop(), other("null"), done.clone()],
        vec![content("x"), stop(), done],
    ] {
        let miss = second(streamed(&chunks), true).await;
        assert_eq!(miss, CacheStatus::Miss);
    }

    let answer = |choices: &str| {
        let one = r#"{"index":0,"message":{"content":"x"},"finish_reason":"stop"}"#;
        let json = format!(
            r#"{{"choices":[{one}{choices}],"usage":{{"prompt_tokens":9,"completion_tokens":9}}}}"#
        );
        second(whole(200, &json), false)
    };
    let hit = answer(r#",{"index":1,"message":{"content":"y"},"finish_reason":"stop"}"#).await;
    assert!(matches!(hit, CacheStatus::Hit { .. }), "{hit:?}");
    let half = r#",{"index":1,"message":{"content":"y"},"finish_reason":null}"#;
    for choices in ["", half] {
        assert_eq!(answer(choices).await, CacheStatus::Miss, "{choices}");
    }
}

/// What the cache does for the second of two calls with this tool.
async fn with_tool(tool: &str) -> CacheStatus {
    let stack = Stack::client_with(whole(200, ANSWER), catalog("", PRICED))
        .cache(CacheLayer::new().single_tenant(true))
        .boxed();
    let ask = CALL.replacen('{', &format!(r#"{{"tools":[{tool}],"#), 1);
    let mut last = None;
    for _ in 0..2 {
        let response = stack.clone().oneshot(call(&ask)).await.unwrap();
        last = response.extensions().get::<CacheStatus>().copied();
        text(response).await;
    }
    last.unwrap()
}

#[tokio::test]
async fn a_tool_of_the_provider_s_own_is_one_in_disguise_too() {
    let function =
        r#"{"type":"function","function":{"name":"f","parameters":{"d\u00e9j\u00e0":1}}}"#;
    let hit = with_tool(function).await;
    assert!(matches!(hit, CacheStatus::Hit { .. }), "{hit:?}");
    for tool in [
        r#"{"type":"web_search"}"#,
        r#"{"\u0074ype":"web_search"}"#,
        r#"{"type":"function","function":{"name":"f"},"t\u0079pe":"web_search"}"#,
    ] {
        let status = with_tool(tool).await;
        assert!(
            !matches!(status, CacheStatus::Hit { .. }),
            "{tool}: {status:?}"
        );
    }
}

/// Whether an answer that was kept is written anew for who wants it in the other form.
async fn written(fake: Fake, streamed: bool) -> bool {
    let stack = Stack::client_with(fake, catalog("", PRICED))
        .cache(CacheLayer::new().single_tenant(true))
        .boxed();
    let forms = if streamed {
        [STREAM, CALL]
    } else {
        [CALL, STREAM]
    };
    let mut last = None;
    for (at, form) in forms.into_iter().enumerate() {
        let response = stack.clone().oneshot(call(form)).await.unwrap();
        assert!(at > 0 || response.status().is_success());
        last = response.extensions().get::<CacheStatus>().copied();
        text(response).await;
    }
    matches!(last.unwrap(), CacheStatus::Hit { .. })
}

/// Time and room for that do not grow with the square of what a provider sends.
#[tokio::test]
async fn an_answer_that_would_be_written_anew_for_ever_is_not() {
    let stream = |more: String| {
        let first = format!(r#"{{{more}"choices":[{{"index":0,"delta":{{"content":"x"}}}}]}}"#);
        written(streamed(&[event(&first), stop(), event("[DONE]")]), true)
    };
    let members = |n: usize| (0..n).map(|n| format!(r#""m{n}":0,"#)).collect::<String>();
    assert!(stream(members(100)).await);
    assert!(!stream(members(20_000)).await);

    let answer = |more: &str, choices: usize| {
        let choice =
            |n| format!(r#"{{"index":{n},"message":{{"content":"x"}},"finish_reason":"stop"}}"#);
        let choices: Vec<String> = (0..choices).map(choice).collect();
        let json = format!(
            r#"{{"more":"{more}","choices":[{}],"usage":{{"prompt_tokens":9,"completion_tokens":9}}}}"#,
            choices.join(",")
        );
        written(whole(200, &json), false)
    };
    let long = "x".repeat(50_000);
    assert!(answer(&long, 1).await);
    assert!(answer("", 100).await);
    assert!(!answer(&long, 100).await);
}

type Meanwhile = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// Gives one frame. Asked for more it says that there may be more, lets something else happen, and has nothing yet.
struct Hasty {
    first: Option<Bytes>,
    meanwhile: Meanwhile,
}

impl http_body::Body for Hasty {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            cx.waker().wake_by_ref();
            meanwhile();
        }
        Poll::Pending
    }
}

/// Whether a body has more to say now.
fn poll<B: http_body::Body>(body: &Mutex<Spawn<B>>) -> bool {
    let mut body = body.lock().unwrap();
    body.enter(|cx, body| body.poll_frame(cx).is_ready())
}

/// Who comes after the wake, while another is still at it, must not depend on that one's coming back: it may be waiting
/// for its own slow reader.
#[tokio::test]
async fn a_wake_that_comes_while_one_reads_reaches_who_asks_meanwhile() {
    let meanwhile = Meanwhile::default();
    let given = Arc::clone(&meanwhile);
    let inner = service_fn(move |_: Request<QueryBody>| {
        let response = Response::builder().header("content-type", "text/event-stream");
        let body = Hasty {
            first: Some(content("x").into()),
            meanwhile: Arc::clone(&given),
        };
        async move { Ok::<_, Infallible>(response.body(body).unwrap()) }
    });
    let service = ServiceBuilder::new()
        .layer(ClassifyLayer::new())
        .layer(CacheLayer::new().single_tenant(true))
        .service(inner);
    let ask = || spawn(service.clone().oneshot(call(STREAM)));
    let (mut leads, mut follows) = (ask(), ask());
    let Poll::Ready(leader) = leads.poll() else {
        panic!("the head is there")
    };
    let mut leader = leader.unwrap().into_body();
    let mut cx = Context::from_waker(std::task::Waker::noop());
    assert!(Pin::new(&mut leader).poll_frame(&mut cx).is_ready());
    let Poll::Ready(follower) = follows.poll() else {
        panic!("the first frame is there")
    };
    let follower = Arc::new(Mutex::new(spawn(follower.unwrap().into_body())));
    assert!(poll(&follower));

    let other = Arc::clone(&follower);
    *meanwhile.lock().unwrap() = Some(Box::new(move || assert!(!poll(&other))));
    assert!(Pin::new(&mut leader).poll_frame(&mut cx).is_pending());
    assert!(meanwhile.lock().unwrap().is_none());
    assert!(follower.lock().unwrap().is_woken());
}
