use std::fmt::{self, Write as _};

use crate::profile::Vector;

/// A vector as it is kept: a byte for each number, and which kind of vector it is.
#[derive(Clone, PartialEq)]
pub(super) struct Packed {
    kind: u32,
    steps: Box<[i8]>,
}

/// The kind that this version makes. Another number stands for other features, which cannot be compared with these.
const KIND: u32 = 1;
/// No vector that is read has more numbers.
const LONGEST: usize = 4_096;

impl Packed {
    pub(super) fn of(vector: &Vector) -> Self {
        Self {
            kind: KIND,
            steps: vector.as_slice().into(),
        }
    }

    /// `None` where it is of another kind than this version's.
    pub(super) fn vector(&self) -> Option<Vector> {
        if self.kind != KIND {
            return None;
        }
        Vector::from_slice(&self.steps)
    }

    /// The kind, a colon, and two hexadecimal digits for each number.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{}:", self.kind);
        text.reserve(2 * self.steps.len());
        for step in &self.steps {
            // Writing to a string does not fail.
            let _ = write!(text, "{:02x}", step.cast_unsigned());
        }
        text
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let (kind, digits) = text.split_once(':')?;
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
            kind: kind.parse().ok()?,
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
    use crate::query::Prompt;

    #[test]
    fn a_vector_comes_back() {
        let vector = Vector::of(&Prompt::new("Why is the sky blue?"));
        let packed = Packed::of(&vector);
        let again = Packed::from_text(&packed.to_text()).unwrap();
        assert_eq!(again, packed);
        let again = again.vector().unwrap();
        assert_eq!(again, vector);
    }

    #[test]
    fn a_vector_of_another_kind_is_kept_as_it_is() {
        let of_now = Packed::of(&Vector::of(&Prompt::new("")));
        for text in [of_now.to_text().replacen("1:", "2:", 1), "1:0102ff".into()] {
            let packed = Packed::from_text(&text).unwrap();
            assert!(packed.vector().is_none());
            assert_eq!(packed.to_text(), text);
        }
    }

    #[test]
    fn what_is_no_vector_is_none() {
        for text in [
            "", "0102", "x:0102", "-1:01", "1:012", "1:0g", "1:é1", "1:+1",
        ] {
            assert_eq!(Packed::from_text(text), None, "{text}");
        }
        let long = format!("1:{}", "00".repeat(LONGEST + 1));
        assert_eq!(Packed::from_text(&long), None);
    }
}
