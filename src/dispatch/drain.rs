use std::{pin::pin, time::Duration};

use http_body_util::BodyExt;

use super::{Step, meter::Meter, sse::Reader};
use crate::{Body, budget::CutRule, observe::Ending};

/// Whether a stream that its caller has left is read to its end, to learn what it costs.
///
/// Only where cutting it would not stop the bill: at a provider that stops, the connection is closed at once. Needs
/// a tokio runtime at the moment the body is dropped; without one nothing is drained, and the hold is settled at its
/// bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drain {
    most: Option<(Duration, u64)>,
}

/// How long and how much is read after an answer's end marker.
const TAIL: Drain = Drain {
    most: Some((Duration::from_secs(1), 64 * 1024)),
};

impl Drain {
    /// Nothing is read on.
    pub const fn off() -> Self {
        Self { most: None }
    }

    /// Reads on for at most so long and so many bytes.
    pub const fn up_to(time: Duration, bytes: u64) -> Self {
        Self {
            most: Some((time, bytes)),
        }
    }

    /// Reads on in the background where that tells more than the bound; otherwise closes and settles.
    pub(super) fn start(self, body: Body, mut reader: Reader, mut meter: Meter) {
        let (Some((time, bytes)), CutRule::Bound, Ok(runtime)) = (
            self.most,
            meter.cut_rule(),
            tokio::runtime::Handle::try_current(),
        ) else {
            return;
        };
        runtime.spawn(async move {
            let read = read_on(body, bytes, |data| {
                reader.push(data);
                while let Ok(Some(event)) = reader.next() {
                    let step = event.data().map(|data| meter.event(data));
                    if matches!(step, Some(Step::Done | Step::Failed | Step::Garbage)) {
                        return false;
                    }
                }
                true
            });
            // Whether it ended or was given up, the meter knows how far the answer came.
            let _ = tokio::time::timeout(time, read).await;
            meter.end(Ending::Cancelled);
        });
    }

    /// Reads what follows an end marker.
    pub(super) fn tail(body: Body) {
        let (Some((time, bytes)), Ok(runtime)) = (TAIL.most, tokio::runtime::Handle::try_current())
        else {
            return;
        };
        runtime.spawn(async move {
            let _ = tokio::time::timeout(time, read_on(body, bytes, |_| true)).await;
        });
    }
}

async fn read_on(body: Body, most: u64, mut each: impl FnMut(bytes::Bytes) -> bool) {
    let mut body = pin!(body);
    let mut left = most;
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let Some(rest) = left.checked_sub(data.len() as u64) else {
            return;
        };
        left = rest;
        if !each(data) {
            return;
        }
    }
}
