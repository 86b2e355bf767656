use tokio::time::Instant;

use crate::{dispatch::Attempt, select::Planned};

/// What a call knows of a candidate.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    pub(super) state: State,
    /// How often it has failed.
    pub(super) failures: u32,
    /// How many attempts were sent there, or are under way.
    pub(super) sent: u32,
    /// The last attempt there.
    pub(super) last: Option<Attempt>,
    /// Whether the provider's retry budget knows of the call.
    pub(super) told: bool,
    /// The provider has turned the call away unseen, and it was sent there once more.
    pub(super) turned_away: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Fresh,
    /// To be asked before all others, at another deployment or once more.
    Next,
    /// Stands in for the one before it, should that be gone.
    InReserve,
    /// Being asked.
    Asked,
    /// Has failed, and may be asked again then.
    Resting(Instant),
    /// Was not to be asked, and is likely to be then.
    Busy(Instant),
    Barred,
}

impl Slot {
    pub(super) fn of(planned: &Planned) -> Self {
        let state = match planned.only_if_gone {
            true => State::InReserve,
            false => State::Fresh,
        };
        Self {
            state,
            ..Self::default()
        }
    }

    pub(super) const fn is_fresh(&self) -> bool {
        matches!(self.state, State::Fresh | State::Next)
    }

    /// Whether nothing was sent there since it was not to be asked.
    pub(super) const fn is_unasked(&self) -> bool {
        self.sent == 0 && matches!(self.state, State::Busy(_))
    }

    /// An attempt begins.
    pub(super) fn asks(&mut self) {
        self.state = State::Asked;
        self.sent += 1;
    }

    /// An attempt has ended; what becomes of the candidate is said by somebody else.
    pub(super) fn ended(&mut self, sent: bool) {
        if !sent {
            self.sent = self.sent.saturating_sub(1);
        }
    }

    /// An attempt was not made after all.
    pub(super) fn withdrawn(&mut self) {
        self.ended(false);
        if self.sent == 0 && self.state == State::Asked {
            self.state = State::Fresh;
        }
    }

    pub(super) fn is_busy_until(&mut self, at: Instant) {
        self.state = State::Busy(at);
    }
}
