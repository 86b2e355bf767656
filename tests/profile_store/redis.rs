use std::time::Duration;

use tokio::time::Instant;
use tower_genai::profile::{Profile, store::RedisStore};

use super::{
    proxy::{Act, Proxy},
    server::Server,
    support::{call, labels, teach},
};

/// One that waits longer than a busy machine takes, and asks only when it is told to.
fn profile_at(url: &str) -> Profile {
    let store = RedisStore::new(url).unwrap().name("test");
    let store = store.deadline(Duration::from_secs(5));
    Profile::new()
        .save_every(Duration::from_secs(3_600))
        .keep(store)
}

fn profile(server: &Server) -> Profile {
    profile_at(&server.url())
}

#[tokio::test]
async fn two_processes_learn_from_each_other_and_nothing_twice() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (one, other) = (profile(&server), profile(&server));
    for at in 0..3 {
        teach(&one, Some("team-a"), "auto", &format!("question {at}"));
    }
    for at in 0..2 {
        teach(&other, Some("team-a"), "auto", &format!("other {at}"));
    }
    teach(&other, Some("team-b"), "auto", "canary words");
    for _ in 0..3 {
        one.flush().await.unwrap();
        other.flush().await.unwrap();
    }
    assert_eq!(labels(&one, Some("team-a"), "auto"), 5);
    assert_eq!(labels(&other, Some("team-a"), "auto"), 5);
    // Of whom nobody has asked here, nothing is known here.
    assert_eq!(labels(&one, Some("team-b"), "auto"), 0);
    // Who comes later learns all of it, and goes on from there.
    let late = profile(&server);
    call(&late, Some("team-a"), "auto", "why?");
    late.flush().await.unwrap();
    assert_eq!(labels(&late, Some("team-a"), "auto"), 5);
    teach(&late, Some("team-a"), "auto", "why?");
    for profile in [&late, &one, &other, &late] {
        profile.flush().await.unwrap();
        assert_eq!(labels(profile, Some("team-a"), "auto"), 6);
    }
    let keys = format!("{:?}", server.ask(&["KEYS", "*"]).await);
    assert!(keys.contains("{test:6:team-a:auto}:labels"), "{keys}");
    let kept = server.ask(&["XRANGE", "{test:6:team-b:auto}:labels", "-", "+"]);
    let kept = format!("{:?}", kept.await);
    assert!(kept.contains("score") && !kept.contains("canary"));
}

