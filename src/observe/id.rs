use std::{fmt, str::FromStr};

/// Names one decision: the answer's request id.
///
/// 128 random bits from a generator that is fast and not secret: a name, and no proof of anything.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecisionId(u128);

const PREFIX: &str = "gen_";

impl DecisionId {
    /// A new one.
    pub fn random() -> Self {
        Self(fastrand::u128(..))
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{:032x}", self.0)
    }
}

impl fmt::Debug for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for DecisionId {
    type Err = NotADecisionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text
            .strip_prefix(PREFIX)
            .filter(|digits| digits.len() == 32);
        let digits = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        digits
            .and_then(|digits| u128::from_str_radix(digits, 16).ok())
            .map(Self)
            .ok_or(NotADecisionId)
    }
}

/// The text is no [`DecisionId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decision id; one looks like gen_ and 32 hexadecimal digits")]
pub struct NotADecisionId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_from_text() {
        let id = DecisionId::random();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(
            "gen_+1111111111111111111111111111111"
                .parse::<DecisionId>()
                .is_err()
        );
    }
}
