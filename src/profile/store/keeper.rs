use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, mpsc as std_mpsc},
    thread,
    time::Duration,
};

use tokio::{
    runtime,
    sync::{mpsc, oneshot},
    time::{Instant, timeout, timeout_at},
};

use super::{Heard, Outbox, ProfileStore, Rows, StoreError, Told};
use crate::profile::known::Known;

/// How long a profile that is dropped waits for its store.
const CLOSE: Duration = Duration::from_secs(2);
/// How long an exchange may take.
const LONGEST: Duration = Duration::from_secs(30);
/// A store that has failed is asked again after so long, and then less and less often.
const PAUSE: Duration = Duration::from_millis(500);

/// What its thread is told to do.
enum Job {
    /// There is a stream of which nothing is known yet.
    Look,
    Flush(oneshot::Sender<Result<(), StoreError>>),
    Close(std_mpsc::Sender<()>),
}

/// The thread that exchanges what was learned with a store.
pub(in crate::profile) struct Keeper {
    pub(in crate::profile) outbox: Arc<Outbox>,
    jobs: mpsc::UnboundedSender<Job>,
    thread: Option<thread::ThreadId>,
}

/// What the thread works with.
pub(in crate::profile) struct Keeping {
    pub(in crate::profile) store: Arc<dyn ProfileStore>,
    pub(in crate::profile) outbox: Arc<Outbox>,
    pub(in crate::profile) known: Arc<Known>,
    /// Takes what others have learned.
    pub(in crate::profile) hear: Box<dyn Fn(Heard) + Send>,
    pub(in crate::profile) now: Box<dyn Fn() -> f64 + Send>,
    pub(in crate::profile) every: Duration,
    pub(in crate::profile) half_life: Duration,
}

impl Keeper {
    /// Starts it. Where the system has no thread for it, nothing is kept.
    pub(in crate::profile) fn start(keeping: Keeping) -> Self {
        let (jobs, receiver) = mpsc::unbounded_channel();
        let outbox = Arc::clone(&keeping.outbox);
        let thread = thread::Builder::new()
            .name("profile-store".to_owned())
            .spawn(
                move || match runtime::Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime.block_on(Run::new(keeping).run(receiver)),
                    Err(error) => tracing::error!(%error, "the profile's store has no runtime"),
                },
            );
        let thread = match thread {
            Ok(thread) => Some(thread.thread().id()),
            Err(error) => {
                tracing::error!(%error, "the profile's store has no thread");
                None
            }
        };
        Self {
            outbox,
            jobs,
            thread,
        }
    }

    /// There is a stream of which nothing is known yet.
    pub(in crate::profile) fn look(&self) {
        let _ = self.jobs.send(Job::Look);
    }

    /// Keeps what is new, now.
    pub(in crate::profile) async fn flush(&self) -> Result<(), StoreError> {
        let (answer, wait) = oneshot::channel();
        // Where the thread has ended, the job is dropped, and its channel with it.
        let _ = self.jobs.send(Job::Flush(answer));
        let closed = || Err(StoreError::unavailable("its thread has ended"));
        wait.await.unwrap_or_else(|_| closed())
    }
}

impl Drop for Keeper {
    /// Waits a little for what is new to be kept, except on the thread itself.
    fn drop(&mut self) {
        let (done, wait) = std_mpsc::channel();
        let sent = self.jobs.send(Job::Close(done)).is_ok();
        if sent && self.thread.is_some() && self.thread != Some(thread::current().id()) {
            let _ = wait.recv_timeout(CLOSE + Duration::from_millis(100));
        }
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("outbox", &self.outbox)
            .finish_non_exhaustive()
    }
}

/// What the thread knows.
struct Run {
    keeping: Keeping,
    process: u64,
    number: u64,
    /// What was told and has not got through.
    again: Option<Told>,
    /// How long to wait until the store is asked again.
    pause: Option<Duration>,
}

impl Run {
    fn new(keeping: Keeping) -> Self {
        Self {
            keeping,
            process: process(),
            number: 0,
            again: None,
            pause: None,
        }
    }

    async fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        let mut next = Instant::now() + self.keeping.every;
        loop {
            let mut all = Vec::new();
            match timeout_at(next, jobs.recv()).await {
                Ok(Some(job)) => all.push(job),
                Ok(None) => return,
                Err(_) => {}
            }
            while let Ok(job) = jobs.try_recv() {
                all.push(job);
            }
            // Whoever has a new stream need not hurry a store that has failed.
            let looks = |job: &Job| matches!(job, Job::Look);
            if self.pause.is_some() && !all.is_empty() && all.iter().all(looks) {
                continue;
            }
            let closes = all.iter().any(|job| matches!(job, Job::Close(_)));
            let longest = if closes { CLOSE } else { LONGEST };
            let kept = timeout(longest, self.everything()).await;
            let kept = kept.unwrap_or_else(|_| Err(StoreError::unavailable("it takes too long")));
            self.note(&kept);
            let mut closing = None;
            for job in all {
                match job {
                    Job::Look => {}
                    Job::Flush(answer) => {
                        // Whoever asked may be gone.
                        let _ = answer.send(kept.clone());
                    }
                    Job::Close(done) => closing = Some(done),
                }
            }
            if let Some(done) = closing {
                // What the store holds is free before it is told that it is closed.
                drop(self);
                let _ = done.send(());
                return;
            }
            next = Instant::now() + self.pause.unwrap_or(self.keeping.every);
        }
    }

    /// What has not got through, and then what is new since.
    async fn everything(&mut self) -> Result<(), StoreError> {
        if self.again.is_some() {
            self.exchange().await?;
        }
        self.exchange().await
    }

    async fn exchange(&mut self) -> Result<(), StoreError> {
        let told = match self.again.take() {
            Some(told) => told,
            None => self.news(),
        };
        // It is there still where this future is dropped.
        let told = self.again.insert(told);
        let heard = self.keeping.store.exchange(told).await?;
        self.again = None;
        self.number += 1;
        self.keeping.known.rows.told();
        (self.keeping.hear)(heard);
        Ok(())
    }

    fn news(&self) -> Told {
        let (streams, lost) = self.keeping.outbox.take();
        if lost > 0 {
            tracing::warn!(labels = lost, "labels were not kept: too many were waiting");
        }
        let mut rows = self.keeping.known.news();
        // What others have counted is wanted for all tenants that are known.
        for stream in &streams {
            if rows.iter().all(|one| one.tenant != stream.name.tenant) {
                rows.push(Rows::new(stream.name.tenant.clone(), Vec::new()));
            }
        }
        Told {
            process: self.process,
            number: self.number,
            streams,
            rows,
            half_life_s: self.keeping.half_life.as_secs_f64(),
            at: (self.keeping.now)(),
        }
    }

    /// Says once that the store has failed, and once that it is back.
    fn note(&mut self, kept: &Result<(), StoreError>) {
        self.pause = match (kept, self.pause) {
            (Ok(()), None) => None,
            (Ok(()), Some(_)) => {
                tracing::info!("the profile's store is back");
                None
            }
            (Err(why), None) => {
                tracing::warn!(%why, "what is learned is not kept for now");
                Some(PAUSE.min(self.keeping.every))
            }
            (Err(_), Some(pause)) => Some((pause * 2).min(self.keeping.every)),
        };
    }
}

/// A random number that no seed decides.
fn process() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
