//! Solves for what each label says of others.
#![allow(
    clippy::suboptimal_flops,
    reason = "fused operations are slow calls on processors that may lack them"
)]

use super::{
    kernel::{BIAS, NOISE, OWN, SHARED, TASK, alike, dot},
    memory::Memory,
};

/// How far each label's residual goes with each other's: the lower triangle, row by row, without the diagonal. The upper
/// half of a number's bits is kept: the rest is far below the noise of scores.
#[derive(Default)]
pub(super) struct Gram {
    cells: Vec<u16>,
    rows: usize,
}

/// Where a row begins.
const fn start(row: usize) -> usize {
    row * row.saturating_sub(1) / 2
}

fn short(number: f32) -> u16 {
    (number.to_bits().wrapping_add(0x8000) >> 16) as u16
}

fn long(short: u16) -> f32 {
    f32::from_bits(u32::from(short) << 16)
}

impl Gram {
    /// How many labels are in it.
    pub(super) const fn len(&self) -> usize {
        self.rows
    }

    /// A label was put into a place.
    pub(super) fn put(&mut self, memory: &Memory, place: usize) {
        let (Some(row), Some(norm), Some(note)) = (
            memory.rows.get(place),
            memory.norms.get(place),
            memory.notes.get(place),
        ) else {
            return;
        };
        if self.rows <= place {
            self.rows = place + 1;
            self.cells.resize(start(self.rows), 0);
        }
        for other in 0..self.rows.min(memory.len()) {
            if other == place {
                continue;
            }
            let about = &memory.notes[other];
            let both = dot(row, &memory.rows[other]);
            let alike = alike(norm + memory.norms[other] - 2 * both);
            let mut together = alike * SHARED;
            if about.arm == note.arm {
                together += alike * OWN + BIAS;
                if about.task == note.task {
                    together += TASK;
                }
            }
            let (low, high) = (place.min(other), place.max(other));
            self.cells[start(high) + low] = short(together);
        }
    }

    /// A few steps of conjugate gradients towards the weights that explain `residuals`, from those that were.
    pub(super) fn solve(&self, alphas: &mut [f32], residuals: &[f32], noise: &[f32], steps: usize) {
        let len = alphas.len();
        let own = SHARED + OWN + BIAS + TASK;
        let diagonal: Vec<f32> = noise.iter().map(|noise| own + NOISE * noise).collect();
        let mut product = vec![0.0; len];
        self.multiply(alphas, &diagonal, &mut product);
        let mut rest: Vec<f32> = residuals
            .iter()
            .zip(&product)
            .map(|(want, have)| want - have)
            .collect();
        let mut along = rest.clone();
        let mut left = square(&rest);
        for _ in 0..steps {
            if left < 1e-7 {
                return;
            }
            self.multiply(&along, &diagonal, &mut product);
            let curve: f32 = along.iter().zip(&product).map(|(a, b)| a * b).sum();
            if curve.is_nan() || curve <= 0.0 {
                return;
            }
            let step = left / curve;
            for ((alpha, rest), (along, product)) in alphas
                .iter_mut()
                .zip(&mut rest)
                .zip(along.iter().zip(&product))
            {
                *alpha += step * along;
                *rest -= step * product;
            }
            let now = square(&rest);
            for (along, rest) in along.iter_mut().zip(&rest) {
                *along = rest + now / left * *along;
            }
            left = now;
        }
    }

    fn multiply(&self, by: &[f32], diagonal: &[f32], product: &mut [f32]) {
        for ((product, by), diagonal) in product.iter_mut().zip(by).zip(diagonal) {
            *product = by * diagonal;
        }
        for at in 1..by.len().min(self.rows) {
            let row = &self.cells[start(at)..start(at) + at];
            let weight = by[at];
            let (before, rest) = product.split_at_mut(at);
            rest[0] += both_ways(row, &by[..at], before, weight);
        }
    }
}

/// The row's product, and what it adds to the earlier rows', since the matrix is the same both ways.
fn both_ways(row: &[u16], by: &[f32], product: &mut [f32], weight: f32) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (rows, last) = row.as_chunks::<8>();
    let (bys, last_by) = by.as_chunks::<8>();
    let (products, last_product) = product.as_chunks_mut::<8>();
    for ((row, by), product) in rows.iter().zip(bys).zip(products) {
        for lane in 0..8 {
            let cell = long(row[lane]);
            sums[lane] += cell * by[lane];
            product[lane] += cell * weight;
        }
    }
    let mut sum: f32 = sums.iter().sum();
    for ((cell, by), product) in last.iter().zip(last_by).zip(last_product) {
        let cell = long(*cell);
        sum += cell * by;
        *product += cell * weight;
    }
    sum
}

fn square(numbers: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (chunks, last) = numbers.as_chunks::<8>();
    for chunk in chunks {
        for lane in 0..8 {
            sums[lane] += chunk[lane] * chunk[lane];
        }
    }
    sums.iter().sum::<f32>() + last.iter().map(|x| x * x).sum::<f32>()
}
