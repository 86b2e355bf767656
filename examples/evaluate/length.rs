use crate::{play::Played, stream::Stream};

/// How many lengths are tried as the threshold.
const STEPS: usize = 20;

/// Length alone decides: calls with prompts of at least so many bytes go to the dearer of two models.
pub(crate) struct ByLength {
    pub(crate) least: usize,
    pub(crate) dear: usize,
    pub(crate) cheap: usize,
}

impl ByLength {
    /// The one that saves most on these calls without losing quality there against the best constant, or else that
    /// constant.
    pub(crate) fn fit(stream: &Stream, calls: &[usize]) -> Self {
        let score = |model: usize, call: usize| stream.at(call, model).unwrap_or_default().0;
        let cost = |model: usize, call: usize| stream.calls[call].costs[model];
        let sum = |model: usize| calls.iter().map(|call| score(model, *call)).sum::<f64>();
        let models = 0..stream.models.len();
        let by_sum = |a: &usize, b: &usize| sum(*a).total_cmp(&sum(*b));
        let dear = models.clone().max_by(by_sum).unwrap_or_default();
        let needed = sum(dear);

        let mut lengths: Vec<usize> = calls
            .iter()
            .map(|call| stream.calls[*call].length)
            .collect();
        lengths.sort_unstable();
        let whole: f64 = calls.iter().map(|call| cost(dear, *call)).sum();
        let mut best = Self {
            least: 0,
            dear,
            cheap: dear,
        };
        let mut least_cost = whole;
        for cheap in models.filter(|model| *model != dear) {
            for step in 1..=STEPS {
                let at = (lengths.len() * step / STEPS).saturating_sub(1);
                let least = lengths.get(at).map_or(0, |length| length + 1);
                let tried = Self { least, dear, cheap };
                let chosen = |call: &usize| (tried.choose(stream.calls[*call].length), *call);
                let (mut scored, mut costs) = (0.0, 0.0);
                for (model, call) in calls.iter().map(chosen) {
                    scored += score(model, call);
                    costs += cost(model, call);
                }
                if scored >= needed && costs < least_cost {
                    (best, least_cost) = (tried, costs);
                }
            }
        }
        best
    }

    pub(crate) const fn choose(&self, length: usize) -> usize {
        if length >= self.least {
            self.dear
        } else {
            self.cheap
        }
    }

    /// Where a call's model has no score, it has none.
    pub(crate) fn play(&self, stream: &Stream, calls: &[usize]) -> Vec<Played> {
        let chosen = |call: &usize| Played {
            call: *call,
            chosen: self.choose(stream.calls[*call].length),
        };
        calls.iter().map(chosen).collect()
    }
}
