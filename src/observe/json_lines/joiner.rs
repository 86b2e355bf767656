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
                    open.line.attempts.extend(unsent.map(|unsent| *unsent));
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

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::SystemTime};

    use serde_json::Value;

    use super::*;
    use crate::{
        catalog::{Alias, Catalog, Model, Provider, Snapshot},
        context::Context,
        observe::{Decision, Ending, Failure, FailureClass, FellBack, FinishReasons, Outcome},
        profile::Source,
        query::{Prompt, Query},
        select::{Call, Selector},
    };

    const SECOND: Duration = Duration::from_secs(1);

    fn decided() -> Arc<Decision> {
        let provider = Provider::builder("house", "openai", "https://models.example/v1");
        let snapshot = Snapshot::builder()
            .provider(provider)
            .model(Model::builder("one", "house"))
            .model(Model::builder("two", "house"))
            .alias(Alias::builder("auto"))
            .build()
            .unwrap();
        let query = Query::of_prompt("auto", Prompt::new("My words"));
        let context = Context::new();
        let selector = Selector::new(Catalog::new(snapshot));
        let plan = selector.plan(&Call::new(&query, &context)).unwrap();
        Arc::clone(plan.decision().unwrap())
    }

    fn told(decision: &Arc<Decision>) -> Told {
        Told::Decided(Arc::clone(decision), SystemTime::UNIX_EPOCH, None)
    }

    fn finished(decision: &Arc<Decision>, ending: Ending) -> Told {
        let candidate = decision.candidates[0].candidate.clone();
        let outcome = Outcome::new(Some(Arc::clone(decision)), candidate, &[], 1);
        outcome.finish_free(ending, FinishReasons::NONE, None);
        Told::Finished(outcome)
    }

    fn scored(decision: &Arc<Decision>) -> Told {
        Told::Scored(Feedback::new(decision.id, 0.5).source(Source::Shadow))
    }

    fn json(lines: &[Line]) -> Vec<Value> {
        let mut bytes = Vec::new();
        for line in lines {
            line.render(&mut bytes).unwrap();
        }
        let text = String::from_utf8(bytes).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_has_the_decision_its_end_and_the_scores_that_came_in_time() {
        let (decision, begun) = (decided(), Instant::now());
        let (mut joiner, mut out) = (Joiner::new(SECOND, 8), Vec::new());
        joiner.take(told(&decision), begun, &mut out);
        joiner.take(
            finished(&decision, Ending::Complete),
            begun + SECOND,
            &mut out,
        );
        joiner.take(scored(&decision), begun + SECOND * 3 / 2, &mut out);
        assert!(out.is_empty(), "{out:?}");
        joiner.sweep(begun + 2 * SECOND, &mut out);
        let lines = json(&out);
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        assert_eq!(line["id"], decision.id.to_string());
        assert_eq!(line["time"], "1970-01-01T00:00:00.000Z");
        assert_eq!(
            (&line["alias"], &line["kind"]),
            (&"auto".into(), &"policy".into())
        );
        assert_eq!(line["chosen"], line["route"][0]);
        assert_eq!(line["outcome"]["ending"], "complete");
        assert_eq!(line["cost_usd"], "0.00");
        assert_eq!(
            line["scores"],
            serde_json::json!([{"score": 0.5, "source": "shadow"}])
        );
        assert_eq!(line["candidates"][0]["probability"], 1.0);
        assert_eq!(line["candidates"][1]["probability"], 0.0);
        assert!(line.get("prompt").is_none());

        // One that comes later is a line of its own.
        out.clear();
        joiner.take(scored(&decision), begun + 2 * SECOND, &mut out);
        let id = decision.id.to_string();
        let alone = serde_json::json!({"decision": id, "score": 0.5, "source": "shadow"});
        assert_eq!(json(&out), [alone]);
    }

    #[test]
    fn an_attempt_that_another_follows_is_not_the_end() {
        let (decision, now) = (decided(), Instant::now());
        let (mut joiner, mut out) = (Joiner::new(Duration::ZERO, 8), Vec::new());
        joiner.take(told(&decision), now, &mut out);
        joiner.take(finished(&decision, Ending::Rejected), now, &mut out);
        assert!(out.is_empty());
        joiner.take(finished(&decision, Ending::Complete), now, &mut out);
        let line = &json(&out)[0];
        assert_eq!(line["failed"][0]["ending"], "rejected");
        assert_eq!(line["outcome"]["ending"], "complete");
    }

    #[test]
    fn the_last_failure_is_the_end() {
        let (decision, now) = (decided(), Instant::now());
        let (mut joiner, mut out) = (Joiner::new(Duration::ZERO, 8), Vec::new());
        joiner.take(told(&decision), now, &mut out);
        let failure = Failure::new(FailureClass::Provider, "house").unsent();
        let fell = |again| FellBack {
            decision: Some(&decision),
            from: Some(&decision.candidates[0].candidate),
            failure: &failure,
            to: None,
            again,
            after: Duration::ZERO,
        };
        joiner.take(Told::fell(&fell(true)).unwrap(), now, &mut out);
        assert!(out.is_empty());
        joiner.take(Told::fell(&fell(false)).unwrap(), now, &mut out);
        let line = &json(&out)[0];
        assert_eq!(line["outcome"]["ending"], "unsent");
        assert_eq!(line["failed"].as_array().unwrap().len(), 1);
        assert_eq!(line["cost_usd"], "0.00");
    }

    #[test]
    fn what_never_ends_is_written_after_a_while() {
        let (decision, begun) = (decided(), Instant::now());
        let (mut joiner, mut out) = (Joiner::new(SECOND, 8), Vec::new());
        joiner.take(told(&decision), begun, &mut out);
        joiner.sweep(begun + LONGEST - SECOND, &mut out);
        assert!(out.is_empty());
        joiner.sweep(begun + LONGEST, &mut out);
        assert!(json(&out)[0]["outcome"].is_null());
        assert!(json(&out)[0]["cost_usd"].is_null());
    }

    #[test]
    fn what_is_open_is_bounded_and_nothing_is_lost() {
        let begun = Instant::now();
        let (mut joiner, mut out) = (Joiner::new(SECOND, 4), Vec::new());
        for _ in 0..100 {
            let decision = decided();
            joiner.take(told(&decision), begun, &mut out);
            if fastrand::bool() {
                joiner.take(finished(&decision, Ending::Complete), begun, &mut out);
            }
            assert!(joiner.open.len() <= 4);
            assert!(joiner.order.len() <= 9, "{}", joiner.order.len());
        }
        assert_eq!(out.len(), 96);
        joiner.all(&mut out);
        assert_eq!(out.len(), 100);
        assert!(joiner.open.is_empty() && joiner.order.is_empty() && joiner.ended.is_empty());
    }
}
