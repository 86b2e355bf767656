use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::{Cmd, cmd};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};

use super::{
    Answer, Fault, Keys, Link, Programs, Rules, State,
    answer::{Done, View, shown},
    script::Program,
    state::Peer,
};
use crate::budget::{Alert, Allowance, Limit, Scope, rate_limit::micros};

/// What the ledger and its thread share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) rules: Rules,
    keys: Keys,
    pub(super) programs: Programs,
    pub(super) link: Link,
    state: Mutex<State>,
    /// Something waits for the server.
    pub(super) wake: Notify,
    /// Something got through; counts up.
    pub(super) progress: watch::Sender<u64>,
}

/// A script's answer, and what it was asked with.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) answer: Answer,
    pub(super) peer: Peer,
}

impl Shared {
    pub(super) fn new(rules: Rules, client: redis::Client) -> Self {
        Self {
            keys: Keys::of(&rules.name),
            rules,
            programs: Programs::new(),
            link: Link::new(client),
            state: Mutex::new(State::new()),
            wake: Notify::new(),
            progress: watch::Sender::new(0),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn progressed(&self) {
        self.progress
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Runs a script once. `sent` is true from when it may have reached the server until it is known that nothing was
    /// done.
    pub(super) async fn call(
        &self,
        program: &Program,
        sent: &mut bool,
        arguments: impl Fn(&mut Cmd, &mut State),
    ) -> Result<Answered, Fault> {
        let line = self.link.line().await;
        let mut by_hash = true;
        loop {
            let (command, peer) = self.command(program, by_hash, &arguments);
            *sent = true;
            match self.link.send(&line, &command).await {
                Ok(value) => {
                    let Some(answer) = Answer::read(value) else {
                        return Err(Fault::Corrupt("an answer of another form".into()));
                    };
                    *sent = false;
                    if let Answer::Done(done) = &answer {
                        self.state().learn(done, &peer, &self.rules);
                    }
                    return Ok(Answered { answer, peer });
                }
                Err(Fault::NoScript) if by_hash => by_hash = false,
                Err(fault) => {
                    *sent = fault == Fault::Cut;
                    return Err(fault);
                }
            }
        }
    }

    fn command(
        &self,
        program: &Program,
        by_hash: bool,
        arguments: &impl Fn(&mut Cmd, &mut State),
    ) -> (Cmd, Peer) {
        let mut command = match by_hash {
            true => cmd("EVALSHA"),
            false => cmd("EVAL"),
        };
        command.arg(if by_hash {
            &*program.hash
        } else {
            program.source
        });
        command
            .arg(self.keys.as_slice().len())
            .arg(self.keys.as_slice());
        let mut state = self.state();
        let peer = state.peer.clone();
        let instead = self.rules.instead.as_ref();
        command
            .arg(&peer.epoch)
            .arg(format!(
                "{:016x}{:016x}",
                fastrand::u64(..),
                fastrand::u64(..)
            ))
            .arg(&peer.name)
            .arg(peer.acked)
            .arg(instead.map_or_else(String::new, |clock| micros(clock.now()).to_string()))
            .arg(self.rules.doubtful_kept.min(1_000_000_000))
            .arg(self.rules.most_accounts.min(1_000_000_000));
        arguments(&mut command, &mut state);
        (command, peer)
    }

    /// The server does not have the ledger that this process knows.
    pub(super) fn found_lost(&self, peer: &Peer) {
        let mut state = self.state();
        if state.counts.lost || state.peer.turn != peer.turn {
            return;
        }
        state.counts.lost = true;
        state.counts.losses += 1;
        drop(state);
        tracing::error!(
            ledger = self.rules.name,
            "Redis has lost the ledger: nothing is granted until it is back or the loss is accepted",
        );
    }

    /// The server has lost writes of this process that it had acknowledged.
    pub(super) fn found_back(&self, kept: u64, peer: &Peer) {
        let mut state = self.state();
        let before = state.counts;
        if !state.tell_again(kept, peer.turn) {
            return;
        }
        let after = state.counts;
        drop(state);
        tracing::error!(
            ledger = self.rules.name,
            writes = after.lost_writes - before.lost_writes,
            holds = after.put_back - before.put_back,
            "Redis has lost acknowledged writes: the holds of this process among them are put back",
        );
        self.wake.notify_one();
    }

    /// Tells what a script found, and of shares of limits that were reached.
    pub(super) async fn tell(&self, done: &mut Done, scopes: &[Scope]) {
        done.told
            .drain(..)
            .for_each(crate::budget::book::Told::tell);
        for scope in scopes {
            let name = super::keys::account_name(scope.account());
            let view = done.views.iter().find(|view| view.account == name);
            for (limit, at) in view.into_iter().flat_map(|view| reached(scope, view)) {
                self.alert(scope, limit, &name, at).await;
            }
        }
    }

    /// Tells of a share that was reached, if nobody has yet.
    pub(super) async fn alert(&self, scope: &Scope, limit: Limit, account: &str, at: Reached<'_>) {
        let share = at.share.millionths();
        let mut sent = false;
        let marked = self.call(&self.programs.mark, &mut sent, |command, _| {
            command.arg(account).arg(at.running.serial).arg(share);
        });
        let marked = timeout(self.rules.patience(), marked).await;
        if let Ok(Ok(Answered {
            answer: Answer::Done(done),
            ..
        })) = marked
            && done.text(0) == Some("1")
        {
            let (spent, held) = (shown(at.running.spent), shown(at.running.held));
            let allowance = Allowance::new(scope, limit, spent, held, at.running.ends_at);
            scope.alert(&Alert::new(at.share, allowance));
        }
    }

    /// Waits until everything that waited before is through; false when it takes too long.
    pub(super) async fn drained(&self, below: u64, until: Instant) -> bool {
        let mut progress = self.progress.subscribe();
        loop {
            progress.mark_unchanged();
            if self.state().is_through(below) {
                return true;
            }
            if tokio::time::timeout_at(until, progress.changed())
                .await
                .is_err()
            {
                return false;
            }
        }
    }
}

/// A share of a limit that was reached in a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached<'a> {
    pub(super) share: crate::budget::Share,
    pub(super) running: &'a super::answer::Running,
}

fn reached<'a>(scope: &Scope, view: &'a View) -> Vec<(Limit, Reached<'a>)> {
    let mut all = Vec::new();
    for running in view.windows.iter().filter(|running| running.spent > 0) {
        let mut limits = scope.limits().iter();
        let Some(limit) = limits.find(|limit| limit.window() == running.window) else {
            continue;
        };
        let mut shares = scope.alerts().iter().rev();
        let share = shares.find(|share| {
            share.millionths() > running.alerted && share.is_reached(running.spent, limit.amount())
        });
        if let Some(&share) = share {
            all.push((*limit, Reached { share, running }));
        }
    }
    all
}
