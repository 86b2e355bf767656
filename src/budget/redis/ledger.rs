use std::{
    fmt,
    future::ready,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

use super::{
    RedisStatus, Rules, Shared,
    facts::Facts,
    reserving::Asking,
    state::Open,
    worker::{Job, Worker},
};
use crate::{
    budget::{
        Allowance, Ask, HoldId, Ledger, LedgerError, LedgerFuture, Refund, RefundError, Refused,
        Reserving, Scope, Settlement, Snapshot,
    },
    context::Clock,
    money::Usd,
};

/// Keeps accounts in Redis: one set of budgets for several processes.
///
/// ```no_run
/// use std::sync::Arc;
/// use tower_genai::budget::{Budget, RedisLedger, Window};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ledger = Arc::new(RedisLedger::new("redis://127.0.0.1:6379")?.name("acme"));
/// let org = Budget::new("org").limit("100.00".parse()?, Window::Day).ledger(ledger);
/// let team = Budget::new("team").limit("10.00".parse()?, Window::Hour).within(&org);
/// # Ok(())
/// # }
/// ```
///
/// # What is promised
///
/// What [budgets promise](crate::budget#what-is-promised), over all processes that use the ledger, at any number of calls,
/// of kills and of broken connections, **unless Redis loses writes that it has acknowledged**. A hold is one script: it is
/// taken on all scopes or on none, in one round trip, and a neighbour sees nothing in between. Asking and ending are told
/// again until they are through, and count once however often they arrive.
///
/// Redis loses acknowledged writes when it ends without having them on its disk, and when a replica takes over that has
/// not got them yet. Against the first there are `appendonly yes` with `appendfsync always` (nothing is lost) or `everysec`
/// (about a second); nothing helps wholly against the second. Keys must not be evicted: `maxmemory-policy noeviction`.
/// The ledger looks at these settings when it connects, where it may, and warns.
///
/// What is lost is noticed, and told as an error event:
///
/// * *Some writes.* Redis counts each process's writes, and each ask says how many were acknowledged; where there are
///   fewer, nothing is granted until this process has put back its open holds and the ends that it told lately (the last
///   1024, of the last hour). What a process knew that does no longer run, or told longer ago, stays lost: spending may then
///   be missing, and a hold whose end was lost counts in full after its lease. [`RedisStatus::lost_writes`] counts them.
/// * *Everything*, or the ledger of another name: it has no epoch or another one. Then nothing is granted or written until it
///   is back, or until an operator calls [`accept_loss`](Self::accept_loss) in each process. A process that starts on an
///   empty server cannot know that there was something.
///
/// # When Redis does not answer
///
/// An ask is tried again, by new connections if need be, until the [deadline](Self::deadline), and is then refused as
/// [`Unavailable`](crate::budget::RefusedKind::Unavailable), or its call goes on where all its scopes
/// [admit](crate::budget::OnFailure::Admit) that. What may have been taken is given back as soon as Redis answers; an ask
/// that arrives after its end takes nothing. After that refusal the hold's id is used up.
///
/// Ends wait, in memory, until they are through: at most one for each hold that was open, and two notes for each call that
/// went on without the ledger, at most a million in all. A process that ends before they are through leaves holds that
/// count in full after their [lease](Self::lease), doubtful: see [`flush`](Ledger::flush). Dropping the ledger waits
/// for them two seconds at most, on the thread that drops it.
///
/// # Time
///
/// The server's clock decides which window runs, and never goes back. Time zones are not known to Redis: each
/// process proposes the windows, and a window that has begun runs to its end. A process whose own clock is wrong asks
/// twice, once. Times count in microseconds.
///
/// # What it costs
///
/// One round trip to ask, and one for all ends that wait at that moment, by one connection and one thread
/// (`ledger-redis`). The server's part was some 150 µs for each of the
/// two, on two cores that were busy with other things. All keys begin with `{name}:`, so that
/// they lie in one slot of a cluster; where it says that the slot has moved, the ledger follows.
///
/// It needs Redis 5 or later, and is tested with 7.0.
///
/// Three things differ from a [`MemoryLedger`](crate::budget::MemoryLedger): the [allowance](Ledger::allowance) is what the
/// server showed this process last; who is told of alerts, of exceeded bounds and of expired holds is the process whose step caused
/// them; sums end at 9 * 10^21 dollars. A snapshot reads everything in one step, for which the server serves nobody
/// else: the more accounts, the longer.
pub struct RedisLedger {
    rules: Rules,
    client: redis::Client,
    worker: OnceLock<Worker>,
}

impl RedisLedger {
    /// A ledger at this address: `redis://[user:password@]host[:port][/database]`, or `redis+unix:///path` for a socket.
    /// It connects when it is first used.
    ///
    /// # Errors
    /// When the text is no such address.
    pub fn new(url: &str) -> Result<Self, LedgerError> {
        let client = redis::Client::open(url)
            .map_err(|_| LedgerError::Unavailable("its address is none of Redis".into()))?;
        Ok(Self {
            rules: Rules::default(),
            client,
            worker: OnceLock::new(),
        })
    }

    /// Which ledger it is, of those that the server keeps: all its keys begin with this name in braces. Default:
    /// `tower-genai`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.rules.name = name.into();
        self
    }

    /// How long an ask may take, with all its tries, before it is refused as
    /// [`Unavailable`](crate::budget::RefusedKind::Unavailable). Default: 250 ms.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.rules.deadline = deadline;
        self
    }

    /// How long a hold lasts that nobody ends: longer than any call. Default: 15 minutes.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.rules.lease = lease;
        self
    }

    /// How many doubtful charges are listed, and can be refunded one by one. Default: 1024, the latest. Should be the
    /// same in all processes.
    #[must_use]
    pub fn doubtful_kept(mut self, charges: usize) -> Self {
        self.rules.doubtful_kept = charges;
        self
    }

    /// How many accounts there may be. Default: a million, of some 300 bytes each. Should be the same in all processes.
    #[must_use]
    pub fn most_accounts(mut self, accounts: usize) -> Self {
        self.rules.most_accounts = accounts;
        self
    }

    /// What this process takes the time for until the server has first told it. Default: the system's clock. For tests
    /// of clocks that are wrong.
    #[must_use]
    pub fn local_clock(mut self, clock: Clock) -> Self {
        self.rules.local = clock;
        self
    }

    /// Tells the server the time by this clock instead of using its own; leases, windows and rates follow it. For tests
    /// only: all processes of a ledger must do so by one clock.
    #[must_use]
    pub fn server_clock(mut self, clock: Clock) -> Self {
        self.rules.instead = Some(clock);
        self
    }

    /// How it stands, as this process sees it.
    pub fn status(&self) -> RedisStatus {
        let Some(worker) = self.worker.get() else {
            return RedisStatus::default();
        };
        let state = worker.shared.state();
        RedisStatus {
            connected: worker.shared.link.is_up(),
            waiting: state.queue.len() + state.restores.len(),
            open: state.open.len(),
            ..state.counts
        }
    }

    /// Goes on with what the server has now, though the ledger that was there is gone: an operator's decision. The holds
    /// of this process that are open are put back; what was spent is forgotten. Each process must be told so, or be
    /// started anew. Changes nothing while the ledger is not [lost](RedisStatus::lost).
    pub fn accept_loss(&self) {
        let shared = &self.worker().shared;
        let mut state = shared.state();
        if !state.counts.lost {
            return;
        }
        state.accept_loss();
        drop(state);
        tracing::warn!(
            ledger = self.rules.name,
            "the loss of the ledger is accepted"
        );
        shared.wake.notify_one();
    }

    fn worker(&self) -> &Worker {
        self.worker.get_or_init(|| {
            let shared = Shared::new(self.rules.clone(), self.client.clone());
            Worker::start(Arc::new(shared))
        })
    }
}

