#![allow(
    clippy::suboptimal_flops,
    reason = "fused operations are slow calls on processors that may lack them"
)]

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{
    kernel::{Row, dot, row},
    label::Label,
};
use crate::profile::Vector;

/// What candidates have no quality of in the catalog.
pub(super) const UNKNOWN: f64 = 0.5;

/// So many labels have to agree before half of what they say of predictions is believed: single scores lie .45 apart.
const DOUBT: f32 = 100.0;
/// Of labels that old, in labels, a little more than a third counts of what they say of predictions.
const LATELY: f32 = 500.0;

/// The labelled calls that are remembered: a place each, the oldest's is taken by the next one once all are taken.
#[derive(Clone, Default)]
pub(super) struct Memory {
    pub(super) rows: Vec<Row>,
    /// Each row's product with itself.
    pub(super) norms: Vec<i32>,
    /// What each says of others, by its likeness.
    pub(super) alphas: Vec<f32>,
    pub(super) notes: Vec<Note>,
    /// Which of `arms` each is of.
    pub(super) slots: Vec<u16>,
    pub(super) arms: Arms,
    pub(super) cells: HashMap<(u32, u32), Sum, RandomState>,
    pub(super) tasks: HashMap<u32, f32, RandomState>,
    /// By how much scores were better than predicted lately, as far as so few tell.
    pub(super) surplus: f32,
    next: usize,
}

/// What is known of a label besides its query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Note {
    pub(super) arm: u32,
    pub(super) task: u32,
    pub(super) prior: Option<f32>,
    pub(super) predicted: f32,
    pub(super) score: f32,
    pub(super) weight: f32,
    pub(super) at: f64,
}

/// Of several labels.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) alpha: f32,
    pub(super) labels: f32,
}

/// The candidates of whom labels are remembered, numbered.
#[derive(Clone, Debug, Default)]
pub(super) struct Arms {
    pub(super) slots: HashMap<u32, u16, RandomState>,
    pub(super) sums: Vec<Sum>,
}

impl Note {
    /// How far the score is from the catalog's quality.
    pub(super) fn residual(&self) -> f32 {
        self.score - self.prior.unwrap_or(UNKNOWN as f32)
    }
}

impl Sum {
    fn add(&mut self, alpha: f32) {
        self.alpha += alpha;
        self.labels += 1.0;
    }
}

impl Memory {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Puts a label in its place, and says which.
    pub(super) fn put(&mut self, label: &Label, most: usize) -> usize {
        let row = row(&label.vector);
        let norm = dot(&row, &row);
        let note = Note {
            arm: label.arm,
            task: label.task,
            prior: label
                .prior
                .filter(|prior| prior.is_finite())
                .map(|x| x.clamp(0.0, 1.0) as f32),
            predicted: if label.predicted.is_finite() {
                label.predicted.clamp(0.0, 1.0) as f32
            } else {
                label.score.clamp(0.0, 1.0) as f32
            },
            score: label.score.clamp(0.0, 1.0) as f32,
            weight: label.weight.clamp(1e-3, 1.0) as f32,
            at: label.at,
        };
        if self.len() < most {
            self.rows.push(row);
            self.norms.push(norm);
            self.alphas.push(0.0);
            self.notes.push(note);
            return self.len() - 1;
        }
        let place = self.next % self.len();
        self.next = place + 1;
        self.rows[place] = row;
        self.norms[place] = norm;
        self.alphas[place] = 0.0;
        self.notes[place] = note;
        place
    }

    /// The labels, oldest first.
    pub(super) fn labels(&self) -> impl Iterator<Item = Label> {
        self.places().filter_map(|place| {
            let note = self.notes.get(place)?;
            let mut numbers = [0_i8; Vector::LEN];
            for (to, from) in numbers.iter_mut().zip(self.rows.get(place)?) {
                *to = i8::try_from(*from).unwrap_or_default();
            }
            Some(Label {
                vector: Vector::from_slice(&numbers)?,
                task: note.task,
                arm: note.arm,
                prior: note.prior.map(f64::from),
                predicted: f64::from(note.predicted),
                score: f64::from(note.score),
                weight: f64::from(note.weight),
                at: note.at,
            })
        })
    }

    fn surplus(&self) -> f32 {
        const KEEP: f32 = 1.0 - 1.0 / LATELY;
        let (mut sum, mut labels) = (0.0, 0.0);
        for note in self.places().filter_map(|place| self.notes.get(place)) {
            sum = sum * KEEP + note.weight * (note.score - note.predicted);
            labels = labels * KEEP + note.weight;
        }
        sum / (labels + DOUBT)
    }

    /// Where the labels are, oldest first.
    fn places(&self) -> impl Iterator<Item = usize> {
        (self.next..self.len()).chain(0..self.next.min(self.len()))
    }

    /// Sums up anew what labels say together.
    pub(super) fn sum_up(&mut self) {
        self.arms.slots.clear();
        self.arms.sums.clear();
        self.cells.clear();
        self.tasks.clear();
        self.slots.clear();
        self.surplus = self.surplus();
        for (note, alpha) in self.notes.iter().zip(&self.alphas) {
            // At most 4 096 labels, so at most as many arms.
            let new = u16::try_from(self.arms.sums.len()).unwrap_or(u16::MAX);
            let slot = *self.arms.slots.entry(note.arm).or_insert(new);
            if slot == new {
                self.arms.sums.push(Sum::default());
            }
            self.slots.push(slot);
            if let Some(sum) = self.arms.sums.get_mut(usize::from(slot)) {
                sum.add(*alpha);
            }
            self.cells
                .entry((note.arm, note.task))
                .or_default()
                .add(*alpha);
            *self.tasks.entry(note.task).or_default() += 1.0;
        }
    }
}
