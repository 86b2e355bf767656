//! Values that only this file has: sizes, shares, and durations that can be off.

use std::time::Duration;

use crate::{budget::Share, catalog::Reader, money::Usd};

/// A size such as `32MiB`.
pub(super) fn size(section: &Reader<'_>, key: &str) -> Option<u64> {
    let found = bytes(section.text(key)?);
    if found.is_none() {
        let what = "is no size; write it as \"512KiB\", \"32MiB\" or \"1GiB\"";
        section.wrong(key, what);
    }
    found
}

/// Whole numbers with a unit; the binary ones count in steps of 1024, the others of 1000.
fn bytes(text: &str) -> Option<u64> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let factor = match unit {
        "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor).filter(|bytes| *bytes > 0)
}

/// A share of a whole, from its digits and never through a float: at most six decimals, above zero.
pub(super) fn share(section: &Reader<'_>, key: &str) -> Option<Share> {
    let found = per_million(section.digits(key)?);
    if found.is_none() {
        let what = "must be above 0 and at most 1, with at most six decimals, such as 0.0625";
        section.wrong(key, what);
    }
    found
}

/// Shares of a whole, such as `["0.5", "0.8", "1"]`.
pub(super) fn shares(section: &Reader<'_>, key: &str) -> Vec<Share> {
    let texts = section.texts(key).into_iter();
    let read = texts.map(|text| (text, per_million(text)));
    read.filter_map(|(text, share)| {
        if share.is_none() {
            let what = "is no share: each is a text above 0 and at most 1, such as \"0.8\"";
            section.wrong(key, format!("{text:?} {what}"));
        }
        share
    })
    .collect()
}

fn per_million(digits: &str) -> Option<Share> {
    // A dollar has as many nano-dollars as a whole has billionths.
    let billionths = digits.parse::<Usd>().ok()?.nanos();
    let millionths = billionths
        .is_multiple_of(1_000)
        .then_some(billionths / 1_000)?;
    let millionths = u32::try_from(millionths).ok().filter(|parts| *parts > 0)?;
    Share::per_million(millionths).ok()
}

/// A duration, or `off`, which is none at all.
pub(super) fn duration_or_off(section: &Reader<'_>, key: &str) -> Option<Duration> {
    match section.text(key)? {
        "off" => Some(Duration::ZERO),
        _ => section.duration(key),
    }
}

/// A percentile such as `p95`, of a key that may be one. What cannot be one is none, and said to be wrong.
pub(super) fn percentile(section: &Reader<'_>, key: &str) -> Option<u8> {
    let digits = section.text(key)?.strip_prefix('p')?;
    let percentile = digits.parse().ok().unwrap_or_default();
    if !(1..=99).contains(&percentile) {
        let what =
            "must be \"off\", a duration such as \"2s\", or a percentile from \"p1\" to \"p99\"";
        section.wrong(key, what);
    }
    Some(percentile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, size) in [
            ("1B", 1),
            ("2kB", 2_000),
            ("512KiB", 512 << 10),
            ("32MiB", 32 << 20),
            ("1GiB", 1 << 30),
        ] {
            assert_eq!(bytes(text), Some(size), "{text}");
        }
        for text in [
            "",
            "32",
            "MiB",
            "-1MiB",
            "1.5MiB",
            "32 MiB",
            "32mib",
            "0MiB",
            "99999999999999GiB",
            "+1B",
        ] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn shares_are_exact() {
        let share = |parts| Share::per_million(parts).ok();
        assert_eq!(per_million("0.0625"), share(62_500));
        assert_eq!(per_million("0.1"), share(100_000));
        assert_eq!(per_million("1"), share(1_000_000));
        assert_eq!(per_million("1.000000"), share(1_000_000));
        assert_eq!(per_million("0.000001"), share(1));
        for text in [
            "0",
            "0.0000001",
            "1.000001",
            "-0.1",
            "6.25e-2",
            "nan",
            "inf",
        ] {
            assert_eq!(per_million(text), None, "{text}");
        }
    }
}
