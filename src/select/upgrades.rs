use std::{
    convert::Infallible,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use quick_cache::sync::Cache;

use super::{Call, Pool, Question, Selector, bound::bind, judged::Judged};
use crate::{
    catalog::Snapshot,
    context::Tenant,
    observe::{Considered, Dropped},
};

/// Of so many tenants, by each alias, it is known how many of their calls went to dearer candidates. Who is forgotten
/// begins anew, with nothing to spend.
const KNOWN: usize = 8 * 1_024;
/// So many calls of late count.
const LATE: usize = 1_000;

/// Which calls of late went to a candidate dearer than the usual one, by tenant and alias.
pub(super) struct Upgrades(Cache<Who, Arc<Mutex<Late>>>);

/// A tenant, and an alias's name.
type Who = (Option<Tenant>, Box<str>);

/// The last calls of one tenant by one alias, a bit each.
struct Late {
    calls: [u64; LATE.div_ceil(64)],
    next: usize,
    seen: usize,
    upgraded: usize,
}

impl Upgrades {
    /// One more call, which wants to be upgraded or not: whether there is room for one more that is. At any time at most
    /// the share of the calls so far, and of the last thousand, have been.
    fn take(&self, tenant: Option<&Tenant>, alias: &str, share: f64, wants: bool) -> bool {
        let make = || Ok::<_, Infallible>(Arc::default());
        let key = (tenant.cloned(), alias.into());
        let late = match self.0.get_or_insert_with(&key, make) {
            Ok(late) => late,
            Err(never) => match never {},
        };
        let mut late = late.lock().unwrap_or_else(PoisonError::into_inner);
        late.take(share, wants)
    }
}

impl Late {
    fn take(&mut self, share: f64, wants: bool) -> bool {
        let (word, bit) = (self.next / 64, 1 << (self.next % 64));
        let oldest = self.calls[word] & bit != 0;
        self.seen = (self.seen + 1).min(LATE);
        self.upgraded -= usize::from(oldest);
        #[allow(clippy::cast_precision_loss, reason = "no more than a thousand")]
        let most = share.mul_add(self.seen as f64, 1e-9);
        #[allow(clippy::cast_precision_loss, reason = "no more than a thousand")]
        let room = (self.upgraded + 1) as f64 <= most;
        if room && wants {
            self.calls[word] |= bit;
            self.upgraded += 1;
        } else {
            self.calls[word] &= !bit;
        }
        self.next = (self.next + 1) % LATE;
        room
    }
}

impl Selector {
    /// Sends a call by the usual route where its own goes to a dearer candidate and its tenant has used up its share of
    /// such calls. Says whether it did.
    pub(super) fn cap_upgrades(
        &self,
        call: &Call<'_>,
        question: &Question<'_>,
        judged: &mut Judged,
        route: &mut Vec<usize>,
        stays: bool,
        (snapshot, at): (&Snapshot, SystemTime),
    ) -> bool {
        let alias = question.alias;
        let Some(share) = alias.max_upgrade_share() else {
            return false;
        };
        let usual = self.usual(call, question, &judged.considered, snapshot, at);
        let first = |route: &[usize], stays: bool| {
            let mut route = route.to_vec();
            // As it will be done with the route that is taken.
            let signed = self.spoken().filter(|_| !stays);
            bind(call.query, &judged.considered, signed, &mut route);
            route.first().copied()
        };
        let (Some(chosen), Some(instead)) = (first(route, stays), first(&usual, false)) else {
            return false;
        };
        let cost = |at: usize| judged.considered[at].cost();
        let usually = cost(instead);
        let wants = cost(chosen) > usually;
        let room = self
            .upgrades
            .take(call.context.tenant(), alias.name(), share, wants);
        if room {
            return false;
        }
        judged.move_chances(usually, instead);
        if !wants {
            return false;
        }
        let own = std::mem::replace(route, usual);
        for at in own {
            let one = &mut judged.considered[at];
            if route.contains(&at) {
                continue;
            }
            // For when the others fail.
            if one.cost() <= usually {
                route.push(at);
            } else {
                let why = "dearer than usual, and the share of such calls is used up";
                one.dropped = Some(Dropped::Policy(why.into()));
            }
        }
        for at in &*route {
            judged.considered[*at].dropped = None;
        }
        true
    }

    /// The route of any call of the same needs and length, whatever its words are about.
    fn usual(
        &self,
        call: &Call<'_>,
        question: &Question<'_>,
        considered: &[Considered],
        snapshot: &Snapshot,
        at: SystemTime,
    ) -> Vec<usize> {
        let plain = call.query.plain();
        let call = Call {
            query: &plain,
            ..*call
        };
        let alias = question.alias;
        let mut judged = self.judge(&call, alias.pool(), Some(alias), snapshot, at);
        let mut pool = Pool::new(&mut judged.considered, &self.health);
        let question = Question {
            query: &plain,
            explore: false,
            draw: 1.0,
            again: true,
            ..*question
        };
        self.rank(&question, &mut pool);
        let (mut route, ..) = pool.into_parts();
        // What its words say of where it may go holds all the same.
        let can = |at: &usize| {
            matches!(
                considered[*at].dropped,
                None | Some(
                    Dropped::BelowThreshold { .. }
                        | Dropped::Unsure { .. }
                        | Dropped::Unscored
                        | Dropped::Policy(_)
                )
            )
        };
        route.retain(can);
        route
    }
}

impl Default for Upgrades {
    fn default() -> Self {
        Self(Cache::new(KNOWN))
    }
}

impl Default for Late {
    fn default() -> Self {
        Self {
            calls: [0; LATE.div_ceil(64)],
            next: 0,
            seen: 0,
            upgraded: 0,
        }
    }
}

impl fmt::Debug for Upgrades {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Upgrades").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_start_and_no_thousand_calls_has_more_than_the_share() {
        for share in [0.0, 0.013, 0.1, 0.5, 1.0] {
            let mut random = fastrand::Rng::with_seed(7);
            let (mut late, mut done) = (Late::default(), Vec::new());
            for call in 0..6_000 {
                // Now in bursts, now by chance, now always.
                let wants = match call / 1_500 {
                    0 => true,
                    1 => call % 700 < 300,
                    2 => random.bool(),
                    _ => call % 2 == 0,
                };
                done.push(late.take(share, wants) && wants);
                let recent = &done[done.len().saturating_sub(LATE)..];
                let upgraded = recent.iter().filter(|done| **done).count();
                assert!(upgraded as f64 <= share.mul_add(recent.len() as f64, 1e-6));
                assert_eq!(upgraded, late.upgraded);
            }
            let upgraded = done.iter().filter(|done| **done).count() as f64;
            assert!(
                upgraded + 1.0 >= share.min(0.5) * 5_400.0,
                "{share}: {upgraded}"
            );
        }
    }

    #[test]
    fn tenants_without_end_fill_nothing() {
        let upgrades = Upgrades::default();
        for tenant in 0..20_000 {
            let tenant = Tenant::new(&format!("t{tenant}")).unwrap();
            assert!(!upgrades.take(Some(&tenant), "auto", 0.1, true));
        }
        assert!(upgrades.0.len() <= KNOWN);
    }
}
