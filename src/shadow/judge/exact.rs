use super::{
    Comparison, Judge, JudgeFuture,
    judge::{at_once, of_both},
};

/// Whether two answers are the same text; case, and white space around them, make no difference.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Exact;

impl Exact {
    /// The judge.
    pub const fn new() -> Self {
        Self
    }
}

impl Judge for Exact {
    fn judge<'a>(&'a self, comparison: &'a Comparison<'a>) -> JudgeFuture<'a> {
        let [one, other] = [comparison.answer(), comparison.other()].map(|said| {
            let words = said.words().trim().to_lowercase();
            (!words.is_empty()).then_some(words)
        });
        at_once(of_both(one, other, |one, other| one == other))
    }
}
