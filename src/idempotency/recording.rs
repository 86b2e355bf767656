use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::response::Parts;

use super::{
    config::Config,
    record::{Head, Record, lasting},
    store::{End, Ticket},
};
use crate::observe::{self, Outcome, Spending};

/// How a call comes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Its answer has come to its end.
    Whole,
    /// Its answer broke off.
    Broken,
    /// There was an error in place of an answer; whether it was certainly not sent.
    Unanswered { unsent: bool },
    /// It was given up.
    GivenUp,
}

/// What becomes of a key's call, and what is kept of its answer.
pub(super) struct Recording {
    ticket: Ticket,
    spending: Spending,
    config: Arc<Config>,
    head: Option<Head>,
    head_bytes: usize,
    body: Vec<u8>,
    /// The answer is larger than what may be kept: nothing of it is.
    lost: bool,
}

impl Recording {
    pub(super) fn new(ticket: Ticket, spending: Spending, config: Arc<Config>) -> Self {
        Self {
            ticket,
            spending,
            config,
            head: None,
            head_bytes: 0,
            body: Vec::new(),
            lost: false,
        }
    }

    pub(super) fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// Whether there is nothing to be gained from reading on without a caller.
    pub(super) const fn is_lost(&self) -> bool {
        self.lost
    }

    /// The head of the answer is here; its body has so many bytes, where that is known.
    pub(super) fn answered(&mut self, parts: &Parts, size: Option<u64>) {
        let head = Head {
            status: parts.status,
            headers: lasting(&parts.headers),
            outcome: parts.extensions.get::<Outcome>().cloned(),
        };
        self.head_bytes = head.bytes();
        self.head = Some(head);
        let size = size.map_or(Some(0), |size| usize::try_from(size).ok());
        match size {
            Some(size) if self.fits(size) && self.ticket.resize(self.head_bytes + size) => {
                self.body = Vec::with_capacity(size);
            }
            _ => self.lose(),
        }
    }

    /// More of the body.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        if self.lost {
            return;
        }
        let need = self.body.len().saturating_add(bytes.len());
        if need > self.body.capacity() && !self.grow(need) {
            return self.lose();
        }
        self.body.extend_from_slice(bytes);
    }

    fn fits(&self, body: usize) -> bool {
        self.head_bytes.saturating_add(body) <= self.config.largest
    }

    /// Makes room for so many bytes of the body, and for as many again where there is enough.
    fn grow(&mut self, need: usize) -> bool {
        if !self.fits(need) {
            return false;
        }
        let most = self.config.largest - self.head_bytes;
        let ample = need
            .saturating_mul(2)
            .clamp(4_096, most.max(4_096))
            .min(most);
        let Some(room) = [ample, need]
            .into_iter()
            .find(|room| self.ticket.resize(self.head_bytes + room))
        else {
            return false;
        };
        self.body.reserve_exact(room - self.body.len());
        true
    }

    fn lose(&mut self) {
        self.lost = true;
        self.body = Vec::new();
        self.ticket.resize(0);
    }

    /// The call has ended.
    pub(super) fn end(self, ending: Ending) {
        let head = self.head.as_ref();
        let whole = ending == Ending::Whole && head.is_some_and(Head::is_whole);
        // What was too large to be kept is not read on without its caller, and breaks off here.
        let left = ending == Ending::GivenUp && head.is_some_and(Head::is_answer);
        let lost = self.lost && (whole || left);
        let costs = self.may_have_cost(ending);
        let Self {
            ticket, head, body, ..
        } = self;
        let end = match head {
            _ if lost => End::NotKept,
            Some(head) if whole => {
                // Exactly as long as it is: whatever is spare is given back.
                let body = Bytes::from(body.into_boxed_slice());
                End::Done(Arc::new(Record::new(head, body)))
            }
            _ if costs => End::Failed,
            _ => return ticket.free(),
        };
        ticket.end(end);
    }

    /// Whether making the call once more could be paid for twice.
    fn may_have_cost(&self, ending: Ending) -> bool {
        let head = self.head.as_ref();
        // Another call's answer, or what there was of it.
        if head.and_then(Head::attempt) == Some(0) {
            return false;
        }
        if self.spending.is_told() {
            return self.spending.may_cost();
        }
        // Over somebody's own service there is nothing but the answer.
        match ending {
            Ending::Whole | Ending::Unanswered { unsent: true } => false,
            Ending::Broken | Ending::Unanswered { unsent: false } | Ending::GivenUp => true,
        }
    }
}

impl Head {
    /// Whether it begins an answer, and no error.
    fn is_answer(&self) -> bool {
        self.status.is_success()
    }

    /// Whether the answer that has come to its end is one.
    fn is_whole(&self) -> bool {
        let finished = self.outcome.as_ref().and_then(Outcome::get);
        let fell_short = finished.is_some_and(|one| one.ending != observe::Ending::Complete);
        self.is_answer() && !fell_short
    }

    fn attempt(&self) -> Option<u32> {
        self.outcome.as_ref().map(Outcome::attempt)
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("bytes", &self.body.len())
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}
