//! How alike queries are, and how far what is seen of one speaks of the other.
#![allow(
    clippy::suboptimal_flops,
    reason = "fused operations are slow calls on processors that may lack them"
)]

use crate::profile::Vector;

/// How fast likeness falls with the squared distance.
const FALL: f32 = 0.7;

/// Variance of what calls alike share, whoever answers.
pub(super) const SHARED: f32 = 0.05;
/// Variance of what each candidate has on calls alike.
pub(super) const OWN: f32 = 0.05;
/// Variance of how far a candidate is from the catalog's quality everywhere.
pub(super) const BIAS: f32 = 0.003;
/// Variance of how far a candidate is on one task from the catalog's quality.
pub(super) const TASK: f32 = 0.03;
/// Variance of a score around what is expected.
pub(super) const NOISE: f32 = 0.13;

/// A query as it is compared: numbers widened once, so that products add up two at a time.
pub(super) type Row = [i16; Vector::LEN];

pub(super) fn row(vector: &Vector) -> Row {
    let mut row = [0; Vector::LEN];
    for (to, from) in row.iter_mut().zip(vector.as_slice()) {
        *to = i16::from(*from);
    }
    row
}

pub(super) fn dot(a: &Row, b: &Row) -> i32 {
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// How alike two queries are, 0..=1, of the squared distance between them.
pub(super) fn alike(distance: i32) -> f32 {
    const SCALE: f32 = -FALL * std::f32::consts::LOG2_E / (Vector::UNIT * Vector::UNIT);
    exp2(distance as f32 * SCALE)
}

/// 2 to the power of what is at most 0, to five digits: plain arithmetic, so that several are worked out at once.
fn exp2(power: f32) -> f32 {
    // Added, it leaves no room for a fraction.
    const WHOLE: f32 = 12_582_912.0;
    let power = power.max(-100.0);
    let whole = power + WHOLE;
    let rest = power - (whole - WHOLE);
    let high = 0.055_504_11 + rest * (0.009_618_13 + rest * 0.001_333_356);
    let series = 1.0 + rest * (std::f32::consts::LN_2 + rest * (0.240_226_5 + rest * high));
    f32::from_bits(series.to_bits().wrapping_add(whole.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_the_library() {
        for step in 0..10_000_u16 {
            let power = -f32::from(step) / 100.0;
            let (ours, theirs) = (exp2(power), power.exp2());
            assert!((ours - theirs).abs() <= 1e-5 * theirs, "2^{power}: {ours}");
        }
        assert!(exp2(f32::NEG_INFINITY) < 1e-29);
    }
}
