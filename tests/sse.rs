//! The event-stream reader: what each file of the corpus says, and any bytes in any chunks.

#[path = "fuzz/sse.rs"]
mod fuzz;

use bytes::Bytes;
use fuzz::{Said, check, target};
use proptest::prelude::*;
use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};
use tower_genai::dispatch::sse::Reader;

type Expected = &'static [(&'static str, Option<&'static [u8]>)];

/// Every file of the corpus and its blocks: name and data, `None` where a browser would dispatch nothing.
#[rustfmt::skip]
const CASES: &[(&str, Expected)] = &[
    ("bom-at-start", &[("message", Some(b"first")), ("message", None), ("message", Some(b"third"))]),
    ("bom-twice", &[("message", None), ("message", Some(b"second"))]),
    ("bom-alone-on-a-line", &[("message", Some(b"a"))]),
    ("bom-cut-off", &[("message", None)]),
    ("comments-between-data", &[("message", Some(b"one\ntwo\nthree\nfour"))]),
    ("comment-keep-alives", &[("message", None), ("message", None), ("message", Some(b"{\"n\":1}")), ("message", None)]),
    ("unterminated-no-blank-line", &[("message", Some(b"a")), ("message", Some(b"b"))]),
    ("unterminated-within-line", &[("message", Some(b"a")), ("e", Some(b"[DO"))]),
    ("unterminated-cr", &[("message", Some(b"a"))]),
    ("unterminated-comment", &[("message", Some(b"a")), ("message", None)]),
    ("data-empty", &[("message", Some(b"")), ("message", Some(b"\n")), ("message", Some(b"x"))]),
    ("data-spaces", &[("message", Some(b"none")), ("message", Some(b"one")), ("message", Some(b" two")), ("message", Some(b"\ttab")), ("message", Some(b"end "))]),
    ("data-multi-line", &[("message", Some(b"{\n  \"a\": 1\n}"))]),
    ("data-with-colons", &[("message", Some(b"a: b:c\n: d"))]),
    ("event-named", &[("ping", Some(b"x")), ("message", Some(b"y"))]),
    ("event-empty", &[("message", Some(b"x")), ("message", Some(b"y"))]),
    ("event-twice", &[("b", Some(b"x"))]),
    ("event-without-data", &[("ping", None), ("message", Some(b"x"))]),
    ("event-invalid-utf8", &[("\u{FFFD}\u{FFFD}", Some(b"x"))]),
    ("field-names-exact", &[("message", Some(b"\0\n 2\n1\n3\n\n4"))]),
    ("field-unknown", &[("message", Some(b"a")), ("message", None)]),
    ("id-set-and-reset", &[("message", Some(b"a")), ("message", Some(b"b")), ("message", Some(b"c"))]),
    ("id-with-nul", &[("message", Some(b"a")), ("message", Some(b"b"))]),
    ("retry", &[("message", Some(b"a")), ("message", Some(b"b")), ("message", Some(b"c")), ("message", Some(b"d"))]),
    ("newlines-mixed", &[("message", Some(b"a\n\nb"))]),
    ("newlines-cr", &[("message", Some(b"a\nb")), ("message", Some(b"c"))]),
    ("newlines-crlf", &[("e", Some(b"a")), ("message", Some(b"b"))]),
    ("newlines-lf-cr", &[("message", Some(b"a")), ("message", Some(b"b")), ("message", Some(b"c")), ("message", Some(b"d"))]),
    ("newlines-blank-between", &[("message", Some(b"a")), ("message", Some(b"b"))]),
    ("newlines-only", &[]),
    ("nul-in-data", &[("message", Some(b"\0")), ("message", Some(b"a\0b"))]),
    ("utf8-scalars", &[("message", Some("é ✓ 𝄞 ok…".as_bytes()))]),
    ("utf8-invalid", &[("message", Some(b"\xFF\xC3\x28\xE2\x82")), ("message", Some(b"ok"))]),
    ("utf8-line-separators", &[("message", Some("a\u{2028}b\u{85}c\u{b}d\u{c}e".as_bytes()))]),
    ("chat-stream", &[
        ("message", Some(br#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#)),
        ("message", Some(br#"{"choices":[{"index":0,"delta":{"content":"Hi"}}]}"#)),
        ("message", Some(br#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)),
        ("message", Some(br#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#)),
        ("message", Some(b"[DONE]")),
    ]),
    ("named-stream", &[
        ("message_start", Some(br#"{"type":"message_start"}"#)),
        ("ping", Some(br#"{"type":"ping"}"#)),
        ("message_stop", Some(br#"{"type":"message_stop"}"#)),
    ]),
    ("done-twice-and-after", &[("message", Some(b"[DONE]")), ("message", Some(b"[DONE]")), ("message", Some(b"{\"late\":1}"))]),
    ("error-event", &[("message", Some(b"{\"delta\":\"x\"}")), ("error", Some(br#"{"error":{"type":"overloaded_error"}}"#))]),
    ("json-body", &[("message", None)]),
    ("html-body", &[("message", None), ("message", None)]),
    ("gzip-body", &[("message", None)]),
    ("empty", &[]),
];

fn corpus() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fuzz", "corpus", "sse"]
        .iter()
        .collect()
}

fn file(name: &str) -> Vec<u8> {
    fs::read(corpus().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn said(name: &str) -> Vec<Said> {
    check(&file(name), &[])
}

#[test]
fn each_file_of_the_corpus_says_what_it_should() {
    for (name, expected) in CASES {
        let said = said(name);
        let found: Vec<_> = said
            .iter()
            .map(|said| (&said.name[..], said.data.as_deref()))
            .collect();
        assert_eq!(&found[..], *expected, "{name}");
    }
}

#[test]
fn each_file_of_the_corpus_reads_the_same_in_any_chunks() {
    for (name, _) in CASES {
        target(&file(name));
    }
}

#[test]
fn no_file_of_the_corpus_is_left_out() {
    let files: BTreeSet<_> = fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    let cases: BTreeSet<_> = CASES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files, cases);
}

#[test]
fn only_what_the_body_cuts_off_is_unterminated() {
    for (name, _) in CASES {
        let flags: Vec<_> = said(name).iter().map(|said| said.unterminated).collect();
        let cut_off = name.starts_with("unterminated")
            || ["bom-cut-off", "json-body", "html-body", "gzip-body"].contains(name);
        let expected: Vec<_> = (1..=flags.len())
            .map(|n| cut_off && n == flags.len())
            .collect();
        assert_eq!(flags, expected, "{name}");
    }
}

#[test]
fn only_comments_are_comments() {
    for (name, expected) in [
        ("comment-keep-alives", &[true, true, false, true][..]),
        ("unterminated-comment", &[false, true]),
        ("event-without-data", &[false, false]),
        ("field-unknown", &[false, false]),
        ("json-body", &[false]),
    ] {
        let flags: Vec<_> = said(name).iter().map(|said| said.comment).collect();
        assert_eq!(flags, expected, "{name}");
    }
}

#[test]
fn ids_and_retries() {
    let ids = |name| -> Vec<_> { said(name).into_iter().map(|said| said.id).collect() };
    assert_eq!(
        ids("id-set-and-reset"),
        [Some("1".to_owned()), None, Some(String::new())]
    );
    assert_eq!(ids("id-with-nul"), [None, None]);
    let retries: Vec<_> = said("retry").into_iter().map(|said| said.retry).collect();
    assert_eq!(retries, [Some(Duration::from_secs(3)), None, None, None]);
}

#[test]
fn an_event_passes_up_to_the_limit_however_it_is_cut() {
    // 11 bytes and the LF that is not counted.
    let body = Bytes::from_static(b"data: ab\r\n\r\ndata: ab\r\n\r\n");
    for step in [1, 2, 3, 11, 12, 24] {
        for (limit, passes) in [(10, 0), (11, 2), (12, 2)] {
            let mut reader = Reader::new().limit(limit);
            let mut passed = 0;
            let mut refused = None;
            for at in (0..body.len()).step_by(step) {
                reader.push(body.slice(at..body.len().min(at + step)));
                while let Some(event) = reader.next().unwrap_or_else(|error| {
                    refused = Some(error);
                    None
                }) {
                    passed += usize::from(event.data().is_some());
                }
            }
            assert_eq!(passed, passes, "limit {limit}, step {step}");
            assert_eq!(
                refused.map(|error| error.limit()),
                (passes == 0).then_some(limit)
            );
        }
    }
}

#[test]
fn an_endless_event_is_refused_at_the_limit() {
    let chunk = Bytes::from(vec![b'x'; 1 << 16]);
    let mut reader = Reader::new();
    reader.push(Bytes::from_static(b"data: "));
    let mut pushed = 6;
    let error = loop {
        match reader.next() {
            Ok(event) => assert!(event.is_none()),
            Err(error) => break error,
        }
        assert!(reader.buffered() <= 16 << 20);
        reader.push(chunk.clone());
        pushed += chunk.len();
        assert!(pushed < 64 << 20, "never refused");
    };
    assert!(pushed <= (16 << 20) + chunk.len());
    assert_eq!(
        error.to_string(),
        "a server-sent event is larger than the limit of 16777216 bytes"
    );
    reader.push(Bytes::from_static(b"\n\ndata: after\n\n"));
    assert_eq!(reader.next().unwrap_err(), error);
    assert!(reader.finish().is_none());
    assert_eq!(reader.buffered(), 0);
}

#[test]
fn a_million_events_in_one_chunk_need_no_stack() {
    let mut reader = Reader::new();
    reader.push(Bytes::from("\n".repeat(1 << 20)));
    assert!(reader.next().unwrap().is_none());
    reader.push(Bytes::from(":\n\n".repeat(1 << 20)));
    let mut events = 0;
    while reader.next().unwrap().is_some() {
        events += 1;
    }
    assert_eq!(events, 1 << 20);
}

/// Streams in which the things that matter are frequent.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"\r",
        b"\n",
        b"\r\n",
        b"\n\n",
        b"\r\r",
        b"\r\n\r\n",
        b":",
        b" ",
        b": ",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xEF",
        b"\xBB",
        b"data",
        b"data:",
        b"data: x",
        b"event: ",
        b"event:e",
        b"id",
        b"id: 1",
        b"retry: ",
        b"12",
        b"+",
        b"x",
        b"\xFF",
        "é𝄞".as_bytes(),
        b"\x85",
        b"\x0B",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_stream_in_any_chunks(
        stream in stream(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        check(&stream, &cuts);
        target(&stream);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        target(&bytes);
    }
}
