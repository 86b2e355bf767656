//! Weights as the crate reads them; see `src/classify/trained/model.rs` for the format.

use crate::fit::{Fitted, ROW};

const MAGIC: &[u8; 8] = b"TGCLASS1";

/// Weights of terms beyond this are cut, so that no single term decides.
const MOST: f32 = 6.0;

/// The file's bytes.
pub(crate) fn write(fitted: &Fitted, temperature: f32, difficulty: &[f32]) -> Vec<u8> {
    let most = |class: usize| {
        let all = fitted.terms.iter().map(|row| row[class].abs());
        all.fold(0.0, f32::max).min(MOST)
    };
    let steps: [f32; ROW] = std::array::from_fn(|class| most(class) / 127.0);
    let mut bytes = MAGIC.to_vec();
    let looks = fitted.looks.iter().flatten();
    let numbers = [temperature].into_iter().chain(steps);
    for number in numbers
        .chain(looks.copied())
        .chain(difficulty.iter().copied())
    {
        bytes.extend(number.to_le_bytes());
    }
    for row in &fitted.terms {
        for (weight, step) in row.iter().zip(steps) {
            let steps = if step > 0.0 {
                (weight / step).round()
            } else {
                0.0
            };
            // Within -127..=127 by the clamp.
            bytes.extend((steps.clamp(-127.0, 127.0) as i8).to_le_bytes());
        }
    }
    let checksum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    bytes.extend(checksum.to_le_bytes());
    bytes
}
