use std::{sync::Arc, time::Duration};

use redis::Cmd;
use tokio::time::{sleep, timeout};

use super::{
    Answer, Fault, Shared,
    facts::{Facts, Force},
    shared::Answered,
    state::{End, Item, What},
};
use crate::budget::{self, Scope};

/// How many ends go in one script.
const BATCH: usize = 64;
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long those who are told of alerts are kept for an end that does not get through.
const SCOPES_KEPT: Duration = Duration::from_secs(10);

/// What to do next.
enum Work {
    Restore(Arc<Facts>),
    Hold(u64, Arc<Facts>, Arc<[Scope]>),
    Ends(Vec<(u64, End)>),
}

impl Work {
    /// Restores first, then what waits longest; ends that follow each other together.
    fn next(shared: &Shared, alone: bool) -> Option<Self> {
        let state = shared.state();
        if let Some(restore) = state.restores.front() {
            return Some(Self::Restore(Arc::clone(&restore.facts)));
        }
        let first = state.queue.front()?;
        if let What::Hold { facts, scopes } = &first.what {
            return Some(Self::Hold(
                first.number,
                Arc::clone(facts),
                Arc::clone(scopes),
            ));
        }
        let ends = state.queue.iter().map_while(|item| match &item.what {
            What::End(end) => Some((item.number, end.clone())),
            What::Hold { .. } => None,
        });
        Some(Self::Ends(
            ends.take(if alone { 1 } else { BATCH }).collect(),
        ))
    }
}

