use crate::{log::Logged, policy::Choice, prices::Prices};

/// How often decisions are drawn anew for the intervals.
const DRAWS: usize = 1_000;
/// Where the replayed choice could not have been made in more than this share of decisions, the log cannot tell.
const MOST_UNSUPPORTED: f64 = 0.05;
/// With less than as many labelled decisions' worth of evidence neither.
const LEAST_EFFECTIVE: f64 = 50.0;

/// A number and the interval that holds it with a probability of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Between {
    pub(crate) is: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What a policy would have scored and cost.
#[derive(Debug)]
pub(crate) struct Estimate {
    /// The mean score; what the log does not know of counts as anything from 0 to 1 in the interval.
    pub(crate) quality: Between,
    /// Of a decision, in USD, on average.
    pub(crate) cost: Between,
    /// The share of decisions whose choice had no chance in the log, too small a one, or one that nobody knows of.
    pub(crate) unsupported: f64,
    /// To how many labelled decisions of the policy's own the evidence amounts.
    pub(crate) effective: f64,
    /// How many decisions have a score.
    pub(crate) scored: usize,
    /// Of how many the cost is known exactly, by usage, and by the guesses; the others have none.
    pub(crate) costs: [usize; 3],
    pub(crate) decisions: usize,
}

/// What a decision tells of a policy.
#[derive(Clone, Copy, Default)]
struct Evidence {
    /// What was predicted of the policy's choice.
    predicted: f64,
    /// How often the policy chooses what was chosen, for each time that it was; 0 where there is no score.
    weight: f64,
    /// How much better than predicted the answer was.
    surprise: f64,
    /// How much of the policy's choice had no chance.
    unsupported: f64,
    cost: Option<f64>,
}

impl Estimate {
    /// By doubly robust estimation with the log's own probabilities, self-normalised: what was predicted of the
    /// policy's choices, put right by how the answers of such choices have differed from what was predicted of them.
    pub(crate) fn new(log: &[Logged], choices: &[Choice], prices: &Prices, seed: u64) -> Self {
        let mut costs = [0; 3];
        let support = Support::new(log, choices);
        let each: Vec<Evidence> = log
            .iter()
            .zip(choices)
            .map(|(logged, choice)| Evidence::of(logged, choice, &support, prices, &mut costs))
            .collect();
        let (quality, cost, unsupported) = value(each.iter());
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut qualities, mut all_costs) = (Vec::new(), Vec::new());
        for _ in 0..DRAWS {
            let drawn = (0..each.len()).map(|_| &each[random.usize(..each.len())]);
            let (quality, cost, _) = value(drawn);
            qualities.push(quality);
            all_costs.push(cost);
        }
        let mut quality = Between::new(quality, qualities);
        // Of what the log knows nothing, the truth may be anything.
        quality.low = (quality.low - unsupported).clamp(0.0, 1.0);
        quality.high = (quality.high + unsupported).clamp(0.0, 1.0);
        quality.is = quality.is.clamp(quality.low, quality.high);
        let weights = || each.iter().map(|one| one.weight);
        let squares: f64 = weights().map(|weight| weight * weight).sum();
        let sum: f64 = weights().sum();
        Self {
            quality,
            cost: Between::new(cost, all_costs),
            unsupported,
            effective: if squares > 0.0 {
                sum * sum / squares
            } else {
                0.0
            },
            scored: log.iter().filter(|logged| logged.score.is_some()).count(),
            costs,
            decisions: log.len(),
        }
    }

    /// Why the log cannot tell how good the policy's answers would have been; `None` where it can.
    pub(crate) fn untold(&self) -> Option<String> {
        if self.scored == 0 {
            return Some("no decision of it has a score".to_owned());
        }
        if self.unsupported > MOST_UNSUPPORTED {
            let share = 100.0 * self.unsupported;
            return Some(format!(
                "in {share:.1} % of the decisions what this policy chooses had no chance, or too small a one, of being \
                 chosen, so nothing is known of it there"
            ));
        }
        if self.effective < LEAST_EFFECTIVE {
            let effective = self.effective;
            return Some(format!(
                "so few decisions were like this policy's that they are worth {effective:.0} of its own, and \
                 {LEAST_EFFECTIVE:.0} are needed"
            ));
        }
        None
    }
}

impl Evidence {
    fn of(
        logged: &Logged,
        choice: &Choice,
        support: &Support,
        prices: &Prices,
        costs: &mut [usize; 3],
    ) -> Self {
        let predicted = |at: usize| logged.candidates[at].quality.unwrap_or(0.5);
        let choice = match choice {
            Choice::Of(choice) => choice,
            Choice::AsLogged => {
                let known = prices.cost(logged, logged.chosen);
                if let Some((_, how)) = known {
                    costs[how as usize] += 1;
                }
                let own = predicted(logged.chosen);
                return Self {
                    predicted: own,
                    weight: if logged.score.is_some() { 1.0 } else { 0.0 },
                    surprise: logged.score.map_or(0.0, |score| score - own),
                    unsupported: 0.0,
                    cost: known.map(|(cost, _)| cost),
                };
            }
        };
        let chance = |at: usize| logged.candidates[at].probability.unwrap_or(0.0);
        let mut evidence = Self::default();
        let (mut cost, mut worst) = (Some(0.0), None);
        for (at, share) in choice.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            evidence.predicted += share * predicted(at);
            if !support.has(chance(at)) {
                evidence.unsupported += share;
            }
            let known = prices.cost(logged, at);
            cost = cost.zip(known).map(|(sum, (cost, _))| sum + share * cost);
            worst = worst.max(known.map(|(_, known)| known as usize));
        }
        evidence.cost = cost;
        if let (Some(_), Some(how)) = (cost, worst) {
            costs[how] += 1;
        }
        if let Some(score) = logged.score {
            let chance = chance(logged.chosen);
            if support.has(chance) {
                evidence.weight = choice[logged.chosen] / chance;
                evidence.surprise = score - predicted(logged.chosen);
            }
        }
        evidence
    }
}

/// Mean quality, mean cost, and the share of what has no support.
fn value<'a>(each: impl Iterator<Item = &'a Evidence>) -> (f64, f64, f64) {
    let (mut count, mut predicted, mut unsupported) = (0.0, 0.0, 0.0);
    let (mut weights, mut surprise) = (0.0, 0.0);
    let (mut priced, mut cost) = (0.0, 0.0);
    for one in each {
        count += 1.0;
        predicted += one.predicted;
        unsupported += one.unsupported;
        weights += one.weight;
        surprise += one.weight * one.surprise;
        if let Some(paid) = one.cost {
            priced += 1.0;
            cost += paid;
        }
    }
    let mean = |sum: f64, count: f64| if count > 0.0 { sum / count } else { 0.0 };
    let quality = mean(predicted, count) + mean(surprise, weights);
    (quality, mean(cost, priced), mean(unsupported, count))
}

impl Between {
    fn new(is: f64, mut drawn: Vec<f64>) -> Self {
        drawn.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let last = drawn.len().saturating_sub(1) as f64;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a place"
            )]
            let place = (share * last).round() as usize;
            drawn.get(place).copied().unwrap_or(is)
        };
        Self {
            is,
            low: at(0.025).min(is),
            high: at(0.975).max(is),
        }
    }
}
