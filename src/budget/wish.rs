use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout_at};

use super::{CutRule, Hold, HoldLabel, Opening, Refused, RefusedKind, Scope};
use crate::money::Usd;

/// How often the first in line asks again while nobody has told it that money came back: other processes do not.
const TICK: Duration = Duration::from_millis(100);

/// What a hold is wanted for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) scopes: Vec<Scope>,
    pub(super) bound: Usd,
    pub(super) rule: CutRule,
    pub(super) label: HoldLabel,
    pub(super) requests: u64,
    pub(super) tokens: u64,
}

/// Whether calls may wait for the money of a scope.
pub(super) fn waits(scope: &Scope) -> bool {
    scope.is_hard() && !scope.hold_wait().is_zero()
}

/// Whether waiting may help: the money is there, and others hold it.
pub(super) fn may_wait(refused: &Refused) -> bool {
    refused.kind() == RefusedKind::Held && waits(refused.scope())
}

impl Wish {
    /// A hold that no ledger has yet.
    pub(super) fn hold(&self) -> Hold {
        Hold::unsent(self.bound, self.rule)
    }

    /// The scopes whose waiting calls are to know when the hold's money comes back.
    pub(super) fn waiting(&self) -> Vec<Scope> {
        self.scopes
            .iter()
            .filter(|scope| waits(scope))
            .cloned()
            .collect()
    }

    /// A scope for whose money others wait, and this one is to wait too: not where it costs nothing, nor where it can never
    /// fit.
    pub(super) fn crowded(&self) -> Option<Scope> {
        let never = |scope: &Scope| {
            let mut limits = scope.limits().iter();
            scope.is_hard() && limits.any(|limit| self.bound > limit.amount())
        };
        if self.bound == Usd::ZERO || self.scopes.iter().any(never) {
            return None;
        }
        let mut waiting = self.scopes.iter().filter(|scope| waits(scope));
        waiting
            .find(|scope| scope.room().line(scope.account()).is_some())
            .cloned()
    }

    /// Waits its turn for the money of `scope`, and then until there is enough or the scope's time is over.
    pub(super) async fn in_line(self, mut scope: Scope) -> Result<Hold, Refused> {
        let began = Instant::now();
        loop {
            let until = began + scope.hold_wait();
            let line = scope.room().stand(scope.account());
            let Ok(Ok(_first)) = timeout_at(until, line.first.acquire()).await else {
                return Err(self.still_held(&scope));
            };
            let refused = loop {
                let refused = match Opening::at_once(self.clone()).await {
                    Ok(hold) => return Ok(hold),
                    Err(refused) => refused,
                };
                if !may_wait(&refused) {
                    return Err(refused);
                }
                if refused.scope().account() != scope.account() {
                    break refused;
                }
                let now = Instant::now();
                if now >= until {
                    return Err(refused);
                }
                let _ = timeout_at(until.min(now + TICK), line.freed.notified()).await;
            };
            scope = refused.scope().clone();
            if Instant::now() >= began + scope.hold_wait() {
                return Err(refused);
            }
        }
    }

    /// The refusal of one whose turn has not come.
    fn still_held(&self, scope: &Scope) -> Refused {
        let now = SystemTime::now();
        match scope.allowance() {
            Some(allowance) => Refused::by(scope, allowance, self.bound, now),
            None => Refused::unavailable(scope, self.bound, now),
        }
    }
}
