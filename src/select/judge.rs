use std::{sync::Arc, time::SystemTime};

use super::{
    Call, Planned, Selector, counter::Counter, filter::Filter, judged::Judged, quote::Quoter,
};
use crate::{
    budget::Allowance,
    catalog::{Alias, Candidate, Model, Snapshot},
    health::Health,
    observe::Considered,
    query::Wish,
};

/// How many successors in a row are followed that are gone themselves.
const STEPS: usize = 8;

impl Selector {
    /// Who answers at once where the provider has said that it does not serve the model: the first of its successors of
    /// which that was not said, if it can take the call.
    pub(super) fn instead_of_gone<'a>(
        &self,
        call: &Call<'_>,
        model: &Model,
        own: &Candidate,
        snapshot: &'a Snapshot,
        at: SystemTime,
    ) -> Option<&'a Arc<Model>> {
        if !self.is_gone(call, own) {
            return None;
        }
        let mut next = snapshot.successor(model, at)?;
        for _ in 0..STEPS {
            let pool = [Candidate::new(Arc::clone(next))];
            if !self.is_gone(call, &pool[0]) {
                let judged = self.judge(call, &pool, None, snapshot, at);
                return (!judged.left().is_empty()).then_some(next);
            }
            next = snapshot.successor(next, at)?;
        }
        None
    }

    fn is_gone(&self, call: &Call<'_>, candidate: &Candidate) -> bool {
        let tenant = call.context.tenant();
        let ailment = |health: &Arc<dyn Health>| health.ailment(candidate, tenant);
        let mut ailments = self.health.iter().filter_map(ailment);
        ailments.any(|ailment| ailment.is_gone())
    }

    /// Who answers where the provider says that the model is gone.
    pub(super) fn stand_in(
        &self,
        call: &Call<'_>,
        model: &Model,
        snapshot: &Snapshot,
        at: SystemTime,
    ) -> Option<Planned> {
        let next = snapshot.successor(model, at)?;
        let pool = [Candidate::new(Arc::clone(next))];
        let mut judged = self.judge(call, &pool, None, snapshot, at);
        let (one, quote) = (judged.considered.pop()?, judged.quotes.pop()?);
        one.dropped.is_none().then_some(Planned {
            candidate: one.candidate,
            quote,
            only_if_gone: true,
        })
    }

    /// What each candidate of a pool costs and could answer, and which drop out.
    pub(super) fn judge(
        &self,
        call: &Call<'_>,
        pool: &[Candidate],
        alias: Option<&Alias>,
        snapshot: &Snapshot,
        at: SystemTime,
    ) -> Judged {
        let scopes = call.context.scopes();
        let most = [
            alias.and_then(Alias::max_cost),
            call.wish.and_then(Wish::max_cost),
        ];
        let most = most.into_iter().flatten().min();
        let filter = Filter {
            call,
            labels: &self.labels,
            dialects: self.spoken(),
            health: &self.health,
            alias,
            snapshot,
            most,
            hard: call.context.is_hard(),
            at,
        };
        let quoter = Quoter::new(call.query, call.context, at);
        let mut judged = Judged {
            considered: Vec::with_capacity(pool.len()),
            quotes: Vec::with_capacity(pool.len()),
            most,
            ailing: Vec::new(),
            all: None,
        };
        let left = Allowance::tightest(scopes).map(|left| left.left());
        let tightest = most.into_iter().chain(left).min();
        let mut counter = self.counter(call);
        for candidate in pool {
            let mut quote = quoter.quote(candidate);
            if let Some(counter) = &mut counter
                && quoter.is_tight(&quote, tightest)
                && let Some(tokens) = counter.tokens(candidate.model())
            {
                quote = quoter.counted(tokens).quote(candidate);
            }
            judged.considered.push(Considered {
                candidate: candidate.clone(),
                quality: None,
                estimate: None,
                probability: None,
                guess: quote.guess,
                bound: quote.bound,
                dropped: filter.dropped(candidate, &quote),
                ailing: None,
            });
            judged.quotes.push(quote);
            judged.ails(|candidate| filter.ailment(candidate));
        }
        let mut all = alias.and_then(|_| judged.if_all_were_well());
        judged.last_resort();
        for judged in all.iter_mut().chain([&mut judged]) {
            judged.score(call.query.classification().task(), alias.is_some());
            if let Some(left) = left {
                judged.within(left);
            }
        }
        judged.all = all.map(Box::new);
        judged
    }

    /// What counts the prompt's tokens, where a hard budget makes that worth its time.
    fn counter<'a>(&'a self, call: &'a Call<'_>) -> Option<Counter<'a>> {
        let counter = self.counter.as_deref()?;
        let bytes = call.bytes.filter(|_| call.context.is_hard())?;
        Some(Counter::new(counter, call.query, bytes))
    }
}
