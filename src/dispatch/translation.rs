use std::{fmt, time::Duration};

use bytes::Bytes;

use super::kept::Keeping;
use crate::{
    chat::{Delta, Problem, Sink, Writer},
    query::Refusal,
};

/// An answer on its way from a provider's format into the caller's.
#[derive(Debug)]
pub(super) struct Translation {
    writer: Box<dyn Writer>,
    keeping: Keeping,
    problem: Option<Told>,
}

/// What a provider says of its failure, to be said in the caller's form.
#[derive(Clone, Default)]
pub(super) struct Told {
    pub(super) message: Option<String>,
    pub(super) code: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its words may quote the prompt.
        f.debug_struct("Told")
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

impl Translation {
    pub(super) fn new(writer: Box<dyn Writer>, keeping: Keeping) -> Self {
        Self {
            writer,
            keeping,
            problem: None,
        }
    }

    /// Whether the caller sees something of the answer itself in what was written.
    pub(super) fn has_said(&self) -> bool {
        self.writer.has_said()
    }

    /// Whole events that have been written since this was last asked.
    pub(super) fn written(&mut self) -> Bytes {
        self.writer.written()
    }

    /// What closes a complete stream, or the whole body.
    pub(super) fn end(&mut self) -> Bytes {
        self.writer.end()
    }

    /// What tells the caller that a stream breaks off.
    pub(super) fn fail(&mut self, why: &Refusal) -> Bytes {
        self.writer.fail(why)
    }

    /// What the provider said of its failure.
    pub(super) fn told(&mut self) -> Told {
        self.problem.take().unwrap_or_default()
    }
}

impl Sink for Translation {
    fn take(&mut self, delta: Delta<'_>) {
        match self.keeping.pass(delta) {
            Delta::Failed(problem) => self.problem = Some(problem.into()),
            delta => self.writer.take(delta),
        }
    }
}

impl From<Problem<'_>> for Told {
    fn from(problem: Problem<'_>) -> Self {
        Self {
            message: problem.message.map(Into::into),
            code: problem.code.map(Into::into),
            retry_after: problem.retry_after,
        }
    }
}
