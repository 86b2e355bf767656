use std::time::Duration;

use tokio::time::Instant;

use super::told::{Told, ToldLimit};

/// What a call asks of its provider's limits, as far as that can be guessed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// Tokens of the prompt.
    pub(crate) input: u64,
    /// Tokens of the answer.
    pub(crate) output: u64,
}

impl Asked {
    /// As little as there can be.
    pub(super) const LEAST: Self = Self {
        input: 1,
        output: 1,
    };
}

/// How much had been asked when an attempt was let through: headers of its answer know of nothing later.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark([u64; MEASURES]);

const MEASURES: usize = 4;

/// What may be sent at a candidate with a key, by what its provider has said of its limits and what was sent since.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// Requests, tokens, tokens of prompts, tokens of answers.
    measures: [Measure; MEASURES],
    /// All that was asked so far.
    asked: Mark,
    /// The provider has said not to come before, to an attempt that was let through as so many had been.
    pause: Option<(Instant, u64)>,
}

/// One limit. It fills up evenly from what is left to the whole at its reset, which is how token buckets do it.
#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    known: Option<Known>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    limit: Option<u64>,
    /// What was left at `at`, for those who had not been sent when it was said.
    left: u64,
    at: Instant,
    whole_at: Instant,
    /// What had been asked of the measure when the attempt was let through whose answer said so.
    mark: u64,
    /// From then on one may ask all the same, to hear news of a limit whose reset is far.
    ask_at: Instant,
}

impl Limits {
    /// For how long a call is not to be sent; `None` where it may be.
    pub(super) fn wait(&self, now: Instant, asked: Asked) -> Option<Duration> {
        let pause = self
            .pause
            .map(|(until, _)| until.saturating_duration_since(now));
        let measures = self.measures.iter().zip(self.asked.0).zip(asked.units());
        let waits =
            measures.filter_map(|((measure, so_far), units)| measure.wait(now, so_far, units));
        waits.chain(pause).max().filter(|wait| !wait.is_zero())
    }

    /// A call is sent.
    pub(super) fn take(&mut self, now: Instant, asked: Asked, longest: Duration) -> Mark {
        let units = asked.units();
        let measures = self.measures.iter_mut().zip(&mut self.asked.0);
        for ((measure, so_far), units) in measures.zip(units) {
            measure.take(now, *so_far, units, longest);
            *so_far = so_far.saturating_add(units);
        }
        self.asked
    }

    /// The head of an answer says something of the limits.
    pub(super) fn told(&mut self, told: &Told, mark: Mark, now: Instant, longest: Duration) {
        let limits = [&told.requests, &told.tokens, &told.input, &told.output];
        for ((measure, limit), mark) in self.measures.iter_mut().zip(limits).zip(mark.0) {
            measure.told(limit, mark, now, longest);
        }
        if let Some(reset) = told.rejected {
            self.pause(now, reset.min(longest), mark);
        }
    }

    /// The provider has said not to come before so long has passed.
    pub(super) fn pause(&mut self, now: Instant, pause: Duration, mark: Mark) {
        let until = now + pause;
        let later = self.pause.is_none_or(|(before, _)| before < until);
        if later {
            self.pause = Some((until, self.asked.0[0].max(mark.0[0])));
        }
    }

    /// An attempt went well: a pause that it was sent in is none.
    pub(super) fn succeeded(&mut self, mark: Mark) {
        self.pause = self.pause.filter(|(_, since)| mark.0[0] <= *since);
    }

    /// Requests and tokens that are left, where that is known; of several limits of tokens the tightest.
    pub(super) fn left(&self, now: Instant) -> (Option<u64>, Option<u64>) {
        let mut left = self.measures.iter().zip(self.asked.0);
        let mut left = || {
            let (measure, so_far) = left.next()?;
            Some(measure.known_at(now)?.left(now, so_far))
        };
        let requests = left();
        (
            requests,
            [left(), left(), left()].into_iter().flatten().min(),
        )
    }
}

impl Asked {
    const fn units(self) -> [u64; MEASURES] {
        let both = self.input.saturating_add(self.output);
        [1, both, self.input, self.output]
    }
}

impl Measure {
    fn known_at(&self, now: Instant) -> Option<&Known> {
        self.known.as_ref().filter(|known| now < known.whole_at)
    }

