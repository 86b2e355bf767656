use std::{sync::Arc, time::SystemTime};

use http::HeaderMap;
use tokio::time::Instant;

use super::{
    Ended,
    cell::{Admission, Cell, End},
    ended::Verdict,
    monitor::Shared,
    told::Told,
};
use crate::catalog::Candidate;

/// That a candidate may be asked once: held from before the request is sent until the answer's body has ended.
///
/// Dropped without a word of the end it says nothing of the provider.
#[derive(Debug)]
pub(crate) struct Permit {
    shared: Arc<Shared>,
    cell: Arc<Cell>,
    candidate: Candidate,
    admission: Admission,
    end: End,
}

impl Permit {
    pub(super) const fn new(
        shared: Arc<Shared>,
        cell: Arc<Cell>,
        candidate: Candidate,
        admission: Admission,
    ) -> Self {
        Self {
            shared,
            cell,
            candidate,
            admission,
            end: End {
                verdict: Verdict::Nothing,
                retry_after: None,
                at: None,
            },
        }
    }

    /// The head of the answer is here: what it says of the provider's limits counts from now on.
    pub(crate) fn answered(&self, headers: &HeaderMap, now: SystemTime) {
        let told = Told::read(headers, now);
        if !told.is_empty() {
            let breaker = self.shared.breaker();
            self.cell
                .told(&told, &self.admission, Instant::now(), breaker);
        }
    }

    /// The first content of the answer is here: it need not be whole for its provider to be well again.
    pub(crate) fn begun(&mut self) {
        let breaker = self.shared.breaker();
        self.cell
            .begun(&mut self.admission, Instant::now(), breaker);
    }

    /// The answer has ended. Says which model the last answer was of, by its provider's word, where this one is of
    /// another that was not seen lately.
    pub(crate) fn ended(mut self, ended: &Ended<'_>) -> Option<Box<str>> {
        let now = Instant::now();
        self.end = End {
            verdict: ended.verdict(),
            retry_after: ended.retry_after(),
            at: Some(now),
        };
        let whole = self.end.verdict == Verdict::Well;
        if let (true, Some(asked), Some(tokens)) = (whole, ended.asked, ended.output_tokens) {
            self.shared.answered(&self.candidate, asked, tokens);
        }
        let served = &self.cell.served;
        served.ended(&self.candidate, ended, whole, now)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.end.at.unwrap_or_else(Instant::now);
        let breaker = self.shared.breaker();
        self.cell.ended(&self.admission, self.end, now, breaker);
    }
}
