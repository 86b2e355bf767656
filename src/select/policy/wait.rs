use std::time::Duration;

use super::{Entry, Pool, Question};
use crate::{query::Query, select::quote::guessed_output};

/// As many tokens a second as a fast reader reads: some 450 words a minute. What comes faster is not waited for.
const READING: f64 = 10.0;
/// As fast as a model counts of whose speed nothing is known, in tokens a second.
const USUAL: f64 = 50.0;
/// Nobody waits longer.
const FOR_EVER: Duration = Duration::from_secs(1 << 20);

/// How long somebody waits for an answer who waits for it.
pub(super) struct Wait<'a> {
    question: &'a Question<'a>,
    /// In which share of calls it takes at most so long.
    share: f64,
    /// How many tokens an answer has at the usual effort.
    tokens: f64,
}

impl<'a> Wait<'a> {
    /// For answers of candidates of a pool. Where it is known how long some candidates' answers are on the task, the
    /// others' are taken to be as long, by their efforts; else there is a guess by difficulty.
    pub(super) fn new(question: &'a Question<'a>, pool: &Pool<'_>) -> Self {
        let known =
            |entry: Entry<'_>| Some(length(entry, question)? / entry.candidate().output_factor());
        let (mut sum, mut count) = (0.0, 0.0);
        for length in pool.entries().filter_map(known) {
            sum += length;
            count += 1.0;
        }
        let tokens = match count > 0.0 {
            true => sum / count,
            false => guessed_output(question.query),
        };
        Self {
            question,
            share: question.alias.latency_quantile(),
            tokens,
        }
    }

    /// How long it is. Of a streamed answer: until its first content, and for what then comes slower than it is read. Of
    /// any other: until its end. `None` where nobody knows when it begins.
    pub(super) fn of(&self, entry: Entry<'_>) -> Option<Duration> {
        let model = entry.candidate().model();
        let speed = entry.speed(self.share).unwrap_or_default();
        let streamed = self.question.query.stream();
        let first = speed.first_content.or(model.first_token());
        // Where only whole answers are known, their speed has the wait for the first content in it.
        let first = match (first, speed.tokens_per_second) {
            (None, Some(_)) if !streamed => Duration::ZERO,
            (first, _) => first?,
        };
        let rate = speed.tokens_per_second.or(model.tokens_per_second());
        let each = 1.0 / rate.unwrap_or(USUAL);
        let each = match streamed {
            true => (each - 1.0 / READING).max(0.0),
            false => each,
        };
        let rest = Duration::try_from_secs_f64(self.tokens_of(entry) * each);
        Some(first.saturating_add(rest.unwrap_or(FOR_EVER)))
    }

    /// Whether calls like this have shown how fast it is.
    pub(super) fn is_measured(&self, entry: Entry<'_>) -> bool {
        let speed = entry.speed(self.share).unwrap_or_default();
        let whole = !self.question.query.stream() && speed.tokens_per_second.is_some();
        whole || speed.first_content.is_some()
    }

    /// How many tokens an answer probably has.
    fn tokens_of(&self, entry: Entry<'_>) -> f64 {
        let candidate = entry.candidate();
        let own = length(entry, self.question);
        let tokens = own.unwrap_or_else(|| self.tokens * candidate.output_factor());
        tokens.min(most(self.question.query, entry))
    }
}

fn length(entry: Entry<'_>, question: &Question<'_>) -> Option<f64> {
    let task = question.query.classification().task();
    entry.length(task, question.tenant)
}

/// The most tokens that an answer can have.
#[allow(clippy::cast_precision_loss, reason = "it is a guess")]
fn most(query: &Query, entry: Entry<'_>) -> f64 {
    let model = entry.candidate().model().max_output();
    let caller = query.max_output().filter(|most| *most > 0).map(u64::from);
    let most = caller.into_iter().chain(model).min();
    most.map_or(f64::INFINITY, |most| most as f64)
}
