//! What is asked and what is answered, byte for byte as a caller and a provider write it.

use std::io::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};

/// The path at which everything is asked.
pub(crate) const PATH: &str = "/v1/chat/completions";

/// A question of which every copy is another one, by a number in its text.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    front: String,
    back: String,
}

impl Question {
    /// About `kilobytes` long.
    pub(crate) fn new(kilobytes: usize, stream: bool) -> Self {
        // A stream is asked for its usage, so that it is passed on as it is.
        let how = if stream {
            r#""stream":true,"stream_options":{"include_usage":true},"#
        } else {
            ""
        };
        let front = format!(
            r#"{{"model":"auto",{how}"max_completion_tokens":512,"messages":[{{"role":"system","content":"You answer for the service desk of a shipping line. Be short, and say which document a fact is from."}},{{"role":"user","content":"Report "#
        );
        let back = r#"\n\nWhich of these ships came late, and what was the reason each time?"}]}"#;
        let mut text = String::new();
        for sentence in SENTENCES.iter().cycle() {
            if front.len() + text.len() + back.len() >= kilobytes * 1_000 {
                break;
            }
            text.push(' ');
            text.push_str(sentence);
        }
        Self {
            front,
            back: text + back,
        }
    }

    /// The question of this number.
    pub(crate) fn body(&self, number: u64) -> Bytes {
        let length = self.front.len() + 12 + self.back.len();
        let mut body = Vec::with_capacity(length);
        body.extend_from_slice(self.front.as_bytes());
        write!(body, "{number:012}").expect("a vector takes all that is written");
        body.extend_from_slice(self.back.as_bytes());
        body.into()
    }

    /// A request with it, as an SDK sends it.
    pub(crate) fn request<B: From<Bytes>>(&self, base: &str, number: u64) -> Request<B> {
        Request::post(format!("{base}{PATH}"))
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("user-agent", "OpenAI/Python 2.9.0")
            .header("authorization", "Bearer sk-of-the-app-itself")
            .body(self.body(number).into())
            .expect("a valid head")
    }
}

const SENTENCES: [&str; 8] = [
    "The Aurora left Rotterdam on the third with 412 containers and reached Oslo a day ahead of plan.",
    "Fog held the Castor outside Hamburg for nineteen hours; the pilot came aboard at noon.",
    "A crane at berth seven stood still from two to five, so the Delphin was loaded by the older one.",
    "Customs opened eleven boxes of the Castor and found nothing that was not declared.",
    "The agent in Gdansk asks that papers be sent a day earlier, since the office closes at four.",
    "Fuel was taken in Antwerp at 612 a tonne, which is nine more than the month before.",
    "The Esperanza waited two days for a spare pump and then sailed at reduced speed.",
    "Nobody was hurt when a line parted on the Aurora, and the mate wrote a note of it.",
];

/// What a provider's head says besides the type.
pub(crate) fn headers(content_type: &'static str) -> HeaderMap {
    let named = |(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    [
        ("content-type", content_type),
        ("date", "Tue, 24 Nov 2026 10:15:00 GMT"),
        ("openai-processing-ms", "412"),
        ("openai-version", "2020-10-01"),
        ("x-ratelimit-limit-requests", "10000"),
        ("x-ratelimit-remaining-requests", "9999"),
        ("x-ratelimit-reset-requests", "6ms"),
        ("x-request-id", "req_4f1c2b7a9d3e4f1c2b7a9d3e4f1c2b7a"),
    ]
    .map(named)
    .into_iter()
    .collect()
}

/// A whole answer of about 1 KB.
pub(crate) fn whole() -> Bytes {
    let said = WORDS.join(" ") + " " + &WORDS.join(" ");
    format!(
        r#"{{"id":"chatcmpl-CfT3kq0WmZ5yR8uVxJ2aB4nD","object":"chat.completion","created":1795515300,"model":"small-2","choices":[{{"index":0,"message":{{"role":"assistant","content":"{said}","refusal":null,"annotations":[]}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":231,"completion_tokens":66,"total_tokens":297,"prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}},"service_tier":"default","system_fingerprint":"fp_6f2ac1d09b"}}"#
    )
    .into()
}

/// A streamed answer: 36 events, about 9 KB.
pub(crate) fn events() -> Vec<Bytes> {
    let chunk = |choices: &str, usage: &str| {
        Bytes::from(format!(
            "data: {{\"id\":\"chatcmpl-CfT3kq0WmZ5yR8uVxJ2aB4nD\",\"object\":\"chat.completion.chunk\",\"created\":1795515300,\"model\":\"small-2\",\"system_fingerprint\":\"fp_6f2ac1d09b\",\"choices\":[{choices}],\"usage\":{usage}}}\n\n"
        ))
    };
    let choice = |delta: &str, finish: &str| {
        let choice =
            format!(r#"{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}"#);
        chunk(&choice, "null")
    };
    let mut events = vec![choice(
        r#"{"role":"assistant","content":"","refusal":null}"#,
        "null",
    )];
    let words = WORDS.iter().cycle().take(32);
    events.extend(words.map(|word| choice(&format!(r#"{{"content":" {word}"}}"#), "null")));
    events.push(choice("{}", r#""stop""#));
    let usage = r#"{"prompt_tokens":231,"completion_tokens":32,"total_tokens":263}"#;
    events.push(chunk("", usage));
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    events
}

const WORDS: [&str; 33] = [
    "The",
    "Castor",
    "came",
    "late",
    "because",
    "of",
    "fog",
    "outside",
    "Hamburg,",
    "and",
    "the",
    "Esperanza",
    "because",
    "a",
    "spare",
    "pump",
    "had",
    "to",
    "be",
    "waited",
    "for;",
    "all",
    "others",
    "kept",
    "to",
    "the",
    "plan",
    "(reports",
    "two",
    "and",
    "seven,",
    "page",
    "one).",
];
