use std::{
    sync::{Arc, mpsc as std_mpsc},
    thread,
    time::Duration,
};

use tokio::{
    runtime,
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{Shared, operating, reserving::Asking, settling};
use crate::{
    budget::{LedgerError, Refund, RefundError, Refused, Snapshot},
    money::Usd,
};

/// How long a ledger that is dropped waits for what is not through.
pub(super) const CLOSE: Duration = Duration::from_secs(2);
/// How long operators wait.
const OPERATOR: Duration = Duration::from_secs(10);

/// What the ledger's thread is told to do.
#[derive(Debug)]
pub(super) enum Job {
    Reserve(Asking, oneshot::Sender<Result<(), Refused>>),
    Refund(Refund, oneshot::Sender<Result<Usd, RefundError>>),
    Snapshot(oneshot::Sender<Result<Snapshot, LedgerError>>),
    Flush(u64, oneshot::Sender<bool>),
    Close(std_mpsc::Sender<()>),
}

/// The thread on which the connection lives, so that holds end also where there is no runtime.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    jobs: mpsc::UnboundedSender<Job>,
    thread: Option<thread::ThreadId>,
}

impl Worker {
    /// Starts it. Where the system has no thread for it, nothing is ever answered.
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let (jobs, receiver) = mpsc::unbounded_channel();
        let its = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("ledger-redis".to_owned())
            .spawn(
                move || match runtime::Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime.block_on(run(its, receiver)),
                    Err(error) => tracing::error!(%error, "the ledger has no runtime"),
                },
            );
        let thread = match thread {
            Ok(thread) => Some(thread.thread().id()),
            Err(error) => {
                tracing::error!(%error, "the ledger has no thread");
                None
            }
        };
        Self {
            shared,
            jobs,
            thread,
        }
    }

    /// Nobody answers where the thread has ended: then the job is dropped, and its channel with it.
    pub(super) fn tell(&self, job: Job) {
        let _ = self.jobs.send(job);
    }
}

impl Drop for Worker {
    /// Waits a little for what is not through, except on the ledger's own thread.
    fn drop(&mut self) {
        let (done, wait) = std_mpsc::channel();
        self.tell(Job::Close(done));
        let own = self.thread == Some(thread::current().id());
        let state = self.shared.state();
        let idle = state.is_through(state.next_number());
        drop(state);
        if !own && !idle {
            let _ = wait.recv_timeout(CLOSE + Duration::from_millis(100));
        }
    }
}

async fn run(shared: Arc<Shared>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let link = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move {
            let checked = Arc::clone(&shared);
            let check = move |line| {
                tokio::spawn(operating::check_settings(Arc::clone(&checked), line));
            };
            shared.link.keep(check).await;
        }
    });
    let settling = tokio::spawn(settling::run(Arc::clone(&shared)));
    while let Some(job) = jobs.recv().await {
        let shared = Arc::clone(&shared);
        let until = Instant::now() + OPERATOR;
        match job {
            Job::Reserve(asking, answer) => {
                tokio::spawn(async move {
                    // Whoever asked may be gone; then the hold has ended.
                    let _ = answer.send(asking.run(&shared).await);
                });
            }
            Job::Refund(refund, answer) => {
                tokio::spawn(async move {
                    let _ = answer.send(operating::refund(&shared, &refund, until).await);
                });
            }
            Job::Snapshot(answer) => {
                tokio::spawn(async move {
                    let _ = answer.send(operating::snapshot(&shared, until).await);
                });
            }
            Job::Flush(below, answer) => {
                tokio::spawn(async move {
                    let _ = answer.send(shared.drained(below, until).await);
                });
            }
            Job::Close(done) => {
                let below = shared.state().next_number();
                if !shared.drained(below, Instant::now() + CLOSE).await {
                    tracing::error!(
                        ledger = shared.rules.name,
                        "the ledger is closed with ends of holds that Redis does not have: they will count in full",
                    );
                }
                let _ = done.send(());
                break;
            }
        }
    }
    settling.abort();
    link.abort();
}
