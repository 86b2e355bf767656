use smallvec::SmallVec;

use super::{
    Estimate,
    drift::{Drifts, Ended, Found},
    guard::{Guard, Judged, Verdict},
    learner::{Advice, Arm, Ask, Label, Learner, Why},
};

/// What stands between what a learner advises and what is done: candidates that are not what they were, and whether
/// routing wins at all.
#[derive(Debug, Default)]
pub(super) struct Watching {
    drifts: Drifts,
    guard: Guard,
    asked: u64,
}

/// One call in so many is decided as if nobody stood behind, so that it is seen who has recovered.
const TRIED: u64 = 20;

/// Places of candidates who stand behind, and of the others.
type Places = (SmallVec<[usize; 8]>, SmallVec<[usize; 8]>);

/// What is advised, and with which probability the learner alone would have chosen each.
pub(super) struct Guarded {
    pub(super) advice: Advice,
    pub(super) routed: Vec<f64>,
}

impl Watching {
    /// What is observed lately goes into what is predicted.
    pub(super) fn correct(&self, ask: &Ask<'_>, estimates: &mut [Estimate]) {
        for (arm, estimate) in ask.arms.iter().zip(estimates) {
            let offset = self.drifts.offset(arm.key, ask.task);
            if offset != 0.0 {
                estimate.mean = (estimate.mean + offset).clamp(0.0, 1.0);
            }
        }
    }

    /// What the learner chooses, of those who do not stand behind, as far as the guard lets it.
    pub(super) fn choose(
        &mut self,
        learner: &mut Learner,
        ask: &Ask<'_>,
        estimates: Vec<Estimate>,
        random: &mut fastrand::Rng,
    ) -> Guarded {
        self.asked += u64::from(!ask.again);
        let tried = ask.explores() && self.asked.is_multiple_of(TRIED);
        let is_behind = |at: &usize| {
            let arm = ask.arms.get(*at);
            !tried && arm.is_some_and(|arm| self.drifts.is_behind(arm.key, ask.task))
        };
        let (behind, well): Places = (0..ask.arms.len()).partition(is_behind);
        let advice = if behind.is_empty() || well.is_empty() {
            learner.choose(ask, estimates, random)
        } else {
            among(learner, ask, estimates, random, (&well, &behind))
        };
        self.guarded(ask, advice, random, &well)
    }

    fn guarded(
        &self,
        ask: &Ask<'_>,
        mut advice: Advice,
        random: &mut fastrand::Rng,
        well: &[usize],
    ) -> Guarded {
        let routed = advice.probabilities.clone();
        let place = |key: u32| ask.arms.iter().position(|arm| arm.key == key);
        let verdict = self.guard.now();
        // Where chance plays no part, it is what is mostly done.
        let turns = self.guard.turns().into_iter().flatten();
        let turns = turns.filter_map(|(key, share)| {
            let share = if ask.explores() { share } else { share.round() };
            // Nobody is asked before who is well, be it by the guard.
            let place = place(key).filter(|at| well.is_empty() || well.contains(at))?;
            Some((place, share)).filter(|(_, share)| *share > 0.0)
        });
        let turns: SmallVec<[(usize, f64); 2]> = turns.collect();
        let taken: f64 = turns.iter().map(|(_, share)| share).sum();
        for probability in &mut advice.probabilities {
            *probability *= (1.0 - taken).max(0.0);
        }
        for (at, share) in &turns {
            if let Some(probability) = advice.probabilities.get_mut(*at) {
                *probability += share;
            }
        }
        let mut drawn = if taken >= 1.0 || taken <= 0.0 {
            0.0
        } else {
            random.f64()
        };
        for (constant, share) in turns {
            if drawn < share {
                if let Some(at) = advice.order.iter().position(|at| *at == constant) {
                    advice.order[..=at].rotate_right(1);
                }
                advice.why = match verdict {
                    Verdict::Constant(key) if place(key) == Some(constant) => Why::Constant,
                    _ => Why::Explored,
                };
                break;
            }
            drawn -= share;
        }
        Guarded { advice, routed }
    }

    /// An answer was scored by somebody who says so.
    pub(super) fn scored(&mut self, label: &Label) -> Found {
        let outcome = (label.predicted, label.score, label.weight);
        self.drifts.scored(label.arm, label.task, outcome)
    }

    /// An attempt has ended.
    pub(super) fn ended(&mut self, arm: u32, task: u32, ended: &Ended<'_>) -> Found {
        self.drifts.ended(arm, task, ended)
    }

    /// A call that was left to the policy is answered.
    pub(super) fn answered(&mut self, arm: u32) {
        self.guard.answered(arm);
    }

    /// The answer to such a call was scored.
    pub(super) fn compare(
        &mut self,
        arms: &[Judged],
        arm: u32,
        scored: (f64, f64),
        wished: f64,
    ) -> bool {
        self.guard.scored(arms, arm, scored, wished)
    }

    /// How many bytes that takes, about.
    pub(super) fn bytes(&self) -> u64 {
        self.drifts.bytes()
    }

    pub(super) fn verdict(&self) -> Verdict {
        self.guard.now()
    }
}

/// What the learner chooses among some of the candidates; the others come after them, as they are.
fn among(
    learner: &mut Learner,
    ask: &Ask<'_>,
    estimates: Vec<Estimate>,
    random: &mut fastrand::Rng,
    (well, behind): (&[usize], &[usize]),
) -> Advice {
    let arms: SmallVec<[Arm; 8]> = well.iter().map(|at| ask.arms[*at]).collect();
    let theirs = well.iter().filter_map(|at| estimates.get(*at).copied());
    let theirs = theirs.collect();
    let some = Ask {
        arms: &arms,
        ..*ask
    };
    let chosen = learner.choose(&some, theirs, random);
    let mut probabilities = vec![0.0; ask.arms.len()];
    for (at, probability) in well.iter().zip(&chosen.probabilities) {
        probabilities[*at] = *probability;
    }
    let order = chosen.order.iter().filter_map(|at| well.get(*at).copied());
    Advice {
        estimates,
        order: order.chain(behind.iter().copied()).collect(),
        probabilities,
        why: chosen.why,
    }
}