    fn wait(&self, now: Instant, so_far: u64, units: u64) -> Option<Duration> {
        let at = self.known_at(now)?.ready_at(so_far, units)?;
        let at = at.min(self.known?.ask_at.max(now));
        Some(at.saturating_duration_since(now))
    }

    fn take(&mut self, now: Instant, so_far: u64, units: u64, longest: Duration) {
        if let Some(known) = &mut self.known
            && now < known.whole_at
            && known.ready_at(so_far, units).is_some_and(|at| at > now)
        {
            // The one that asks for news, or one that was insisted on.
            known.ask_at = now + longest;
        }
    }

    fn told(&mut self, told: &ToldLimit, mark: u64, now: Instant, longest: Duration) {
        let (Some(left), Some(reset)) = (told.remaining, told.reset) else {
            return;
        };
        // Of two answers the one that was asked for later knows more.
        if self.known_at(now).is_some_and(|known| known.mark > mark) {
            return;
        }
        self.known = now.checked_add(reset).map(|whole_at| Known {
            limit: told.limit,
            left: left.min(told.limit.unwrap_or(u64::MAX)),
            at: now,
            whole_at,
            mark,
            ask_at: now + longest,
        });
    }
}

impl Known {
    const fn spent(&self, so_far: u64) -> u64 {
        so_far.saturating_sub(self.mark)
    }

    /// What comes back until the reset.
    fn fills(&self) -> u64 {
        self.limit
            .map_or(0, |limit| limit.saturating_sub(self.left))
    }

    fn left(&self, now: Instant, so_far: u64) -> u64 {
        let whole = self.whole_at.saturating_duration_since(self.at).as_nanos();
        let passed = now.saturating_duration_since(self.at).as_nanos();
        let back = u128::from(self.fills()) * passed.min(whole) / whole.max(1);
        let back = u64::try_from(back).unwrap_or(u64::MAX);
        let left = self.left.saturating_add(back);
        left.saturating_sub(self.spent(so_far))
    }

    /// When so many units are there; `None` where they are, whatever the time: it may have been read before this was told.
    /// A call that is larger than the limit is not kept from trying: a guess it is.
    fn ready_at(&self, so_far: u64, units: u64) -> Option<Instant> {
        let most = self.limit.unwrap_or(1).max(1);
        let needed = units.min(most);
        let missing = needed
            .saturating_add(self.spent(so_far))
            .saturating_sub(self.left);
        let fills = self.fills();
        if missing == 0 {
            return None;
        }
        if missing > fills {
            return Some(self.whole_at);
        }
        let whole = self.whole_at.saturating_duration_since(self.at).as_nanos();
        let after = (u128::from(missing) * whole).div_ceil(u128::from(fills));
        let after = u64::try_from(after).map_or(Duration::MAX, Duration::from_nanos);
        Some(self.at.checked_add(after).unwrap_or(self.whole_at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONGEST: Duration = Duration::from_secs(60);
    const NOTHING: Asked = Asked {
        input: 0,
        output: 0,
    };

    fn requests(limit: Option<u64>, remaining: u64, reset: u64) -> Told {
        let requests = ToldLimit {
            limit,
            remaining: Some(remaining),
            reset: Some(Duration::from_secs(reset)),
        };
        Told {
            requests,
            ..Told::default()
        }
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_was_sent_since_is_counted_down_and_nothing_is_left_until_the_reset() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let first = limits.take(now, NOTHING, LONGEST);
        limits.take(now, NOTHING, LONGEST);
        limits.told(&requests(None, 2, 30), first, now, LONGEST);
        assert_eq!(limits.left(now).0, Some(1), "one was sent after the first");
        assert_eq!(limits.wait(now, NOTHING), None);
        limits.take(now, NOTHING, LONGEST);
        assert_eq!(limits.wait(now, NOTHING), Some(secs(30)));
        assert_eq!(limits.wait(now + secs(30), NOTHING), None);
    }

    #[test]
    fn what_is_told_after_the_time_was_read_is_waited_for_by_nobody() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let mark = limits.take(now, NOTHING, LONGEST);
        let later = now + Duration::from_millis(3);
        limits.told(&requests(Some(10), 9, 1), mark, later, LONGEST);
        assert_eq!(limits.wait(now, NOTHING), None);
        limits.told(&requests(Some(10), 0, 50), mark, later, LONGEST);
        assert!(limits.wait(now, NOTHING) > Some(secs(5)));
    }

    #[test]
    fn a_bucket_of_known_size_fills_up_evenly() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let mark = limits.take(now, NOTHING, LONGEST);
        limits.told(&requests(Some(10), 0, 50), mark, now, LONGEST);
        assert_eq!(limits.wait(now, NOTHING), Some(secs(5)));
        assert_eq!(limits.wait(now + secs(5), NOTHING), None);
        limits.take(now + secs(5), NOTHING, LONGEST);
        assert_eq!(limits.wait(now + secs(5), NOTHING), Some(secs(5)));
        assert_eq!(limits.left(now + secs(40)).0, Some(7));
    }

    #[test]
    fn what_an_older_call_s_answer_says_is_old() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let slow = limits.take(now, NOTHING, LONGEST);
        let quick = limits.take(now, NOTHING, LONGEST);
        limits.told(&requests(None, 50, 30), quick, now, LONGEST);
        limits.told(&requests(None, 0, 30), slow, now, LONGEST);
        assert_eq!(limits.wait(now, NOTHING), None);
    }

