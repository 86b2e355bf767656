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
