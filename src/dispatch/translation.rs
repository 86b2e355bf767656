use std::{fmt, time::Duration};

use bytes::Bytes;

use super::{
    kept::Keeping,
    resume::{Handed, Rest, Said},
};
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
    /// What was said, where another may have to go on.
    said: Option<Box<Said>>,
    /// How what comes follows what was said before, where this goes on with it.
    rest: Option<Box<Rest>>,
    /// What was left by who has begun, and how many tokens it may have made: to be left to another once more, until
    /// something new is said.
    before: Option<Box<(Said, u64)>>,
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
            said: None,
            rest: None,
            before: None,
        }
    }

    /// Another may have to go on.
    pub(super) fn may_be_resumed(mut self, said: Said) -> Self {
        self.said = Some(Box::new(said));
        self
    }

    /// Goes on with what another has begun.
    pub(super) fn resuming(mut self, rest: Rest) -> Self {
        self.rest = Some(Box::new(rest));
        self
    }

    /// Whether another has begun.
    pub(super) const fn resumes(&self) -> bool {
        self.rest.is_some()
    }

    /// Writes on where another has stopped.
    pub(super) fn take_over(&mut self, handed: Handed) {
        self.writer = handed.writer;
        self.before = Some(Box::new((handed.said, handed.used)));
    }

    /// Whether another can go on from here.
    pub(super) fn can_go_on(&self) -> bool {
        self.before.is_some() || self.said.as_ref().is_some_and(|said| said.can_go_on())
    }

    /// Leaves it to another to go on.
    pub(super) fn hand(self, used: u64, why: Refusal) -> Option<Handed> {
        let (said, used) = match self.before {
            Some(before) => *before,
            None => (*self.said?, used),
        };
        let writer = self.writer;
        Some(Handed {
            writer,
            said,
            used,
            why,
        })
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
        let delta = match self.keeping.pass(delta) {
            Delta::Failed(problem) => return self.problem = Some(problem.into()),
            delta => delta,
        };
        if let Some(said) = &mut self.said {
            said.hear(&delta);
        }
        match &mut self.rest {
            Some(rest) => rest.pass(delta, &mut |delta| {
                if !matches!(delta, Delta::Usage(_)) {
                    self.before = None;
                }
                self.writer.take(delta);
            }),
            None => self.writer.take(delta),
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