impl Ledger for RedisLedger {
    fn reserve(&self, ask: &Ask<'_>) -> Reserving {
        let Some(first) = ask.scopes().first() else {
            return Reserving::Done(Ok(()));
        };
        let worker = self.worker();
        let shared = &worker.shared;
        let facts = Arc::new(Facts::of(ask));
        let scopes: Arc<[Scope]> = ask.scopes().into();
        let (first, bound) = (first.clone(), ask.bound());
        let mut state = shared.state();
        let known = state.open.get(&ask.id());
        if ask.is_forced() {
            if known.is_some_and(|open| open.granted.is_some() || open.forced) {
                return Reserving::Done(Ok(()));
            }
            let noted = state.force(facts, scopes);
            let now = state.now(&self.rules);
            drop(state);
            shared.wake.notify_one();
            return Reserving::Done(match noted {
                true => Ok(()),
                false => Err(Refused::unavailable(&first, bound, now)),
            });
        }
        // It goes by another name in Redis, and would be taken once more.
        if known.is_some_and(|open| open.forced) {
            return Reserving::Done(Ok(()));
        }
        let repeated = known.is_some();
        if !repeated {
            let open = Open {
                facts: Arc::clone(&facts),
                scopes: Arc::clone(&scopes),
                forced: false,
                granted: None,
                again: false,
            };
            state.open.insert(ask.id(), open);
        }
        let now = state.now(&self.rules);
        let below = state.next_number();
        drop(state);
        let (answer, wait) = oneshot::channel();
        let asking = Asking {
            facts,
            scopes,
            until: Instant::now() + self.rules.deadline,
            repeated,
            below,
        };
        worker.tell(Job::Reserve(asking, answer));
        Reserving::Later(Box::pin(async move {
            match wait.await {
                Ok(answer) => answer,
                Err(_) => Err(Refused::unavailable(&first, bound, now)),
            }
        }))
    }

