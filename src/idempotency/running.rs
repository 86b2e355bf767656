use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http::response::Parts;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{
    driver::{Drive, Step},
    recording::{Ending, Recording},
};

/// The first call with its key, from its beginning to its end. Dropped before that, it runs on without its caller, where
/// it can.
pub(super) struct Running {
    driver: Option<Pin<Box<dyn Drive>>>,
    /// None once it has ended.
    recording: Option<Recording>,
    /// It has a caller to be driven by.
    attended: bool,
    /// The driver is being polled: if that panics, it is not polled again.
    busy: bool,
}

/// The head of an answer, and how many bytes its body has, where that is known.
type Begun = (Box<Parts>, Option<u64>);

impl Running {
    pub(super) fn new(driver: impl Drive + 'static, recording: Recording) -> Self {
        Self {
            driver: Some(Box::pin(driver)),
            recording: Some(recording),
            attended: true,
            busy: false,
        }
    }

    /// For the caller: the head of the answer, or none where the call has failed.
    pub(super) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Option<Begun>> {
        Poll::Ready(match ready!(self.poll_step(cx)) {
            Step::Head { parts, size, .. } => Some((parts, size)),
            _ => None,
        })
    }

    /// What comes next of the call, recorded.
    pub(super) fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        let Some(driver) = &mut self.driver else {
            return Poll::Ready(Step::End);
        };
        self.busy = true;
        let step = driver.as_mut().poll(cx);
        self.busy = false;
        let step = ready!(step);
        match &step {
            Step::Head { parts, size, end } => {
                if let Some(recording) = &mut self.recording {
                    recording.answered(parts, *size);
                }
                self.so_far(*size == Some(0), *end);
            }
            Step::Frame { frame, last, end } => {
                if let (Some(recording), Some(data)) = (&mut self.recording, frame.data_ref()) {
                    recording.take(data);
                }
                self.so_far(*last, *end);
            }
            Step::Unanswered { unsent } => self.close(Ending::Unanswered { unsent: *unsent }),
            Step::Broken(_) => self.close(Ending::Broken),
            Step::End => self.close(Ending::Whole),
        }
        Poll::Ready(step)
    }

    /// Its bytes may have come to their end, and even all of it: nobody may ask for what is known to be empty.
    fn so_far(&mut self, last: bool, end: bool) {
        if end {
            self.close(Ending::Whole);
        } else if last {
            self.end(Ending::Whole);
        }
    }

    /// There is nothing more to come of it.
    fn close(&mut self, ending: Ending) {
        // First: what it has cost is told when it goes.
        self.driver = None;
        self.end(ending);
    }

    fn end(&mut self, ending: Ending) {
        if let Some(recording) = self.recording.take() {
            recording.end(ending);
        }
    }

    /// Whether nothing more is to come.
    pub(super) const fn is_over(&self) -> bool {
        self.driver.is_none()
    }

    /// Where it can go on without its caller: the runtime, for how long, and its place among those that do.
    fn room(&self) -> Option<(Handle, Duration, OwnedSemaphorePermit)> {
        let recording = self.recording.as_ref().filter(|one| !one.is_lost())?;
        let config = recording.config();
        if !self.attended || self.busy || config.run_on.is_zero() {
            return None;
        }
        let place = Semaphore::try_acquire_owned(Arc::clone(&config.running_on)).ok()?;
        Some((Handle::try_current().ok()?, config.run_on, place))
    }

    async fn run_on(mut self, most: Duration, place: OwnedSemaphorePermit) {
        let read = async {
            loop {
                match poll_fn(|cx| self.poll_step(cx)).await {
                    Step::Head { .. } | Step::Frame { .. } => {}
                    Step::Unanswered { .. } | Step::End | Step::Broken(_) => break,
                }
                if self.recording.as_ref().is_none_or(Recording::is_lost) {
                    break;
                }
            }
        };
        // Given up where it takes longer.
        let _ = tokio::time::timeout(most, read).await;
        drop(self);
        drop(place);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.recording.is_none() {
            return;
        }
        let Some((runtime, most, place)) = self.room() else {
            return self.close(Ending::GivenUp);
        };
        let rest = Self {
            driver: self.driver.take(),
            recording: self.recording.take(),
            attended: false,
            busy: false,
        };
        runtime.spawn(rest.run_on(most, place));
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("recording", &self.recording)
            .field("attended", &self.attended)
            .finish_non_exhaustive()
    }
}