    #[test]
    fn a_far_reset_is_asked_about_by_one_after_the_longest_pause() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let mark = limits.take(now, NOTHING, LONGEST);
        limits.told(&requests(None, 0, 86_400), mark, now, LONGEST);
        assert_eq!(limits.wait(now, NOTHING), Some(LONGEST));
        let later = now + LONGEST;
        assert_eq!(limits.wait(later, NOTHING), None);
        limits.take(later, NOTHING, LONGEST);
        assert_eq!(limits.wait(later, NOTHING), Some(LONGEST));
    }

    #[test]
    fn tokens_count_by_what_a_call_asks() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let call = Asked {
            input: 400,
            output: 100,
        };
        let mark = limits.take(now, call, LONGEST);
        let told = |limit: u64, remaining| Told {
            tokens: ToldLimit {
                limit: Some(limit),
                remaining: Some(remaining),
                reset: Some(secs(60)),
            },
            ..Told::default()
        };
        limits.told(&told(6_000, 600), mark, now, LONGEST);
        assert_eq!(limits.wait(now, call), None);
        limits.take(now, call, LONGEST);
        assert_eq!(limits.left(now).1, Some(100));
        // 400 of the 5400 that come back in a minute are missing.
        let wait = limits.wait(now, call).unwrap();
        assert!(wait > secs(4) && wait < secs(5), "{wait:?}");
        assert_eq!(limits.wait(now, NOTHING), None, "a small one fits");
        // Larger than the limit: nobody knows better than the provider.
        let mark = limits.take(now, call, LONGEST);
        limits.told(&told(100, 100), mark, now, LONGEST);
        assert_eq!(limits.wait(now, call), None);
    }

    #[test]
    fn a_pause_ends_with_its_time_or_with_a_success_that_was_sent_in_it() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let before = limits.take(now, NOTHING, LONGEST);
        let refused = limits.take(now, NOTHING, LONGEST);
        limits.pause(now, secs(7), refused);
        limits.succeeded(before);
        assert_eq!(limits.wait(now, NOTHING), Some(secs(7)));
        assert_eq!(limits.wait(now + secs(7), NOTHING), None);
        let insisted = limits.take(now, NOTHING, LONGEST);
        limits.succeeded(insisted);
        assert_eq!(limits.wait(now, NOTHING), None);
    }

    proptest! {
        #[test]
        fn whatever_is_told_the_wait_is_bounded(
            limit in any::<Option<u64>>(),
            remaining in any::<u64>(),
            reset in 0_u64..40_000_000,
            input in any::<u64>(),
            passed in 0_u64..100_000,
        ) {
            let (mut limits, now) = (Limits::default(), Instant::now());
            let call = Asked { input, output: 1 };
            let mark = limits.take(now, call, LONGEST);
            let limit = ToldLimit { limit, remaining: Some(remaining), reset: Some(secs(reset)) };
            let told = Told { requests: limit, tokens: limit, input: limit, output: limit, rejected: Some(secs(reset)) };
            limits.told(&told, mark, now, LONGEST);
            let later = now + Duration::from_millis(passed);
            limits.take(later, call, LONGEST);
            prop_assert!(limits.wait(later, call).is_none_or(|wait| wait <= LONGEST));
            let _ = limits.left(later);
        }
    }
}
