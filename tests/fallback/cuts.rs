//! Streams that break, at every byte: before the first content nobody notices, after it the caller is told.

use std::collections::BTreeSet;

use bytes::Bytes;
use tower_genai::{
    fallback::{Backoff, FallbackLayer},
    sim::{Fault, Framing, Times},
};

use crate::{
    fleet::{End, Script, content, delta, done, event, role, stop, usage},
    sims::Sims,
    support::{Got, Rig, question},
};

fn layer() -> FallbackLayer {
    let none = Backoff::new(std::time::Duration::ZERO, std::time::Duration::ZERO);
    FallbackLayer::new().backoff(none)
}

/// What was begun and broke: told in the caller's dialect, no clean end, and no words but the first one's.
#[track_caller]
fn is_broken(got: &Got, words: &str) {
    assert_eq!(
        (got.status, got.clean, got.dones()),
        (200, false, 0),
        "{}",
        got.text
    );
    assert!(got.ends_with_error_event(), "{}", got.text);
    let said = got.words();
    assert!(
        !said.is_empty() && words.starts_with(&said),
        "{said}: {}",
        got.text
    );
    assert!(!got.text.contains("one "), "{}", got.text);
}

/// The way in which the bytes of a stream come to us.
const SIZES: [usize; 4] = [1, 7, 100, usize::MAX];

