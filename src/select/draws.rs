use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers by chance, one for each call that may be left to it: the same ones again for the same seed.
#[derive(Debug)]
pub(super) struct Draws {
    seed: u64,
    drawn: AtomicU64,
}

impl Draws {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
        }
    }

    /// From 0 to 1, without 1, spread evenly: `SplitMix64`, without a lock.
    pub(super) fn next(&self) -> f64 {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let mut z = self
            .seed
            .wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        #[allow(clippy::cast_precision_loss, reason = "53 bits have room")]
        let drawn = (z >> 11) as f64;
        drawn / (1_u64 << 53) as f64
    }
}

impl Default for Draws {
    fn default() -> Self {
        Self::new(fastrand::u64(..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_spread_evenly_and_the_same_for_a_seed() {
        let draws = |seed| {
            let draws = Draws::new(seed);
            (0..100_000).map(|_| draws.next()).collect::<Vec<_>>()
        };
        let one = draws(1);
        assert_eq!(one, draws(1));
        assert_ne!(one, draws(2));
        assert!(one.iter().all(|drawn| (0.0..1.0).contains(drawn)));
        for share in [0.02, 0.5, 0.9] {
            let below = one.iter().filter(|drawn| **drawn < share).count();
            assert!((below as f64 / 1e5 - share).abs() < 0.006, "{share}");
        }
    }
}
