#![allow(
    clippy::suboptimal_flops,
    reason = "fused operations are slow calls on processors that may lack them"
)]

use std::{collections::VecDeque, fmt, mem, sync::Arc};

use super::{
    Advice, Ask, Label, Scorer, Settings, Why, chances,
    gram::Gram,
    kernel::Row,
    mix::Mix,
    work::{BATCH, Work, Worked},
    worth::{Choice, Worth},
};
use crate::profile::{Estimate, estimate::normal_quantile};

/// So many scores of a task make half of what is to be known of it.
const FAMILIAR: f64 = 20.0;
/// As many labels a catalog's quality by task stands for.
const CATALOG: f64 = 300.0;
/// With so many labels of calls like the present ones, half of the cap is used.
const HALF: f64 = 550.0;
/// So much quality nobody would miss: without it, two that are equally good could never be told from each other surely
/// enough to ask the cheaper one.
const SLACK: f64 = 0.0025;
/// How far single scores lie apart, as a standard deviation.
const SPREAD: f64 = 0.45;

/// Learns from one stream of calls: of one alias, for one tenant or for all.
///
/// Plain state: no clock, no lock, no chance of its own (what is random is drawn from the generator handed in), so that
/// the same calls teach the same. What takes long is apart: scoring is the [`Scorer`]'s, which is shared and never
/// changes, and working labels in is [`Work`]'s, or [`settle`](Self::settle)'s where nobody waits.
#[derive(Default)]
pub struct Learner {
    settings: Settings,
    seen: u64,
    calls: u64,
    /// Learned, and not worked in.
    fresh: VecDeque<Label>,
    /// Being worked in.
    working: Option<Arc<[Label]>>,
    /// Away while labels are worked in.
    gram: Gram,
    worth: Worth,
    mix: Mix,
    scorer: Arc<Scorer>,
}

impl Learner {
    /// One that knows nothing but what it is told of the catalog.
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    /// The same, with other settings; those that make no sense are brought to what does.
    pub fn with(settings: Settings) -> Self {
        Self {
            settings: settings.sane(),
            ..Self::default()
        }
    }

    /// One that remembers labels that were kept, oldest first.
    pub fn restore(settings: Settings, labels: impl IntoIterator<Item = Label>) -> Self {
        let mut learner = Self::with(settings);
        for label in labels {
            learner.learn(label);
            if learner.fresh.len() >= learner.settings.memory {
                learner.settle();
            }
        }
        learner.settle();
        learner
    }

    /// What is known now.
    pub fn scorer(&self) -> Arc<Scorer> {
        Arc::clone(&self.scorer)
    }

    /// What is to be chosen for a call of which the estimates are known. Takes note of what was asked, for how much
    /// quality cost is worth. Takes microseconds.
    ///
    /// The probabilities are exact. Where chance may play a part, nobody's is below a fifth of the
    /// [share of chance](Ask::explore), divided by the number of arms.
    pub fn choose(
        &mut self,
        ask: &Ask<'_>,
        estimates: Vec<Estimate>,
        random: &mut fastrand::Rng,
    ) -> Advice {
        self.calls += u64::from(!ask.again);
        let costs = relative(ask);
        let known = f64::from(self.scorer.of_task(ask.task));
        let familiar = self.familiar(ask, known);
        let lambda = f64::from(self.worth.lambda(ask.quality)) * familiar;
        let gains: Vec<f64> = estimates
            .iter()
            .zip(&costs)
            .map(|(one, cost)| lambda.mul_add(-cost, one.mean))
            .collect();
        let mut order: Vec<usize> = (0..gains.len()).collect();
        order.sort_by(|a, b| {
            gains[*b]
                .total_cmp(&gains[*a])
                .then(costs[*a].total_cmp(&costs[*b]))
        });
        let mut probabilities = vec![0.0; gains.len()];
        let mut why = if known == 0.0 && !ask.prior_by_task {
            Why::Constant
        } else {
            Why::Tradeoff { lambda }
        };
        if let Some(best) = order.first().copied() {
            probabilities[best] = 1.0;
            if ask.explores() && gains.len() > 1 {
                let share = chances::share(ask.explore, self.seen, self.calls);
                let uncertain: Vec<f64> = estimates.iter().map(|one| one.sd).collect();
                let tries = chances::tries(&gains, &uncertain);
                for (probability, tries) in probabilities.iter_mut().zip(&tries) {
                    *probability = (1.0 - share).mul_add(*probability, share * tries);
                }
                if random.f64() < share {
                    let tried = chances::draw(&tries, random);
                    order.retain(|at| *at != tried);
                    order.insert(0, tried);
                    why = Why::Explored;
                }
            }
        }
        if !ask.again {
            self.note(ask, &estimates, &costs, familiar);
        }
        Advice {
            estimates,
            order,
            probabilities,
            why,
        }
    }