#[tokio::test]
async fn a_cut_at_any_byte_is_passed_by_or_told() {
    let fronts: [&[String]; 6] = [
        &[role(), content("Gr\u{fc}\u{df} "), content("b "), content("c ")],
        // Azure's first chunk, pings, and events without data.
        &[
            event(r#"{"choices":[],"prompt_filter_results":[]}"#),
            ": ping\n\n".to_owned(),
            "event: x\n\n".to_owned(),
            "data:\n\n".to_owned(),
            role(),
            content("Gr\u{fc}\u{df} "),
        ],
        &[
            ": \u{1F600}\r\n\r\n".to_owned(),
            role().replace('\n', "\r\n"),
            content("Gr\u{fc}\u{df} ").replace('\n', "\r\n"),
            content("b ").replace('\n', "\r\n"),
        ],
        &["\u{feff}".to_owned() + &role().replace('\n', "\r"), content("Gr\u{fc}\u{df} ").replace('\n', "\r")],
        // Several lines of data.
        &[
            "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"Gr\u{fc}\u{df} \"}}]}\n\n".to_owned(),
        ],
        // A call of a tool is content.
        &[
            role(),
            delta(r#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"Gr","arguments":""}}]}"#, "null"),
        ],
    ];
    let mut seen = BTreeSet::new();
    for (which, front) in fronts.iter().enumerate() {
        let front: Vec<&str> = front.iter().map(String::as_str).collect();
        let script = Script::events(&front);
        let first = front.iter().position(|chunk| chunk.contains("Gr")).unwrap();
        // Where the first event with content is whole.
        let whole: usize = front[..=first].iter().map(|chunk| chunk.len()).sum();
        let rig = Rig::new(2);
        for at in 0..=script.len() {
            for size in SIZES {
                if ![1, usize::MAX].contains(&size) && at % 5 > 0 {
                    continue;
                }
                for end in [End::Broken, End::Clean] {
                    rig.fleet
                        .plays(0, [script.cut(at, size, end)])
                        .plays(1, [Script::stream("one ", 3)]);
                    let got = rig.ask(layer(), &question("auto", true)).await.unwrap();
                    let what = format!("front {which}, {at} of {whole}, chunks of {size}, {end:?}");
                    // At a clean end, and before a CR that may be half of a line's end, an event is taken without the
                    // empty line that should close it.
                    let text: String = front.concat();
                    let bare = text.as_bytes()[..whole].trim_ascii_end().len();
                    let begins = match end {
                        End::Clean => at >= bare,
                        _ if text.contains('\r') => {
                            if got.outcome().attempt() == 1 {
                                at > bare
                            } else {
                                at >= whole
                            }
                        }
                        _ => at >= whole,
                    };
                    let begun = got.outcome().attempt() == 1;
                    assert_eq!(begun, begins, "{what}: {}", got.text);
                    if !begun {
                        got.is_whole("one ", true);
                        assert!(!got.text.contains("Gr"), "{what}: {}", got.text);
                        assert!(!got.text.contains("prompt_filter_results"), "{what}");
                    } else if which >= 4 {
                        assert!(!got.clean && got.ends_with_error_event(), "{what}");
                        assert!(!got.text.contains("one "), "{what}");
                    } else {
                        is_broken(&got, "Gr\u{fc}\u{df} b c ");
                    }
                    seen.insert((begun, end == End::Clean));
                }
            }
        }
        rig.at_rest().await;
    }
    assert_eq!(seen.len(), 4);
}

/// Errors, garbage and premature ends after so many events.
#[tokio::test]
async fn what_goes_wrong_after_each_event_is_passed_by_or_told() {
    let well = [
        role(),
        content("a "),
        content("b "),
        content("c "),
        stop(),
        usage(3),
        done(),
    ];
    let wrongs = [
        event(r#"{"error":{"message":"m","type":"server_error","code":null}}"#),
        event(r#"{"error":{"code":503,"message":"overloaded"}}"#),
        event(r#"{"error":"overloaded"}"#),
        "event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n".to_owned(),
        event("{\"choices\":[{\"ind"),
        event("<html></html>"),
        event("\u{0}"),
        event("[]"),
        event(r#"{"choices":5}"#),
        delta("{}", "\"network_error\""),
        delta(r#"{"content":"lost "}"#, "\"insufficient_system_resource\""),
        // Ends early.
        String::new(),
    ];
    for wrong in &wrongs {
        for after in 0..4 {
            let mut results = Vec::new();
            for size in SIZES {
                let mut events = well[..after].to_vec();
                events.push(wrong.clone());
                if !wrong.is_empty() {
                    // What follows a failure does not count.
                    events.extend_from_slice(&well[after..]);
                }
                let events: Vec<&str> = events.iter().map(String::as_str).collect();
                let script = Script::events(&events);
                let rig = Rig::new(2);
                let bytes = script.len();
                let mut script = script.cut(bytes, size, End::Clean);
                // An error before any content is free.
                script.free = after < 2;
                rig.fleet
                    .plays(0, [script])
                    .plays(1, [Script::stream("one ", 3)]);
                let got = rig.ask(layer(), &question("auto", true)).await.unwrap();
                let what = format!("{wrong:?} after {after}, chunks of {size}");
                if after < 2 {
                    got.is_whole("one ", true);
                    assert_eq!(rig.fleet.order(), [0, 1], "{what}");
                } else {
                    is_broken(&got, "a b c ");
                    assert_eq!(got.words().split_whitespace().count(), after - 1, "{what}");
                    assert_eq!(rig.fleet.order(), [0], "{what}");
                }
                rig.at_rest().await;
                results.push(got.text);
            }
            results.dedup();
            assert_eq!(results.len(), 1, "depends on chunks: {results:?}");
        }
    }
}

/// `[DONE]` before an answer has begun is none; an answer without a word has an end of its own.
#[tokio::test]
async fn an_end_marker_alone_is_no_answer() {
    for size in SIZES {
        for chunks in [
            vec![done()],
            vec![": ping\n\n".to_owned(), done()],
            vec![event(r#"{"choices":[]}"#), done()],
            vec![usage(0), done()],
        ] {
            let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
            let script = Script::events(&chunks);
            let rig = Rig::new(2);
            rig.fleet
                .plays(0, [script.cut(script.len(), size, End::Clean)])
                .plays(1, [Script::stream("one ", 3)]);
            let got = rig.ask(layer(), &question("auto", true)).await.unwrap();
            got.is_whole("one ", true);
            rig.at_rest().await;
        }
        for stop in [stop(), delta("{}", "\"length\"")] {
            let script = Script::events(&[&role(), &stop, &usage(0), &done()]);
            let rig = Rig::new(2);
            rig.fleet
                .plays(0, [script.cut(script.len(), size, End::Clean)]);
            let got = rig.ask(layer(), &question("auto", true)).await.unwrap();
            assert_eq!((got.status, got.clean, got.dones()), (200, true, 1));
            assert_eq!((got.words().as_str(), got.tried()), ("", vec![]));
            rig.settled().await;
        }
    }
}

/// The same stream gives the same bytes, however it was cut, and whether or not anybody stood by to take over.
#[tokio::test]
async fn whole_streams_pass_byte_for_byte() {
    for framing in 0..3 {
        let mut events = vec![": hello\n\n".to_owned(), role()];
        events.extend((0..20).map(|i| content(&format!("w{i} "))));
        events.extend([stop(), done()]);
        let text = match framing {
            0 => events.concat(),
            1 => events.concat().replace('\n', "\r\n"),
            _ => events.concat().replace('\n', "\r"),
        };
        for size in [1, 2, 3, 50, 64, usize::MAX] {
            let script = Script::events(&[&text]);
            for layer in [layer(), layer().attempts(1)] {
                let rig = Rig::new(2);
                rig.fleet
                    .plays(0, [script.cut(script.len(), size, End::Clean)]);
                let got = rig.ask(layer, &question("auto", true)).await.unwrap();
                let lines = |text: &str| {
                    let lines = text.split(['\r', '\n']).filter(|line| !line.is_empty());
                    lines.map(str::to_owned).collect::<Vec<_>>()
                };
                assert_eq!(lines(&got.text), lines(&text), "{framing} {size}");
                assert!(got.clean);
            }
        }
    }
}

/// What is held back has a bound; beyond it the answer counts as begun.
#[tokio::test]
async fn the_front_is_held_back_up_to_a_bound() {
    let ping = ": ping\n\n".to_owned();
    let long = |bytes: usize| format!(": {}\n\n", "x".repeat(bytes));
    for (front, begins) in [
        (vec![ping.clone(); 63], false),
        (vec![ping.clone(); 64], true),
        (vec![ping; 500], true),
        (vec![long(1_000); 62], false),
        (vec![long(1_100); 62], true),
        (vec![long(64 * 1024 - 4)], false),
        (vec![long(64 * 1024 - 3)], true),
        (vec![long(1_000_000)], true),
    ] {
        let front: Vec<&str> = front.iter().map(String::as_str).collect();
        for size in [1, 100, 5_000, usize::MAX] {
            let rig = Rig::new(2);
            let script = Script::events(&front);
            rig.fleet
                .plays(0, [script.cut(script.len(), size, End::Broken)])
                .plays(1, [Script::stream("one ", 3)]);
            let got = rig.ask(layer(), &question("auto", true)).await.unwrap();
            let what = format!("{} of {}, chunks of {size}", front.len(), front[0].len());
            assert_eq!(got.outcome().attempt() == 1, begins, "{what}");
            if begins {
                assert!(!got.clean && got.ends_with_error_event(), "{what}");
                assert!(
                    got.text.starts_with(&front.concat()),
                    "{what}: nothing is lost"
                );
            } else {
                got.is_whole("one ", true);
            }
            rig.at_rest().await;
        }
    }
}

/// A provider that never says anything of substance is not read into memory without end.
#[tokio::test]
async fn no_more_is_read_ahead_than_the_bound() {
    let long = format!(": {}\n\n", "x".repeat(1_000));
    let rig = Rig::new(1);
    let front = vec![long.as_str(); 10_000];
    rig.fleet.plays(0, [Script::events(&front)]);
    let stack = rig.stack(layer()).boxed();
    let response = tower::ServiceExt::oneshot(stack, crate::support::call(&question("m0", true)));
    let response = response.await.unwrap();
    let shown = format!("{:?}", response.body());
    assert!(shown.len() < 10_000, "{}", shown.len());
    // Nothing of the bytes shows.
    assert!(!shown.contains("xxx"));
    let front: Bytes = long.into();
    let mut body = Box::pin(response.into_body());
    let mut frames = 0;
    while let Some(Ok(frame)) = http_body_util::BodyExt::frame(&mut body).await {
        frames += frame.into_data().unwrap().len() / front.len();
        if frames == 200 {
            break;
        }
    }
    drop(body);
    rig.at_rest().await;
}

/// Over real sockets, with a real client: at every event, in every way.
#[tokio::test]
async fn simulated_providers_that_cut_are_passed_by_or_told() {
    let sims = Sims::start(2).await;
    // A role, eight words, a stop, the usage that nobody asked for, the end.
    for events in 0..=11 {
        for (fault, complete) in [
            (Fault::CutAfter(events), 12),
            (Fault::ErrorEventAfter(events), 12),
            (Fault::All(vec![Fault::CutAfter(events), Fault::NoDone]), 12),
            (
                Fault::Insert {
                    after: events,
                    data: "data: {\"choi\n\n".into(),
                },
                12,
            ),
        ] {
            for framing in [
                None,
                Some(Framing::Bytes),
                Some(Framing::Comments),
                Some(Framing::CrLf),
                Some(Framing::Bom),
            ] {
                let all = match framing {
                    Some(framing) => Fault::All(vec![fault.clone(), Fault::Framing(framing)]),
                    None => fault.clone(),
                };
                sims.servers[0].fail(all, Times::Once);
                let got = sims.ask(layer(), &question("auto", true)).await.unwrap();
                let what = format!("{fault:?} {framing:?}: {}", got.text);
                let from = |model: &str| got.text.contains(&format!("\"model\":\"{model}\""));
                if events < 2 {
                    assert!(
                        from("m1") && !from("m0") && got.clean && got.dones() == 1,
                        "{what}"
                    );
                } else {
                    assert!(from("m0") && !from("m1"), "{what}");
                    // A stream that breaks behind its finish may count as whole or not, but never ends well without
                    // its end marker.
                    if got.clean {
                        assert!(events >= 10 && events <= complete, "{what}");
                    } else {
                        assert!(got.ends_with_error_event() && got.dones() == 0, "{what}");
                    }
                }
                sims.rig.watched.assert_at_rest();
                assert!(sims.rig.spent() >= sims.billed(), "{what}");
            }
        }
    }
}
