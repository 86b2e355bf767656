use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Gate;

/// How fast a provider writes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Pace {
    /// As fast as the client reads.
    #[default]
    Immediate,
    /// One event of a stream after each such time, on tokio's clock. An answer that is not streamed
    /// takes as long as its stream would.
    Every(Duration),
    /// One event of a stream each time the gate lets one through. An answer that is not streamed
    /// passes the gate once.
    Gated(Gate),
}

/// The pace of one answer. Counts from its start, so short intervals do not drift.
#[derive(Debug)]
pub(crate) struct Pacer {
    pace: Pace,
    start: Instant,
    events: u32,
}

impl Pacer {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            start: Instant::now(),
            events: 0,
        }
    }

    /// Waits for the next event of a stream.
    pub(crate) async fn event(&mut self) {
        match &self.pace {
            Pace::Immediate => {}
            Pace::Every(interval) => {
                self.events = self.events.saturating_add(1);
                let after = interval.saturating_mul(self.events);
                if let Some(at) = self.start.checked_add(after) {
                    sleep_until(at).await;
                }
            }
            Pace::Gated(gate) => gate.pass().await,
        }
    }

    /// Waits for one token of an answer that is sent whole; `last` says that it is complete.
    pub(crate) async fn silent(&mut self, last: bool) {
        match &self.pace {
            Pace::Gated(gate) if last => gate.pass().await,
            Pace::Immediate | Pace::Gated(_) => {}
            Pace::Every(_) => self.event().await,
        }
    }
}
