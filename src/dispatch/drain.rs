use std::{pin::pin, sync::Arc, time::Duration};

use http_body_util::BodyExt;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{
    Step,
    meter::Meter,
    sse::{Event, Reader},
};
use crate::{Body, budget::CutRule, observe::Ending};

/// Whether a stream that its caller has left is read to its end, to learn what it costs.
///
/// Only where cutting it would not stop the bill: at a provider that stops, the connection is closed at once. Needs
/// a tokio runtime at the moment the body is dropped, and there are at most [`Drain::AT_ONCE`] at a time; otherwise
/// nothing is drained, and the hold is settled at its bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drain {
    most: Option<(Duration, u64)>,
}

impl Drain {
    /// Most streams that a dispatch layer reads on at a time.
    pub const AT_ONCE: usize = 1_024;

    /// How long and how much is read where nothing but the usage, or the end of the body, is still to come.
    const TAIL: (Duration, u64) = (Duration::from_secs(1), 64 * 1024);

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
}

/// The drains of a dispatch layer: the rule, and how many may run yet.
#[derive(Clone, Debug)]
pub(super) struct Drains {
    rule: Drain,
    slots: Arc<Semaphore>,
}

impl Default for Drains {
    fn default() -> Self {
        let slots = Arc::new(Semaphore::new(Drain::AT_ONCE));
        let rule = Drain::off();
        Self { rule, slots }
    }
}

impl Drains {
    pub(super) fn with(&self, rule: Drain) -> Self {
        let slots = Arc::clone(&self.slots);
        Self { rule, slots }
    }

    /// Reads on in the background where that tells more than the bound; otherwise closes and settles.
    pub(super) fn start(&self, body: Body, mut reader: Reader, mut meter: Meter) {
        let most = if meter.awaits_usage() {
            Some(Drain::TAIL)
        } else {
            self.rule
                .most
                .filter(|_| meter.cut_rule() == CutRule::Bound)
        };
        let Some(((time, bytes), slot, runtime)) = self.room(most) else {
            return;
        };
        runtime.spawn(async move {
            let read = async {
                let whole = read_on(body, bytes, |data| {
                    reader.push(data);
                    while let Ok(Some(event)) = reader.next() {
                        if ends(&mut meter, &event) {
                            return false;
                        }
                    }
                    true
                });
                if whole.await {
                    while let Some(event) = reader.finish() {
                        ends(&mut meter, &event);
                    }
                }
            };
            // Whether it ended or was given up, the meter knows how far the answer came.
            let _ = tokio::time::timeout(time, read).await;
            meter.end(Ending::Cancelled);
            drop(slot);
        });
    }

    /// Reads what follows an end marker, so that the connection can be used again.
    pub(super) fn tail(&self, body: Body) {
        let Some(((time, bytes), slot, runtime)) = self.room(Some(Drain::TAIL)) else {
            return;
        };
        runtime.spawn(async move {
            let _ = tokio::time::timeout(time, read_on(body, bytes, |_| true)).await;
            drop(slot);
        });
    }

    fn room<T>(&self, most: Option<T>) -> Option<(T, OwnedSemaphorePermit, Handle)> {
        let most = most?;
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        Some((most, slot, Handle::try_current().ok()?))
    }
}

/// Meters an event; says whether the answer ends with it.
fn ends(meter: &mut Meter, event: &Event) -> bool {
    let step = event.data().map(|data| meter.event(data, &mut ()));
    matches!(step, Some(Step::Done | Step::Failed | Step::Garbage))
}

/// Reads up to `most` bytes, as long as `each` wants more; says whether the body came to its end.
async fn read_on(body: Body, most: u64, mut each: impl FnMut(bytes::Bytes) -> bool) -> bool {
    let mut body = pin!(body);
    let mut left = most;
    loop {
        let data = match body.frame().await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
        };
        let Some(rest) = left.checked_sub(data.len() as u64) else {
            return false;
        };
        left = rest;
        if !data.is_empty() && !each(data) {
            return false;
        }
    }
}
