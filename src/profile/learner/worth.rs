//! How much quality cost is worth.
#![allow(
    clippy::suboptimal_flops,
    reason = "fused operations are slow calls on processors that may lack them"
)]

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;

/// So many calls are looked back on.
const CALLS: usize = 400;
/// Every so many calls the worth is tuned.
const EVERY: u64 = 16;
/// So many of a call's candidates are looked back on.
const ARMS: usize = 24;
/// So many wishes of quality are tuned for.
const LEVELS: usize = 8;
/// How far each tuning moves towards what would have been right.
const STEP: f32 = 0.03;

/// Tunes how much quality the dearest candidate's cost is worth: as high as still keeps the quality that is asked for, by
/// the estimates of the last calls.
#[derive(Debug, Default)]
pub(super) struct Worth {
    calls: VecDeque<Call>,
    count: u64,
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Call {
    arms: Box<[Choice]>,
    familiar: f32,
}

/// What could have been chosen: who, how good, how dear beside the dearest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) key: u32,
    pub(super) quality: f32,
    pub(super) cost: f32,
}

#[derive(Debug)]
struct Level {
    /// The share of quality to be kept, in thousandths.
    quality: u16,
    lambda: f32,
    tunings: u32,
    used: u64,
}

impl Worth {
    /// For this share of the best quality.
    pub(super) fn lambda(&mut self, quality: f64) -> f32 {
        let quality = thousandths(quality);
        let count = self.count;
        if let Some(level) = self
            .levels
            .iter_mut()
            .find(|level| level.quality == quality)
        {
            level.used = count;
            return level.lambda;
        }
        if self.levels.len() == LEVELS {
            let oldest = self
                .levels
                .iter()
                .enumerate()
                .min_by_key(|(_, level)| level.used);
            let oldest = oldest.map_or(0, |(at, _)| at);
            self.levels.swap_remove(oldest);
        }
        self.levels.push(Level {
            quality,
            lambda: 0.0,
            tunings: 0,
            used: count,
        });
        0.0
    }

    /// Takes note of a call; tunes now and then. `margin` is by how much more than asked for is to be kept, `cap` what the
    /// worth stays below where all is to be kept.
    pub(super) fn note(&mut self, mut arms: Vec<Choice>, familiar: f32, margin: f32, cap: f32) {
        if arms.len() > ARMS {
            let keen = |arm: &Choice| arm.quality - cap / 2.0 * arm.cost;
            arms.sort_by(|a, b| keen(b).total_cmp(&keen(a)));
            arms.truncate(ARMS);
        }
        if self.calls.len() == CALLS {
            self.calls.pop_front();
        }
        let arms = arms.into_boxed_slice();
        self.calls.push_back(Call { arms, familiar });
        self.count += 1;
        if self.count.is_multiple_of(EVERY) {
            self.tune(margin, cap);
        }
    }

    fn tune(&mut self, margin: f32, cap: f32) {
        let best = self.best();
        let calls = self.calls.len().max(1) as f32;
        let constant = self.calls.iter().map(|call| call.of(best)).sum::<f32>() / calls;
        for at in 0..self.levels.len() {
            let level = &self.levels[at];
            if level.used + (CALLS as u64) < self.count {
                continue;
            }
            let share = f32::from(level.quality) / 1_000.0;
            let cap = (cap + 4.0 * (1.0 - share)).min(1.0);
            let target = self.most(share * constant + margin, cap);
            let level = &mut self.levels[at];
            level.tunings += 1;
            let step = STEP.max(1.0 / level.tunings as f32);
            level.lambda = (level.lambda + step * (target - level.lambda)).min(cap);
        }
    }

    /// The highest worth at which the last calls would have kept so much.
    fn most(&self, need: f32, cap: f32) -> f32 {
        if self.kept(cap) >= need {
            return cap;
        }
        // What is kept falls as the worth of cost grows.
        let (mut low, mut high) = (0.0, cap);
        for _ in 0..6 {
            let middle = (low + high) / 2.0;
            if self.kept(middle) >= need {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The quality that the last calls would have kept.
    fn kept(&self, lambda: f32) -> f32 {
        let calls = self.calls.len().max(1) as f32;
        let chosen = self.calls.iter().map(|call| call.chosen(lambda));
        chosen.sum::<f32>() / calls
    }

    /// The best one to ask always, of those whom at least half of the calls could have asked.
    fn best(&self) -> u32 {
        let mut sums: HashMap<u32, (f32, usize), RandomState> = HashMap::default();
        for arm in self.calls.iter().flat_map(|call| &call.arms) {
            let sum = sums.entry(arm.key).or_default();
            sum.0 += arm.quality;
            sum.1 += 1;
        }
        let often = sums
            .iter()
            .filter(|(_, (_, count))| 2 * count >= self.calls.len());
        let mean = |(sum, count): &(f32, usize)| sum / *count as f32;
        let best = often.max_by(|(a, x), (b, y)| mean(x).total_cmp(&mean(y)).then(b.cmp(a)));
        best.map_or(u32::MAX, |(key, _)| *key)
    }
}

impl Call {
    /// What this one would have given, or the best where it could not be asked.
    fn of(&self, key: u32) -> f32 {
        let one = self.arms.iter().find(|arm| arm.key == key);
        one.map_or_else(|| self.chosen(0.0), |arm| arm.quality)
    }

    fn chosen(&self, lambda: f32) -> f32 {
        let lambda = lambda * self.familiar;
        let mut best = (f32::NEG_INFINITY, 0.0);
        for arm in &self.arms {
            let gain = arm.quality - lambda * arm.cost;
            if gain > best.0 {
                best = (gain, arm.quality);
            }
        }
        best.1
    }
}

#[allow(clippy::cast_sign_loss, reason = "clamped to what there is room for")]
fn thousandths(share: f64) -> u16 {
    // Saturates, and is 0 for what is no number.
    let share = (share * 1_000.0).round();
    if share.is_nan() {
        1_000
    } else {
        share.clamp(0.0, 1_000.0) as u16
    }
}
