use std::{
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

pin_project! {
    /// Goes off at the time that is asked for, which may change. Nothing is set before somebody waits.
    #[derive(Debug)]
    pub(super) struct Alarm {
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl Alarm {
    pub(super) const fn new() -> Self {
        Self { sleep: None }
    }

    pub(super) fn poll(self: Pin<&mut Self>, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let mut sleep = self.project().sleep;
        match sleep.as_mut().as_pin_mut() {
            None => sleep.set(Some(sleep_until(at))),
            Some(set) if set.deadline() != at => set.reset(at),
            Some(_) => {}
        }
        match sleep.as_pin_mut() {
            Some(set) => set.poll(cx),
            None => Poll::Pending,
        }
    }
}
