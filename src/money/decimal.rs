use thiserror::Error;

/// Why a text is no amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseMoneyError {
    /// Not digits with at most one point.
    #[error("`{0}` is not a decimal amount; write digits with at most one point, such as \"2.50\"")]
    Syntax(Box<str>),
    /// Below zero.
    #[error("`{0}` is negative; amounts and prices are zero or more")]
    Negative(Box<str>),
    /// More decimals than the smallest unit has.
    #[error("`{text}` is finer than {digits} decimals, the smallest that is counted")]
    TooFine {
        /// The text as given.
        text: Box<str>,
        /// How many decimals there may be.
        digits: u32,
    },
    /// Larger than can be counted.
    #[error("`{0}` is larger than can be counted")]
    TooLarge(Box<str>),
}

/// Reads `text` as an integer of 10^-`digits`.
pub(super) fn parse(text: &str, digits: u32) -> Result<u64, ParseMoneyError> {
    // A message stays on its line, whatever stands there.
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let shown = || {
        text.chars()
            .take(40)
            .map(plain)
            .collect::<String>()
            .into_boxed_str()
    };
    if let Some(rest) = text.strip_prefix('-')
        && rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')
    {
        return Err(ParseMoneyError::Negative(shown()));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return Err(ParseMoneyError::Syntax(shown()));
    }
    let fraction = fraction.trim_end_matches('0');
    let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if places > digits {
        return Err(ParseMoneyError::TooFine {
            text: shown(),
            digits,
        });
    }
    let mut value: u64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(u64::from(digit - b'0')))
            .ok_or_else(|| ParseMoneyError::TooLarge(shown()))?;
    }
    10u64
        .checked_pow(digits - places)
        .and_then(|scale| value.checked_mul(scale))
        .ok_or_else(|| ParseMoneyError::TooLarge(shown()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_no_control_characters() {
        let said = parse("2\r\n50", 9).unwrap_err().to_string();
        assert!(!said.contains(char::is_control), "{said:?}");
    }

    #[test]
    fn reads_digit_by_digit() {
        assert_eq!(parse("10.00", 9), Ok(10_000_000_000));
        assert_eq!(parse("0.000000001", 9), Ok(1));
        assert_eq!(parse(".5", 9), Ok(500_000_000));
        assert_eq!(parse("7.", 0), Ok(7));
        assert_eq!(parse("0.0000000010000", 9), Ok(1));
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in [
            "", ".", "1e3", "1,5", " 1", "+1", "0x1", "NaN", "inf", "1.2.3", "-", "１",
        ] {
            assert!(
                matches!(parse(text, 9), Err(ParseMoneyError::Syntax(_))),
                "{text}"
            );
        }
        assert!(matches!(
            parse("-0.01", 9),
            Err(ParseMoneyError::Negative(_))
        ));
        assert!(matches!(
            parse("0.0000000001", 9),
            Err(ParseMoneyError::TooFine { .. })
        ));
        assert!(matches!(
            parse("99999999999999999999", 9),
            Err(ParseMoneyError::TooLarge(_))
        ));
    }
}
