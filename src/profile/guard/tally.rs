/// A mean of weighted samples of which old ones count ever less, with how sure it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    weights: f64,
    squared_weights: f64,
    sum: f64,
    squares: f64,
    /// The variances that samples must have, by the squares of their weights.
    variances: f64,
}

impl Tally {
    /// Adds a sample whose variance is this at least; all before counts `keep` of what it did.
    pub(super) fn add(&mut self, weight: f64, (x, variance): (f64, f64), keep: f64) {
        self.fade(keep);
        self.weights += weight;
        self.squared_weights = weight.mul_add(weight, self.squared_weights);
        self.sum = weight.mul_add(x, self.sum);
        self.squares = (weight * x).mul_add(x, self.squares);
        self.variances = (weight * weight).mul_add(variance, self.variances);
    }

    /// All that there is counts `keep` of what it did.
    pub(super) fn fade(&mut self, keep: f64) {
        self.weights *= keep;
        self.squared_weights *= keep * keep;
        self.sum *= keep;
        self.squares *= keep;
        self.variances *= keep * keep;
    }

    /// How many samples of the same weight it is worth.
    pub(super) fn samples(&self) -> f64 {
        if self.squared_weights > 0.0 {
            self.weights * self.weights / self.squared_weights
        } else {
            0.0
        }
    }

    pub(super) fn mean(&self) -> f64 {
        if self.weights > 0.0 {
            self.sum / self.weights
        } else {
            0.0
        }
    }

    /// The standard error of the mean: from the samples themselves, but not less than they must have, since what is rare and
    /// heavy may not have been seen yet. 1 where there are too few.
    pub(super) fn error(&self) -> f64 {
        let samples = self.samples();
        if samples < 8.0 {
            return 1.0;
        }
        let mean = self.mean();
        let variance = mean.mul_add(-mean, self.squares / self.weights).max(1e-6);
        let known = self.variances / (self.weights * self.weights);
        (variance / (samples - 1.0)).max(known).sqrt()
    }
}
