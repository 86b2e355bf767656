use std::time::Duration;

/// What a side showed, in one round or as the median of all rounds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// CPU time for one call; `None` where it is not known.
    pub(crate) cpu_us: Option<f64>,
    /// The 99th percentile of the streams' longest gaps between two pieces.
    pub(crate) gap_p99_ms: f64,
}

impl Figures {
    /// Of a round's calls: their times and their longest gaps, in nanoseconds, and the CPU time of all together.
    pub(crate) fn of(mut times: Vec<u32>, mut gaps: Vec<u32>, cpu: Option<Duration>) -> Self {
        times.sort_unstable();
        gaps.sort_unstable();
        let calls = times.len() as f64;
        Self {
            p50_us: at(&times, 0.50) / 1e3,
            p99_us: at(&times, 0.99) / 1e3,
            cpu_us: cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / calls),
            gap_p99_ms: at(&gaps, 0.99) / 1e6,
        }
    }

    /// The median of each figure.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        let each = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure));
        let cpu: Option<Vec<f64>> = rounds.iter().map(|round| round.cpu_us).collect();
        Self {
            p50_us: each(|round| round.p50_us),
            p99_us: each(|round| round.p99_us),
            cpu_us: cpu.map(median),
            gap_p99_ms: each(|round| round.gap_p99_ms),
        }
    }
}

/// The value below which a share of them lies. They are sorted.
fn at(sorted: &[u32], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    #[expect(clippy::cast_sign_loss, reason = "both factors are above zero")]
    let place = (last * share).round() as usize;
    sorted.get(place).copied().map_or(0.0, f64::from)
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.get(middle) {
        None => 0.0,
        Some(upper) if values.len() % 2 == 1 => *upper,
        Some(upper) => f64::midpoint(values[middle - 1], *upper),
    }
}
