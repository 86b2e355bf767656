use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use serde_json::{Value, json};
use tower::{Service, ServiceExt};
use tower_genai::{
    Body,
    cache::{Bypass, CacheLayer, CacheStatus, Entry, Key, Lookup, MemoryStore, Store},
};

use crate::support::{
    Canned, STREAM, WHOLE, ask, by_hand, event, given, of, question, read, request, saying, settle,
    streaming, whole,
};

#[tokio::test(start_paused = true)]
async fn the_same_question_gets_the_same_bytes_and_nobody_is_asked() {
    for (question, first) in [
        (question(), WHOLE.to_owned()),
        (streaming(), STREAM.map(event).concat()),
    ] {
        let inner = Canned::good();
        let service = inner.behind(&CacheLayer::new());
        let miss = ask(&service, request(&question)).await;
        assert_eq!(
            (miss.status, miss.text.as_str()),
            (CacheStatus::Miss, first.as_str())
        );
        assert_eq!(miss.headers["cache-status"], "tower-genai; fwd=miss");
        tokio::time::advance(Duration::from_secs(60)).await;
        let hit = ask(&service, request(&question)).await;
        assert_eq!((hit.code, hit.text), (200, first));
        assert_eq!(hit.headers["cache-status"], "tower-genai; hit; ttl=3540");
        assert_eq!(hit.headers["age"], "60");
        assert_eq!(hit.headers["content-type"], miss.headers["content-type"]);
        assert!(matches!(hit.status, CacheStatus::Hit { age, .. } if age.as_secs() == 60));
        let again = ask(&service, request(&question)).await;
        assert_ne!(hit.headers["x-request-id"], again.headers["x-request-id"]);
        assert_eq!(inner.calls(), 1);
    }
}

#[tokio::test]
async fn lengths_that_are_known_stay_known() {
    let inner = Canned::good();
    let service = inner.behind(&CacheLayer::new());
    for _ in 0..2 {
        let call = service.clone().oneshot(request(&question()));
        let response = call.await.unwrap();
        let length = http_body::Body::size_hint(response.body()).exact();
        assert_eq!(length, Some(WHOLE.len() as u64));
        read(response).await;
    }
    assert_eq!(inner.calls(), 1);
}

#[tokio::test]
async fn a_hit_is_given_while_the_inner_service_is_not_ready() {
    let (mut service, mut inner) = by_hand(&CacheLayer::new());
    let first = tokio::spawn(service.clone().oneshot(request(&question())));
    let (_, answer) = inner.next_request().await.unwrap();
    let (giver, response) = given("application/json");
    giver.give(WHOLE);
    drop(giver);
    answer.send_response(response);
    read(first.await.unwrap().unwrap()).await;

    // Nothing may be called any more, and yet the cache is ready, and answers what it knows.
    inner.allow(0);
    ServiceExt::<Request<Full<Bytes>>>::ready(&mut service)
        .await
        .unwrap();
    let hit = read(service.call(request(&question())).await.unwrap()).await;
    assert_eq!(hit.text, WHOLE);
    // What it does not know waits.
    let mut other = question();
    other["seed"] = 1.into();
    let mut waiting = tokio_test::task::spawn(service.clone().oneshot(request(&other)));
    assert!(waiting.poll().is_pending());
    inner.allow(1);
    assert!(waiting.is_woken());
    assert!(waiting.poll().is_pending());
    assert!(inner.next_request().await.is_some());
}

