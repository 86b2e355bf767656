use std::fmt;

use super::{hashed::Hashed, shape::Shape, words::words};
use crate::query::Prompt;

/// A query's words and shape as numbers: what the learner compares queries by. Made once for each call, in some
/// microseconds for a kilobyte; 272 bytes, so that those of many decisions can be kept.
///
/// The same words give the same numbers in every process and, but for rounding, on every machine. `Debug` shows none of it, since words
/// could be guessed from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Vector(Box<[i8; Self::LEN]>);

impl Vector {
    /// How many numbers it has: 256 of hashed words, 16 of shape.
    pub const LEN: usize = Hashed::LEN + Shape::LEN;
    /// As what 1.0 is kept.
    pub(in crate::profile) const UNIT: f32 = 84.0;

    /// Of a prompt. Never panics; reads the head and the tail of the latest user turn, 4 000 bytes in all, and the first
    /// 512 bytes of the system prompt.
    pub fn of(prompt: &Prompt) -> Self {
        let mut hashed = Hashed::new();
        let mut shape = Shape::of(prompt);
        words(prompt.user(), &mut hashed, &mut shape);
        hashed.system(prompt.system());
        shape.distinct(hashed.distinct(), hashed.tokens());
        let mut numbers = [0; Self::LEN];
        let of = hashed.finish().into_iter().chain(shape.finish());
        for (number, of) in numbers.iter_mut().zip(of) {
            // Saturates, and is 0 for what is no number.
            *number = (of * Self::UNIT).round().clamp(-127.0, 127.0) as i8;
        }
        Self(Box::new(numbers))
    }

    /// The numbers, as they are kept.
    pub fn as_slice(&self) -> &[i8] {
        &self.0[..]
    }

    /// From numbers that were kept; `None` where there are not [`LEN`](Self::LEN) of them.
    pub fn from_slice(numbers: &[i8]) -> Option<Self> {
        Some(Self(Box::new(numbers.try_into().ok()?)))
    }
}

impl fmt::Debug for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vector").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(a: &str, b: &str) -> i32 {
        let (a, b) = (Vector::of(&Prompt::new(a)), Vector::of(&Prompt::new(b)));
        let pairs = a.as_slice().iter().zip(b.as_slice());
        pairs
            .map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2))
            .sum()
    }

    #[test]
    fn queries_alike_are_nearer_than_others() {
        let sum = "How many apples has Ann, if she buys 3 and eats 1?";
        let alike = "How many pears has Bob, if he buys 12 and eats 4?";
        let code = "fn main() { let x = vec![1, 2]; }\nfix this\n```rust```";
        assert!(apart(sum, alike) < apart(sum, code));
        assert!(apart(sum, alike) < apart(alike, code));
        assert_eq!(apart(code, code), 0);
    }

    #[test]
    fn words_without_spaces_between_are_told_apart() {
        let weather = "今天天气怎么样?";
        let tomorrow = "明天天气怎么样?";
        assert!(apart(weather, tomorrow) < apart(weather, "请把这句话翻译成英文。"));
    }

    #[test]
    fn whatever_is_sent_is_a_vector() {
        for text in [
            "",
            "\0",
            "\u{FEFF}\u{202E}",
            "ﬀİŞ",
            "💥💥",
            &"é".repeat(30_000),
            &"7".repeat(30_000),
            &"\n".repeat(30_000),
        ] {
            let vector = Vector::of(&Prompt::new(text).with_system(text));
            assert_eq!(Vector::from_slice(vector.as_slice()), Some(vector));
        }
        assert_eq!(Vector::from_slice(&[0; 5]), None);
    }

    #[test]
    fn the_same_words_are_the_same_numbers_in_every_release() {
        // Kept experience is compared with new queries: a change here has to forget it.
        let vector =
            Vector::of(&Prompt::new("Write a poem about 2 cats.").with_system("Be brief."));
        let sum = vector.as_slice().iter().enumerate();
        let sum: i64 = sum
            .map(|(at, number)| (i64::try_from(at).unwrap_or(0) + 1) * i64::from(*number))
            .sum();
        // But for what rounding may do to one or two of them elsewhere.
        assert!((sum + 20_813).abs() < 600, "{sum}");
    }

    #[test]
    fn debug_shows_no_numbers() {
        let vector = Vector::of(&Prompt::new("secret"));
        assert_eq!(format!("{vector:?}"), "Vector { .. }");
    }
}
