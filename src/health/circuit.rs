use std::time::Duration;

use tokio::time::Instant;

/// How long a circuit stays open: at first, and at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    first: Duration,
    longest: Duration,
    /// How much of a pause is left to chance.
    jitter: f64,
}

/// So much of a pause is left to chance, so that those who were shut out together do not come back together.
const JITTER: f64 = 0.25;

/// An open circuit is remembered for so long after it could be asked.
const FORGOTTEN: Duration = Duration::from_secs(600);

impl Pace {
    pub(super) const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            jitter: JITTER,
        }
    }

    /// Always exactly so long.
    pub(super) const fn exactly(pause: Duration) -> Self {
        Self {
            first: pause,
            longest: pause,
            jitter: 0.0,
        }
    }

    pub(super) const fn longest(&self) -> Duration {
        self.longest
    }

    /// The pause after so many openings in a row, no shorter than `floor`; never longer than the longest.
    fn after(&self, openings: u32, floor: Option<Duration>) -> Duration {
        let doubled = 2_u32.saturating_pow(openings.saturating_sub(1).min(31));
        let whole = self.first.saturating_mul(doubled).min(self.longest);
        let pause = whole.mul_f64(fastrand::f64().mul_add(-self.jitter, 1.0));
        pause.max(floor.unwrap_or_default()).min(self.longest)
    }
}

/// Whether something may be asked: always (closed), not before a while has passed (open), or by one at a time, to see
/// whether it can be asked again (probation).
///
/// Nothing runs in the background; the states follow from the time at which they are looked at.
#[derive(Debug)]
pub(super) struct Circuit {
    state: State,
    /// Counts how often it opened and closed: what was asked before says nothing of it any more.
    era: u32,
    /// How often it has opened without a success in between.
    openings: u32,
    /// Counts probes: one that has given up its place says little.
    probes: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed,
    Open { until: Instant },
    Probing { since: Instant },
}

/// What an attempt has to show for having been let through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    era: u32,
    /// Which probe it is; 0 where it is none.
    probe: u32,
}

impl Circuit {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Closed,
            era: 0,
            openings: 0,
            probes: 0,
        }
    }

    pub(super) const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    pub(super) const fn is_probing(&self) -> bool {
        matches!(self.state, State::Probing { .. })
    }

    /// Whether nothing is lost if it is forgotten: it is closed, or nobody has asked for long since it could be.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        match self.state {
            State::Closed => true,
            State::Open { until: since } | State::Probing { since } => {
                now.saturating_duration_since(since) > FORGOTTEN
            }
        }
    }

    /// For how long it is not to be asked; `None` where it may be. Of a probe nobody knows how long it takes: as long as
    /// the first pause, at a guess.
    pub(super) fn wait(&self, now: Instant, pace: &Pace) -> Option<Duration> {
        match self.state {
            State::Closed => None,
            State::Open { until } => until.checked_duration_since(now).filter(|d| !d.is_zero()),
            // One that has not come to anything for so long gives its place to another.
            State::Probing { since } if now.duration_since(since) >= pace.longest => None,
            State::Probing { .. } => Some(pace.first),
        }
    }

    /// Lets an attempt through. Where the circuit is open and may be asked, it is the probe; where it may not be asked,
    /// it was insisted on.
    pub(super) fn enter(&mut self, now: Instant, pace: &Pace) -> Ticket {
        let mut probe = 0;
        if !self.is_closed() && self.wait(now, pace).is_none() {
            self.probes = self.probes.wrapping_add(1).max(1);
            self.state = State::Probing { since: now };
            probe = self.probes;
        }
        Ticket {
            era: self.era,
            probe,
        }
    }

    /// Whether what became of an attempt counts while the circuit is closed: it was let through since it closed.
    pub(super) const fn counts(&self, ticket: Ticket) -> bool {
        self.is_closed() && ticket.era == self.era
    }

    /// It is not asked for a while; each time in a row for longer.
    pub(super) fn open(&mut self, now: Instant, pace: &Pace, floor: Option<Duration>) {
        self.openings = self.openings.saturating_add(1);
        let pause = pace.after(self.openings, floor);
        self.turn(State::Open { until: now + pause });
    }

    /// An attempt went well. One that was let through since the circuit opened closes it.
    pub(super) fn succeeded(&mut self, ticket: Ticket) {
        if ticket.era != self.era {
            return;
        }
        if !self.is_closed() {
            self.turn(State::Closed);
        }
        self.openings = 0;
    }

    /// An attempt begins to be answered: a probe's word is good enough to close the circuit, but that it opens for
    /// longer the next time is not forgotten yet. Says whether the attempt was one, and gives it a new ticket.
    pub(super) fn begun(&mut self, ticket: &mut Ticket) -> bool {
        let closes = !self.is_closed() && ticket.era == self.era;
        if closes {
            self.turn(State::Closed);
            *ticket = Ticket {
                era: self.era,
                probe: 0,
            };
        }
        closes
    }

    /// An attempt failed. A probe opens the circuit again, for longer.
    pub(super) fn failed(
        &mut self,
        ticket: Ticket,
        now: Instant,
        pace: &Pace,
        floor: Option<Duration>,
    ) {
        if self.is_probe(ticket) {
            self.open(now, pace, floor);
        }
    }

    /// An attempt says nothing. A probe leaves its place to the next.
    pub(super) fn left(&mut self, ticket: Ticket, now: Instant) {
        if self.is_probe(ticket) {
            self.state = State::Open { until: now };
        }
    }

    const fn is_probe(&self, ticket: Ticket) -> bool {
        self.is_probing()
            && ticket.era == self.era
            && ticket.probe != 0
            && ticket.probe == self.probes
    }

    fn turn(&mut self, state: State) {
        self.state = state;
        self.era = self.era.wrapping_add(1);
    }
}
