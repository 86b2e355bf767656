/// How a [`Learner`](super::Learner) learns.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The confidence with which the quality that is asked for is kept, by the estimates: 0.5 trusts them as they are,
    /// more asks for a margin that shrinks with the labels. Default: 0.6.
    pub confidence: f64,
    /// How much quality the dearest candidate's cost is worth at most, where all of the best one's quality is asked for
    /// and much is known: half of it with 550 labels of calls like the present ones, hardly any with a hundred. A catalog
    /// with qualities by task stands for 300 labels. Each percent less that is asked for adds 0.04. Default: 0.2.
    pub cap: f64,
    /// How many labelled calls are remembered, 16..=4 096; time and memory grow with its square. Default: 1 024.
    pub memory: usize,
    /// The age in seconds at which a label counts half; `f64::INFINITY` for never. Default: 30 days.
    pub half_life: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            confidence: 0.6,
            cap: 0.2,
            memory: 1_024,
            half_life: 30.0 * 86_400.0,
        }
    }
}

impl Settings {
    /// The same with what makes no sense brought to what does.
    pub(super) fn sane(self) -> Self {
        let default = Self::default();
        let within = |x: f64, low: f64, high: f64, or: f64| {
            if x.is_nan() { or } else { x.clamp(low, high) }
        };
        Self {
            confidence: within(self.confidence, 0.5, 0.999, default.confidence),
            cap: within(self.cap, 0.0, 1.0, default.cap),
            memory: self.memory.clamp(16, 4_096),
            half_life: within(self.half_life, 1.0, f64::INFINITY, default.half_life),
        }
    }
}
