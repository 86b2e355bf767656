//! Words for answers, the same for the same seed.

use fastrand::Rng;

const WORDS: [&str; 64] = [
    "the", "a", "this", "each", "one", "other", "whole", "small", "clear", "steady", "open",
    "plain", "quiet", "early", "late", "near", "model", "answer", "question", "reason", "result",
    "number", "table", "list", "order", "price", "choice", "limit", "path", "part", "step", "case",
    "value", "change", "cause", "method", "test", "proof", "rule", "line", "gives", "takes",
    "shows", "keeps", "finds", "holds", "means", "needs", "moves", "starts", "ends", "follows",
    "and", "or", "but", "so", "because", "while", "when", "where", "from", "with", "for", "under",
];

/// FNV-1a over the parts, with a border between them.
pub(crate) fn hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

/// A natural length for an answer.
pub(crate) fn length(seed: u64) -> u64 {
    Rng::with_seed(seed).u64(20..=400)
}

/// Sentences of `n` words, one token each; a token carries its space before and its point behind.
pub(crate) fn sentences(seed: u64, n: u64) -> Vec<String> {
    let mut rng = Rng::with_seed(seed ^ 0x5eed);
    let mut left = 0;
    (0..n)
        .map(|i| {
            let start = left == 0;
            if start {
                left = rng.u64(6..=14);
            }
            left -= 1;
            let word = WORDS[rng.usize(..WORDS.len())];
            let mut token = String::with_capacity(word.len() + 2);
            if i > 0 {
                token.push(' ');
            }
            if start {
                token.extend(word.chars().take(1).map(|c| c.to_ascii_uppercase()));
                token.push_str(&word[1..]);
            } else {
                token.push_str(word);
            }
            if left == 0 || i + 1 == n {
                token.push('.');
            }
            token
        })
        .collect()
}

/// The words of a text as tokens, each with its space before it.
pub(crate) fn spaced(text: &str) -> Vec<String> {
    text.split_inclusive(' ')
        .scan("", |space, word| {
            let token = format!("{space}{}", word.trim_end_matches(' '));
            *space = " ";
            Some(token)
        })
        .collect()
}

/// Letters and digits for an identifier.
pub(crate) fn alphanumeric(rng: &mut Rng, n: usize) -> String {
    (0..n).map(|_| rng.alphanumeric()).collect()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(rng: &mut Rng, n: usize) -> String {
    (0..n).map(|_| rng.digit(16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_words() {
        assert_eq!(sentences(7, 30), sentences(7, 30));
        assert_ne!(sentences(7, 30), sentences(8, 30));
        assert_eq!(sentences(7, 30).len(), 30);
        assert!(sentences(7, 0).is_empty());
    }

    #[test]
    fn parts_have_borders() {
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
    }
}
