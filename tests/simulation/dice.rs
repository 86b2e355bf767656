//! What chance decides, all of it from one seed.

/// A stream of chance. What is split off is another one, so that one part of a world may draw more without changing the
/// others.
#[derive(Clone, Debug)]
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn split(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// Happens in so many of a hundred.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.0.u64(..100) < percent
    }

    /// `0..below`; zero where there is nothing below.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        if below == 0 { 0 } else { self.0.u64(..below) }
    }

    /// `from..=to`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0.u64(from..=to.max(from))
    }

    /// A place in a list.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.0.usize(..len.max(1))
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.index(of.len())]
    }

    /// One of these, the more often the heavier it is.
    pub(crate) fn weighted<T: Copy>(&mut self, of: &[(u64, T)]) -> T {
        let all = of.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(all);
        for (weight, one) in of {
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => return *one,
            }
        }
        of[of.len() - 1].1
    }
}
