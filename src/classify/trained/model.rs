use std::borrow::Cow;

use super::{Evidence, evidence::View};
use crate::query::Shares;

/// How many classes a row of the table has room for; a fixed number is added up at once.
const ROW: usize = 16;

/// The first bytes of a file of weights: its kind and its version.
const MAGIC: &[u8; 8] = b"TGCLASS1";

/// Numbers before the table: the temperature, the table's steps, the weights of looks, and those of difficulty.
const NUMBERS: usize = 1 + ROW + Evidence::LOOKS * ROW + Evidence::LOOKS;
const TABLE: usize = Evidence::TERMS * ROW;
const CHECKSUM: usize = 8;
const BYTES: usize = MAGIC.len() + 4 * NUMBERS + TABLE + CHECKSUM;

/// Bytes that are no weights, or weights of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no weights of this version")]
#[non_exhaustive]
pub struct BadWeights;

/// One linear model per known task, and one of difficulty.
///
/// The file, little-endian: eight bytes of kind and version; as `f32` the temperature, sixteen steps, sixteen weights
/// for each look, one weight of difficulty for each look; sixteen signed bytes for each term, which times their
/// class's step are weights; and the 64-bit FNV-1a hash of all that. Classes are those of [`Shares::tasks`]; what is
/// behind them is nothing.
#[derive(Clone)]
pub(super) struct Model {
    /// What scores are divided by, so that shares are as sure as they are right.
    temperature: f32,
    steps: [f32; ROW],
    looks: Vec<[f32; ROW]>,
    difficulty: Vec<f32>,
    /// The whole file; the table is read where it lies.
    bytes: Cow<'static, [u8]>,
}

impl Model {
    /// Reads a file of weights.
    pub(super) fn read(bytes: Cow<'static, [u8]>) -> Result<Self, BadWeights> {
        let (told, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(BadWeights)?;
        if bytes.len() != BYTES
            || !told.starts_with(MAGIC)
            || hash(told) != u64::from_le_bytes(*checksum)
        {
            return Err(BadWeights);
        }
        let numbers = told.get(MAGIC.len()..).unwrap_or_default();
        let (numbers, _) = numbers.as_chunks::<4>();
        let numbers: Vec<f32> = numbers[..NUMBERS]
            .iter()
            .map(|number| f32::from_le_bytes(*number))
            .collect();
        if !numbers.iter().all(|number| number.abs() < 1e6) || numbers[0] <= 0.0 {
            return Err(BadWeights);
        }
        let (head, rest) = numbers.split_at(1 + ROW);
        let (looks, difficulty) = rest.split_at(Evidence::LOOKS * ROW);
        let row = |of: &[f32]| std::array::from_fn(|at| of[at]);
        Ok(Self {
            temperature: head[0],
            steps: row(&head[1..]),
            looks: looks.chunks_exact(ROW).map(row).collect(),
            difficulty: difficulty.to_vec(),
            bytes,
        })
    }

    /// How much of each known task a text is.
    pub(super) fn shares(&self, view: &View) -> Shares {
        let mut sums = [0.0_f32; ROW];
        for (term, value) in &view.terms {
            for (sum, weight) in sums.iter_mut().zip(self.row(*term)) {
                *sum = f32::from(i8::from_le_bytes([*weight])).mul_add(*value, *sum);
            }
        }
        for (sum, step) in sums.iter_mut().zip(self.steps) {
            *sum *= step;
        }
        for (weights, look) in self.looks.iter().zip(&view.looks) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight * look;
            }
        }
        let known = &sums[..Shares::LEN];
        let best = known.iter().copied().fold(f32::MIN, f32::max);
        Shares::new(std::array::from_fn(|at| {
            ((known[at] - best) / self.temperature).exp()
        }))
    }

    /// How hard a text looks, 0..=1.
    pub(super) fn difficulty(&self, view: &View) -> f32 {
        let looks = view.looks.iter().zip(&self.difficulty);
        let sum: f32 = looks.map(|(look, weight)| look * weight).sum();
        1.0 / (1.0 + (-sum).exp())
    }

    /// The weights of a term.
    fn row(&self, term: u16) -> &[u8; ROW] {
        const NONE: [u8; ROW] = [0; ROW];
        let at = MAGIC.len() + 4 * NUMBERS + ROW * usize::from(term);
        let row = self.bytes.get(at..at + ROW);
        row.and_then(|row| row.try_into().ok()).unwrap_or(&NONE)
    }
}

/// FNV-1a: told from chance, not from malice, which could change the program as well.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
