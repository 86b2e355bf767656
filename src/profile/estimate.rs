use std::fmt;

/// So many standard deviations to both sides hold nine of ten.
const NINETY: f64 = 1.644_854;

/// What is predicted of a candidate's quality on a query, and how sure that is.
///
/// `mean` is the expected score from 0 to 1. `sd` is the standard deviation of that expectation: not how much single
/// answers differ, but how far off the expectation may be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The expected score, 0..=1.
    pub mean: f64,
    /// How far off `mean` may be, as a standard deviation.
    pub sd: f64,
    /// How many labelled calls like this one speak of the candidate; 0 where only the catalog does.
    pub labels: f64,
}

impl Estimate {
    /// An estimate; what is no number, or outside 0..=1, is brought there.
    pub fn new(mean: f64, sd: f64, labels: f64) -> Self {
        let finite = |x: f64, instead: f64| if x.is_finite() { x } else { instead };
        Self {
            mean: finite(mean, 0.0).clamp(0.0, 1.0),
            sd: finite(sd, 1.0).clamp(0.0, 1.0),
            labels: finite(labels, 0.0).max(0.0),
        }
    }

    /// Between which bounds the true expectation lies with a confidence of 90 %.
    pub fn interval(&self) -> (f64, f64) {
        (self.low(NINETY), self.high(NINETY))
    }

    /// The bound below which the true expectation lies with the probability `1 - confidence`; `z` is the normal
    /// quantile of the confidence.
    pub fn low(&self, z: f64) -> f64 {
        z.mul_add(-self.sd, self.mean).clamp(0.0, 1.0)
    }

    /// The bound above, alike.
    pub fn high(&self, z: f64) -> f64 {
        z.mul_add(self.sd, self.mean).clamp(0.0, 1.0)
    }
}

impl fmt::Display for Estimate {
    /// As in `0.71 ± 0.12 from 38 similar calls`; nine of ten such intervals hold the true expectation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ± {:.2} ", self.mean, self.sd * NINETY)?;
        match self.labels.round() {
            labels if labels < 1.0 => f.write_str("by the catalog alone"),
            1.0 => f.write_str("from 1 similar call"),
            labels => write!(f, "from {labels} similar calls"),
        }
    }
}

/// How many standard deviations above the mean a normal variable lies at most, with this probability, from 0.5 on; 0
/// below. Off by at most 0.0005 (Abramowitz and Stegun 26.2.23).
pub(crate) fn normal_quantile(probability: f64) -> f64 {
    if probability.is_nan() || probability <= 0.5 {
        return 0.0;
    }
    let rest = (1.0 - probability).max(1e-12);
    let t = (-2.0 * rest.ln()).sqrt();
    let above = t.mul_add(t.mul_add(0.010_328, 0.802_853), 2.515_517);
    let below = t.mul_add(t.mul_add(t.mul_add(0.001_308, 0.189_269), 1.432_788), 1.0);
    (t - above / below).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_how_sure_it_is_and_why() {
        let told = |mean, sd, labels| Estimate::new(mean, sd, labels).to_string();
        assert_eq!(told(0.71, 0.073, 38.2), "0.71 ± 0.12 from 38 similar calls");
        assert_eq!(told(0.5, 0.2, 0.0), "0.50 ± 0.33 by the catalog alone");
        assert_eq!(told(0.5, 0.2, 1.0), "0.50 ± 0.33 from 1 similar call");
        assert_eq!(Estimate::new(0.9, 0.2, 3.0).interval().1, 1.0);
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (probability, z) in [
            (0.5, 0.0),
            (0.6, 0.2533),
            (0.9, 1.2816),
            (0.95, 1.6449),
            (0.999, 3.0902),
        ] {
            assert!(
                (normal_quantile(probability) - z).abs() < 5e-4,
                "{probability}"
            );
        }
        for odd in [f64::NAN, -1.0, 0.2, 2.0, f64::INFINITY] {
            assert!(normal_quantile(odd).is_finite());
        }
    }
}
