//! The faults, and what is stated to come of each.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower_genai::sim::{self, Dialect, Framing, Gate, Manner};

use crate::{
    cell::{Cell, When},
    frames::{INTERNAL_ERROR, NO_ERROR, Then},
    hands::{Hand, Twist},
    stated::{
        Cost::{self, Bound, Known},
        Stated::{self, Broken, Not, Passes, Told, Unseen},
        all, breaks, breaks_streams, harmless, head, never_ends,
    },
};

/// How a fault is made.
#[derive(Clone, Copy)]
pub(crate) enum Make {
    /// The sim has it.
    Sim(fn(&Cell) -> sim::Fault),
    /// The sim has it, but not before a caller has what comes before it: what it does overtakes words.
    Held(fn(&Cell) -> sim::Fault),
    /// It answers with this status.
    Status(u16),
    /// Nobody listens.
    Nobody,
    /// The provider's name leads nowhere.
    Nameless,
    ByHand(Hand),
    /// By hand, over HTTP/2.
    Frames(Then),
    Between(fn(&Cell) -> Twist),
}

#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) make: Make,
    pub(crate) stated: fn(&Cell) -> Stated,
    /// What a failed attempt costs.
    pub(crate) cost: Cost,
    /// Providers are asked over HTTP/2.
    pub(crate) http2: bool,
    /// What is waited for in vain: there are timeouts.
    pub(crate) stalls: bool,
    /// The provider has never seen the call.
    pub(crate) never_seen: bool,
    /// A tool is offered, and called.
    pub(crate) tools: bool,
    /// What says that the answer ends is not to be relied on: it is missing, or not for all of it.
    pub(crate) unmarked: bool,
    /// It can happen to a call by gRPC as well.
    pub(crate) grpc: bool,
}

impl Fault {
    const fn new(name: &'static str, cost: Cost, make: Make, stated: fn(&Cell) -> Stated) -> Self {
        Self {
            name,
            make,
            stated,
            cost,
            http2: false,
            stalls: false,
            never_seen: false,
            tools: false,
            unmarked: false,
            grpc: false,
        }
    }

    const fn sim(
        name: &'static str,
        cost: Cost,
        make: fn(&Cell) -> sim::Fault,
        stated: fn(&Cell) -> Stated,
    ) -> Self {
        Self::new(name, cost, Make::Sim(make), stated)
    }

    const fn http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    const fn grpc(mut self) -> Self {
        self.grpc = true;
        self
    }

    const fn stalls(mut self) -> Self {
        self.stalls = true;
        self
    }

    const fn never_seen(mut self) -> Self {
        self.never_seen = true;
        self
    }

    const fn tools(mut self) -> Self {
        self.tools = true;
        self
    }

    const fn unmarked(mut self) -> Self {
        self.unmarked = true;
        self
    }
}

/// A status that another candidate may mend.
const fn next(name: &'static str, status: u16) -> Fault {
    Fault::new(name, Known, Make::Status(status), |cell| head(cell, Unseen)).grpc()
}

fn again(after: &str) -> sim::Fault {
    sim::Fault::Status {
        status: 429,
        code: None,
        message: None,
        retry_after: Some(after.to_owned()),
    }
}

fn insert(cell: &Cell, data: impl Into<Bytes>) -> sim::Fault {
    let data = data.into();
    let after = cell.events();
    sim::Fault::Insert { after, data }
}

fn raw(content_type: &'static str, body: &'static str) -> sim::Fault {
    sim::Fault::Raw {
        status: StatusCode::OK,
        content_type: HeaderValue::from_static(content_type),
        body: body.into(),
    }
}

fn header(name: HeaderName, value: String) -> sim::Fault {
    sim::Fault::Header(name, HeaderValue::try_from(value).unwrap())
}

/// What ends a stream in the provider's dialect, to come once more.
fn marker(cell: &Cell) -> Bytes {
    Bytes::from_static(match cell.first {
        Dialect::Anthropic => b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        Dialect::Gemini => b"data: {\"candidates\":[{\"index\":0,\"finishReason\":\"STOP\"}]}\n\n",
        _ => b"data: [DONE]\n\n",
    })
}

