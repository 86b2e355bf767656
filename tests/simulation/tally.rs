//! What was played, all in all.

use std::fmt;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) worlds: u64,
    pub(crate) steps: u64,
    pub(crate) calls: u64,
    pub(crate) attempts: u64,
    pub(crate) whole: u64,
    pub(crate) broken: u64,
    pub(crate) turned_away: u64,
    pub(crate) dropped: u64,
    pub(crate) cuts: u64,
    pub(crate) refused: [u64; 4],
    pub(crate) faults: u64,
    pub(crate) forced: u64,
    pub(crate) doubtful: u64,
    pub(crate) expired: u64,
    pub(crate) exceeded: u64,
    pub(crate) refunds: u64,
    pub(crate) reloads: u64,
    pub(crate) jumps: u64,
    pub(crate) compared: u64,
    /// Cut answers of a dearer model than was asked, charged at their bounds.
    pub(crate) excused: u64,
    /// Calls without a bound that cost more than was seen of them.
    pub(crate) unbounded: u64,
    /// In nano-dollars.
    pub(crate) billed: u128,
    pub(crate) charged: u128,
    pub(crate) doubtful_sum: u128,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        let sums: [(&mut u64, u64); 20] = [
            (&mut self.worlds, other.worlds),
            (&mut self.steps, other.steps),
            (&mut self.calls, other.calls),
            (&mut self.attempts, other.attempts),
            (&mut self.whole, other.whole),
            (&mut self.broken, other.broken),
            (&mut self.turned_away, other.turned_away),
            (&mut self.dropped, other.dropped),
            (&mut self.cuts, other.cuts),
            (&mut self.faults, other.faults),
            (&mut self.forced, other.forced),
            (&mut self.doubtful, other.doubtful),
            (&mut self.expired, other.expired),
            (&mut self.exceeded, other.exceeded),
            (&mut self.refunds, other.refunds),
            (&mut self.reloads, other.reloads),
            (&mut self.jumps, other.jumps),
            (&mut self.compared, other.compared),
            (&mut self.excused, other.excused),
            (&mut self.unbounded, other.unbounded),
        ];
        for (sum, more) in sums {
            *sum += more;
        }
        for (sum, more) in self.refused.iter_mut().zip(other.refused) {
            *sum += more;
        }
        self.billed += other.billed;
        self.charged += other.charged;
        self.doubtful_sum += other.doubtful_sum;
    }
}

fn dollars(nanos: u128) -> String {
    format!("{}.{:04}", nanos / 1_000_000_000, nanos / 100_000 % 10_000)
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [spent, held, rate, other] = self.refused;
        writeln!(
            f,
            "{} worlds, {} steps, {} calls: {} answers read to the end, {} broken, {} without one, {} left by their callers",
            self.worlds,
            self.steps,
            self.calls,
            self.whole,
            self.broken,
            self.turned_away,
            self.dropped
        )?;
        writeln!(
            f,
            "{} attempts sent, {} of them cut; holds refused: {spent} spent, {held} held, {rate} rate, {other} other; {} forced",
            self.attempts, self.cuts, self.forced
        )?;
        writeln!(
            f,
            "{} ledger faults, {} reloads, {} jumps of the clock, {} refunds, {} leases expired, {} bounds exceeded, {} doubtful charges, {} cut answers of a dearer model, {} underestimates without a bound",
            self.faults,
            self.reloads,
            self.jumps,
            self.refunds,
            self.expired,
            self.exceeded,
            self.doubtful,
            self.excused,
            self.unbounded
        )?;
        write!(
            f,
            "billed {} USD, charged {} USD, of it doubtful {} USD; {} whole comparisons",
            dollars(self.billed),
            dollars(self.charged),
            dollars(self.doubtful_sum),
            self.compared
        )
    }
}
