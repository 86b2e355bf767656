//! What is known when all has been asked.

use std::collections::BTreeMap;

use tower_genai::{
    money::Usd,
    observe::{DecisionId, Outcome},
};

use super::{questions::Question, sims::MODELS};

/// Lists of amounts are in the order of [`MODELS`].
pub(crate) struct Summary {
    pub(crate) questions: Vec<Question>,
    /// In the order of the questions.
    pub(crate) calls: Vec<Outcome>,
    /// What the ledger says was spent.
    pub(crate) settled: Usd,
    /// What the ledger still holds.
    pub(crate) held: Usd,
    /// What the providers say is owed to them.
    pub(crate) billed: Vec<Usd>,
    /// What all calls cost at one model.
    pub(crate) constants: Vec<Usd>,
}

/// The part of one model.
#[derive(Clone, Copy, Default)]
pub(crate) struct Part {
    pub(crate) calls: usize,
    /// Settled by these calls.
    pub(crate) cost: Usd,
    /// Of all calls, those for which it was good enough.
    pub(crate) qualified: usize,
}

impl Summary {
    /// Calls and costs in the order of [`MODELS`].
    pub(crate) fn parts(&self) -> [Part; MODELS.len()] {
        let mut parts = [Part::default(); MODELS.len()];
        for outcome in &self.calls {
            let asked = outcome.candidate().model().name();
            let routed = outcome
                .decision()
                .into_iter()
                .flat_map(|decision| decision.routed());
            let qualified: Vec<&str> = routed.map(|one| one.candidate.model().name()).collect();
            for (part, model) in parts.iter_mut().zip(&MODELS) {
                part.qualified += usize::from(qualified.contains(&model.name));
                if model.name == asked {
                    part.calls += 1;
                    part.cost = part.cost.saturating_add(cost(outcome));
                }
            }
        }
        parts
    }

    /// How many calls of each task went to each model, in the order of [`MODELS`].
    pub(crate) fn tasks(&self) -> BTreeMap<&str, [usize; MODELS.len()]> {
        let mut tasks = BTreeMap::new();
        for outcome in &self.calls {
            let asked = outcome.candidate().model().name();
            let counts = tasks.entry(task(outcome)).or_insert([0; MODELS.len()]);
            for (count, model) in counts.iter_mut().zip(&MODELS) {
                *count += usize::from(model.name == asked);
            }
        }
        tasks
    }

    /// The calls that were answered from the cache: how many, and what their answers had cost when they were made.
    pub(crate) fn hits(&self) -> (usize, Usd) {
        let made = |id: DecisionId| {
            let of = |outcome: &&Outcome| outcome.attempt() > 0 && id_of(outcome) == Some(id);
            self.calls.iter().find(of).map(cost)
        };
        let hits = self.calls.iter().filter(|outcome| outcome.attempt() == 0);
        let saved = hits.clone().filter_map(|hit| made(id_of(hit)?));
        (hits.count(), saved.sum())
    }

    /// The calls for which another model was asked after one had failed: how many, and what they have cost.
    pub(crate) fn fallbacks(&self) -> (usize, Usd) {
        let fell = self.calls.iter().filter(|outcome| outcome.attempt() > 1);
        (fell.clone().count(), fell.map(cost).sum())
    }

    /// How many questions were taken for what their authors had in mind.
    pub(crate) fn recognised(&self) -> usize {
        let pairs = self.questions.iter().zip(&self.calls);
        pairs
            .filter(|(question, outcome)| question.task == task(outcome))
            .count()
    }

    /// Everything that the providers say is owed to them.
    pub(crate) fn total_billed(&self) -> Usd {
        self.billed.iter().copied().sum()
    }

    /// Whether the ledger and the bills agree to the nano-dollar, in all and for each model, and nothing is held.
    pub(crate) fn check(&self) -> Result<(), String> {
        let (settled, billed, held) = (self.settled, self.total_billed(), self.held);
        if settled != billed {
            return Err(format!(
                "the ledger says {settled} USD and the bills say {billed}"
            ));
        }
        if held != Usd::ZERO {
            return Err(format!("{held} USD are still held"));
        }
        for ((part, billed), model) in self.parts().iter().zip(&self.billed).zip(&MODELS) {
            if part.cost != *billed {
                let (name, cost) = (model.name, part.cost);
                return Err(format!("{name} settled {cost} USD and billed {billed}"));
            }
        }
        Ok(())
    }
}

fn cost(outcome: &Outcome) -> Usd {
    let finished = outcome.get().and_then(|finished| finished.cost);
    finished.unwrap_or_default()
}

fn id_of(outcome: &Outcome) -> Option<DecisionId> {
    outcome.decision().map(|decision| decision.id)
}

fn task(outcome: &Outcome) -> &str {
    let decision = outcome.decision();
    decision.map_or("", |decision| decision.classification.task().as_str())
}
