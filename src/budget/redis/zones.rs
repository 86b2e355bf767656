use std::time::SystemTime;

use redis::Cmd;

use crate::budget::{TimeZone, Window, rate_limit::micros};

/// Kinds of window that begin anew, in the order that the scripts number them.
const KINDS: [Window; 4] = [Window::Minute, Window::Hour, Window::Day, Window::Month];
/// More zones than anybody's budgets have.
const MOST: usize = 64;

/// Windows by time zone, which Redis cannot compute: those that run by an estimate of its clock, and the next ones.
#[derive(Debug, Default)]
pub(super) struct Zones {
    /// The estimate.
    now: Option<SystemTime>,
    known: Vec<(TimeZone, [Proposal; KINDS.len()])>,
}

/// A window and the next one, in microseconds; an end of zero is none.
#[derive(Clone, Copy, Debug, Default)]
struct Proposal {
    starts: u64,
    ends: u64,
    next_ends: u64,
}

impl Proposal {
    fn at(now: SystemTime, kind: Window, zone: &TimeZone) -> Self {
        let (starts, ends) = kind.bounds(now, zone);
        let next = ends.and_then(|end| kind.ends(end, zone));
        Self {
            starts: micros(starts),
            ends: ends.map_or(0, micros),
            next_ends: next.map_or(0, micros),
        }
    }

    fn holds(self, now: u64) -> bool {
        self.starts <= now && (now < self.ends || self.ends == 0)
    }
}

impl Zones {
    /// What time it is by the server's clock, as far as is known.
    pub(super) fn set(&mut self, now: SystemTime) -> &mut Self {
        self.now = Some(now);
        self
    }

    /// Adds the windows of a zone.
    pub(super) fn write(&mut self, cmd: &mut Cmd, zone: &TimeZone) {
        let now = self.now.unwrap_or(SystemTime::UNIX_EPOCH);
        let at = self.known.iter().position(|(known, _)| known == zone);
        let at = at.unwrap_or_else(|| {
            if self.known.len() >= MOST {
                self.known.clear();
            }
            let none = Proposal {
                starts: u64::MAX,
                ..Proposal::default()
            };
            self.known.push((zone.clone(), [none; KINDS.len()]));
            self.known.len() - 1
        });
        for (kind, proposal) in KINDS.into_iter().zip(&mut self.known[at].1) {
            if !proposal.holds(micros(now)) {
                *proposal = Proposal::at(now, kind, zone);
            }
            cmd.arg(proposal.starts)
                .arg(proposal.ends)
                .arg(proposal.next_ends);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn args(zones: &mut Zones, now: u64, zone: &TimeZone) -> Vec<u64> {
        let mut cmd = Cmd::new();
        zones.set(SystemTime::UNIX_EPOCH + Duration::from_secs(now));
        zones.write(&mut cmd, zone);
        cmd.args_iter()
            .map(|arg| match arg {
                redis::Arg::Simple(text) => std::str::from_utf8(text).unwrap().parse().unwrap(),
                _ => unreachable!(),
            })
            .collect()
    }

    #[test]
    fn proposes_the_running_window_and_the_next() {
        let mut zones = Zones::default();
        let kolkata = TimeZone::named("Asia/Kolkata").unwrap();
        // 1970-01-02T00:00:30Z is half past five in Kolkata.
        let seen = args(&mut zones, 86_430, &kolkata);
        let seconds: Vec<_> = seen.iter().map(|at| at / 1_000_000).collect();
        assert_eq!(seconds[..3], [86_400, 86_460, 86_520]);
        assert_eq!(seconds[3..6], [84_600, 88_200, 91_800]);
        assert_eq!(seconds[6..9], [66_600, 153_000, 239_400]);
        // Kept until it ends, and anew when the clock is elsewhere.
        assert_eq!(args(&mut zones, 86_459, &kolkata), seen);
        assert_ne!(args(&mut zones, 86_460, &kolkata), seen);
        assert_eq!(args(&mut zones, 86_430, &kolkata), seen);
        assert_eq!(args(&mut zones, 0, &TimeZone::UTC)[..2], [0, 60_000_000]);
    }
}
