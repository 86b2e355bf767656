use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use foldhash::fast::RandomState;
use serde::Serialize;
use tokio::time::Instant;

use super::{line::DecisionLine, told::Told};
use crate::{
    observe::{DecisionId, Reason},
    profile::Feedback,
};

/// So long a decision waits for its end.
const LONGEST: Duration = Duration::from_secs(600);

/// Joins what is told of decisions to lines. Bounded: where too many are open, the oldest is written as it is.
pub(super) struct Joiner {
    window: Duration,
    most: usize,
    open: HashMap<DecisionId, Open, RandomState>,
    /// In the order in which they came; those that are gone stay until they are the oldest, or too many.
    order: VecDeque<(Instant, DecisionId)>,
    /// Those that have ended, in the order in which they did.
    ended: VecDeque<(Instant, DecisionId)>,
}

struct Open {
    line: DecisionLine,
    ended: bool,
}

/// What is to be written.
#[derive(Debug)]
pub(super) enum Line {
    Decision(Box<DecisionLine>),
    Score(Feedback),
}

impl Joiner {
    /// Scores join their decision where they come within `window` after its end.
    pub(super) fn new(window: Duration, most: usize) -> Self {
        Self {
            window,
            most: most.max(1),
            open: HashMap::default(),
            order: VecDeque::new(),
            ended: VecDeque::new(),
        }
    }

    pub(super) fn take(&mut self, told: Told, now: Instant, out: &mut Vec<Line>) {
        match told {
            Told::Decided(decision, at, words) => {
                let refused = matches!(decision.reason, Reason::Refused(_));
                let line = DecisionLine::new(decision, at).with_words(words);
                if refused {
                    out.push(Line::Decision(Box::new(line)));
                } else {
                    self.put(line, now, out);
                }
            }
            Told::Finished(outcome) => {
                let id = outcome.decision().map(|decision| decision.id);
                if let Some(id) = id
                    && let Some(open) = self.open.get_mut(&id)
                {
                    let line = open.line.clone();
                    open.line = line.finished(&outcome);
                    let whole = open.line.attempts.last().is_some_and(|last| last.ends());
                    if whole {
                        self.end(id, now);
                    }
                }
            }
            Told::Fell { id, unsent, last } => {
                if let Some(open) = self.open.get_mut(&id) {
                    open.line.attempts.extend(unsent);
                    if last {
                        self.end(id, now);
                    }
                }
            }
            Told::Scored(feedback) => match self.open.get_mut(&feedback.decision) {
                Some(open) => open.line.score(feedback.score, feedback.source),
                None => out.push(Line::Score(feedback)),
            },
        }
        self.sweep(now, out);
    }

    /// Takes out what has waited long enough.
    pub(super) fn sweep(&mut self, now: Instant, out: &mut Vec<Line>) {
        let over = |since: Instant, longest| now.saturating_duration_since(since) >= longest;
        while let Some((since, id)) = self.ended.front().copied()
            && over(since, self.window)
        {
            self.ended.pop_front();
            self.close(id, out);
        }
        while let Some((since, id)) = self.order.front().copied()
            && (over(since, LONGEST) || !self.open.contains_key(&id))
        {
            self.order.pop_front();
            // What has ended waits for scores still.
            if self.open.get(&id).is_some_and(|open| !open.ended) {
                self.close(id, out);
            }
        }
    }

    /// Takes out all, in the order in which they came.
    pub(super) fn all(&mut self, out: &mut Vec<Line>) {
        self.ended.clear();
        while let Some((_, id)) = self.order.pop_front() {
            self.close(id, out);
        }
        for (_, open) in self.open.drain() {
            out.push(Line::Decision(Box::new(open.line)));
        }
    }

    fn put(&mut self, line: DecisionLine, now: Instant, out: &mut Vec<Line>) {
        while self.open.len() >= self.most
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.close(oldest, out);
        }
        if self.order.len() > 2 * self.most {
            let open = &self.open;
            self.order.retain(|(_, id)| open.contains_key(id));
        }
        self.order.push_back((now, line.id()));
        self.open.insert(line.id(), Open { line, ended: false });
    }

    fn end(&mut self, id: DecisionId, now: Instant) {
        if let Some(open) = self.open.get_mut(&id)
            && !open.ended
        {
            open.ended = true;
            self.ended.push_back((now, id));
        }
    }

    fn close(&mut self, id: DecisionId, out: &mut Vec<Line>) {
        if let Some(open) = self.open.remove(&id) {
            out.push(Line::Decision(Box::new(open.line)));
        }
    }
}

impl Line {
    /// As JSON, with the end of the line.
    pub(super) fn render(&self, into: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Decision(line) => serde_json::to_writer(&mut *into, line)?,
            Self::Score(feedback) => {
                let score = ScoreLine {
                    decision: feedback.decision.to_string(),
                    score: feedback.score,
                    source: feedback.source.as_str(),
                };
                serde_json::to_writer(&mut *into, &score)?;
            }
        }
        into.push(b'\n');
        Ok(())
    }
}

/// A score that came when its decision's line was written.
#[derive(Serialize)]
struct ScoreLine {
    decision: String,
    score: f64,
    source: &'static str,
}
