use std::{
    collections::{HashMap, VecDeque},
    fmt,
    hash::BuildHasher,
    time::Duration,
};

use foldhash::quality::RandomState;
use tokio::time::Instant;

use crate::{context::Tenant, observe::DecisionId, query::Query};

/// Asked again so soon, the answer was not what was wanted.
const SOON: Duration = Duration::from_secs(60);
/// So many questions are remembered for that long.
const MOST: usize = 16_384;

/// Who has asked what in the last minute, by digests.
#[derive(Default)]
pub(crate) struct Again {
    hasher: RandomState,
    asked: HashMap<u64, (DecisionId, Instant), RandomState>,
    order: VecDeque<(u64, DecisionId, Instant)>,
}

/// An earlier call, and whether the same was asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) decision: DecisionId,
    pub(crate) again: bool,
}

impl Again {
    /// A call is decided; of which earlier ones it is known now whether the same was asked again. At most three are told
    /// of at once, so that no call pays for all.
    pub(crate) fn ask(
        &mut self,
        tenant: Option<&Tenant>,
        alias: &str,
        query: &Query,
        id: DecisionId,
        now: Instant,
    ) -> [Option<Before>; 3] {
        let mut told = [None; 3];
        for place in &mut told[..2] {
            *place = self.passed(now);
        }
        let digest = self.digest(tenant, alias, query);
        if let Some((decision, at)) = self.asked.insert(digest, (id, now)) {
            // It may be there still though its time is over.
            let again = now.saturating_duration_since(at) < SOON;
            told[2] = Some(Before { decision, again });
        }
        self.order.push_back((digest, id, now));
        told
    }

    /// The oldest, where its time is over or there are too many. What was asked again is found by the later call.
    fn passed(&mut self, now: Instant) -> Option<Before> {
        let (digest, decision, at) = *self.order.front()?;
        let over = now.saturating_duration_since(at) >= SOON;
        if !over && self.order.len() < MOST {
            return None;
        }
        self.order.pop_front();
        if self.asked.get(&digest).map(|(id, _)| id) != Some(&decision) {
            return None;
        }
        self.asked.remove(&digest);
        // One that had to go before its time tells nothing.
        over.then_some(Before {
            decision,
            again: false,
        })
    }

    /// The same caller, the same last turn, in as long a conversation: what follows the results of a tool is no repeat.
    fn digest(&self, tenant: Option<&Tenant>, alias: &str, query: &Query) -> u64 {
        let prompt = query.prompt();
        self.hasher.hash_one((
            tenant.map(Tenant::as_str),
            alias,
            prompt.user(),
            prompt.system(),
            prompt.turns(),
            prompt.bytes(),
        ))
    }
}

impl fmt::Debug for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Again")
            .field("asked", &self.asked.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Prompt;

    fn query(text: &str) -> Query {
        Query::of_prompt("auto", Prompt::new(text))
    }

    fn tenant(name: &str) -> Tenant {
        Tenant::new(name).unwrap()
    }

    #[test]
    fn the_same_question_within_a_minute_is_asked_again() {
        let (mut again, start) = (Again::default(), Instant::now());
        let (a, b) = (tenant("a"), tenant("b"));
        let ids: Vec<_> = (0..5).map(|_| DecisionId::random()).collect();
        let mut ask = |who: &Tenant, text: &str, at: usize, seconds: u64| {
            let now = start + Duration::from_secs(seconds);
            let told = again.ask(Some(who), "auto", &query(text), ids[at], now);
            told.into_iter().flatten().collect::<Vec<_>>()
        };
        let before = |at: usize, again| Before {
            decision: ids[at],
            again,
        };
        assert_eq!(ask(&a, "why?", 0, 0), []);
        assert_eq!(ask(&b, "why?", 1, 1), []);
        assert_eq!(ask(&a, "how?", 2, 2), []);
        assert_eq!(ask(&a, "why?", 3, 59), [before(0, true)]);
        // The first was told of; the other two were not asked again.
        let later = ask(&a, "who?", 4, 100);
        assert_eq!(later, [before(1, false)]);
    }

    #[test]
    fn what_was_asked_yesterday_is_not_asked_again_though_it_is_remembered() {
        let (mut again, start) = (Again::default(), Instant::now());
        let ids: Vec<_> = (0..10).map(|_| DecisionId::random()).collect();
        for (at, id) in ids.iter().enumerate() {
            again.ask(None, "auto", &query(&at.to_string()), *id, start);
        }
        let tomorrow = start + Duration::from_secs(86_400);
        let id = DecisionId::random();
        let told = again.ask(None, "auto", &query("9"), id, tomorrow);
        let told: Vec<_> = told.into_iter().flatten().collect();
        let not = |at: usize| Before {
            decision: ids[at],
            again: false,
        };
        assert_eq!(told, [not(0), not(1), not(9)]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut again, now) = (Again::default(), Instant::now());
        for at in 0..MOST + 100 {
            let text = at.to_string();
            let id = DecisionId::random();
            let told = again.ask(None, "auto", &query(&text), id, now);
            assert_eq!(told, [None; 3]);
        }
        assert!(again.order.len() <= MOST && again.asked.len() <= MOST);
    }
}