#[tokio::test]
async fn a_new_stream_gets_what_others_have_learned_without_being_told_to() {
    let Some(server) = Server::start().await else {
        return;
    };
    let one = profile(&server);
    teach(&one, None, "auto", "why?");
    one.flush().await.unwrap();
    let other = profile(&server);
    call(&other, None, "auto", "how?");
    let learned = async {
        while labels(&other, None, "auto") == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let learned = tokio::time::timeout(Duration::from_secs(20), learned);
    learned.await.expect("it is asked for at once");
}

#[tokio::test]
async fn whatever_is_lost_on_the_way_counts_once() {
    let Some(server) = Server::start().await else {
        return;
    };
    let proxy = Proxy::start(server.port).await;
    let (one, other) = (profile_at(&proxy.url()), profile(&server));
    call(&one, None, "auto", "why?");
    call(&other, None, "auto", "why?");
    one.flush().await.unwrap();
    other.flush().await.unwrap();
    let mut expected = 0;
    let acts = [
        Act::CutAfter,
        Act::Cut,
        Act::CutWithin,
        Act::Twice,
        Act::Say("-LOADING Redis is loading the dataset in memory\r\n"),
        Act::Say("+odd\r\n"),
    ];
    for (round, act) in acts.into_iter().enumerate() {
        teach(&one, None, "auto", &format!("one {round}"));
        teach(&other, None, "auto", &format!("other {round}"));
        expected += 2;
        other.flush().await.unwrap();
        proxy.next([act.clone()]);
        let fails = act != Act::Twice;
        assert_eq!(one.flush().await.is_err(), fails, "{act:?}");
        // What was new is told again, and with it what is new since.
        teach(&one, None, "auto", &format!("more {round}"));
        expected += 1;
        one.flush().await.unwrap();
        other.flush().await.unwrap();
        assert_eq!(labels(&one, None, "auto"), expected, "{act:?}");
        assert_eq!(labels(&other, None, "auto"), expected, "{act:?}");
    }
}

#[tokio::test]
async fn a_dead_server_holds_nobody_up_and_gets_everything_later() {
    let arguments = [
        "--save",
        "",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
    ];
    let Some(mut server) = Server::start_with(&arguments).await else {
        return;
    };
    let one = profile(&server);
    teach(&one, None, "auto", "before");
    one.flush().await.unwrap();
    server.kill();
    let begun = Instant::now();
    for at in 0..200 {
        teach(&one, None, "auto", &format!("question {at}"));
        teach(&one, None, &format!("new-{at}"), "why?");
    }
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    let why = one.flush().await.unwrap_err().to_string();
    assert!(!why.contains("127.0.0.1"), "{why}");
    assert!(server.run().await);
    // It says that it reads its own file still; then what is new is told again.
    for _ in 0..1_000 {
        if one.flush().await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let other = profile(&server);
    call(&other, None, "auto", "why?");
    call(&other, None, "new-7", "why?");
    other.flush().await.unwrap();
    assert_eq!(labels(&other, None, "auto"), 201);
    assert_eq!(labels(&other, None, "new-7"), 1);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_after_the_deadline() {
    let Some(server) = Server::start().await else {
        return;
    };
    let proxy = Proxy::start(server.port).await;
    let store = RedisStore::new(&proxy.url()).unwrap();
    let store = store.deadline(Duration::from_millis(200));
    let profile = Profile::new()
        .save_every(Duration::from_secs(3_600))
        .keep(store);
    proxy.plan(|_| Act::Stall);
    teach(&profile, None, "auto", "why?");
    let why = profile.flush().await.unwrap_err().to_string();
    assert!(why.contains("in time"), "{why}");
    // Dropped, it waits two seconds at most.
    let begun = Instant::now();
    drop(profile);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_dropped_profile_has_told_everything() {
    let Some(server) = Server::start().await else {
        return;
    };
    let one = profile(&server);
    teach(&one, None, "auto", "why?");
    drop(one);
    let other = profile(&server);
    call(&other, None, "auto", "why?");
    other.flush().await.unwrap();
    assert_eq!(labels(&other, None, "auto"), 1);
}

#[tokio::test]
async fn what_makes_no_sense_is_passed_over_and_what_is_old_goes() {
    let Some(server) = Server::start().await else {
        return;
    };
    let key = "{test:-:auto}:labels";
    for text in ["{}", "no json", "{\"at\":1}"] {
        let add = ["XADD", key, "*", "p", "x", "n", "1", "l", text];
        server.ask(&add).await;
    }
    let rows = [
        "HSET",
        "{test:-}:figures",
        "[\"a\",\"\",\"coding\"]",
        "0 -1",
    ];
    server.ask(&rows).await;
    let one = profile(&server);
    teach(&one, None, "auto", "why?");
    one.flush().await.unwrap();
    assert_eq!(labels(&one, None, "auto"), 1);
    assert_eq!(one.figures(), []);
    let fill = "local entry = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][2] \
                for i = 1, 1100 do redis.call('XADD', KEYS[1], '*', 'p', 'x', 'n', '1', 'l', entry[6]) end";
    server.ask(&["EVAL", fill, "1", key]).await;
    teach(&one, None, "auto", "one more");
    one.flush().await.unwrap();
    assert_eq!(labels(&one, None, "auto"), 1 + 1_024 + 1);
    let length = server.ask(&["XLEN", key]).await;
    assert_eq!(length, redis::Value::Int(1_024));
    for key in [key, "{test:-}:figures"] {
        let left = server.ask(&["TTL", key]).await;
        let redis::Value::Int(left) = left else {
            panic!("{left:?}");
        };
        assert!((89 * 86_400..=90 * 86_400).contains(&left), "{key} {left}");
    }
}

#[tokio::test]
async fn a_wrong_address_is_told_without_showing_it() {
    let why = RedisStore::new("http://user:canary@host").unwrap_err();
    assert!(!why.to_string().contains("canary"), "{why}");
    let store = RedisStore::new("redis://user:canary@127.0.0.1:1").unwrap();
    assert!(!format!("{store:?}").contains("canary"));
    let profile = Profile::new().keep(store);
    assert!(!format!("{profile:?}").contains("canary"));
    let why = profile.flush().await;
    // Without a stream nobody is asked.
    assert_eq!(why, Ok(()));
    call(&profile, None, "auto", "why?");
    let why = profile.flush().await.unwrap_err().to_string();
    assert!(!why.contains("canary"), "{why}");
}
