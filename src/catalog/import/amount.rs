use super::Doubt;
use crate::money::UnitPrice;

/// A price read from text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) price: UnitPrice,
    /// Finer than a pico-dollar, and therefore rounded up.
    pub(super) rounded: bool,
}

/// Reads dollars for 10^`per` units, such as `1.25e-06` for one (`per` 0) or `2.50` for a million (`per` 6), digit
/// by digit: no number passes through floating point.
///
/// # Errors
/// When it is zero, negative, no finite number, or too large to be counted.
pub(super) fn read(text: &str, per: u32) -> Result<Amount, Doubt> {
    let (text, negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let name = text.trim_start_matches('+').to_ascii_lowercase();
    if ["nan", "inf", "infinity"].contains(&&*name) {
        return Err(Doubt::NotFinite);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, whole(exponent).ok_or(Doubt::NoNumber)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return Err(Doubt::NoNumber);
    }
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Err(Doubt::Zero);
    }
    if negative {
        return Err(Doubt::Negative);
    }
    let trailing = all.len() - all.trim_end_matches('0').len();
    let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    // What the last significant digit counts, as a power of ten of a pico-dollar per unit.
    let shift = exponent
        .saturating_add(length(trailing))
        .saturating_sub(length(fraction.len()))
        .saturating_add(12)
        .saturating_sub(i64::from(per));
    pico(significant, shift)
}

fn pico(significant: &str, shift: i64) -> Result<Amount, Doubt> {
    let (kept, zeros, rounded) = match usize::try_from(shift) {
        Ok(zeros) => (significant, zeros, false),
        Err(_) => {
            let cut = usize::try_from(shift.unsigned_abs()).unwrap_or(usize::MAX);
            let kept = significant.len().saturating_sub(cut);
            (significant.get(..kept).unwrap_or(""), 0, true)
        }
    };
    if kept.len().saturating_add(zeros) > 20 {
        return Err(Doubt::TooLarge);
    }
    let mut value: u64 = 0;
    for digit in kept.bytes().chain(std::iter::repeat_n(b'0', zeros)) {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(u64::from(digit - b'0')))
            .ok_or(Doubt::TooLarge)?;
    }
    // The last digit that is left out is no zero.
    let value = value.checked_add(u64::from(rounded));
    Ok(Amount {
        price: UnitPrice::from_pico(value.ok_or(Doubt::TooLarge)?),
        rounded,
    })
}

/// An exponent; those that no `i64` holds are at its ends.
fn whole(text: &str) -> Option<i64> {
    let (digits, negative) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (rest, text.starts_with('-')),
        None => (text, false),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse().unwrap_or(i64::MAX / 4);
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pico(text: &str, per: u32) -> Option<(u64, bool)> {
        read(text, per)
            .ok()
            .map(|amount| (amount.price.pico(), amount.rounded))
    }

    #[test]
    fn every_spelling_is_exact() {
        for text in [
            "1.25e-06",
            "0.00000125",
            "125E-8",
            "1.25e-6",
            "0.0000012500",
            "12.5e-07",
        ] {
            assert_eq!(pico(text, 0), Some((1_250_000, false)), "{text}");
        }
        assert_eq!(pico("2.50", 6), Some((2_500_000, false)));
        assert_eq!(pico("10", 3), Some((10_000_000_000, false)));
        assert_eq!(pico("1.3e-10", 0), Some((130, false)));
    }

    #[test]
    fn what_is_finer_goes_up() {
        assert_eq!(pico("1.0000000000000002e-07", 0), Some((100_001, true)));
        assert_eq!(pico("1e-400", 0), Some((1, true)));
        assert_eq!(pico("1e-99999999999999999999", 0), Some((1, true)));
    }

    #[test]
    fn what_is_no_price_is_said() {
        for (text, doubt) in [
            ("0", Doubt::Zero),
            ("0.000e9", Doubt::Zero),
            ("-0.0", Doubt::Zero),
            ("-2.5e-06", Doubt::Negative),
            ("NaN", Doubt::NotFinite),
            ("-Infinity", Doubt::NotFinite),
            ("1e999", Doubt::TooLarge),
            ("18446745", Doubt::TooLarge),
            ("", Doubt::NoNumber),
            ("1,5", Doubt::NoNumber),
            ("$2", Doubt::NoNumber),
            ("1e", Doubt::NoNumber),
            ("0x10", Doubt::NoNumber),
            ("--1", Doubt::NoNumber),
        ] {
            assert_eq!(read(text, 0), Err(doubt), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_integers(digits in 1u64..10_000_000, exponent in -18i32..3) {
            let text = format!("{digits}e{exponent}");
            let shift = exponent + 12;
            let exact = if shift >= 0 {
                u128::from(digits) * 10u128.pow(shift.unsigned_abs())
            } else {
                u128::from(digits).div_ceil(10u128.pow(shift.unsigned_abs()))
            };
            let read = read(&text, 0).ok().map(|amount| u128::from(amount.price.pico()));
            prop_assert_eq!(read, u64::try_from(exact).ok().map(u128::from));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}", per in 0u32..10) {
            let _ = read(&text, per);
        }
    }
}
