//! The provider's own count of tokens.

use super::ask::Ask;

pub(crate) const PER_IMAGE: u64 = 85;
const PER_MESSAGE: u64 = 3;

/// The tokens of a prompt: a few per message, one per four bytes of text or of tool and format
/// JSON, and 85 per image or file. Without those it never exceeds the bytes of the texts and of that JSON
/// with 16 for each message.
pub(crate) fn prompt(ask: &Ask) -> u64 {
    let messages = ask.messages.iter();
    let said: u64 = messages
        .map(|m| PER_MESSAGE + (m.text.len() as u64).div_ceil(4) + (m.images + m.files) * PER_IMAGE)
        .sum();
    said + ask.schema_bytes / 4
}

/// Splits text that is not made of words into tokens of at most four bytes, at characters' borders.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::with_capacity(text.len() / 4 + 1);
    for c in text.chars() {
        match tokens.last_mut() {
            Some(token) if token.len() + c.len_utf8() <= 4 => token.push(c),
            _ => tokens.push(c.to_string()),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_short_and_lose_nothing() {
        let text = "{\"city\":\"Zürich 🚀\"}";
        let tokens = split(text);
        assert_eq!(tokens.concat(), text);
        assert!(tokens.iter().all(|t| (1..=4).contains(&t.len())));
        assert!(split("").is_empty());
    }
}
