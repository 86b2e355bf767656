/// The front of an error's message, in which phrases are looked for; what follows may be the prompt.
pub(super) struct Front(String);

/// The most of a message that is its own words.
const LENGTH: usize = 256;

impl Front {
    pub(super) fn of(message: &str) -> Self {
        let mut end = message.len().min(LENGTH);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        Self(message[..end].to_ascii_lowercase())
    }

    /// Whether one of these stands in it; they are in lower case.
    pub(super) fn says(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.0.contains(phrase))
    }

    /// Whether it begins with one of these; they are in lower case.
    #[cfg(feature = "gemini")]
    pub(super) fn begins(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.0.starts_with(phrase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_prompt_prove_nothing() {
        assert!(Front::of("Prompt is TOO long: 9 > 8").says(&["prompt is too long"]));
        let quoted = format!("{}prompt is too long", "é".repeat(200));
        assert!(!Front::of(&quoted).says(&["prompt is too long"]));
        assert!(!Front::of("").says(&["x"]));
    }
}
