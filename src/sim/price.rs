use std::fmt;

/// What a simulated model asks for, in whole pico-USD per token.
///
/// One USD per million tokens is a million pico-USD per token, so a decimal text with at most six
/// places is exact. This is the sims' own arithmetic, kept apart from the rest of the crate on
/// purpose: a ledger that is compared with the bill must not share its mistakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rates {
    pub(crate) input: u128,
    pub(crate) cached: Option<u128>,
    /// Input that is written to a cache for five minutes, and for an hour.
    pub(crate) written: Option<u128>,
    pub(crate) written_hour: Option<u128>,
    pub(crate) output: u128,
}

/// What one call used. Cached and written tokens are parts of the prompt.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) prompt: u64,
    pub(crate) cached: u64,
    pub(crate) written: u64,
    /// What is written is kept for an hour.
    pub(crate) hour: bool,
    pub(crate) completion: u64,
}

impl Rates {
    /// The cost of one call in nano-USD, rounded up once.
    pub(crate) fn nano_usd(&self, used: Used) -> u64 {
        let cached = used.cached.min(used.prompt);
        let written = used.written.min(used.prompt - cached);
        let write_rate = if used.hour {
            self.written_hour
        } else {
            self.written
        };
        let pico = u128::from(used.prompt - cached - written) * self.input
            + u128::from(cached) * self.cached.unwrap_or(self.input)
            + u128::from(written) * write_rate.unwrap_or(self.input)
            + u128::from(used.completion) * self.output;
        u64::try_from(pico.div_ceil(1_000)).unwrap_or(u64::MAX)
    }
}

/// Why a price could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadPrice(String);

impl fmt::Display for BadPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no price: expected USD per million tokens such as \"1.25\", \
             not negative, with at most six decimal places",
            self.0
        )
    }
}

/// Reads USD per million tokens as pico-USD per token.
pub(crate) fn parse(text: &str) -> Result<u128, BadPrice> {
    let bad = || BadPrice(text.to_owned());
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.len() > 6 || !digits(whole) || !digits(part) {
        return Err(bad());
    }
    if text.ends_with('.') {
        return Err(bad());
    }
    let whole: u128 = whole.parse().map_err(|_| bad())?;
    let part: u128 = format!("{part:0<6}").parse().map_err(|_| bad())?;
    Ok(whole * 1_000_000 + part)
}

/// Writes nano-USD as a decimal number of USD with nine places.
pub(crate) fn usd(nano: u64) -> String {
    format!("{}.{:09}", nano / 1_000_000_000, nano % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_decimal_text_exactly() {
        assert_eq!(parse("1.00"), Ok(1_000_000));
        assert_eq!(parse("0.000001"), Ok(1));
        assert_eq!(parse("25"), Ok(25_000_000));
        assert_eq!(parse("0"), Ok(0));
        for bad in [
            "",
            ".5",
            "1.",
            "-1",
            "1e3",
            "0.0000001",
            "+1",
            "1.2.3",
            " 1",
            "NaN",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    fn used(prompt: u64, cached: u64, completion: u64) -> Used {
        Used {
            prompt,
            cached,
            completion,
            ..Used::default()
        }
    }

    #[test]
    fn rounds_each_call_up_once() {
        // 0.20 USD per million is 200_000 pico per token; one token is 200 nano exactly.
        let rates = Rates {
            input: 1,
            output: 200_000,
            ..Rates::default()
        };
        assert_eq!(rates.nano_usd(used(0, 0, 1)), 200);
        // One pico more is a whole nano more.
        assert_eq!(rates.nano_usd(used(1, 0, 1)), 201);
        assert_eq!(rates.nano_usd(used(1_000, 0, 1)), 201);
        assert_eq!(rates.nano_usd(used(1_001, 0, 1)), 202);
    }

    #[test]
    fn cached_and_written_tokens_are_part_of_the_prompt() {
        let rates = Rates {
            input: 1_000_000,
            cached: Some(200_000),
            written: Some(1_250_000),
            written_hour: Some(2_000_000),
            output: 3_200_000,
        };
        // 60 fresh at 1000 nano, 40 cached at 200 nano, 10 out at 3200 nano.
        assert_eq!(rates.nano_usd(used(100, 40, 10)), 60_000 + 8_000 + 32_000);
        let mut written = used(100, 40, 0);
        written.written = 20;
        // 40 fresh at 1000, 40 cached at 200, 20 written at 1250.
        assert_eq!(rates.nano_usd(written), 40_000 + 8_000 + 25_000);
        written.hour = true;
        assert_eq!(rates.nano_usd(written), 40_000 + 8_000 + 40_000);
    }

    #[test]
    fn writes_nine_places() {
        assert_eq!(usd(1_234_567), "0.001234567");
        assert_eq!(usd(12_000_000_000), "12.000000000");
    }
}