    fn familiar(&self, ask: &Ask<'_>, known: f64) -> f64 {
        let sure = if ask.confidence.is_finite() {
            ask.confidence.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let known = known
            + if ask.prior_by_task {
                FAMILIAR * sure
            } else {
                0.0
            };
        known / (known + FAMILIAR)
    }

    fn note(&mut self, ask: &Ask<'_>, estimates: &[Estimate], costs: &[f64], familiar: f64) {
        self.mix.note(ask.task);
        let catalog = if ask.prior_by_task { CATALOG } else { 0.0 };
        // Of other calls little is known, however much there is of those that came before.
        let memory = &self.scorer.memory;
        let known = (memory.len() as f64 + catalog) / self.mix.unlike(memory);
        let sure = normal_quantile(self.settings.confidence);
        let margin = sure * SPREAD / (1.0 + known).sqrt() - SLACK;
        // Who is chosen was overrated rather than not: what is promised was not kept.
        let broken = f64::from(memory.surplus).min(0.0);
        let margin = margin - broken;
        let cap = self.settings.cap * known * known / (known * known + HALF * HALF);
        let arms = ask.arms.iter().zip(estimates).zip(costs);
        let arms = arms.map(|((arm, estimate), cost)| Choice {
            key: arm.key,
            quality: estimate.mean as f32,
            cost: *cost as f32,
        });
        self.worth
            .note(arms.collect(), familiar as f32, margin as f32, cap as f32);
    }

    /// Takes note of a score. Takes microseconds; what takes longer is left to [`settle`](Self::settle). One that is no
    /// number, or that counts nothing, teaches nothing.
    pub fn learn(&mut self, label: Label) {
        if !label.counts() {
            return;
        }
        self.seen += 1;
        if self.fresh.len() >= self.settings.memory {
            // Nobody settles: the newest are kept.
            self.fresh.pop_front();
        }
        self.fresh.push_back(label);
    }

    /// Whether enough was learned to be worked in, and nobody is at it.
    pub fn is_due(&self) -> bool {
        // The first labels change most.
        let enough = (self.scorer.memory.len() / 8).clamp(1, BATCH);
        self.working.is_none() && self.fresh.len() >= enough
    }

    /// Whether labels are being worked in elsewhere.
    pub const fn is_working(&self) -> bool {
        self.working.is_some()
    }

    /// Works into the estimates what was learned since. May take a millisecond: off a call's path.
    pub fn settle(&mut self) {
        if let Some(work) = self.begin() {
            self.finish(work.run());
        }
    }

    /// Hands out what was learned since, to be worked in elsewhere and [brought back](Self::finish); calls go by what was
    /// known before meanwhile. `None` where there is nothing, or somebody is at it.
    pub fn begin(&mut self) -> Option<Work> {
        if self.fresh.is_empty() || self.working.is_some() {
            return None;
        }
        let labels: Arc<[Label]> = self.fresh.drain(..).collect();
        self.working = Some(Arc::clone(&labels));
        Some(Work {
            settings: self.settings,
            labels,
            gram: mem::take(&mut self.gram),
            scorer: Arc::clone(&self.scorer),
        })
    }

    /// Takes what was worked in: what this one has [handed out](Self::begin).
    pub fn finish(&mut self, worked: Worked) {
        self.gram = worked.gram;
        self.scorer = worked.scorer;
        self.working = None;
    }

    /// Goes on without the labels that it has [handed out](Self::begin), where they will not come back.
    pub fn give_up(&mut self) {
        self.working = None;
    }

    /// How many scores it has seen.
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// How many bytes that takes, about.
    pub(in crate::profile) fn bytes(&self) -> u64 {
        // A row and what is known of it; and two bytes for each other one that came before.
        const EACH: usize = size_of::<Label>() + size_of::<Row>();
        let labels = self.scorer.memory.len();
        (labels * (EACH + labels)) as u64
    }

    /// What it remembers, oldest first: all that is to be kept for [`restore`](Self::restore), or to be learned by
    /// another one. At most [`Settings::memory`] labels, and those that are not settled.
    pub fn labels(&self) -> impl Iterator<Item = Label> {
        let working = self.working.iter().flat_map(|labels| labels.iter());
        let unsettled = working.chain(&self.fresh).cloned();
        self.scorer.memory.labels().chain(unsettled)
    }
}

/// What each arm costs beside the dearest. One of which that is no number is the dearest.
fn relative(ask: &Ask<'_>) -> Vec<f64> {
    let costs = ask.arms.iter().map(|arm| arm.cost.max(0.0));
    let dearest = costs
        .clone()
        .filter(|cost| cost.is_finite())
        .fold(0.0, f64::max);
    let relative = costs.map(|cost| {
        if !cost.is_finite() {
            1.0
        } else if dearest > 0.0 {
            cost / dearest
        } else {
            0.0
        }
    });
    relative.collect()
}

impl fmt::Debug for Learner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Learner")
            .field("settings", &self.settings)
            .field("seen", &self.seen)
            .field("calls", &self.calls)
            .field("remembered", &self.scorer.memory.len())
            .finish_non_exhaustive()
    }
}
