use std::io;

use tokio::signal::ctrl_c;

/// Comes when the process is asked to stop: by SIGTERM, or by Ctrl-C.
pub(crate) async fn asked() {
    let asked = async {
        tokio::select! {
            asked = ctrl_c() => asked,
            asked = terminated() => asked,
        }
    };
    if let Err(error) = asked.await {
        tracing::warn!(%error, "signals cannot be waited for");
        std::future::pending().await
    }
}

/// Comes when it is asked to stop once more.
pub(crate) async fn asked_twice() {
    asked().await;
    asked().await;
}

#[cfg(unix)]
async fn terminated() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn terminated() -> io::Result<()> {
    std::future::pending().await
}
