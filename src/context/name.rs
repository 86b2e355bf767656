use std::sync::Arc;

use thiserror::Error;

const LONGEST: usize = 256;

/// Why a text cannot name a tenant, a data label or a scope's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// There is nothing in it.
    #[error("a name cannot be empty")]
    Empty,
    /// More than 256 bytes.
    #[error("a name has at most 256 bytes, not {0}")]
    TooLong(usize),
    /// A control character, such as a line break, stands in it.
    #[error("a name has no control characters")]
    Control,
}

/// Names travel into logs, ledgers and metrics, so they are short and of one line.
pub(crate) fn checked(text: &str) -> Result<Arc<str>, InvalidName> {
    if text.is_empty() {
        Err(InvalidName::Empty)
    } else if text.len() > LONGEST {
        Err(InvalidName::TooLong(text.len()))
    } else if text.chars().any(char::is_control) {
        Err(InvalidName::Control)
    } else {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_one_short_line() {
        assert_eq!(checked("team-a").as_deref(), Ok("team-a"));
        assert_eq!(checked("ü".repeat(128).as_str()).map(|n| n.len()), Ok(256));
        assert_eq!(checked(""), Err(InvalidName::Empty));
        assert_eq!(checked(&"x".repeat(257)), Err(InvalidName::TooLong(257)));
        for text in ["a\nb", "a\0", "\u{85}", "\u{7f}"] {
            assert_eq!(checked(text), Err(InvalidName::Control), "{text:?}");
        }
    }
}
