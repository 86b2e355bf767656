use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::shelf::Idle;

/// How many of a provider's calls may be repeated or hedged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RetryRule {
    /// What each first try deposits, in thousandths of a repeat.
    share: u64,
    /// What may be repeated however few calls there are, at once.
    floor: u64,
}

/// A repeat, in thousandths: integers add up exactly.
const SCALE: u64 = 1_000;
/// The most repeats that first tries save up: a long calm is no licence for a storm.
const SAVED: u64 = 100;
/// In how many seconds the floor comes back.
const FLOOR_SECONDS: u128 = 100;
/// More are never granted at once.
const MOST_FLOOR: u32 = 1_000_000;

impl RetryRule {
    pub(super) const USUAL: Self = Self {
        share: SCALE / 5,
        floor: 100,
    };

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn new(share: f64, floor: u32) -> Self {
        // Not a number becomes nought.
        let share = (share.clamp(0.0, 1.0) * 1_000.0).round() as u64;
        Self {
            share,
            floor: u64::from(floor.min(MOST_FLOOR)),
        }
    }
}

/// What a provider's calls have earned of repeats. Two pots: one that first tries fill, and a floor that time fills.
#[derive(Debug, Default)]
pub(super) struct RetryBudget(Mutex<Pots>);

#[derive(Debug, Default)]
struct Pots {
    earned: u64,
    /// What of the floor is taken.
    owed: u64,
    /// What the floor has come back to was reckoned then.
    at: Option<Instant>,
}

impl RetryBudget {
    fn lock(&self) -> MutexGuard<'_, Pots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call's first try.
    pub(super) fn deposit(&self, rule: &RetryRule) {
        let mut pots = self.lock();
        pots.earned = (pots.earned + rule.share).min(SAVED * SCALE);
    }

    /// One more try of a call, if there is one left.
    pub(super) fn withdraw(&self, rule: &RetryRule, now: Instant) -> bool {
        let mut pots = self.lock();
        if pots.earned >= SCALE {
            pots.earned -= SCALE;
            return true;
        }
        pots.comes_back(rule, now);
        let granted = pots.owed + SCALE <= rule.floor * SCALE;
        if granted {
            pots.owed += SCALE;
        }
        granted
    }
}

impl Pots {
    fn comes_back(&mut self, rule: &RetryRule, now: Instant) {
        if self.owed == 0 {
            self.at = Some(now);
            return;
        }
        let since = *self.at.get_or_insert(now);
        let passed = now.saturating_duration_since(since).as_millis();
        // Thousandths of a repeat in a millisecond, rounded down; what is left over counts the next time.
        let back = passed * u128::from(rule.floor) / FLOOR_SECONDS;
        let back = u64::try_from(back).unwrap_or(u64::MAX);
        if back > 0 {
            self.owed = self.owed.saturating_sub(back);
            self.at = Some(now);
        }
    }
}

impl Idle for RetryBudget {
    fn is_idle(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread, time::Duration};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hundred_at_once_and_one_a_second_whatever_there_is() {
        let (budget, now) = (RetryBudget::default(), Instant::now());
        let rule = RetryRule::USUAL;
        let granted = |now| (0..1_000).filter(|_| budget.withdraw(&rule, now)).count();
        assert_eq!(granted(now), 100);
        assert_eq!(granted(now + Duration::from_millis(2_500)), 2);
        assert_eq!(granted(now + Duration::from_millis(3_000)), 1);
        assert_eq!(granted(now + Duration::from_secs(600)), 100);
    }

    #[test]
    fn every_fifth_call_may_be_repeated_and_a_calm_saves_up_a_hundred() {
        let (budget, now) = (RetryBudget::default(), Instant::now());
        let rule = RetryRule::new(0.2, 0);
        for _ in 0..9 {
            budget.deposit(&rule);
        }
        assert!(budget.withdraw(&rule, now));
        assert!(!budget.withdraw(&rule, now));
        budget.deposit(&rule);
        assert!(budget.withdraw(&rule, now));
        for _ in 0..100_000 {
            budget.deposit(&rule);
        }
        let granted = (0..1_000).filter(|_| budget.withdraw(&rule, now)).count();
        assert_eq!(granted, 100);
    }

    #[test]
    fn what_cannot_be_a_share_counts_as_the_nearest_that_can() {
        let share = |share| RetryRule::new(share, 0).share;
        assert_eq!([share(-1.0), share(9.0), share(f64::NAN)], [0, SCALE, 0]);
        assert_eq!(RetryRule::new(0.2, 100), RetryRule::USUAL);
    }

    #[test]
    fn no_race_lets_more_through_than_there_is() {
        let budget = Arc::new(RetryBudget::default());
        let rule = RetryRule::USUAL;
        let now = Instant::now();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let budget = Arc::clone(&budget);
                thread::spawn(move || {
                    let mut granted = 0_u64;
                    for round in 0..10_000 {
                        if round % 10 == 0 {
                            budget.deposit(&rule);
                        }
                        granted += u64::from(budget.withdraw(&rule, now));
                    }
                    granted
                })
            })
            .collect();
        let granted: u64 = threads.into_iter().map(|one| one.join().unwrap()).sum();
        // Everybody withdraws whenever there is something, so nothing is left in the end, either.
        assert_eq!(granted, 8 * 1_000 / 5 + 100);
    }

    proptest! {
        #[test]
        fn attempts_are_at_most_one_and_a_fifth_of_the_calls_and_the_floor(
            steps in prop::collection::vec((0_u64..60, 0_u64..6), 1..400),
        ) {
            let (budget, start) = (RetryBudget::default(), Instant::now());
            let rule = RetryRule::USUAL;
            let (mut now, mut calls, mut again) = (start, 0_u64, 0_u64);
            for (millis, wanted) in steps {
                now += Duration::from_millis(millis);
                budget.deposit(&rule);
                calls += 1;
                for _ in 0..wanted {
                    again += u64::from(budget.withdraw(&rule, now));
                }
                // In thousandths: a fifth of the calls, a hundred, and one for each second.
                let passed = u64::try_from(now.duration_since(start).as_millis()).unwrap();
                let most = calls * 200 + 100_000 + passed;
                prop_assert!(again * 1_000 <= most, "{again} of {calls}");
            }
        }
    }
}
