use std::{sync::Arc, time::SystemTime};

use super::{
    Best, Call, Cheapest, Entry, Fastest, Learned, Plan, Policy, Pool, Question, Selector,
    Unplanned, Value, bound, labels, policy, selector::Decided, sticky::Sticky,
};
use crate::{
    catalog::{Alias, Candidate, Prefer, Resolved, Snapshot},
    observe::{DecisionId, Reason},
    query::{Manner, Pace, Wish},
};

impl Selector {
    /// What a call wishes whose name for an alias says how it is to choose, as in `auto:fast`.
    pub(super) fn spelled(call: &Call<'_>, resolved: &Resolved<'_>) -> Option<Wish> {
        let Resolved::Alias(alias) = resolved else {
            return None;
        };
        let name = call.query.model();
        if name == alias.name() {
            return None;
        }
        let (_, manner) = Manner::of(name)?;
        Some(manner.added_to(call.wish.cloned().unwrap_or_default()))
    }

    /// A call that leaves the choice to an alias.
    pub(super) fn route(
        &self,
        call: &Call<'_>,
        alias: &Alias,
        snapshot: &Arc<Snapshot>,
        at: SystemTime,
    ) -> Result<Plan, Unplanned> {
        let mut judged = self.judge(call, alias.pool(), Some(alias), snapshot, at);
        let key = alias
            .sticky()
            .then(|| Sticky::key(call.query, call.context.tenant(), alias.name()));
        let with = key
            .as_ref()
            .and_then(|key| self.sticky.get(call.query, key));
        let mut question = self.question(call, alias, with.is_some());
        // Who is asked although ill is not chosen.
        if judged.are_all_ill() {
            (question.explore, question.draw) = (false, 1.0);
        }
        let again = Question {
            explore: false,
            draw: 1.0,
            again: true,
            ..question
        };
        let mut pool = Pool::new(&mut judged.considered, &self.health);
        let strangers = self.set_aside_strangers(call, with.as_ref(), &mut pool);
        let alone = pool.len() == 1;
        self.rank(&question, &mut pool);
        let stays = with.is_some_and(|with| pool.prefer(|entry| *entry.candidate() == with));
        let (mut route, why, probability) = pool.into_parts();
        if !strangers.is_empty() {
            let mut pool = Pool::of(strangers, &mut judged.considered, &self.health);
            self.rank(&again, &mut pool);
            let (their, ..) = pool.into_parts();
            judged.put_last(&mut route, &their);
        }
        let last_resort = judged.soonest_first(&mut route);
        if let Some(mut all) = judged.all.take() {
            let mut pool = Pool::new(&mut all.considered, &self.health);
            self.rank(&again, &mut pool);
            let (their, ..) = pool.into_parts();
            judged.put_behind(&mut route, &all, &their);
        }
        let free = !(last_resort || stays || alone);
        judged.by_chance(&route, free.then_some(probability));
        let capped = !last_resort
            && self.cap_upgrades(
                call,
                &question,
                &mut judged,
                &mut route,
                stays,
                (snapshot, at),
            );
        let first = route.first().map(|first| &judged.considered[*first]);
        // One who is chosen instead of whoever a policy chose, and the policy did not say how often it chooses whom: then
        // nothing tells.
        let probability = first.and_then(|first| first.probability).unwrap_or(1.0);
        let reason = if last_resort {
            Reason::LastResort
        } else if capped {
            Reason::Capped
        } else if stays {
            Reason::Sticky
        } else if alone {
            Reason::OnlyOne
        } else {
            Reason::Policy(why)
        };
        // A conversation goes back to who it was with, once that is well.
        if let (Some(key), Some(first), false) = (key, route.first(), last_resort) {
            self.sticky
                .put(key, judged.considered[*first].candidate.clone());
        }
        let decided = Decided {
            id: question.id,
            alias: Some(alias.name()),
            route,
            reason,
            probability,
            stand_in: None,
        };
        self.decide(call, judged, decided, snapshot)
    }

    /// What a policy is asked of a call. `stays` is whether its conversation is with somebody already.
    fn question<'a>(&self, call: &Call<'a>, alias: &'a Alias, stays: bool) -> Question<'a> {
        let wish = call.wish;
        let pace = wish.and_then(Wish::pace).unwrap_or_default();
        let prefer = wish.and_then(Wish::prefer).unwrap_or(alias.prefer());
        let explore_share = alias.explore();
        let pinned = wish.is_some_and(|wish| wish.models().is_some());
        let forbidden = wish.and_then(Wish::exploration) == Some(false);
        let labelled = !call.context.labels().is_empty() || labels::restrict(&self.labels, call);
        // Where there is anything to be learned.
        let curious =
            self.policy.is_some() || self.experience.is_some() || prefer == Prefer::Latency;
        let explore = curious && explore_share > 0.0 && !(pinned || forbidden || labelled || stays);
        Question {
            id: DecisionId::random(),
            tenant: call.context.tenant(),
            explore,
            explore_share,
            explore_within: explore.then(|| call.context.share()).flatten(),
            draw: if explore { self.draws.next() } else { 1.0 },
            again: false,
            query: call.query,
            alias,
            prefer: match (prefer, pace) {
                (Prefer::Latency, Pace::Batch) => Prefer::Cost,
                (prefer, _) => prefer,
            },
            pace,
            wished_quality: wish.and_then(Wish::quality),
        }
    }

    /// Takes out those who cannot read what another vendor's model has signed, where some are there who can: nobody is
    /// chosen before these.
    fn set_aside_strangers(
        &self,
        call: &Call<'_>,
        with: Option<&Candidate>,
        pool: &mut Pool<'_>,
    ) -> Vec<usize> {
        // Who has answered before has signed what there is.
        let is_with = |entry: Entry<'_>| with == Some(entry.candidate());
        let Some(spoken) = self.spoken() else {
            return Vec::new();
        };
        if !bound::is_signed(call.query) || pool.entries().any(is_with) {
            return Vec::new();
        }
        pool.set_aside(|entry| !bound::reads(call.query, spoken, entry.candidate()))
    }

    pub(super) fn rank(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        match &self.policy {
            _ if pool.is_empty() => {}
            Some(policy) => policy.rank(question, pool),
            None => self.by_preference(question, pool),
        }
    }

    /// What an alias, or the caller, prefers, where no policy was given.
    fn by_preference(&self, question: &Question<'_>, pool: &mut Pool<'_>) {
        let alias = question.alias;
        if !alias.split().is_empty() {
            return policy::share_out(alias.split(), pool);
        }
        let experience = self.experience.clone().filter(|_| alias.learn());
        if let Some(learned) = experience.map(Learned::new) {
            if question.prefer == Prefer::Cost {
                return learned.rank(question, pool);
            }
            learned.estimate(question, pool);
        }
        match question.prefer {
            Prefer::Latency => Fastest.rank(question, pool),
            Prefer::Quality => Best::new().rank(question, pool),
            Prefer::Value => Value::new(alias.value_of()).rank(question, pool),
            Prefer::Cost => Cheapest.rank(question, pool),
        }
    }
}
