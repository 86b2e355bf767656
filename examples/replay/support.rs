use crate::{log::Logged, policy::Choice};

/// So often at least a chance must be expected to have come, or nothing is known by it.
const LEAST_HITS: f64 = 10.0;
/// Chances are told apart by powers of two, down to this one.
const BINS: usize = 40;

/// Of which chances a log knows anything: a choice that had one in a thousand, and that a hundred times, has most likely
/// never been made, and if it has, by luck.
pub(crate) struct Support([bool; BINS]);

impl Support {
    /// For a policy's choices on a log.
    pub(crate) fn new(log: &[Logged], choices: &[Choice]) -> Self {
        let scored = log.iter().filter(|logged| logged.score.is_some()).count();
        let share = scored as f64 / log.len().max(1) as f64;
        let mut hits = [0.0; BINS];
        for (logged, choice) in log.iter().zip(choices) {
            let Choice::Of(choice) = choice else {
                continue;
            };
            let each = choice.iter().zip(&logged.candidates);
            for (_, candidate) in each.filter(|(chosen, _)| **chosen > 0.0) {
                let chance = candidate.probability.unwrap_or(0.0);
                if let Some(bin) = bin(chance) {
                    hits[bin] += chance * share;
                }
            }
        }
        Self(hits.map(|hits| hits >= LEAST_HITS))
    }

    /// Whether something is known of what had this chance.
    pub(crate) fn has(&self, chance: f64) -> bool {
        bin(chance).is_some_and(|bin| self.0[bin])
    }
}

/// `None` where there is no chance.
fn bin(chance: f64) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "few"
    )]
    let bin = (chance > 0.0).then(|| -chance.log2().floor() as usize);
    bin.filter(|bin| *bin < BINS)
}
