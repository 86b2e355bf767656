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

/// What the router would have done on a call.
pub(super) struct Routed {
    value: f64,
    cost: f64,
}

/// An answer counts for at most so many calls: what was asked more seldom than one in so many is corrected in part, which
/// errs on the side of what was predicted, and is surer.
const CLIP: f64 = 10.0;
/// Every scored call, what was before counts a little less: half after 700.
const KEEP: f64 = 0.999;

/// How good the router's choice is on a call whose answer is `ahead` of what was predicted.
pub(super) fn router(arms: &[Judged], asked: &Judged, ahead: f64) -> Routed {
    let predicted: f64 = arms.iter().map(|one| one.routed * one.predicted).sum();
    let weight = (asked.routed / asked.chosen.max(1e-6)).min(CLIP);
    Routed {
        value: weight.mul_add(ahead, predicted),
        cost: arms.iter().map(|one| one.routed * one.cost).sum(),
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

    pub(super) fn scored(
        &mut self,
        one: &Judged,
        asked: &Judged,
        routed: &Routed,
        (ahead, weight): (f64, f64),
        wished: f64,
    ) {
        let mut value = one.predicted;
        if asked.arm == self.arm {
            self.labels += 1.0;
            let inverse = (1.0 / asked.chosen.max(1e-6)).min(CLIP);
            value = inverse.mul_add(ahead, value);
            self.bias.add(weight * inverse, ahead, KEEP);
        }
        self.value.add(weight, value, KEEP);
        self.better.add(weight, value - routed.value, KEEP);
        self.behind
            .add(weight, wished.mul_add(value, -routed.value), KEEP);
        self.cost.add(weight, one.cost, KEEP);
        self.router_cost.add(weight, routed.cost, KEEP);
        let blind = CLIP.mul_add(-one.chosen, 1.0).max(0.0);
        self.blind.add(weight, blind, KEEP);
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
        self.value.mean()
    }

    pub(super) fn cost(&self) -> f64 {
        self.cost.mean()
    }

    pub(super) fn router_cost(&self) -> f64 {
        self.router_cost.mean()
    }

    /// How much better it is than the router, and how far off that may be.
    pub(super) fn better(&self) -> (f64, f64) {
        (self.better.mean(), self.error(&self.better))
    }

    /// How far the router is behind what it is to keep of it, alike.
    pub(super) fn behind(&self) -> (f64, f64) {
        (self.behind.mean(), self.error(&self.behind))
    }

    /// The standard error, and what predictions may be off where nothing else is known.
    fn error(&self, tally: &Tally) -> f64 {
        let off = self.bias.mean().abs().min(0.2) + self.bias.error().min(0.1);
        tally.error().hypot(self.blind.mean() * off)
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
