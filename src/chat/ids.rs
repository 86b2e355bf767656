//! Ids of tool calls that every format takes, made of whatever ids there are; the same for the same, so that calls and
//! results keep finding each other.

use std::borrow::Cow;

use crate::catalog::ToolIds;

/// The longest that every vendor takes (OpenAI: 40).
const LONGEST: usize = 40;

/// An id for a call of an answer whose format has none.
pub(crate) fn of_call(answer: &str, choice: u32, call: u32) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(answer.as_bytes());
    hasher.update(&choice.to_le_bytes());
    hasher.update(&call.to_le_bytes());
    format!("call_{}", letters(&hasher.finalize(), 24))
}

/// An id as a provider takes it: the same one where it can stay.
pub(crate) fn fitting(id: &str, form: ToolIds) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let short = || blake3::hash(id.as_bytes());
    match form {
        ToolIds::Nine if id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            id.into()
        }
        ToolIds::Nine => letters(&short(), 9).into(),
        ToolIds::Any if (1..=LONGEST).contains(&id.len()) && id.bytes().all(plain) => id.into(),
        ToolIds::Any => format!("call_{}", letters(&short(), 24)).into(),
    }
}

/// Letters and digits of a digest; each byte gives one.
fn letters(digest: &blake3::Hash, count: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let bytes = digest.as_bytes().iter().take(count);
    bytes
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_where_they_can_and_are_the_same_for_the_same() {
        assert_eq!(fitting("toolu_01A-b", ToolIds::Any), "toolu_01A-b");
        let long = "x".repeat(41);
        for bad in ["", "a b", "ü", long.as_str()] {
            let id = fitting(bad, ToolIds::Any);
            assert_eq!(id.len(), 29, "{bad}");
            assert_eq!(fitting(bad, ToolIds::Any), id);
        }
        assert_eq!(fitting("abcDEF123", ToolIds::Nine), "abcDEF123");
        assert_eq!(fitting("call_1", ToolIds::Nine).len(), 9);
        assert_ne!(of_call("r", 0, 0), of_call("r", 0, 1));
        assert_eq!(of_call("r", 0, 1), of_call("r", 0, 1));
    }
}
