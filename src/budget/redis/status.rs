/// How a [`RedisLedger`](super::RedisLedger) stands, as this process sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisStatus {
    /// Whether there is a connection.
    pub connected: bool,
    /// Whether the ledger that this process knew is gone from the server; see
    /// [`RedisLedger::accept_loss`](super::RedisLedger::accept_loss).
    pub lost: bool,
    /// Ends of holds, and holds that are noted late, that are not through yet.
    pub waiting: usize,
    /// How many holds of this process are open.
    pub open: usize,
    /// How often the ledger was found gone.
    pub losses: u64,
    /// How many writes of this process the server had acknowledged and lost.
    pub lost_writes: u64,
    /// How many holds were put back because the server had lost them.
    pub put_back: u64,
    /// How many asks were not answered within the deadline.
    pub unanswered: u64,
}
