use crate::profile::Estimate;

/// What a [`Learner`](super::Learner) advises for one call.
#[derive(Clone, Debug)]
pub struct Advice {
    /// Of each arm that was asked about, in their order.
    pub estimates: Vec<Estimate>,
    /// Places of arms, the best choice first.
    pub order: Vec<usize>,
    /// With which probability each arm would have come first, in their order; they add up to 1.
    pub probabilities: Vec<f64>,
    /// Why the first is first.
    pub why: Why,
}

/// Why an [`Advice`] is as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// The best by quality less what its cost is worth: `lambda` points of quality for the dearest candidate's cost.
    Tradeoff {
        /// How much quality the dearest candidate's cost is worth.
        lambda: f64,
    },
    /// By chance, to learn.
    Explored,
    /// It is not known whether routing wins over this one: it is the constant to fall back to.
    Constant,
}
