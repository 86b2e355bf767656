/// 97.5 % quantiles of Student's t, from one degree of freedom on.
const T: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

/// Numbers of several seeds.
pub(crate) struct Seeds(Vec<f64>);

impl Seeds {
    pub(crate) fn of<T>(all: &[T], number: impl Fn(&T) -> f64) -> Self {
        Self(all.iter().map(number).collect())
    }

    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len().max(1) as f64
    }

    /// Half of the interval of 95 %: over orders and priors alone, since all seeds share the calls.
    fn half(&self) -> f64 {
        let (mean, count) = (self.mean(), self.0.len());
        let Some(free) = count.checked_sub(1).filter(|free| *free > 0) else {
            return f64::NAN;
        };
        let squares: f64 = self.0.iter().map(|x| (x - mean).powi(2)).sum();
        let t = T.get(free - 1).copied().unwrap_or(1.96);
        t * (squares / free as f64 / count as f64).sqrt()
    }

    /// `+1.50 +- 0.50  (-1.0..+3.0)`, a hundred times as much.
    pub(crate) fn points(&self) -> String {
        let (mean, half) = (100.0 * self.mean(), 100.0 * self.half());
        let least = 100.0 * self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = 100.0 * self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{mean:>+6.2} +-{half:>5.2} ({least:>+6.1}..{most:>+6.1})")
    }

    /// `48.5 +- 3.9  (31..57)`, alike.
    pub(crate) fn percent(&self) -> String {
        let (mean, half) = (100.0 * self.mean(), 100.0 * self.half());
        let least = 100.0 * self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = 100.0 * self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{mean:>5.1} +-{half:>4.1} ({least:>4.0}..{most:>4.0})")
    }
}
