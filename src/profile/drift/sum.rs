/// Outcomes added up: how many, their sum, and their squares'.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sum {
    pub(super) n: f64,
    pub(super) sum: f64,
    pub(super) squares: f64,
}

impl Sum {
    pub(super) fn add(&mut self, weight: f64, x: f64) {
        self.n += weight;
        self.sum = weight.mul_add(x, self.sum);
        self.squares = (weight * x).mul_add(x, self.squares);
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        Self {
            n: self.n - other.n,
            sum: self.sum - other.sum,
            squares: self.squares - other.squares,
        }
    }

    /// The same at most this heavy.
    pub(super) fn at_most(self, n: f64) -> Self {
        if self.n <= n {
            return self;
        }
        let share = n / self.n;
        Self {
            n,
            sum: self.sum * share,
            squares: self.squares * share,
        }
    }

    pub(super) fn mean(&self) -> f64 {
        if self.n > 0.0 { self.sum / self.n } else { 0.0 }
    }

    pub(super) fn variance(&self) -> f64 {
        if self.n > 0.0 {
            let mean = self.mean();
            mean.mul_add(-mean, self.squares / self.n).max(0.0)
        } else {
            0.0
        }
    }

    /// The logarithm of the likelihood that they come from the mean `p`.
    pub(super) fn likelihood(&self, p: f64) -> f64 {
        let p = p.clamp(1e-4, 1.0 - 1e-4);
        self.sum
            .mul_add(p.ln(), (self.n - self.sum) * (1.0 - p).ln())
    }
}
