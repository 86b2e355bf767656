use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Wake, Waker},
};

use tokio::time::Instant;

/// Knows since when something of a provider's answer may be there that nobody has read.
///
/// Stands between the answer's body and whoever polls it, and notes when the body says that there is more.
#[derive(Default)]
pub(super) struct Reading(Mutex<State>);

#[derive(Default)]
struct State {
    waker: Option<Waker>,
    since: Since,
}

#[derive(Clone, Copy, Debug, Default)]
enum Since {
    /// It was never read.
    #[default]
    Sent,
    /// All that had come was read, and nothing has come since.
    Nothing,
    /// It was read, or said that there is more, then.
    At(Instant),
}

impl Reading {
    /// The waker for a poll of the body on behalf of `caller`.
    pub(super) fn waker(self: &Arc<Self>, caller: &Waker) -> Waker {
        let mut state = self.state();
        if state
            .waker
            .as_ref()
            .is_none_or(|waker| !waker.will_wake(caller))
        {
            state.waker = Some(caller.clone());
        }
        // From here on a wake is news.
        state.since = Since::Nothing;
        drop(state);
        Waker::from(Arc::clone(self))
    }

    /// The body gave something; more may lie behind it.
    pub(super) fn read(&self) {
        self.state().since = Since::At(Instant::now());
    }

    /// When the body has said that there is more, if it has since it was last polled in vain; where it gave something,
    /// when that was.
    pub(super) fn news(&self) -> Option<Instant> {
        match self.state().since {
            Since::At(at) => Some(at),
            Since::Sent | Since::Nothing => None,
        }
    }

    /// Since when something may be unread; `sent` where the body was never polled.
    pub(super) fn unread_since(&self, sent: Option<Instant>) -> Option<Instant> {
        match self.state().since {
            Since::Sent => sent,
            Since::Nothing => None,
            Since::At(at) => Some(at),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Reading {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let waker = {
            let mut state = self.state();
            if matches!(state.since, Since::Nothing) {
                state.since = Since::At(Instant::now());
            }
            state.waker.clone()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state().since.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_there_is_unread() {
        let reading = Arc::new(Reading::default());
        let sent = Some(Instant::now());
        assert_eq!(reading.unread_since(sent), sent, "nobody has looked");
        let waker = reading.waker(Waker::noop());
        assert_eq!(reading.unread_since(sent), None, "nothing has come");
        waker.wake_by_ref();
        assert!(reading.unread_since(sent).is_some(), "something has come");
        let _ = reading.waker(Waker::noop());
        reading.read();
        assert!(reading.unread_since(sent).is_some(), "more may lie behind");
    }
}
