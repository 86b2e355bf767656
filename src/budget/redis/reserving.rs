use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, sleep, timeout_at};

use super::{
    Answer, Fault, Shared,
    answer::{Done, number},
    facts::{Facts, Force},
    keys::account_name,
    shared::{Answered, Reached},
    state::Peer,
};
use crate::budget::{Alert, Allowance, Refused, RefusedKind, Scope, Share};

/// An ask on its way.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) facts: Arc<Facts>,
    pub(super) scopes: Arc<[Scope]>,
    pub(super) until: Instant,
    /// The hold is open already, as far as is known.
    pub(super) repeated: bool,
    /// What this process ended before it asked has lower numbers.
    pub(super) below: u64,
}

/// What came of it.
enum Outcome {
    Granted(u64),
    Refused(Refused),
    Unavailable(Box<str>),
    /// It has ended meanwhile.
    Over,
}

/// Whether the end of a hold may change it.
fn gives_way(refused: &Refused) -> bool {
    matches!(refused.kind(), RefusedKind::Held | RefusedKind::Rate)
}

impl Asking {
    /// Asks until there is an answer, or the time is over.
    pub(super) async fn run(self, shared: &Arc<Shared>) -> Result<(), Refused> {
        let mut unknown = false;
        let outcome = self.ask(shared, &mut unknown).await;
        let id = self.facts.id;
        let mut state = shared.state();
        let granted = match &outcome {
            Outcome::Granted(by) => Some(*by),
            _ => None,
        };
        match state.open.get_mut(&id) {
            Some(open) if granted.is_some() => open.granted = granted,
            Some(_) if self.repeated => {}
            // So that what an earlier try takes yet comes back.
            Some(_) if unknown => state.give_up(id),
            Some(_) => state.refuse(id),
            None => {}
        }
        let reason = match outcome {
            Outcome::Granted(_) => return Ok(()),
            Outcome::Refused(refused) => {
                drop(state);
                shared.wake.notify_one();
                return Err(refused);
            }
            Outcome::Unavailable(reason) => reason,
            Outcome::Over => {
                let now = state.now(&shared.rules);
                return Err(self.unavailable(0, now));
            }
        };
        state.counts.unanswered += 1;
        let first = !std::mem::replace(&mut state.silent, true);
        let now = state.now(&shared.rules);
        drop(state);
        shared.wake.notify_one();
        if first {
            tracing::warn!(
                ledger = shared.rules.name,
                reason = &*reason,
                "the ledger does not answer in time"
            );
        }
        Err(self.unavailable(0, now))
    }