    fn settle(&self, hold: HoldId, settlement: Settlement) {
        let shared = &self.worker().shared;
        let to_send = shared.state().end(hold, settlement);
        if to_send {
            shared.wake.notify_one();
        }
    }

    fn allowance(&self, scope: &Scope) -> Option<Allowance> {
        let state = self.worker().shared.state();
        state.seen.allowance(scope, state.now(&self.rules))
    }

    fn snapshot(&self) -> LedgerFuture<'_, Result<Snapshot, LedgerError>> {
        let (answer, wait) = oneshot::channel();
        self.worker().tell(Job::Snapshot(answer));
        Box::pin(async move { wait.await.unwrap_or_else(|_| Err(closed())) })
    }

    fn refund(&self, refund: &Refund) -> LedgerFuture<'_, Result<Usd, RefundError>> {
        let (answer, wait) = oneshot::channel();
        self.worker().tell(Job::Refund(refund.clone(), answer));
        Box::pin(async move { wait.await.unwrap_or_else(|_| Err(closed().into())) })
    }

    /// Waits at most ten seconds.
    fn flush(&self) -> LedgerFuture<'_, Result<(), LedgerError>> {
        let Some(worker) = self.worker.get() else {
            return Box::pin(ready(Ok(())));
        };
        let below = worker.shared.state().next_number();
        let (answer, wait) = oneshot::channel();
        worker.tell(Job::Flush(below, answer));
        Box::pin(async move {
            match wait.await {
                Ok(true) => Ok(()),
                Ok(false) => Err(LedgerError::Unavailable("ends of holds wait still".into())),
                Err(_) => Err(closed()),
            }
        })
    }
}

fn closed() -> LedgerError {
    LedgerError::Unavailable("its thread has ended".into())
}

impl fmt::Debug for RedisLedger {
    /// Without the address, which may have a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLedger")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
