use std::{path::PathBuf, time::Duration};

use super::{FileLedger, disk::Path};
use crate::{
    budget::{LedgerError, book::Rules},
    context::Clock,
};

/// How a [`FileLedger`] is opened.
#[derive(Clone, Debug)]
pub struct FileLedgerOptions {
    pub(super) clock: Clock,
    pub(super) rules: Rules,
    pub(super) patience: Duration,
}

impl FileLedgerOptions {
    /// The clock that says which window runs. Default: the system's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How long a hold lasts that nobody ends: longer than any call. Default: an hour.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.rules.lease = lease;
        self
    }

    /// How many doubtful charges are kept and listed, and can be refunded or corrected one by one. Default: 1024, the
    /// latest. Let it be more than there can be calls in flight: those of a process that is killed are all in doubt.
    #[must_use]
    pub fn doubtful_kept(mut self, charges: usize) -> Self {
        self.rules.doubtful_kept = charges;
        self
    }

    /// How many accounts there may be. Default: a million, of some 300 bytes each, in memory and in the file.
    #[must_use]
    pub fn most_accounts(mut self, accounts: usize) -> Self {
        self.rules.most_accounts = accounts;
        self
    }

    /// How long a commit may take before those who wait for it are refused as
    /// [`Unavailable`](crate::budget::RefusedKind::Unavailable), and how long dropping the ledger waits at most. It is
    /// found within a quarter more. Default: ten seconds; at most a day.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        self.patience = patience.min(DAY);
        self
    }

    /// Opens the file, or makes it where there is none.
    ///
    /// # Errors
    /// See [`FileLedger::open`].
    pub fn open(self, path: impl Into<PathBuf>) -> Result<FileLedger, LedgerError> {
        FileLedger::start(Box::new(Path(path.into())), self)
    }
}

impl Default for FileLedgerOptions {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            rules: Rules::default(),
            patience: Duration::from_secs(10),
        }
    }
}
