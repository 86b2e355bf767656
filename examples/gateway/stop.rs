#[cfg(unix)]
use std::{future::poll_fn, task::Poll};

use tokio::sync::oneshot;

/// Comes when the process is asked to stop, by SIGTERM or by Ctrl-C; and when it is asked once more. The second has to
/// be polled for the first.
pub(crate) fn asked() -> (impl Future<Output = ()>, impl Future<Output = ()>) {
    // Heard from now on, not from when somebody polls.
    let mut signals = Signals::new();
    let (stopping, stopped) = oneshot::channel();
    let twice = async move {
        signals.next().await;
        // Only now: a second signal that came before would not be told from the first.
        let _ = stopping.send(());
        signals.next().await;
    };
    let once = async {
        if stopped.await.is_err() {
            std::future::pending().await
        }
    };
    (once, twice)
}

#[cfg(unix)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::interrupt()];
        let heard = kinds.into_iter().map(signal).filter_map(|signal| {
            let warn = |error| tracing::warn!(%error, "a signal cannot be waited for");
            signal.map_err(warn).ok()
        });
        Self(heard.collect())
    }

    async fn next(&mut self) {
        poll_fn(|cx| {
            let mut heard = self.0.iter_mut().map(|signal| signal.poll_recv(cx));
            let any = heard.any(|heard| heard.is_ready());
            if any { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "a signal cannot be waited for");
            std::future::pending().await
        }
    }
}
