use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::{Dialect, Fault, Framing, Gate, error::ApiError, form::Form, reply::Reply};

/// One step of writing a body.
#[derive(Debug)]
pub(crate) enum Step {
    /// Bytes to hand out, and how many tokens of the answer they carry.
    Event { data: Bytes, tokens: u64 },
    /// More bytes of the event before.
    More(Bytes),
    /// Nothing for so long.
    Wait(Duration),
    /// Nothing until the gate lets it through.
    Hold(Gate),
    /// These bytes over and over, with a pause before each time.
    Again { data: Bytes, every: Duration },
    /// The connection breaks.
    Cut,
    /// Nothing more comes.
    Stall,
    /// The body ends here, but not well.
    GiveUp,
}

/// Ends the events of a stream as the fault says.
pub(crate) fn spoil_stream(steps: &mut Vec<Step>, fault: &Fault, form: &dyn Form, reply: &Reply) {
    match fault {
        Fault::CutAfter(k) => end_after(steps, *k, [Step::Cut]),
        Fault::StallAfter(k) => end_after(steps, *k, [Step::Stall]),
        Fault::CutAt(k) => cut_at(steps, *k),
        Fault::PingsAfter { events, every } => {
            let sign: &[u8] = if form.has_comments() {
                b": ping\n\n"
            } else {
                b"\n"
            };
            let data = Bytes::from_static(sign);
            end_after(
                steps,
                *events,
                [Step::Again {
                    data,
                    every: *every,
                }],
            );
        }
        Fault::Drip(every) => drip(steps, *every),
        Fault::ErrorEventAfter(k) => {
            let data = form.error_event(reply, *k == 0);
            end_after(steps, *k, [Step::Event { data, tokens: 0 }, Step::GiveUp]);
        }
        Fault::Garbage => {
            let data = form.garbage();
            end_after(steps, 2, [Step::Event { data, tokens: 0 }, Step::GiveUp]);
        }
        Fault::HoldAfter(k, gate) => {
            let at = usize::try_from(*k).unwrap_or(usize::MAX);
            steps.insert(at.min(steps.len()), Step::Hold(gate.clone()));
        }
        Fault::Insert { after, data } => {
            let at = usize::try_from(*after).unwrap_or(usize::MAX);
            let data = data.clone();
            steps.insert(at.min(steps.len()), Step::Event { data, tokens: 0 });
        }
        Fault::Framing(Framing::Comments) if !form.has_comments() => {}
        Fault::Framing(framing) => reframe(steps, *framing),
        _ => {}
    }
}

/// The body of an answer that is not streamed, as the fault says; `None` leaves it whole.
pub(crate) fn spoil_body(body: &Bytes, fault: &Fault) -> Option<Vec<Step>> {
    let half = body.slice(..body.len() / 2);
    let begun = |k: u64, last: Step| {
        let data = half.clone();
        let first = (k > 0).then_some(Step::Event { data, tokens: 0 });
        Some(first.into_iter().chain([last]).collect())
    };
    match fault {
        Fault::CutAfter(k) => begun(*k, Step::Cut),
        Fault::StallAfter(k) => begun(*k, Step::Stall),
        Fault::CutAt(k) => {
            let data = body.slice(..usize::try_from(*k).map_or(body.len(), |k| k.min(body.len())));
            Some(vec![Step::Event { data, tokens: 0 }, Step::Cut])
        }
        Fault::PingsAfter { events, every } => {
            let data = Bytes::from_static(b"\n");
            begun(
                *events,
                Step::Again {
                    data,
                    every: *every,
                },
            )
        }
        Fault::Drip(every) => {
            let data = body.clone();
            let mut steps = vec![Step::Event { data, tokens: 0 }];
            drip(&mut steps, *every);
            Some(steps)
        }
        Fault::Garbage => begun(1, Step::GiveUp),
        _ => None,
    }
}

/// The error of a provider that has already answered 200.
pub(crate) fn error_in_band(dialect: Dialect) -> ApiError {
    let status = match dialect {
        Dialect::OpenAi => 500,
        Dialect::Anthropic => 529,
        Dialect::Gemini => 503,
    };
    ApiError::on_command(status, None, None, None)
}

fn end_after(steps: &mut Vec<Step>, k: u64, last: impl IntoIterator<Item = Step>) {
    steps.truncate(usize::try_from(k).unwrap_or(usize::MAX));
    steps.extend(last);
}

/// Breaks off within the event in which the byte lies.
fn cut_at(steps: &mut Vec<Step>, at: u64) {
    let mut left = usize::try_from(at).unwrap_or(usize::MAX);
    let mut kept = Vec::new();
    for mut step in std::mem::take(steps) {
        if let Step::Event { data, .. } | Step::More(data) = &mut step {
            if left == 0 {
                break;
            }
            data.truncate(left);
            left -= data.len();
        }
        kept.push(step);
    }
    kept.push(Step::Cut);
    *steps = kept;
}

fn drip(steps: &mut Vec<Step>, every: Duration) {
    reframe(steps, Framing::Bytes);
    let bytes = std::mem::take(steps);
    let slow = |step| match step {
        Step::Event { .. } | Step::More(_) => vec![Step::Wait(every), step],
        other => vec![other],
    };
    *steps = bytes.into_iter().flat_map(slow).collect();
}

fn reframe(steps: &mut Vec<Step>, framing: Framing) {
    let whole = std::mem::take(steps);
    if framing == Framing::Merged {
        *steps = merged(whole);
        return;
    }
    for (i, step) in whole.into_iter().enumerate() {
        let Step::Event { data, tokens } = step else {
            steps.push(step);
            continue;
        };
        let event = |data| Step::Event { data, tokens };
        match framing {
            Framing::Bytes => {
                steps.push(event(data.slice(..1)));
                steps.extend((1..data.len()).map(|at| Step::More(data.slice(at..=at))));
            }
            Framing::Comments => steps.push(event(prefixed(b": keep-alive\n\n", &data))),
            Framing::Bom if i == 0 => steps.push(event(prefixed(b"\xef\xbb\xbf", &data))),
            Framing::Bom | Framing::Merged => steps.push(event(data)),
            Framing::CrLf => steps.push(event(with_line_ends(&data, b"\r\n"))),
            Framing::Cr => steps.push(event(with_line_ends(&data, b"\r"))),
        }
    }
}

/// All events that come one after the other as one.
fn merged(steps: Vec<Step>) -> Vec<Step> {
    let (mut all, mut carried, mut rest) = (BytesMut::new(), 0, Vec::new());
    for step in steps {
        match step {
            Step::Event { data, tokens } if rest.is_empty() => {
                all.extend_from_slice(&data);
                carried += tokens;
            }
            other => rest.push(other),
        }
    }
    let first = Step::Event {
        data: all.freeze(),
        tokens: carried,
    };
    std::iter::once(first).chain(rest).collect()
}

fn with_line_ends(data: &[u8], end: &[u8]) -> Bytes {
    // Lines that end with CR LF already count as one.
    let lines = data.split(|b| *b == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let lines: Vec<&[u8]> = lines.collect();
    lines.join(end).into()
}

fn prefixed(prefix: &[u8], data: &[u8]) -> Bytes {
    let mut whole = BytesMut::with_capacity(prefix.len() + data.len());
    whole.extend_from_slice(prefix);
    whole.extend_from_slice(data);
    whole.freeze()
}
