use super::sum::Sum;

/// So much weight of outcomes is added up before it counts.
const STRIDE: f64 = 8.0;
/// So many sums of each size are kept apart.
const EACH: usize = 6;
/// So many sizes there are, each twice the one before.
const SIZES: usize = 9;
/// So much the sum of all that is older counts at most.
const OLD: f64 = 10_000.0;

/// All outcomes of the past in sums that are the coarser the older they are, so that any recent stretch can be compared
/// with all before it. At most 54 sums.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// By size, the smallest first; in each the oldest first.
    sizes: Vec<Vec<Sum>>,
    old: Sum,
    open: Sum,
    closed: Sum,
}

impl History {
    /// One that begins with what is known.
    pub(super) fn from(known: Sum) -> Self {
        Self {
            old: known,
            closed: known,
            ..Self::default()
        }
    }

    /// Takes an outcome; whether there is something new to look at.
    pub(super) fn push(&mut self, weight: f64, x: f64) -> bool {
        self.open.add(weight, x);
        if self.open.n < STRIDE {
            return false;
        }
        let mut carried = std::mem::take(&mut self.open);
        self.closed.join(&carried);
        for size in 0..SIZES {
            if self.sizes.len() == size {
                self.sizes.push(Vec::with_capacity(EACH));
            }
            let sums = &mut self.sizes[size];
            sums.push(carried);
            if sums.len() <= EACH {
                return true;
            }
            carried = sums.remove(0);
            carried.join(&sums.remove(0));
        }
        self.old.join(&carried);
        self.old = self.old.at_most(OLD);
        // Added up anew, so that nothing is left of what was forgotten, nor of rounding.
        self.closed = self.old;
        for sum in self.sizes.iter().flatten() {
            self.closed.join(sum);
        }
        true
    }

    /// Everything but what is not added up yet.
    pub(super) const fn all(&self) -> &Sum {
        &self.closed
    }

    /// The newest outcomes, in ever longer stretches: each with what its last sum adds to it.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (Sum, f64)> {
        let newest = self.sizes.iter().flat_map(|sums| sums.iter().rev());
        newest.scan(Sum::default(), |stretch, sum| {
            stretch.join(sum);
            Some((*stretch, sum.n))
        })
    }
}