/// Data behind the end: in Google's dialect, which has no marker, behind the last reason to end.
fn behind(cell: &Cell) -> sim::Fault {
    let data = match cell.first {
        Dialect::Gemini => Bytes::from_static(b": nothing\n\n"),
        _ => Bytes::from_static(b"data: {\"behind\n\n"),
    };
    sim::Fault::Insert {
        after: u64::MAX,
        data,
    }
}

/// Once words have come. They are not there before, and a whole answer ends the same way.
fn ends_by_fault(cell: &Cell) -> Stated {
    match (cell.first, cell.streamed, cell.when) {
        (Dialect::Anthropic, ..) => Not("the format has no such word"),
        (_, true, When::After) => Broken,
        (_, true, When::Before) => Not("words come first"),
        (_, false, _) => head(cell, Unseen),
    }
}

/// A reason of ending that is an ordinary one.
fn ends(cell: &Cell) -> Stated {
    match (cell.streamed, cell.when) {
        (true, When::After) | (false, When::Before) => Passes,
        (true, When::Before) => Not("words come first"),
        (false, When::After) => breaks(cell),
    }
}

fn reason(cell: &Cell, openai: &str, anthropic: &str, gemini: &str) -> sim::Fault {
    let word = match cell.first {
        Dialect::Anthropic => anthropic,
        // What the service's enumeration does not have nobody says by gRPC.
        Dialect::Gemini if cell.grpc && gemini == "MALFORMED_RESPONSE" => "OTHER",
        Dialect::Gemini => gemini,
        _ => openai,
    };
    sim::Fault::Finish(word.to_owned())
}

/// Words in a place that nobody asked for.
fn astray(cell: &Cell) -> sim::Fault {
    let event: &[u8] = match cell.first {
        Dialect::Anthropic => {
            b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":9,\"delta\":{\"type\":\"text_delta\",\"text\":\"astray\"}}\n\n"
        }
        Dialect::Gemini => {
            b"data: {\"candidates\":[{\"index\":9,\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"astray\"}]}}]}\n\n"
        }
        _ => b"data: {\"choices\":[{\"index\":9,\"delta\":{\"content\":\"astray\"},\"finish_reason\":null}]}\n\n",
    };
    insert(cell, Bytes::from_static(event))
}

/// A message that is too large for the reader of events.
fn huge() -> Bytes {
    let mut event = b"data: {\"huge\":\"".to_vec();
    event.resize(17 * 1024 * 1024, b'x');
    event.extend(b"\"}\n\n");
    event.into()
}

const STALL: Duration = Duration::from_secs(3_600);

