use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use super::reading::Reading;

/// How long a stream may say nothing, and until when it may go on at all.
///
/// Only the provider's silence counts: from a poll that found nothing, up to the moment at which the body says that
/// there is more, whoever reads that and when. There is one timer, made when it is first waited for. It is not set anew
/// with every event: one that rings early is set to the time that is right by then.
#[derive(Default)]
pub(super) struct Idle {
    most: Option<Duration>,
    until: Option<Instant>,
    /// What has been waited since the last event that said something, but for the wait under way.
    silent: Duration,
    /// Since when nothing has come, while it is waited for.
    waiting: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

/// Why a stream takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// It says nothing.
    Idle,
    /// The call's time is up.
    Total,
}

impl Idle {
    /// Without both, nothing is looked at and no timer is needed.
    pub(super) fn new(most: Option<Duration>, until: Option<Instant>) -> Self {
        Self {
            most,
            until,
            ..Self::default()
        }
    }

    const fn is_off(&self) -> bool {
        self.most.is_none() && self.until.is_none()
    }

    /// The body is about to be polled. Says whether the call's time is up, which no provider and no reader can put off.
    pub(super) fn turn(&mut self, reading: &Reading) -> Option<Late> {
        if self.is_off() {
            return None;
        }
        if let Some((since, news)) = self.waiting.zip(reading.news()) {
            self.silent += news.saturating_duration_since(since);
            self.waiting = None;
        }
        let over = self.until.is_some_and(|until| Instant::now() >= until);
        over.then_some(Late::Total)
    }

    /// The body has given something.
    pub(super) fn came(&mut self) {
        // One that has not said so before was asked just in time.
        if let Some(since) = self.waiting.take() {
            self.silent += since.elapsed();
        }
    }

    /// An event has come that says something.
    pub(super) const fn progress(&mut self) {
        self.silent = Duration::ZERO;
    }

    /// The body has nothing yet: waits with it, and says when that takes too long.
    pub(super) fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Late> {
        if self.is_off() {
            return Poll::Pending;
        }
        let since = *self.waiting.get_or_insert_with(Instant::now);
        let left = self.most.map(|most| most.saturating_sub(self.silent));
        let idle = left.and_then(|left| since.checked_add(left));
        let Some(at) = idle.into_iter().chain(self.until).min() else {
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        loop {
            // What it was set to is never later than what is right now: waiting only puts that off.
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= at {
                let late = if idle == Some(at) {
                    Late::Idle
                } else {
                    Late::Total
                };
                return Poll::Ready(late);
            }
            timer.as_mut().reset(at);
        }
    }
}

impl Late {
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Idle => "the provider said nothing more for too long",
            Self::Total => "the time that the call may take was up before its answer was complete",
        }
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idle")
            .field("most", &self.most)
            .field("until", &self.until)
            .field("silent", &self.silent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, task::Waker};

    use tokio::time::{advance, sleep};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn late(idle: &mut Idle) -> Poll<Late> {
        idle.poll_late(&mut Context::from_waker(Waker::noop()))
    }

    /// A poll of a body that has nothing.
    fn nothing(idle: &mut Idle, reading: &Arc<Reading>) -> Poll<Late> {
        if let Some(late) = idle.turn(reading) {
            return Poll::Ready(late);
        }
        let _ = reading.waker(Waker::noop());
        late(idle)
    }

    /// A poll of a body that gives something.
    fn something(idle: &mut Idle, reading: &Arc<Reading>) {
        assert_eq!(idle.turn(reading), None);
        let _ = reading.waker(Waker::noop());
        idle.came();
        reading.read();
    }

    #[test]
    fn without_limits_there_is_no_timer() {
        let (mut idle, reading) = (Idle::new(None, None), Arc::default());
        assert!(nothing(&mut idle, &reading).is_pending());
        assert!(idle.timer.is_none(), "there is no runtime here either");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_with_the_news_and_not_when_somebody_reads_them() {
        let (mut idle, reading) = (Idle::new(Some(5 * SECOND), None), Arc::default());
        for _ in 0..4 {
            assert!(nothing(&mut idle, &reading).is_pending());
            advance(SECOND).await;
            reading.waker(Waker::noop()).wake();
            advance(100 * SECOND).await;
            something(&mut idle, &reading);
            advance(100 * SECOND).await;
        }
        assert!(nothing(&mut idle, &reading).is_pending());
        sleep(SECOND / 2).await;
        assert!(nothing(&mut idle, &reading).is_pending());
        sleep(SECOND / 2).await;
        assert_eq!(nothing(&mut idle, &reading), Poll::Ready(Late::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn being_asked_again_is_no_news() {
        let (mut idle, reading) = (Idle::new(Some(5 * SECOND), None), Arc::default());
        for _ in 0..5 {
            assert!(nothing(&mut idle, &reading).is_pending());
            sleep(SECOND).await;
        }
        assert_eq!(nothing(&mut idle, &reading), Poll::Ready(Late::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_lasts_for_all_events() {
        let (mut idle, reading) = (Idle::new(Some(5 * SECOND), None), Arc::default());
        assert!(nothing(&mut idle, &reading).is_pending());
        let first = idle.timer.as_ref().map(|timer| timer.deadline());
        for _ in 0..4 {
            sleep(SECOND).await;
            something(&mut idle, &reading);
            idle.progress();
            assert!(nothing(&mut idle, &reading).is_pending());
            let now = idle.timer.as_ref().map(|timer| timer.deadline());
            assert_eq!(now, first, "it was not set anew");
        }
        sleep(4 * SECOND).await;
        assert!(nothing(&mut idle, &reading).is_pending(), "it rang early");
        sleep(SECOND).await;
        assert_eq!(nothing(&mut idle, &reading), Poll::Ready(Late::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_puts_off_the_end_of_the_call() {
        let until = Instant::now() + 10 * SECOND;
        let (mut idle, reading) = (Idle::new(Some(60 * SECOND), Some(until)), Arc::default());
        for _ in 0..9 {
            assert!(nothing(&mut idle, &reading).is_pending());
            sleep(SECOND).await;
            something(&mut idle, &reading);
            idle.progress();
        }
        assert!(nothing(&mut idle, &reading).is_pending());
        sleep(SECOND).await;
        assert_eq!(late(&mut idle), Poll::Ready(Late::Total));
        assert_eq!(idle.turn(&reading), Some(Late::Total), "nor does a reader");
    }
}
