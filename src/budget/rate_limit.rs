use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// What a [`RateLimit`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Measure {
    /// Calls for which a hold is asked: answers from a cache do not count, and neither do further attempts of a call.
    Requests,
    /// Tokens of prompts and answers: the most that an attempt can use when it begins, what it has used when it ends.
    Tokens,
}

impl Measure {
    pub(crate) const ALL: [Self; 2] = [Self::Requests, Self::Tokens];

    /// The word in messages and ledgers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How many requests or tokens may pass in a time, evenly: the generic cell rate algorithm.
///
/// An account that was idle may use up to the [`burst`](Self::burst) at once; what was used comes back continuously, so
/// much in each [`period`](Self::period). There are no windows at whose beginning twice as much can pass. Counts in whole
/// microseconds: each use is rounded up to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    measure: Measure,
    amount: u64,
    period: Duration,
    burst: u64,
}

impl RateLimit {
    const MINUTE: Duration = Duration::from_secs(60);

    /// So many of a measure each minute, all of them at once if need be. None at all is as little as one.
    pub const fn new(measure: Measure, amount: u64) -> Self {
        let amount = if amount == 0 { 1 } else { amount };
        Self {
            measure,
            amount,
            period: Self::MINUTE,
            burst: amount,
        }
    }

    /// So many requests each minute.
    pub const fn requests(amount: u64) -> Self {
        Self::new(Measure::Requests, amount)
    }

    /// So many tokens each minute.
    pub const fn tokens(amount: u64) -> Self {
        Self::new(Measure::Tokens, amount)
    }

    /// In each such period instead; at least a millisecond, at most a year.
    #[must_use]
    pub fn per(mut self, period: Duration) -> Self {
        const YEAR: Duration = Duration::from_secs(365 * 86_400);
        self.period = period.clamp(Duration::from_millis(1), YEAR);
        self
    }

    /// At most so many at once.
    #[must_use]
    pub const fn burst(mut self, most: u64) -> Self {
        self.burst = if most == 0 { 1 } else { most };
        self
    }

    /// What it counts.
    pub const fn measure(self) -> Measure {
        self.measure
    }

    /// How many in each period.
    pub const fn amount(self) -> u64 {
        self.amount
    }

    /// How long a period is.
    pub const fn period(self) -> Duration {
        self.period
    }

    /// The most at once.
    pub const fn most(self) -> u64 {
        self.burst
    }

    /// For how long so many use up the rate, in microseconds, rounded up; at most [`Self::LONGEST`].
    pub(crate) fn takes(self, count: u64) -> u64 {
        let micros = u128::from(count) * self.period.as_micros();
        let micros = micros.div_ceil(u128::from(self.amount));
        u64::try_from(micros).map_or(Self::LONGEST, |micros| micros.min(Self::LONGEST))
    }

    /// How far ahead of the clock the account may be, in microseconds.
    pub(crate) fn ahead(self) -> u64 {
        self.takes(self.burst)
    }

    /// Some thirty years in microseconds: what a sum of three of stays exact in a double.
    pub(crate) const LONGEST: u64 = 1_000_000_000_000_000;

    /// How long to wait until `count` more fit for an account that is used up until `until`; `None` where they never do.
    pub(crate) fn wait(self, until: u64, now: u64, count: u64) -> Option<Duration> {
        let (takes, ahead) = (self.takes(count), self.ahead());
        if takes > ahead {
            return None;
        }
        let free_at = until.saturating_add(takes).saturating_sub(ahead);
        Some(Duration::from_micros(free_at.saturating_sub(now)))
    }
}

/// A time as the microseconds that rates count in.
pub(crate) fn micros(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    let micros = since.unwrap_or_default().as_micros();
    u64::try_from(micros).map_or(4 * RateLimit::LONGEST, |micros| {
        micros.min(4 * RateLimit::LONGEST)
    })
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} per ", self.amount, self.measure)?;
        match self.period.as_secs() {
            60 => f.write_str("minute"),
            3_600 => f.write_str("hour"),
            86_400 => f.write_str("day"),
            _ => write!(f, "{:?}", self.period),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_takes_its_part_of_the_period_rounded_up() {
        let limit = RateLimit::requests(60);
        assert_eq!((limit.takes(1), limit.ahead()), (1_000_000, 60_000_000));
        assert_eq!(RateLimit::tokens(7).takes(1), 8_571_429);
        assert_eq!(RateLimit::tokens(1).takes(u64::MAX), RateLimit::LONGEST);
        assert_eq!(RateLimit::requests(0).amount(), 1);
    }

    #[test]
    fn waits_until_it_fits() {
        let limit = RateLimit::requests(60).burst(2);
        let now = 1_000_000_000;
        assert_eq!(limit.wait(0, now, 1), Some(Duration::ZERO), "idle");
        assert_eq!(limit.wait(now + 1_000_000, now, 1), Some(Duration::ZERO));
        let full = now + 2_000_000;
        assert_eq!(limit.wait(full, now, 1), Some(Duration::from_secs(1)));
        assert_eq!(limit.wait(full, now, 2), Some(Duration::from_secs(2)));
        assert_eq!(limit.wait(0, now, 3), None, "more than ever fits at once");
    }
}