#[rustfmt::skip]
pub(crate) static FAULTS: &[Fault] = &[
    // The network.
    Fault::new("name that nobody knows", Known, Make::Nameless, |cell| head(cell, Unseen)).never_seen().grpc(),
    Fault::new("connection refused", Known, Make::Nobody, |cell| head(cell, Unseen)).never_seen().grpc(),
    Fault::new("TLS where there should be none", Bound, Make::ByHand(Hand::HalfClose("\u{15}\u{3}\u{1}\0\u{2}\u{2}(")), |cell| head(cell, Unseen)),
    Fault::new("reset before the head", Bound, Make::ByHand(Hand::Reset("")), |cell| head(cell, Unseen)).grpc(),
    Fault::new("reset in the head", Bound, Make::ByHand(Hand::Reset("HTTP/1.1 200 OK\r\ncontent-ty")), |cell| head(cell, Unseen)),
    Fault::new("closed in the head", Bound, Make::ByHand(Hand::HalfClose("HTTP/1.1 200 OK\r\n")), |cell| head(cell, Unseen)),
    Fault::sim("hung up before the head", Bound, |_| sim::Fault::HangUp, |cell| head(cell, Unseen)).grpc(),
    Fault::sim("broken between events", Bound, |cell| sim::Fault::CutAfter(cell.events_or_half()), breaks).grpc(),
    Fault::sim("broken at the first byte", Bound, |_| sim::Fault::CutAt(1), |cell| head(cell, Unseen)),
    Fault::sim("broken at byte 30", Bound, |_| sim::Fault::CutAt(30), |cell| head(cell, Unseen)),
    Fault::new("half closed", Bound, Make::Between(|cell| Twist::HalfClose(cell.events())), breaks),
    Fault::sim("HTTP/2: refused", Known, |_| sim::Fault::Refused, |cell| head(cell, Unseen)).http2().never_seen().grpc(),
    Fault::new("HTTP/2: gone away before it", Known, Make::Frames(Then::GoAway(0, NO_ERROR)), |cell| head(cell, Unseen)).http2().never_seen().grpc(),
    Fault::new("HTTP/2: gone away within it", Bound, Make::Frames(Then::GoAwayAndClose(1, NO_ERROR)), |cell| head(cell, Unseen)).http2().grpc(),
    Fault::new("HTTP/2: reset before the head", Bound, Make::Frames(Then::Reset(INTERNAL_ERROR)), |cell| head(cell, Unseen)).http2().grpc(),
    Fault::new("HTTP/2: reset in the body", Bound, Make::Held(|cell| sim::Fault::CutAfter(cell.events_or_half())), breaks).http2().grpc(),
    Fault::sim("black hole", Bound, |_| sim::Fault::Hold(Gate::new()), |cell| never_ends(cell, head(cell, Unseen))).stalls().grpc(),
    Fault::sim("stalled", Bound, |cell| sim::Fault::StallAfter(cell.events_or_half()), |cell| never_ends(cell, breaks(cell))).stalls().grpc(),
    Fault::sim("nothing but pings", Bound, |cell| sim::Fault::PingsAfter { events: cell.events_or_half(), every: Duration::from_millis(50) }, |cell| never_ends(cell, breaks(cell))).stalls().grpc(),
    Fault::sim("a byte an hour", Bound, |_| sim::Fault::Drip(STALL), |cell| never_ends(cell, head(cell, Unseen))).stalls(),
    Fault::sim("byte by byte", Known, |_| sim::Fault::Framing(Framing::Bytes), |cell| all(cell, Passes)).grpc(),
    Fault::sim("all at once", Known, |_| sim::Fault::Framing(Framing::Merged), |cell| all(cell, Passes)).grpc(),
    Fault::sim("compressed, and cut", Bound, |_| sim::Fault::All(vec![raw("text/event-stream", "\u{1f}\u{0}gz"), sim::Fault::Header(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))]), |cell| head(cell, Unseen)),
    // HTTP.
    Fault::sim("400", Known, |_| sim::Fault::status(400), |cell| head(cell, Told(400))).grpc(),
    next("401", 401),
    next("402", 402),
    next("403", 403),
    next("404", 404),
    next("408", 408),
    next("409", 409),
    Fault::sim("413", Known, |_| sim::Fault::status(413), |cell| head(cell, Told(413))),
    Fault::sim("422", Known, |_| sim::Fault::status(422), |cell| head(cell, Told(if cell.caller == cell.first { 422 } else { 400 }))),
    next("429", 429),
    Fault::sim("429, in a second", Known, |_| again("1"), |cell| head(cell, Unseen)).grpc(),
    Fault::sim("429, at a date", Known, |_| again("Wed, 21 Oct 2099 07:28:00 GMT"), |cell| head(cell, Unseen)).grpc(),
    Fault::sim("429, nobody knows when", Known, |_| again("-soon"), |cell| head(cell, Unseen)),
    next("500", 500),
    next("502", 502),
    next("503", 503),
    next("504", 504),
    next("529", 529),
    Fault::sim("200 with a page", Bound, |_| sim::Fault::Html, |cell| head(cell, Unseen)),
    Fault::sim("200 with nothing", Bound, |_| sim::Fault::Empty, |cell| head(cell, Unseen)),
    Fault::sim("a stream of nothing", Bound, |_| raw("text/event-stream", ""), |cell| head(cell, Unseen)),
    Fault::sim("200 of another type", Bound, |_| sim::Fault::WrongContentType, |cell| head(cell, Unseen)),
    Fault::sim("redirected", Known, |_| sim::Fault::Redirect("http://127.0.0.1:1/".to_owned()), |cell| head(cell, Unseen)),
    Fault::new("100 Continue first", Known, Make::Between(|_| Twist::First("HTTP/1.1 100 Continue\r\n\r\n", 1)), |cell| head(cell, Passes)),
    Fault::new("flood of 103", Known, Make::Between(|_| Twist::First("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", 500)), |cell| head(cell, Passes)),
    Fault::new("trailers with an error", Known, Make::Between(|_| Twist::Trailers), |cell| head(cell, Passes)),
    Fault::sim("large header", Known, |_| header(HeaderName::from_static("x-large"), "x".repeat(16_000)), |cell| head(cell, Passes)),
    Fault::sim("huge header", Bound, |_| header(HeaderName::from_static("x-huge"), "x".repeat(2_000_000)), |cell| head(cell, Unseen)),
    // The stream.
    Fault::sim("error in band", Bound, |cell| sim::Fault::ErrorEventAfter(cell.events()), |cell| if cell.streamed { breaks(cell) } else { head(cell, Unseen) }).grpc(),
    Fault::sim("no end marker", Known, |_| sim::Fault::NoDone, |cell| match cell.first {
        // It has none, and the reason to end is what is missing.
        Dialect::Gemini if cell.streamed && cell.when == When::After => Broken,
        _ if cell.streamed && cell.when == When::After => Passes,
        _ => Not("it is about the end of a stream"),
    }).unmarked(),
    Fault::sim("two end markers", Known, |cell| sim::Fault::Insert { after: u64::MAX, data: marker(cell) }, |cell| if cell.when == When::Before { Not("it is about the end of a stream") } else { harmless(cell) }),
    Fault::sim("data behind the end", Known, behind, |cell| if cell.when == When::Before { Not("it is about the end of a stream") } else { harmless(cell) }),
    Fault::sim("JSON that breaks off", Bound, |cell| if cell.streamed { insert(cell, "data: {\"half\n\n") } else { sim::Fault::Garbage }, breaks),
    Fault::sim("JSON split between events", Bound, |cell| insert(cell, "data: {\"half\":\n\ndata: 1}\n\n"), breaks_streams),
    Fault::sim("a list for an event", Bound, |cell| insert(cell, "data: 7\n\n"), breaks_streams),
    Fault::sim("huge event", Bound, |cell| insert(cell, huge()), breaks_streams),
    Fault::sim("invalid UTF-8", Bound, |cell| insert(cell, Bytes::from_static(b"data: {\"a\":\"\xff\xfe\"}\n\n")), breaks_streams),
    Fault::sim("lines with CR LF", Known, |_| sim::Fault::Framing(Framing::CrLf), |cell| all(cell, Passes)),
    Fault::sim("lines with CR", Known, |_| sim::Fault::Framing(Framing::Cr), |cell| all(cell, Passes)),
    Fault::sim("byte order mark", Known, |_| sim::Fault::Framing(Framing::Bom), |cell| all(cell, Passes)),
    Fault::sim("comments between events", Known, |_| sim::Fault::Framing(Framing::Comments), |cell| all(cell, Passes)),
    Fault::sim("storm of pings", Known, |cell| insert(cell, ": ping\n\n".repeat(500)), harmless).grpc(),
    Fault::sim("unknown event", Known, |cell| insert(cell, "event: news\ndata: {\"type\":\"news\",\"what\":[1]}\n\n"), harmless).grpc(),
    Fault::sim("gap in the index", Bound, astray, |cell| match (cell.when, cell.first) {
        _ if !cell.streamed => harmless(cell),
        (When::Before, _) => Not("its words are the first"),
        // What was begun there has no end.
        (When::After, Dialect::Gemini) => Broken,
        (When::After, _) => Passes,
    }).unmarked(),
    Fault::sim("arguments that break off", Bound, |_| sim::Fault::Manner(Manner::Malformed), |cell| head(cell, match cell.first {
        // Which says so by its reason to end.
        Dialect::Gemini => Unseen,
        _ => Passes,
    })).tools(),
    Fault::sim("no words at all", Known, |_| sim::Fault::Manner(Manner::Says(String::new())), |cell| head(cell, Passes)).grpc(),
    Fault::sim("ends for its length", Known, |cell| reason(cell, "length", "max_tokens", "MAX_TOKENS"), ends).grpc(),
    Fault::sim("ends by a filter", Known, |cell| reason(cell, "content_filter", "refusal", "SAFETY"), ends).grpc(),
    Fault::sim("prompt blocked", Known, |_| sim::Fault::Manner(Manner::Blocked), |cell| head(cell, match cell.first {
        Dialect::OpenAi => Told(400),
        _ => Told(200),
    })).grpc(),
    Fault::sim("ends by a fault", Bound, |cell| reason(cell, "network_error", "end_turn", "MALFORMED_RESPONSE"), ends_by_fault).grpc(),
];
