use std::{fmt, sync::Arc};

use super::{Label, Scorer, Settings, gram::Gram};

/// So many labels are worked in at once, where many are known.
pub(super) const BATCH: usize = 10;
/// So many steps are taken for each batch.
const STEPS: usize = 4;
/// And for so many batches at most.
const BATCHES: usize = 8;

/// Labels that are to be worked into what is known: what of a [`Learner`](super::Learner)'s work takes long, apart from it,
/// so that nobody waits for it.
#[must_use = "a learner learns nothing more until this is run and brought back"]
pub struct Work {
    pub(super) settings: Settings,
    pub(super) labels: Arc<[Label]>,
    pub(super) gram: Gram,
    pub(super) scorer: Arc<Scorer>,
}

/// [`Work`] that is done.
#[must_use = "a learner learns nothing more until this is brought back"]
pub struct Worked {
    pub(super) gram: Gram,
    pub(super) scorer: Arc<Scorer>,
}

impl Work {
    /// How many labels will be remembered then, by which what it takes can be told: about a millisecond for 1 024.
    pub fn len(&self) -> usize {
        (self.scorer.memory.len() + self.labels.len()).min(self.settings.memory)
    }

    /// Whether that is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Does it.
    pub fn run(mut self) -> Worked {
        // Whoever scores meanwhile has the other one.
        let mut scorer = Scorer::clone(&self.scorer);
        let memory = &mut scorer.memory;
        // It went with work that never came back.
        for place in self.gram.len()..memory.len() {
            self.gram.put(memory, place);
        }
        for label in &*self.labels {
            let place = memory.put(label, self.settings.memory);
            self.gram.put(memory, place);
        }
        let newest = memory
            .notes
            .iter()
            .map(|note| note.at)
            .fold(f64::NEG_INFINITY, f64::max);
        let noise = memory.notes.iter().map(|note| {
            let fresh = (-(newest - note.at) / self.settings.half_life)
                .exp2()
                .max(1e-3) as f32;
            1.0 / (note.weight * fresh)
        });
        let noise: Vec<f32> = noise.collect();
        let residuals: Vec<f32> = memory.notes.iter().map(|note| note.residual()).collect();
        let batches = self.labels.len().div_ceil(BATCH).min(BATCHES);
        self.gram
            .solve(&mut memory.alphas, &residuals, &noise, STEPS * batches);
        memory.sum_up();
        Worked {
            gram: self.gram,
            scorer: Arc::new(scorer),
        }
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("labels", &self.labels.len())
            .field("remembered", &self.scorer.memory.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Worked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worked")
            .field("remembered", &self.scorer.memory.len())
            .finish_non_exhaustive()
    }
}
