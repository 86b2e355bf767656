use std::fmt::{self, Write as _};

/// A vector's numbers as bytes: steps of a scale.
#[derive(Clone, PartialEq)]
pub(super) struct Packed {
    scale: f32,
    steps: Box<[i8]>,
}

/// No vector that is read has more numbers.
const LONGEST: usize = 4_096;

impl Packed {
    pub(super) fn of(numbers: &[f32]) -> Self {
        let largest = numbers.iter().fold(0.0_f32, |most, n| most.max(n.abs()));
        let scale = if largest.is_finite() && largest > 0.0 {
            largest / 127.0
        } else {
            1.0
        };
        // Rounded, so within the bounds of a byte; what is no number becomes nought.
        let step = |number: &f32| (number / scale).round().clamp(-127.0, 127.0) as i8;
        Self {
            scale,
            steps: numbers.iter().map(step).collect(),
        }
    }

    pub(super) fn numbers(&self) -> Vec<f32> {
        let steps = self.steps.iter();
        steps.map(|step| f32::from(*step) * self.scale).collect()
    }

    /// The scale, a colon, and two hexadecimal digits for each number.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{}:", self.scale);
        text.reserve(2 * self.steps.len());
        for step in &self.steps {
            // Writing to a string does not fail.
            let _ = write!(text, "{:02x}", step.cast_unsigned());
        }
        text
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let (scale, digits) = text.split_once(':')?;
        let scale: f32 = scale.parse().ok().filter(|scale: &f32| scale.is_finite())?;
        if digits.len() > 2 * LONGEST {
            return None;
        }
        let (pairs, []) = digits.as_bytes().as_chunks::<2>() else {
            return None;
        };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let steps = pairs.iter().map(|[high, low]| {
            let byte = digit(*high)? * 16 + digit(*low)?;
            Some(u8::try_from(byte).ok()?.cast_signed())
        });
        Some(Self {
            scale,
            steps: steps.collect::<Option<_>>()?,
        })
    }
}

impl fmt::Debug for Packed {
    /// Words could be guessed from it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_within_half_a_step() {
        let numbers: Vec<f32> = (-50..50).map(|n| n as f32 * 0.013).collect();
        let packed = Packed::of(&numbers);
        let again = Packed::from_text(&packed.to_text()).unwrap();
        assert_eq!(again, packed);
        for (a, b) in numbers.iter().zip(again.numbers()) {
            assert!((a - b).abs() <= 0.65 / 127.0 * 0.51, "{a} {b}");
        }
        let odd = Packed::of(&[f32::NAN, 0.5, f32::INFINITY]);
        assert!(Packed::from_text(&odd.to_text()).is_some());
        assert_eq!(Packed::of(&[0.0; 3]).numbers(), [0.0; 3]);
    }

    #[test]
    fn what_is_no_vector_is_none() {
        for text in [
            "", "0102", "x:0102", "inf:01", "1:012", "1:0g", "1:é1", "1:+1",
        ] {
            assert_eq!(Packed::from_text(text), None, "{text}");
        }
        let long = format!("1:{}", "00".repeat(LONGEST + 1));
        assert_eq!(Packed::from_text(&long), None);
    }
}
