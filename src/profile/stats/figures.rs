use std::time::Duration;

use super::{
    Counts,
    counts::{CLASSES, What},
};
use crate::{context::Tenant, observe::FailureClass};

/// What was observed of a candidate on a task. Counts fade, so they are no whole numbers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Figures {
    /// Whose calls; `None` where calls have no tenant, or are shared.
    pub tenant: Option<Tenant>,
    /// The model's name.
    pub model: Box<str>,
    /// Its effort; empty where it has none.
    pub effort: Box<str>,
    /// The task.
    pub task: Box<str>,
    /// Attempts.
    pub calls: f64,
    /// Those that the caller left before their end, or that another answer was faster than.
    pub cancelled: f64,
    /// Those that have failed, by class; the classes that were seen only.
    pub errors: Vec<(FailureClass, f64)>,
    /// Answers that refuse, or were stopped by the provider's filter.
    pub refusals: f64,
    /// Answers that were cut at the limit of their length.
    pub lengths: f64,
    /// Tokens of answers, thinking included.
    pub output_tokens: Option<Spread>,
    /// From sending to the first content, in the mean.
    pub first_content: Option<Duration>,
    /// Tokens a second once an answer has begun, in the mean.
    pub tokens_per_second: Option<f64>,
    /// What an attempt costs in the mean, in USD.
    pub cost_usd: Option<f64>,
}

/// How large something is, and how much it differs.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub sd: f64,
    /// Of how many; they fade.
    pub of: f64,
}

impl Figures {
    pub(crate) fn new(
        tenant: Option<Tenant>,
        (model, effort): (&str, &str),
        task: &str,
        counts: &Counts,
    ) -> Self {
        let failed = CLASSES.map(|class| (class, counts.get(What::Failed(class))));
        let mean = |sum, of| {
            let of = counts.get(of);
            (of > 0.0).then(|| counts.get(sum) / of)
        };
        let seconds = mean(What::FirstContent, What::Begun);
        Self {
            tenant,
            model: model.into(),
            effort: effort.into(),
            task: task.into(),
            calls: counts.get(What::Calls),
            cancelled: counts.get(What::Cancelled),
            errors: failed.into_iter().filter(|(_, n)| *n > 0.0).collect(),
            refusals: counts.get(What::Refusals),
            lengths: counts.get(What::Lengths),
            output_tokens: Spread::of(counts),
            first_content: seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()),
            tokens_per_second: mean(What::Speed, What::Streamed),
            cost_usd: mean(What::Cost, What::Paid),
        }
    }

    /// All attempts that have failed.
    pub fn failed(&self) -> f64 {
        self.errors.iter().map(|(_, count)| count).sum()
    }
}

impl Spread {
    /// Of the tokens of answers.
    pub(crate) fn of(counts: &Counts) -> Option<Self> {
        let of = counts.get(What::Measured);
        if of <= 0.0 {
            return None;
        }
        let mean = counts.get(What::Tokens) / of;
        let variance = mean.mul_add(-mean, counts.get(What::SquaredTokens) / of);
        Some(Self {
            mean,
            sd: variance.max(0.0).sqrt(),
            of,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_of_what_was_measured() {
        let mut counts = Counts::new(0.0);
        counts.count(What::Calls, 10.0);
        for tokens in [100.0, 300.0] {
            counts.count(What::Measured, 1.0);
            counts.count(What::Tokens, tokens);
            counts.count(What::SquaredTokens, tokens * tokens);
        }
        counts.count(What::Failed(FailureClass::Rate), 3.0);
        let figures = Figures::new(None, ("glm-5", ""), "coding", &counts);
        let tokens = figures.output_tokens.unwrap();
        assert_eq!((tokens.mean, tokens.sd, tokens.of), (200.0, 100.0, 2.0));
        assert_eq!(figures.errors, [(FailureClass::Rate, 3.0)]);
        assert_eq!(figures.failed(), 3.0);
        assert_eq!((figures.first_content, figures.cost_usd), (None, None));
    }
}