/// Sends what must get through, one thing after another; never ends.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    let mut alone = false;
    let mut failing = false;
    loop {
        let Some(work) = Work::next(&shared, alone) else {
            alone = false;
            shared.wake.notified().await;
            continue;
        };
        let mut sent = false;
        let tried = timeout(shared.rules.patience(), send(&shared, &work, &mut sent)).await;
        let fault = match tried {
            Ok(Ok(Answered {
                answer: Answer::Done(done),
                peer,
            })) => {
                if done.status == "when" {
                    // It is another time there; now that is known.
                    continue;
                }
                // What was done before the server lost it may be lost as well: it is done again.
                if shared.state().peer.turn == peer.turn {
                    through(&shared, work, done).await;
                }
                (pause, alone) = (FIRST_PAUSE, false);
                if failing {
                    failing = false;
                    tracing::info!(ledger = shared.rules.name, "the ledger answers again");
                }
                continue;
            }
            Ok(Ok(Answered {
                answer: Answer::Back(kept),
                peer,
            })) => {
                shared.found_back(kept, &peer);
                continue;
            }
            Ok(Ok(Answered {
                answer: Answer::Lost,
                peer,
            })) => {
                shared.found_lost(&peer);
                Fault::Denied("the ledger is lost".into())
            }
            Ok(Err(fault)) => fault,
            Err(_) => Fault::Cut,
        };
        if !failing {
            failing = true;
            tracing::warn!(
                ledger = shared.rules.name,
                reason = fault.reason(),
                "ends of holds wait for the ledger"
            );
        }
        failed(&shared, &work, sent, matches!(fault, Fault::Corrupt(_)));
        alone = matches!(fault, Fault::Corrupt(_));
        let _ = timeout(pause, shared.wake.notified()).await;
        // Whoever wakes it has something new to send, not a server that answers.
        sleep(pause.min(Duration::from_millis(20))).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn send(shared: &Shared, work: &Work, sent: &mut bool) -> Result<Answered, Fault> {
    let take = async |facts: &Facts, force, sent: &mut bool| {
        let lease = shared.rules.lease_micros();
        let called = shared.call(&shared.programs.reserve, sent, |command, state| {
            let now = state.now(&shared.rules);
            state.zones.set(now);
            facts.write(command, force, lease, &mut state.zones);
        });
        called.await
    };
    match work {
        Work::Restore(facts) => take(facts, Force::Restored, sent).await,
        Work::Hold(_, facts, _) => take(facts, Force::Forced, sent).await,
        Work::Ends(ends) => {
            let called = shared.call(&shared.programs.settle, sent, |command, _| {
                command.arg(ends.len());
                ends.iter().for_each(|(_, end)| write(command, end));
            });
            called.await
        }
    }
}

fn write(command: &mut Cmd, end: &End) {
    let (how, amount) = match end.settlement.end() {
        budget::End::Released => ("released", 0),
        budget::End::Metered(amount) => ("metered", amount.nanos()),
        budget::End::AtBound => ("bound", 0),
        budget::End::Cut(amount) => ("cut", amount.nanos()),
        budget::End::Counted(amount) => ("counted", amount.nanos()),
    };
    command.arg(&end.wire).arg(how).arg(amount);
    match end.settlement.used() {
        Some(used) => command.arg(used),
        None => command.arg(""),
    };
    command.arg(u8::from(end.remember)).arg(&end.other);
    let facts = end.facts.as_ref().filter(|_| end.remember);
    let names = facts.map_or(0, |facts| facts.names().len());
    command.arg(names);
    facts
        .into_iter()
        .flat_map(|facts| facts.names())
        .for_each(|name| {
            command.arg(name);
        });
}

/// It is done.
async fn through(shared: &Shared, work: Work, mut done: super::answer::Done) {
    match work {
        Work::Restore(facts) => {
            let mut state = shared.state();
            let first = state.restores.front();
            if first.is_some_and(|first| Arc::ptr_eq(&first.facts, &facts)) {
                state.restores.pop_front();
            }
            if let Some(open) = state.open.get_mut(&facts.id) {
                open.granted = Some(done.mine);
            }
            for item in &mut state.queue {
                if let What::End(end) = &mut item.what
                    && end.wire == facts.wire_id()
                {
                    end.granted = Some(done.mine);
                }
            }
        }
        Work::Hold(number, facts, scopes) => {
            let mut state = shared.state();
            if let Some(open) = state.open.get_mut(&facts.id) {
                open.granted = Some(done.mine);
            }
            // Its end may stand in the queue already.
            for item in &mut state.queue {
                if let What::End(end) = &mut item.what
                    && end.wire == facts.wire_id()
                {
                    end.granted = Some(done.mine);
                }
            }
            state.through(&[number]);
            drop(state);
            drop(scopes);
        }
        Work::Ends(ends) => {
            let mut scopes: Vec<Scope> = Vec::new();
            for scope in ends.iter().flat_map(|(_, end)| end.scopes.iter()) {
                if !scopes.contains(scope) {
                    scopes.push(scope.clone());
                }
            }
            shared.tell(&mut done, &scopes).await;
            let numbers: Vec<_> = ends.iter().map(|(number, _)| *number).collect();
            let mut state = shared.state();
            state.through(&numbers);
            for (_, end) in ends {
                state.remember_told(end, done.mine);
            }
            drop(state);
            shared.progressed();
            // The last scope may be what keeps the ledger, whose end waits for this thread.
            return drop(scopes);
        }
    }
    done.told.drain(..).for_each(budget::book::Told::tell);
    shared.progressed();
}

/// It is not done, or nobody knows.
fn failed(shared: &Shared, work: &Work, sent: bool, corrupt: bool) {
    let numbers: Vec<u64> = match work {
        Work::Restore(_) => Vec::new(),
        Work::Hold(number, ..) => vec![*number],
        Work::Ends(ends) => ends.iter().map(|(number, _)| *number).collect(),
    };
    let mut dropped = Vec::new();
    let mut state = shared.state();
    for Item { number, what } in &mut state.queue {
        if let What::End(end) = what
            && numbers.contains(number)
        {
            // A copy may come late.
            end.remember |= sent;
            if end.since.elapsed() > SCOPES_KEPT {
                dropped.push(std::mem::replace(&mut end.scopes, Arc::new([])));
            }
        }
    }
    // One that can never be done does not keep the others from it.
    if corrupt
        && numbers.len() == 1
        && matches!(work, Work::Ends(_))
        && let Some(first) = state.queue.pop_front()
    {
        state.queue.push_back(first);
    }
    drop(state);
    // Not under the lock: with the last of them the ledger itself is dropped.
    drop(dropped);
}
