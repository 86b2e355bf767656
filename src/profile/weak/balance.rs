use crate::profile::Source;

/// A rate is reckoned over about so many answers.
const MEMORY: f64 = 200.0;

/// How often a weak sign is seen in a stream of calls, and what follows from an answer with or without it.
///
/// A refusal says that an answer is bad; that an answer is no refusal says hardly anything. Were the bad ones labelled
/// alone, whoever is asked the most would look the worst. So for each label of an answer with the sign there is one of an
/// answer without it, drawn by chance among all of the stream's; and the two weigh as much as leaves a candidate where it
/// is that shows the sign as often as all do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Balance {
    answers: f64,
    rate: f64,
}

/// A weak label to be learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weak {
    pub(crate) score: f64,
    pub(crate) weight: f64,
}

impl Balance {
    /// Takes note of an answer; the label that it is worth, if any. `predicted` is what was predicted of it.
    pub(crate) fn see(
        &mut self,
        seen: bool,
        source: Source,
        predicted: f64,
        random: &mut fastrand::Rng,
    ) -> Option<Weak> {
        // By the rate before this answer: what it shows itself must not decide whether it is drawn.
        let odds = self.rate / (1.0 - self.rate).max(f64::MIN_POSITIVE);
        self.answers = (self.answers + 1.0).min(MEMORY);
        self.rate += (f64::from(u8::from(seen)) - self.rate) / self.answers;
        let predicted = predicted.clamp(0.0, 1.0);
        let weak = match seen {
            true => Weak {
                score: 0.0,
                weight: source.weight() * (1.0 - predicted),
            },
            false if random.f64() < odds => Weak {
                score: 1.0,
                weight: source.weight() * predicted,
            },
            false => return None,
        };
        (weak.weight > 0.0).then_some(weak)
    }
}

/// One for each of the weak sources.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Balances {
    length: Balance,
    refusal: Balance,
    again: Balance,
}

impl Balances {
    pub(crate) const fn of(&mut self, source: Source) -> Option<&mut Balance> {
        match source {
            Source::Length => Some(&mut self.length),
            Source::Refusal => Some(&mut self.refusal),
            Source::AskedAgain => Some(&mut self.again),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of what the labels of a candidate pull its estimate by, and how many there are.
    fn pull(rates: [f64; 2], predicted: f64) -> [(f64, u32); 2] {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut balance, mut sums) = (Balance::default(), [(0.0, 0); 2]);
        for call in 0..40_000 {
            let arm = call % 2;
            let seen = random.f64() < rates[arm];
            if let Some(weak) = balance.see(seen, Source::Refusal, predicted, &mut random) {
                sums[arm].0 += weak.weight * (weak.score - predicted);
                sums[arm].1 += 1;
            }
        }
        sums
    }

    #[test]
    fn a_candidate_that_is_as_bad_as_all_stays_where_it_is() {
        for predicted in [0.5, 0.8, 0.95] {
            for (sum, labels) in pull([0.05, 0.05], predicted) {
                let mean = sum / f64::from(labels);
                assert!(mean.abs() < 0.004, "{predicted}: {mean} of {labels}");
            }
        }
    }

    #[test]
    fn one_that_is_worse_goes_down_and_the_better_one_up() {
        let [(worse, of_worse), (better, of_better)] = pull([0.08, 0.02], 0.8);
        assert!(worse < 0.0 && better > 0.0, "{worse} {better}");
        // A tenth of the calls has a label, and no more.
        let labels = of_worse + of_better;
        assert!((3_200..4_800).contains(&labels), "{labels}");
    }

    #[test]
    fn an_answer_without_signs_says_nothing() {
        let [first, second] = pull([0.0, 0.0], 0.8);
        assert_eq!((first.1, second.1), (0, 0));
    }
}
