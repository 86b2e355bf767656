use std::fmt;

use super::{Ailment, Speed};

/// How everybody does whom a [`Monitor`](super::Monitor) knows, at one moment. `Display` writes a line for each.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Each candidate with each key, by model and provider.
    pub candidates: Vec<Standing>,
    /// How fast each model is at each effort, by model and provider.
    pub speeds: Vec<Timed>,
}

/// How a candidate does, called with one key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Standing {
    /// The model's name.
    pub model: Box<str>,
    /// Its provider's.
    pub provider: Box<str>,
    /// Whether it is called with a key. Which one is not told.
    pub key: bool,
    /// Why it is not asked now, and for how long; `None` where it is.
    pub ailment: Option<Ailment>,
    /// Whether one call is finding out whether it is well again.
    pub probed: bool,
    /// Failures since the last success.
    pub failures: u32,
    /// Answers in the breaker's window.
    pub answers: u32,
    /// Those of them that were failures.
    pub failed_answers: u32,
    /// How many requests its provider would take now; `None` where that is not known.
    pub requests_left: Option<u64>,
    /// How many tokens, by the tightest limit.
    pub tokens_left: Option<u64>,
    /// Attempts under way.
    pub in_flight: u32,
}

/// How fast a model answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timed {
    /// The model's name.
    pub model: Box<str>,
    /// Its provider's.
    pub provider: Box<str>,
    /// At which effort, where the candidate sets one.
    pub effort: Option<Box<str>>,
    /// The medians.
    pub speed: Speed,
}

impl Report {
    pub(super) fn new(
        candidates: impl Iterator<Item = Standing>,
        speeds: impl Iterator<Item = Timed>,
    ) -> Self {
        let mut report = Self {
            candidates: candidates.collect(),
            speeds: speeds.collect(),
        };
        let candidates = &mut report.candidates;
        candidates.sort_by(|a, b| (&a.model, &a.provider).cmp(&(&b.model, &b.provider)));
        let name = |timed: &Timed| {
            (
                timed.model.clone(),
                timed.provider.clone(),
                timed.effort.clone(),
            )
        };
        report.speeds.sort_by_cached_key(name);
        report
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for candidate in &self.candidates {
            writeln!(f, "{candidate}")?;
        }
        for timed in &self.speeds {
            writeln!(f, "{timed}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if self.key { "a key" } else { "no key" };
        write!(f, "{} at {}, {key}: ", self.model, self.provider)?;
        match &self.ailment {
            None => f.write_str("well")?,
            Some(ailment) => write!(f, "ill, {ailment}")?,
        }
        if let Some(after) = self.ailment.as_ref().and_then(Ailment::passes) {
            write!(f, " (for {:.1} s)", after.as_secs_f64())?;
        }
        write!(
            f,
            "; {} failures since a success, {} of {} answers failed lately, {} in flight",
            self.failures, self.failed_answers, self.answers, self.in_flight
        )?;
        for (left, what) in [
            (self.requests_left, "requests"),
            (self.tokens_left, "tokens"),
        ] {
            if let Some(left) = left {
                write!(f, ", {left} {what} left")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.model)?;
        if let Some(effort) = &self.effort {
            write!(f, "@{effort}")?;
        }
        write!(f, " at {}: ", self.provider)?;
        match self.speed.first_content {
            Some(first) => write!(f, "first content after {:.3} s", first.as_secs_f64())?,
            None => f.write_str("first content not known yet")?,
        }
        match self.speed.tokens_per_second {
            Some(tokens) => write!(f, ", {tokens:.1} tokens a second"),
            None => Ok(()),
        }
    }
}
