use super::CountTokens;

/// Longer texts, and longer runs of letters or of spaces, are not counted: the time that takes grows faster than they do.
const MOST_BYTES: usize = 256 * 1024;
const LONGEST_RUN: usize = 1_024;

/// Counts tokens of `o200k`, the vocabulary of OpenAI's models since GPT-4o.
///
/// About 20 microseconds a kilobyte, and a tenth of a second and 24 MB once, when it is first asked. Texts above 256 kB,
/// and such as have more than a thousand letters, or signs that are no letters, in a row, are left to the bound by bytes.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct O200k;

impl O200k {
    /// The counter.
    pub const fn new() -> Self {
        Self
    }
}

impl CountTokens for O200k {
    fn count(&self, vocabulary: &str, text: &str) -> Option<u64> {
        if vocabulary != "o200k" || text.len() > MOST_BYTES || longest_run(text) > LONGEST_RUN {
            return None;
        }
        let encoding = tiktoken::get_encoding("o200k_base")?;
        u64::try_from(encoding.count(text)).ok()
    }
}

/// The longest run of bytes that one piece of the vocabulary's pattern may be.
fn longest_run(text: &str) -> usize {
    #[derive(PartialEq)]
    enum Class {
        Letter,
        Space,
        Other,
    }
    let (mut longest, mut run, mut last) = (0, 0, Class::Other);
    for char in text.chars() {
        let class = if char.is_whitespace() {
            Class::Space
        } else if char.is_alphanumeric() {
            Class::Letter
        } else {
            Class::Other
        };
        run = if class == last { run } else { 0 } + char.len_utf8();
        longest = longest.max(run);
        last = class;
    }
    longest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_counts_come_out() {
        let count = |text| O200k::new().count("o200k", text);
        assert_eq!(count("hello world"), Some(2));
        assert_eq!(count(""), Some(0));
        assert_eq!(O200k::new().count("cl100k", "hello"), None);
    }

    #[test]
    fn what_takes_long_is_left_to_bytes() {
        let count = |text: &str| O200k::new().count("o200k", text);
        assert_eq!(count(&"a".repeat(2_000)), None);
        assert_eq!(count(&" ".repeat(2_000)), None);
        assert_eq!(count(&"word ".repeat(60_000)), None);
        assert!(count(&"word ".repeat(2_000)).is_some());
    }

    proptest! {
        #[test]
        fn no_text_has_more_tokens_than_bytes(text in ".{0,200}") {
            let count = O200k::new().count("o200k", &text).unwrap();
            prop_assert!(count <= text.len() as u64);
        }
    }
}
