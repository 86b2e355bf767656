use super::{
    sum::Sum,
    test::{Look, Steps, Test},
};

/// One quantity of one candidate under watch: whether it is as it was.
///
/// Steady, until a [`Test`] finds a change; then drifted, until the new is what is usual ([`USUAL`] outcomes later) or
/// the old is back. No clock: time is outcomes.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    test: Test,
    steps: Steps,
    bounds: Bounds,
    state: State,
    /// What was usual before the last change, for when it comes back.
    was: Option<f64>,
    seen: f64,
    /// So much weight is still looked at with less patience.
    alert: f64,
}

/// How much must speak for a change: logarithms as [`Look`] has them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) fall: f64,
    pub(super) rise: f64,
}

/// What is thought of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Steady,
    /// Something speaks for a change, too little to say so.
    Suspect,
    /// It has changed, and so much weight was seen since.
    Drifted(f64),
}

/// What has become of a [`Watch`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Turn {
    /// Something speaks for a change.
    Suspected,
    /// It has changed.
    Drifted(Shift),
    /// It is as it was before it changed.
    Recovered(Shift),
    /// What it has become is what is usual from now on.
    Usual,
}

/// From where to where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    pub(super) before: f64,
    pub(super) after: f64,
    /// About so many outcomes ago.
    pub(super) since: f64,
    /// Of so many that were seen.
    pub(super) of: f64,
}

/// Suspicion begins this much below a bound.
const SUSPICION: f64 = 3.0;
/// That something comes back is likelier than that it goes: so much less must speak for it.
const BACK: f64 = 2.0;
/// So much less must speak for a change where another sign of one was seen.
const ALERT: f64 = 3.0;
/// So many outcomes after a change it is what is usual.
const USUAL: f64 = 400.0;
/// What it has become is known of so many outcomes at most.
const KNOWN: f64 = 400.0;

impl Watch {
    pub(super) fn new(steps: Steps, bounds: Bounds) -> Self {
        Self {
            test: Test::new(steps),
            steps,
            bounds,
            state: State::Steady,
            was: None,
            seen: 0.0,
            alert: 0.0,
        }
    }

    /// Another sign of a change was seen: for so many outcomes, less must speak for one.
    pub(super) const fn be_alert(&mut self, outcomes: f64) {
        self.alert = outcomes;
    }

    /// Whether it has changed, and is not yet what is usual.
    pub(super) const fn is_drifted(&self) -> bool {
        matches!(self.state, State::Drifted(_))
    }

    /// What was before the change, and what is since; `None` where it has not changed.
    pub(super) fn drifted(&self) -> Option<(f64, f64)> {
        let was = self.was.filter(|_| self.is_drifted())?;
        Some((was, self.test.all().mean()))
    }

    /// Takes an outcome from 0 to 1 that counts `weight`.
    pub(super) fn push(&mut self, weight: f64, x: f64) -> Option<Turn> {
        self.seen += weight;
        self.alert = (self.alert - weight).max(0.0);
        if let State::Drifted(since) = &mut self.state {
            *since += weight;
        }
        let look = self.test.push(weight, x)?;
        self.judge(&look)
    }

    fn judge(&mut self, look: &Look) -> Option<Turn> {
        let alert = if self.alert > 0.0 { ALERT } else { 0.0 };
        let mut bounds = Bounds {
            fall: self.bounds.fall - alert,
            rise: self.bounds.rise - alert,
        };
        if self.is_drifted()
            && let Some(was) = self.was
        {
            // Back is up after a fall.
            if was > self.test.all().mean() {
                bounds.rise = bounds.rise.min(self.bounds.fall - BACK);
            } else {
                bounds.fall = bounds.fall.min(self.bounds.rise - BACK);
            }
        }
        let (fall, rise) = (look.fall - bounds.fall, look.rise - bounds.rise);
        let found = match fall >= rise {
            true => look.fallen.filter(|_| fall > 0.0),
            false => look.risen.filter(|_| rise > 0.0),
        };
        if let Some((before, after)) = found {
            return self.change(&before, &after);
        }
        match self.state {
            State::Steady if fall.max(rise) > -SUSPICION => {
                self.state = State::Suspect;
                Some(Turn::Suspected)
            }
            State::Suspect if fall.max(rise) < -2.0 * SUSPICION => {
                self.state = State::Steady;
                None
            }
            State::Drifted(since) if since >= USUAL => {
                self.state = State::Steady;
                Some(Turn::Usual)
            }
            _ => None,
        }
    }

    /// From here on, what is after is what the next outcomes are compared with.
    fn change(&mut self, before: &Sum, after: &Sum) -> Option<Turn> {
        let shift = Shift {
            before: before.mean(),
            after: after.mean(),
            since: after.n,
            of: self.seen,
        };
        let back = self.was.is_some_and(|was| {
            let gap = was - shift.before;
            // Most of the way back, or beyond.
            (shift.after - shift.before) * gap.signum() >= 0.6 * gap.abs() && gap != 0.0
        });
        self.test = Test::known(self.steps, after.at_most(KNOWN));
        self.alert = 0.0;
        if back {
            self.state = State::Steady;
            self.was = None;
            return Some(Turn::Recovered(shift));
        }
        let again = self.is_drifted();
        self.state = State::Drifted(after.n);
        // One step of a longer way: what comes back comes back to its beginning.
        self.was = self.was.filter(|_| again).or(Some(shift.before));
        Some(Turn::Drifted(shift))
    }
}