    /// `unknown` becomes true where an earlier try may come through yet.
    async fn ask(&self, shared: &Arc<Shared>, unknown: &mut bool) -> Outcome {
        let mut reason: Box<str> = "no connection".into();
        let mut pause = Duration::from_millis(5);
        let mut waited = false;
        loop {
            if !self.may_go_on(shared, *unknown) {
                return Outcome::Over;
            }
            let mut sent = false;
            let tried = timeout_at(self.until, self.once(shared, &mut sent)).await;
            *unknown |= sent;
            match tried {
                Err(_) => {
                    if sent {
                        reason = "it does not answer".into();
                    }
                    break;
                }
                Ok(Ok(Answered {
                    answer: Answer::Done(mut done),
                    peer,
                })) => {
                    let answer = self.read(shared, &done, &peer);
                    if !done.told.is_empty() {
                        let (shared, scopes) = (Arc::clone(shared), Arc::clone(&self.scopes));
                        let mut done = std::mem::take(&mut done);
                        tokio::spawn(async move { shared.tell(&mut done, &scopes).await });
                    }
                    match answer {
                        // What this process gave back before it asked may be on its way still.
                        Some(Outcome::Refused(refused))
                            if !waited && gives_way(&refused) && self.waits_for_ends(shared) =>
                        {
                            waited = true;
                            if !shared.drained(self.below, self.until).await {
                                return Outcome::Refused(refused);
                            }
                            continue;
                        }
                        Some(outcome) => return outcome,
                        // It is another time there; now that is known.
                        None => continue,
                    }
                }
                Ok(Ok(Answered {
                    answer: Answer::Lost,
                    peer,
                })) => {
                    shared.found_lost(&peer);
                    reason = "the ledger is lost".into();
                    break;
                }
                Ok(Ok(Answered {
                    answer: Answer::Back(kept),
                    peer,
                })) => {
                    shared.found_back(kept, &peer);
                    continue;
                }
                Ok(Err(Fault::Denied(code) | Fault::Corrupt(code))) => {
                    reason = code;
                    break;
                }
                Ok(Err(fault)) => reason = fault.reason().into(),
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
            if Instant::now() >= self.until {
                break;
            }
        }
        Outcome::Unavailable(reason)
    }

    fn waits_for_ends(&self, shared: &Shared) -> bool {
        !shared.state().is_through(self.below)
    }

    /// Whether its hold has not ended meanwhile, given up by who asked.
    fn may_go_on(&self, shared: &Shared, again: bool) -> bool {
        match shared.state().open.get_mut(&self.facts.id) {
            Some(open) => {
                open.again |= again;
                true
            }
            None => false,
        }
    }

    async fn once(&self, shared: &Shared, sent: &mut bool) -> Result<Answered, Fault> {
        // Money that was promised comes before money that is asked for.
        let mut progress = shared.progress.subscribe();
        while !shared.state().restores.is_empty() {
            if progress.changed().await.is_err() {
                break;
            }
        }
        let lease = shared.rules.lease_micros();
        let called = shared.call(&shared.programs.reserve, sent, |command, state| {
            let now = state.now(&shared.rules);
            state.zones.set(now);
            self.facts
                .write(command, Force::No, lease, &mut state.zones);
        });
        called.await
    }

    /// What an answer means; `None` where it is to be asked again.
    fn read(&self, shared: &Arc<Shared>, done: &Done, peer: &Peer) -> Option<Outcome> {
        let now = super::answer::time(done.now).unwrap_or(SystemTime::UNIX_EPOCH);
        let turned = || {
            let state = shared.state();
            state.peer.turn != peer.turn
        };
        Some(match done.status.as_str() {
            // What was granted before the server lost it may be lost as well; asking again is harmless.
            "ok" if turned() => return None,
            "ok" => Outcome::Granted(done.mine),
            "when" => return None,
            "window" => match self.by_window(done, now) {
                Some(refused) => {
                    self.exhausted(shared, done, &refused);
                    Outcome::Refused(refused)
                }
                None => Outcome::Unavailable("an answer of another form".into()),
            },
            "rate" => match self.by_rate(done, now) {
                Some(refused) => Outcome::Refused(refused),
                None => Outcome::Unavailable("an answer of another form".into()),
            },
            "full" => {
                let scope = done.index(0).and_then(|at| self.scopes.get(at));
                let scope = scope.or(self.scopes.first())?;
                Outcome::Refused(Refused::full(scope, self.facts.bound, now))
            }
            "foreign" => Outcome::Refused(self.unavailable(done.index(0).unwrap_or(0), now)),
            "ended" => Outcome::Over,
            _ => Outcome::Unavailable("an answer of another form".into()),
        })
    }

    fn by_window(&self, done: &Done, now: SystemTime) -> Option<Refused> {
        let scope = self.scopes.get(done.index(0)?)?;
        let limit = *scope.limits().get(done.index(1)?)?;
        let amount = |at| super::answer::usd(done.text(at)?);
        let ends_at = super::answer::end(done.extra.get(4)?)?;
        let seen = Allowance::new(scope, limit, amount(2)?, amount(3)?, ends_at);
        Some(Refused::by(scope, seen, self.facts.bound, now))
    }

    fn by_rate(&self, done: &Done, now: SystemTime) -> Option<Refused> {
        let (at, which) = (done.index(0)?, done.index(1)?);
        let scope = self.scopes.get(at)?;
        let rate = *scope.rates().get(which)?;
        let until = number(done.extra.get(2)?)?;
        let wait = rate.wait(until, done.now, self.facts.count(at, which));
        Some(Refused::by_rate(scope, rate, wait, self.facts.bound, now))
    }

    /// Tells, the first time, that a window has no more to give.
    fn exhausted(&self, shared: &Arc<Shared>, done: &Done, refused: &Refused) {
        let all = Share::WHOLE.millionths();
        if refused.kind() != RefusedKind::Spent || refused.never_fits() {
            return;
        }
        let Some(seen) = refused.allowance() else {
            return;
        };
        if Alert::exhausted(refused.scope(), seen).is_none() {
            return;
        }
        let share = Share::WHOLE;
        let name = account_name(refused.scope().account());
        let view = done.views.iter().find(|view| view.account == name);
        let windows = view.map_or(&[][..], |view| &view.windows);
        let running = windows
            .iter()
            .find(|running| running.window == seen.window() && running.ends_at == seen.renews_at());
        let limits = refused.scope().limits().iter();
        let limit = limits.clone().find(|limit| limit.window() == seen.window());
        if let (Some(running), Some(&limit)) = (running, limit)
            && running.alerted < all
        {
            let (shared, running) = (Arc::clone(shared), running.clone());
            let scope = refused.scope().clone();
            tokio::spawn(async move {
                let running = &running;
                let at = Reached { share, running };
                shared.alert(&scope, limit, &name, at).await;
            });
        }
    }

    fn unavailable(&self, at: usize, now: SystemTime) -> Refused {
        // An ask of no scopes is never sent.
        let scope = self.scopes.get(at).unwrap_or(&self.scopes[0]);
        Refused::unavailable(scope, self.facts.bound, now)
    }
}
