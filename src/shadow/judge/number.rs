use super::{
    Comparison, Judge, JudgeFuture,
    judge::{at_once, of_both},
};

/// Whether the last number in two answers is the same, within a relative tolerance. `1,234.5` is one number.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    tolerance: f64,
}

impl Number {
    /// Numbers may differ by a millionth of the larger one.
    pub const fn new() -> Self {
        Self { tolerance: 1e-6 }
    }

    /// Sets by which share of the larger one two numbers may differ. Default: a millionth.
    #[must_use]
    pub const fn tolerance(mut self, share: f64) -> Self {
        self.tolerance = share;
        self
    }
}

impl Default for Number {
    fn default() -> Self {
        Self::new()
    }
}

impl Judge for Number {
    fn judge<'a>(&'a self, comparison: &'a Comparison<'a>) -> JudgeFuture<'a> {
        let [one, other] =
            [comparison.answer(), comparison.other()].map(|said| last(&said.words()));
        let close = |one: &f64, other: &f64| {
            let larger = one.abs().max(other.abs());
            one == other || (one - other).abs() <= self.tolerance * larger
        };
        at_once(of_both(one, other, close))
    }
}

/// The last number in a text.
pub(super) fn last(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let end = bytes.iter().rposition(u8::is_ascii_digit)? + 1;
    let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',');
    let plain = |end: usize| {
        let begins = bytes[..end].iter().rposition(|byte| !part(byte));
        begins.map_or(0, |at| at + 1)
    };
    let mut start = plain(end);
    // `1.5e-7`: an exponent belongs to the number before it.
    let exponent = bytes[..start]
        .strip_suffix(b"-")
        .or(bytes[..start].strip_suffix(b"+"));
    let before = exponent.unwrap_or(&bytes[..start]);
    if let Some(before) = before.strip_suffix(b"e").or(before.strip_suffix(b"E"))
        && before.last().is_some_and(u8::is_ascii_digit)
    {
        start = plain(before.len());
    }
    let number = text.get(start..end)?.trim_start_matches([',', '.']);
    let sign = text.get(..start).is_some_and(minus) && number.len() == end - start;
    let number: f64 = number.replace(',', "").parse().ok()?;
    if !number.is_finite() {
        return None;
    }
    Some(if sign { -number } else { number })
}

/// Whether a minus stands before the number, and not a hyphen between two things.
fn minus(before: &str) -> bool {
    let rest = before.strip_suffix('-').or(before.strip_suffix('\u{2212}'));
    rest.is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}
