use std::{fmt, sync::Arc, time::SystemTime};

use serde::Serialize;

use super::{
    super::{Decision, DecisionId, FellBack, Outcome},
    attempt::Attempt,
};
use crate::{profile::Feedback, query::Prompt};

/// What the writer is told, on the calls' own path: nothing is rendered there.
#[derive(Debug)]
pub(super) enum Told {
    Decided(Arc<Decision>, SystemTime, Option<Words>),
    Finished(Outcome),
    /// An attempt that never was sent, or none follows any more.
    Fell {
        id: DecisionId,
        unsent: Option<Box<Attempt>>,
        last: bool,
    },
    Scored(Feedback),
}

impl Told {
    pub(super) fn fell(fell: &FellBack<'_>) -> Option<Self> {
        let unsent = fell.from.filter(|_| !fell.failure.sent);
        Some(Self::Fell {
            id: fell.decision?.id,
            unsent: unsent.map(|who| Box::new(Attempt::unsent(who, fell))),
            last: !fell.again,
        })
    }
}

/// A prompt's words, where they are wanted. `Debug` shows none.
#[derive(Clone, Serialize)]
pub(super) struct Words {
    user: Box<str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    system: Box<str>,
    turns: u32,
    bytes: u64,
}

impl Words {
    pub(super) fn of(prompt: &Prompt) -> Self {
        Self {
            user: prompt.user().into(),
            system: prompt.system().into(),
            turns: prompt.turns(),
            bytes: prompt.bytes(),
        }
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
