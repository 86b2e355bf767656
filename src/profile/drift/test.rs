use super::{history::History, sum::Sum};

/// A sequential test of whether the mean of outcomes from 0 to 1 has changed, with the mean before estimated from the
/// same outcomes.
///
/// At every look, each recent stretch is compared with all that was before: how much likelier is it that the mean has
/// gone up or down by one of [`Steps`] at the stretch's beginning than that it never has, with the mean before fitted
/// in both cases? The likelihood ratios are added up over stretches and steps (a Shiryaev-Roberts statistic), and the
/// logarithm of the sum is what is compared with the bounds. No clock, no chance, a few microseconds every eighth
/// outcome.
#[derive(Clone, Debug)]
pub(super) struct Test {
    history: History,
    steps: Steps,
    /// So much weight must have been seen before a stretch.
    least: f64,
}

/// The changes that a [`Test`] looks for, with how likely each is taken to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub(super) sizes: [f64; 3],
    /// Changes that are smaller than this, as far as can be seen, are none.
    pub(super) least: f64,
    /// So many times less an outcome says than if each were independent of its neighbours.
    pub(super) inflated: f64,
}

/// How likely the three of [`Steps`] are.
const LIKELY: [f64; 3] = [0.15, 0.7, 0.15];
/// How much a comparison counts less where far more is known of before than of after: without it, the more is known of
/// before, the more false alarms there are.
const TEMPER: f64 = 0.35;

/// What a [`Test`] sees at a look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    /// How much speaks for a fall, as a logarithm.
    pub(super) fall: f64,
    /// How much speaks for a rise.
    pub(super) rise: f64,
    /// The likeliest stretch since a fall, and what was before.
    pub(super) fallen: Option<(Sum, Sum)>,
    /// Of a rise.
    pub(super) risen: Option<(Sum, Sum)>,
}

impl Test {
    pub(super) fn new(steps: Steps) -> Self {
        Self {
            history: History::default(),
            steps,
            least: 100.0,
        }
    }

    /// One that begins with what is known, of so many outcomes as it weighs.
    pub(super) fn known(steps: Steps, known: Sum) -> Self {
        Self {
            history: History::from(known),
            steps,
            // What is known, however little, is what the next are compared with: a change back may come at once.
            least: known.n.min(100.0),
        }
    }

    /// Everything it goes by.
    pub(super) const fn all(&self) -> &Sum {
        self.history.all()
    }

    /// Takes an outcome from 0 to 1 that counts `weight`; what is seen, where it is time to look.
    pub(super) fn push(&mut self, weight: f64, x: f64) -> Option<Look> {
        self.history.push(weight, x).then(|| self.look())
    }

    fn look(&self) -> Look {
        let all = *self.history.all();
        let mean = all.mean();
        // How much less than yes and no the outcomes differ.
        let spread = (mean * (1.0 - mean)).max(1e-4);
        let dispersion = (all.variance() / spread).clamp(0.01, 1.5) * self.steps.inflated;
        let unchanged = all.likelihood(mean);
        let mut look = Look::default();
        let (mut fall, mut rise) = (0.0, 0.0);
        let (mut most_fall, mut most_rise) = (0.0, 0.0);
        for (after, added) in self.history.stretches() {
            let before = all.without(&after);
            if before.n < self.least {
                break;
            }
            let fell = before.mean() - after.mean();
            if fell.abs() < self.steps.least {
                continue;
            }
            let temper = TEMPER * (before.n / after.n).ln_1p();
            let mut odds = 0.0;
            for (size, likely) in self.steps.sizes.iter().zip(LIKELY) {
                let step = size.copysign(fell);
                let fitted = step.mul_add(after.n, all.sum) / all.n;
                let (low, high) = (step.max(0.0) + 1e-3, 1.0 + step.min(0.0) - 1e-3);
                let fitted = fitted.clamp(low.min(high), high);
                let changed = before.likelihood(fitted) + after.likelihood(fitted - step);
                let ratio = (changed - unchanged) / dispersion - temper;
                odds += likely * ratio.min(500.0).exp();
            }
            let (sum, most, place) = if fell > 0.0 {
                (&mut fall, &mut most_fall, &mut look.fallen)
            } else {
                (&mut rise, &mut most_rise, &mut look.risen)
            };
            *sum = odds.mul_add(added, *sum);
            if odds > *most {
                *most = odds;
                *place = Some((before, after));
            }
        }
        look.fall = fall.max(1e-9).ln();
        look.rise = rise.max(1e-9).ln();
        look
    }
}