#[tokio::test]
async fn tenants_share_nothing_and_see_the_same() {
    let inner = Canned::good();
    let service = inner.behind(&CacheLayer::new());
    let body = || question().to_string();
    let a = ask(&service, of(Some("a"), body())).await;
    let b = ask(&service, of(Some("b"), body())).await;
    assert_eq!(inner.calls(), 2);
    assert_eq!(
        a.headers, b.headers,
        "not even a header tells that somebody asked before"
    );
    for tenant in ["a", "b"] {
        ask(&service, of(Some(tenant), body())).await;
    }
    assert_eq!(inner.calls(), 2);
    // Without a tenant nothing is shared, unless there is only one caller.
    for _ in 0..2 {
        let none = ask(&service, of(None, body())).await;
        assert_eq!(none.status, CacheStatus::Bypassed(Bypass::NoTenant));
        assert_eq!(
            none.headers["cache-status"],
            "tower-genai; fwd=bypass; detail=no-tenant"
        );
    }
    assert_eq!(inner.calls(), 4);
    let single = inner.behind(&CacheLayer::new().single_tenant(true));
    for _ in 0..2 {
        ask(&single, of(None, body())).await;
    }
    assert_eq!(inner.calls(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_given_for_its_time() {
    let inner = Canned::good();
    let store = MemoryStore::new(1 << 20);
    let service = inner.behind(
        &CacheLayer::new()
            .ttl(Duration::from_secs(10))
            .store(store.clone()),
    );
    ask(&service, request(&question())).await;
    tokio::time::advance(Duration::from_millis(9_999)).await;
    assert_eq!(
        ask(&service, request(&question())).await.headers["cache-status"],
        "tower-genai; hit; ttl=0"
    );
    tokio::time::advance(Duration::from_millis(1)).await;
    let stale = ask(&service, request(&question())).await;
    assert_eq!(stale.status, CacheStatus::Stale);
    assert_eq!(stale.headers["cache-status"], "tower-genai; fwd=stale");
    assert_eq!((inner.calls(), store.entries()), (2, 1));
    assert!(matches!(
        ask(&service, request(&question())).await.status,
        CacheStatus::Hit { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn callers_may_say_what_they_want_of_it() {
    let inner = Canned::good();
    let service = inner.behind(&CacheLayer::new());
    let only = ask(&service, saying("only-if-cached", &question())).await;
    assert_eq!(
        (only.code, only.status, inner.calls()),
        (504, CacheStatus::NotCached, 0)
    );
    let error: Value = serde_json::from_str(&only.text).unwrap();
    assert_eq!(error["error"]["code"], "not_cached");
    assert_eq!(only.headers["x-should-retry"], "false");

    let unkept = ask(&service, saying("no-store", &question())).await;
    assert_eq!(
        (unkept.status, inner.calls()),
        (CacheStatus::Bypassed(Bypass::NoStore), 1)
    );
    assert_eq!(
        ask(&service, request(&question())).await.status,
        CacheStatus::Miss
    );
    assert_eq!(
        ask(&service, saying("only-if-cached", &question()))
            .await
            .code,
        200
    );
    assert_eq!(inner.calls(), 2);

    let anew = ask(&service, saying("no-cache", &question())).await;
    assert_eq!((anew.status, inner.calls()), (CacheStatus::Refreshed, 3));
    assert_eq!(anew.headers["cache-status"], "tower-genai; fwd=request");
    tokio::time::advance(Duration::from_secs(30)).await;
    assert!(matches!(
        ask(&service, saying("max-age=30", &question()))
            .await
            .status,
        CacheStatus::Hit { .. }
    ));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(
        ask(&service, saying("max-age=30", &question()))
            .await
            .status,
        CacheStatus::Stale
    );
    assert_eq!(inner.calls(), 4);
    // The younger answer is the one that is there now.
    assert_eq!(
        ask(&service, request(&question())).await.headers["age"],
        "0"
    );
}

#[tokio::test]
async fn some_calls_are_left_alone() {
    let message = |content: Value| json!([{"role": "user", "content": content}]);
    let image = |url: &str| message(json!([{"type": "image_url", "image_url": {"url": url}}]));
    let file = message(json!([{"type": "file", "file": {"file_id": "file-1"}}]));
    for (name, value, why) in [
        ("temperature", json!(0.7), Bypass::Sampled),
        ("store", json!(true), Bypass::Stored),
        ("background", json!(true), Bypass::Background),
        ("web_search_options", json!({}), Bypass::WebSearch),
        ("plugins", json!([{"id": "web"}]), Bypass::WebSearch),
        ("enable_search", json!(true), Bypass::WebSearch),
        (
            "search_parameters",
            json!({"mode": "on"}),
            Bypass::WebSearch,
        ),
        ("modalities", json!(["text", "audio"]), Bypass::Audio),
        ("messages", image("https://x.test/a.png"), Bypass::Elsewhere),
        ("messages", image("HTTP://x.test/a.png"), Bypass::Elsewhere),
        ("messages", file, Bypass::Elsewhere),
    ] {
        let inner = Canned::good();
        let service = inner.behind(&CacheLayer::new());
        let mut question = question();
        question[name] = value;
        for _ in 0..2 {
            let answer = ask(&service, request(&question)).await;
            assert_eq!(answer.status, CacheStatus::Bypassed(why), "{question}");
        }
        assert_eq!(inner.calls(), 2);
    }
    // And these are not.
    for (name, value) in [
        ("temperature", json!(0)),
        ("temperature", json!(0.0)),
        ("temperature", Value::Null),
        ("store", json!(false)),
        ("web_search_options", Value::Null),
        ("modalities", json!(["text"])),
        ("messages", image("data:image/png;base64,AAAA")),
    ] {
        let inner = Canned::good();
        let service = inner.behind(&CacheLayer::new());
        let mut question = question();
        question[name] = value;
        ask(&service, request(&question)).await;
        ask(&service, request(&question)).await;
        assert_eq!(inner.calls(), 1, "{question}");
    }
    let mut sampled = question();
    sampled["temperature"] = 1.5.into();
    let inner = Canned::good();
    let service = inner.behind(&CacheLayer::new().any_temperature(true));
    ask(&service, request(&sampled)).await;
    ask(&service, request(&sampled)).await;
    assert_eq!(inner.calls(), 1);
    sampled["seed"] = 7.into();
    let service = inner.behind(&CacheLayer::new());
    ask(&service, request(&sampled)).await;
    ask(&service, request(&sampled)).await;
    assert_eq!(inner.calls(), 2);
    // What is no query is nobody's matter here.
    let garbage = ask(&service, of(Some("a"), "{".into())).await;
    assert_eq!(garbage.status, CacheStatus::Bypassed(Bypass::Unread));
}

#[tokio::test]
async fn nothing_of_the_first_caller_s_head_is_given_again() {
    let inner = Canned::new(|_| {
        let mut response = whole(WHOLE);
        for (name, value) in [
            ("set-cookie", "a=b"),
            ("x-request-id", "first"),
            ("x-ratelimit-remaining-requests", "7"),
            ("retry-after", "7"),
            ("openai-version", "2020-10-01"),
            ("cache-status", "edge; hit"),
        ] {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        response
    });
    let service = inner.behind(&CacheLayer::new());
    let miss = ask(&service, request(&question())).await;
    assert_eq!(miss.headers["x-request-id"], "first");
    let said: Vec<_> = miss.headers.get_all("cache-status").iter().collect();
    assert_eq!(said, ["edge; hit", "tower-genai; fwd=miss"]);
    let hit = ask(&service, request(&question())).await;
    let mut names: Vec<_> = hit.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "age",
            "cache-status",
            "content-type",
            "openai-version",
            "x-request-id"
        ]
    );
    assert_ne!(hit.headers["x-request-id"], "first");
}

#[tokio::test]
async fn only_answers_that_are_whole_and_good_are_kept() {
    let bad: [fn() -> Response<Body>; 7] = [
        || whole(&WHOLE.replace("\"stop\"", "\"length\"")),
        || whole(&WHOLE.replace("\"stop\"", "\"content_filter\"")),
        || whole(&WHOLE.replace("\"stop\"", "\"tool_calls\"")),
        || whole(&WHOLE.replace("\"refusal\":null", "\"refusal\":\"no\"")),
        || whole(r#"{"error":{"message":"no"}}"#),
        || {
            let mut response = whole(WHOLE);
            *response.status_mut() = http::StatusCode::CREATED;
            response
        },
        || {
            let mut response = whole(WHOLE);
            response
                .headers_mut()
                .insert("content-type", "text/plain".parse().unwrap());
            response
        },
    ];
    for answer in bad {
        let inner = Canned::new(move |_| answer());
        let service = inner.behind(&CacheLayer::new());
        let first = ask(&service, request(&question())).await;
        let second = ask(&service, request(&question())).await;
        assert_eq!((first.text, first.code), (second.text, second.code));
        assert_eq!(inner.calls(), 2);
    }
    let inner = Canned::new(|_| whole(&WHOLE.replace("\"stop\"", "\"tool_calls\"")));
    let service = inner.behind(&CacheLayer::new().tool_calls(true));
    ask(&service, request(&question())).await;
    ask(&service, request(&question())).await;
    assert_eq!(inner.calls(), 1);
}

#[tokio::test]
async fn what_is_too_large_is_passed_on_and_not_kept() {
    let long = WHOLE.replace("Hi there", &"x".repeat(10_000));
    let inner = Canned::new({
        let long = long.clone();
        move |_| whole(&long)
    });
    let service = inner.behind(&CacheLayer::new().largest(10_000));
    for calls in 1..3 {
        let answer = ask(&service, request(&question())).await;
        assert_eq!((answer.text == long, inner.calls()), (true, calls));
    }
    let service = inner.behind(&CacheLayer::new().largest(20_000));
    ask(&service, request(&question())).await;
    ask(&service, request(&question())).await;
    assert_eq!(inner.calls(), 3);
}

#[tokio::test]
async fn the_store_keeps_to_its_bytes() {
    let inner = Canned::new(|_| whole(&WHOLE.replace("Hi there", &"x".repeat(3_000))));
    let store = MemoryStore::new(100_000);
    let service = inner.behind(&CacheLayer::new().store(store.clone()));
    for seed in 0..500 {
        let mut question = question();
        question["seed"] = seed.into();
        ask(&service, request(&question)).await;
        assert!(store.bytes() <= 100_000, "{}", store.bytes());
    }
    assert!(store.entries() > 15, "{}", store.entries());
    // What is larger than all of it is not taken, and takes nothing else's place.
    let before = store.entries();
    let inner = Canned::new(|_| whole(&WHOLE.replace("Hi there", &"x".repeat(200_000))));
    let service = inner.behind(&CacheLayer::new().store(store.clone()));
    ask(&service, request(&question())).await;
    assert_eq!(store.entries(), before);
}

/// A store that takes its time.
#[derive(Clone)]
struct Slow(MemoryStore);

impl Store for Slow {
    fn get(&self, key: &Key) -> Lookup {
        let (store, key) = (self.0.clone(), *key);
        Lookup::Later(Box::pin(async move {
            settle().await;
            match store.get(&key) {
                Lookup::Ready(entry) => entry,
                Lookup::Later(later) => later.await,
            }
        }))
    }

    fn put(&self, key: Key, entry: Arc<Entry>) {
        self.0.put(key, entry);
    }

    fn remove(&self, key: &Key, expired: &Arc<Entry>) {
        self.0.remove(key, expired);
    }
}

#[tokio::test]
async fn a_store_may_take_its_time() {
    let inner = Canned::good();
    let store: Arc<dyn Store> = Arc::new(Slow(MemoryStore::new(1 << 20)));
    let service = inner.behind(&CacheLayer::new().store(store));
    assert_eq!(
        ask(&service, request(&question())).await.status,
        CacheStatus::Miss
    );
    assert_eq!(ask(&service, request(&question())).await.text, WHOLE);
    assert_eq!(inner.calls(), 1);
}
