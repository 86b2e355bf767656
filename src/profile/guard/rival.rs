use super::{Judged, tally::Tally};

/// A constant beside the router.
#[derive(Debug)]
pub(super) struct Rival {
    pub(super) arm: u32,
    /// How good it would be.
    value: Tally,
    /// How much better than the router.
    better: Tally,
    /// How far the router is behind what it is to keep of it.
    behind: Tally,
    cost: Tally,
    router_cost: Tally,
    /// How far its answers were from what was predicted, and the share of calls on which that is all that is known.
    bias: Tally,
    blind: Tally,
    answers: f64,
    labels: f64,
}

/// An answer counts for at most so many calls: what was asked more seldom than one in so many is corrected in part, which
/// errs on the side of what was predicted, and is surer.
const CLIP: f64 = 50.0;
/// Every scored call, what was before counts a little less: half after 700.
pub(super) const KEEP: f64 = 0.999;

/// On so many calls a candidate may be asked too seldom, and still be compared.
const MOST_BLIND: f64 = 0.3;
/// So many scores weigh as much as the belief that predictions are right.
const DRAWN: f64 = 10.0;
/// Predictions are taken to be off by so much at most.
const MOST_BIAS: f64 = 0.3;
/// And that is known at least so well.
const MOST_ERROR: f64 = 0.1;
/// Where a candidate's answers were not seen, they may be off by so much more or less of what they are where they were.
const UNLIKE: f64 = 0.3;

/// A scored call.
pub(super) struct Call<'a> {
    pub(super) arms: &'a [Judged],
    pub(super) asked: &'a Judged,
    /// How far the score is from what was predicted.
    pub(super) ahead: f64,
    pub(super) weight: f64,
    /// The share of the best quality that is to be kept.
    pub(super) wished: f64,
    /// How far scores are from what was predicted, squared, on average.
    pub(super) noise: f64,
}

/// For how many calls an answer counts.
const fn inverse(one: &Judged) -> f64 {
    (1.0 / one.chosen.max(1e-6)).min(CLIP)
}

impl Call<'_> {
    /// How good the router's choice is.
    fn routed(&self) -> f64 {
        let arms = self.arms.iter();
        let predicted: f64 = arms.map(|one| one.routed * one.predicted).sum();
        (self.asked.routed * inverse(self.asked)).mul_add(self.ahead, predicted)
    }

    fn routed_cost(&self) -> f64 {
        self.arms.iter().map(|one| one.routed * one.cost).sum()
    }

    /// The variance of a constant's value times `share`, less the router's times `less`, whoever was asked.
    fn variance(&self, arm: u32, share: f64, less: f64) -> f64 {
        let of = |one: &Judged| {
            let own = if one.arm == arm { share } else { 0.0 };
            let part = less.mul_add(-one.routed, own) * inverse(one);
            part * part * one.chosen
        };
        self.noise * self.arms.iter().map(of).sum::<f64>()
    }
}

impl Rival {
    pub(super) fn new(arm: u32) -> Self {
        Self {
            arm,
            value: Tally::default(),
            better: Tally::default(),
            behind: Tally::default(),
            cost: Tally::default(),
            router_cost: Tally::default(),
            bias: Tally::default(),
            blind: Tally::default(),
            answers: 0.0,
            labels: 0.0,
        }
    }

    pub(super) fn answered(&mut self) {
        self.answers = self.answers.mul_add(KEEP, 1.0);
        self.labels *= KEEP;
    }

    /// The answer to a call was scored: its router's part, and how wide of what is predicted scores are.
    pub(super) fn scored(&mut self, call: &Call<'_>, one: &Judged) {
        let mut value = one.predicted;
        let weight = call.weight;
        if call.asked.arm == self.arm {
            self.labels += 1.0;
            value = inverse(one).mul_add(call.ahead, value);
            let bias = weight * inverse(one);
            self.bias.add(bias, (call.ahead, call.noise), KEEP);
        }
        let routed = call.routed();
        let behind = call.wished.mul_add(value, -routed);
        let (its, apart) = (
            call.variance(self.arm, 1.0, 0.0),
            call.variance(self.arm, 1.0, 1.0),
        );
        let kept = call.variance(self.arm, call.wished, 1.0);
        self.value.add(weight, (value, its), KEEP);
        self.better.add(weight, (value - routed, apart), KEEP);
        self.behind.add(weight, (behind, kept), KEEP);
        self.cost.add(weight, (one.cost, 0.0), KEEP);
        self.router_cost
            .add(weight, (call.routed_cost(), 0.0), KEEP);
        let blind = CLIP.mul_add(-one.chosen, 1.0).max(0.0);
        self.blind.add(weight, (blind, 0.0), KEEP);
    }

    pub(super) fn fade(&mut self, keep: f64) {
        for tally in [
            &mut self.value,
            &mut self.better,
            &mut self.behind,
            &mut self.cost,
            &mut self.router_cost,
            &mut self.bias,
            &mut self.blind,
        ] {
            tally.fade(keep);
        }
    }

    pub(super) fn samples(&self) -> f64 {
        self.value.samples()
    }

    pub(super) fn value(&self) -> f64 {
        self.corrected(&self.value).0
    }

    /// Whether its answers were seen on as good as all calls that there are, or what stands for them.
    pub(super) fn is_seen(&self) -> bool {
        self.blind.mean() <= MOST_BLIND
    }

    pub(super) fn cost(&self) -> f64 {
        self.cost.mean()
    }

    pub(super) fn router_cost(&self) -> f64 {
        self.router_cost.mean()
    }

    /// How much better it is than the router, and how far off that may be.
    pub(super) fn better(&self) -> (f64, f64) {
        self.corrected(&self.better)
    }

    /// How far the router is behind what it is to keep of it, alike.
    pub(super) fn behind(&self) -> (f64, f64) {
        self.corrected(&self.behind)
    }

    /// Where its answers are too seldom seen, they are taken to be as far from what was predicted as those that were; and
    /// how far off the mean may be, which is farther where that is all that is known.
    fn corrected(&self, tally: &Tally) -> (f64, f64) {
        let blind = self.blind.mean();
        // What is known of a few is drawn to nothing.
        let known = self.bias.samples() / (self.bias.samples() + DRAWN);
        let bias = (self.bias.mean() * known).clamp(-MOST_BIAS, MOST_BIAS);
        let unsure = self.bias.error().min(MOST_ERROR).hypot(UNLIKE * bias);
        (
            blind.mul_add(bias, tally.mean()),
            tally.error().hypot(blind * unsure),
        )
    }

    /// Answers, and scored ones, lately.
    pub(super) const fn counts(&self) -> (f64, f64) {
        (self.answers, self.labels)
    }

    /// The share of its answers that is scored.
    pub(super) fn labelled(&mut self) -> f64 {
        if self.answers > 0.0 {
            (self.labels / self.answers).min(1.0)
        } else {
            1.0
        }
    }
}
