use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, SystemTime},
};

use foldhash::fast::RandomState;
use tokio::time::Instant;

use super::{
    RedisStatus, Rules, Seen, Zones,
    answer::{Done, time},
    facts::{Facts, wire_id},
};
use crate::budget::{HoldId, Scope, Settlement, rate_limit::micros};

/// How many refused asks are remembered, whose ends need not be sent.
const REFUSED: usize = 1_024;
/// How many acknowledged ends are remembered, to be told again when the server loses them.
const TOLD: usize = 1_024;
/// And for how long.
const TOLD_FOR: Duration = Duration::from_secs(3_600);
/// How many things may wait for the server. Ends of open holds always may.
const MOST_WAITING: usize = 1_000_000;

/// What this process knows of a ledger in Redis. Locked for short steps only.
#[derive(Debug)]
pub(super) struct State {
    pub(super) open: HashMap<HoldId, Open, RandomState>,
    refused: VecDeque<HoldId>,
    pub(super) seen: Seen,
    pub(super) zones: Zones,
    pub(super) peer: Peer,
    /// The server's clock less the local one, in microseconds.
    offset: i64,
    /// The latest time by the server's clock that is known, in microseconds.
    latest: u64,
    /// Holds to put back, before anything else.
    pub(super) restores: VecDeque<Restore>,
    pub(super) queue: VecDeque<Item>,
    /// The number of the next item.
    next: u64,
    told: VecDeque<ToldEnd>,
    pub(super) counts: RedisStatus,
    /// Asks are not answered, and that is said already.
    pub(super) silent: bool,
}

/// What the server is told of this process with each script.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) name: String,
    /// Which ledger this process knows; none at first.
    pub(super) epoch: String,
    /// How many of its writes the server has acknowledged.
    pub(super) acked: u64,
    /// How often it began to count anew.
    pub(super) turn: u64,
}

/// A hold that this process has asked for and not ended.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) facts: Arc<Facts>,
    pub(super) scopes: Arc<[Scope]>,
    pub(super) forced: bool,
    /// By which write it was granted; `None` while it is asked for.
    pub(super) granted: Option<u64>,
    /// It may be on its way more than once.
    pub(super) again: bool,
}

/// A hold that the server has lost.
#[derive(Clone, Debug)]
pub(super) struct Restore {
    pub(super) facts: Arc<Facts>,
}

/// What must get through, in its order.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) number: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// A hold that is taken whatever the limits say.
    Hold {
        facts: Arc<Facts>,
        scopes: Arc<[Scope]>,
    },
    End(End),
}

/// The end of a hold.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) wire: String,
    /// The other name that it may have, where this process does not know which.
    pub(super) other: String,
    pub(super) settlement: Settlement,
    /// The hold's reserve, or a copy of it, may come after it.
    pub(super) remember: bool,
    pub(super) facts: Option<Arc<Facts>>,
    pub(super) granted: Option<u64>,
    /// Who is told of alerts. Empty once it has waited long: they keep the ledger alive.
    pub(super) scopes: Arc<[Scope]>,
    pub(super) since: Instant,
}

/// An end that the server has acknowledged.
#[derive(Debug)]
struct ToldEnd {
    end: End,
    by: u64,
    at: Instant,
}

impl State {
    pub(super) fn new() -> Self {
        let peer = Peer {
            name: format!("{:016x}", fastrand::u64(..)),
            epoch: String::new(),
            acked: 0,
            turn: 0,
        };
        Self {
            open: HashMap::default(),
            refused: VecDeque::new(),
            seen: Seen::default(),
            zones: Zones::default(),
            peer,
            offset: 0,
            latest: 0,
            restores: VecDeque::new(),
            queue: VecDeque::new(),
            next: 0,
            told: VecDeque::new(),
            counts: RedisStatus::default(),
            silent: false,
        }
    }

    /// What time it is by the ledger's clock, as far as is known.
    pub(super) fn now(&self, rules: &Rules) -> SystemTime {
        let now = match &rules.instead {
            Some(clock) => micros(clock.now()).max(self.latest),
            None => {
                let local = i64::try_from(micros(rules.local.now())).unwrap_or(i64::MAX);
                local.saturating_add(self.offset).max(0).unsigned_abs()
            }
        };
        time(now).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Learns what an answer shows. Says whether it is of the ledger that is known.
    pub(super) fn learn(&mut self, done: &Done, asked: &Peer, rules: &Rules) {
        let local = i64::try_from(micros(rules.local.now())).unwrap_or(i64::MAX);
        let now = i64::try_from(done.now).unwrap_or(i64::MAX);
        self.offset = now.saturating_sub(local);
        self.latest = self.latest.max(done.now);
        if self.peer.turn == asked.turn {
            if self.peer.epoch.is_empty() {
                self.peer.epoch.clone_from(&done.epoch);
            }
            self.peer.acked = self.peer.acked.max(done.mine);
        }
        self.counts.lost = false;
        self.silent = false;
        for view in &done.views {
            self.seen.note(done.seq, view);
        }
    }

    pub(super) fn refuse(&mut self, id: HoldId) {
        self.open.remove(&id);
        if self.refused.len() >= REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back(id);
    }

    /// Notes a hold that is to be taken whatever the limits say; not where too many wait already.
    pub(super) fn force(&mut self, facts: Arc<Facts>, scopes: Arc<[Scope]>) -> bool {
        if self.queue.len() >= MOST_WAITING {
            return false;
        }
        let id = facts.id;
        self.refused.retain(|refused| *refused != id);
        self.open.insert(
            id,
            Open {
                facts: Arc::clone(&facts),
                scopes: Arc::clone(&scopes),
                forced: true,
                granted: None,
                again: true,
            },
        );
        self.push(What::Hold { facts, scopes });
        true
    }

    /// Notes the end of a hold; whether there is anything to send.
    pub(super) fn end(&mut self, id: HoldId, settlement: Settlement) -> bool {
        if let Some(at) = self.refused.iter().rposition(|refused| *refused == id) {
            self.refused.remove(at);
            return false;
        }
        let end = match self.open.remove(&id) {
            Some(open) => End {
                wire: wire_id(id, open.forced),
                other: String::new(),
                settlement,
                remember: open.granted.is_none() || open.again,
                granted: open.granted,
                facts: Some(open.facts),
                scopes: open.scopes,
                since: Instant::now(),
            },
            None => End {
                wire: wire_id(id, false),
                other: wire_id(id, true),
                settlement,
                remember: true,
                granted: None,
                facts: None,
                scopes: Arc::new([]),
                since: Instant::now(),
            },
        };
        self.push(What::End(end));
        true
    }

    /// Gives up a hold of which nobody knows whether it was granted.
    pub(super) fn give_up(&mut self, id: HoldId) {
        if let Some(open) = self.open.remove(&id) {
            self.push(What::End(End {
                wire: wire_id(id, open.forced),
                other: String::new(),
                settlement: crate::budget::End::Released.into(),
                remember: true,
                granted: None,
                facts: Some(open.facts),
                scopes: Arc::new([]),
                since: Instant::now(),
            }));
            self.refuse(id);
        }
    }

    fn push(&mut self, what: What) {
        let number = self.next;
        self.next += 1;
        self.queue.push_back(Item { number, what });
    }

    /// The number that everything that waits now is below of.
    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// Whether everything below a number is through.
    pub(super) fn is_through(&self, below: u64) -> bool {
        self.restores.is_empty() && self.queue.iter().all(|item| item.number >= below)
    }

    /// Takes what is through off the queue.
    pub(super) fn through(&mut self, numbers: &[u64]) {
        self.queue.retain(|item| !numbers.contains(&item.number));
        self.counts.waiting = self.queue.len();
    }

    pub(super) fn remember_told(&mut self, mut end: End, by: u64) {
        if end.facts.is_none() {
            return;
        }
        end.scopes = Arc::new([]);
        if self.told.len() >= TOLD {
            self.told.pop_front();
        }
        let at = Instant::now();
        self.told.push_back(ToldEnd { end, by, at });
    }

    /// The server has lost what this process wrote after its write `kept`: tells it again.
    pub(super) fn tell_again(&mut self, kept: u64, turn: u64) -> bool {
        if self.peer.turn != turn {
            return false;
        }
        let lost = self.peer.acked.saturating_sub(kept);
        self.peer.turn += 1;
        self.peer.acked = kept;
        self.seen.clear();
        self.counts.lost_writes += lost;
        let is_lost = |granted: Option<u64>| granted.is_some_and(|by| by > kept);
        let mut restores: VecDeque<_> = self
            .open
            .values_mut()
            .filter(|open| is_lost(open.granted))
            .map(|open| {
                // Granted anew, whenever that gets through.
                open.granted = Some(0);
                Restore {
                    facts: Arc::clone(&open.facts),
                }
            })
            .collect();
        for item in &mut self.queue {
            if let What::End(end) = &mut item.what
                && is_lost(end.granted)
                && let Some(facts) = &end.facts
            {
                end.granted = Some(0);
                restores.push_back(Restore {
                    facts: Arc::clone(facts),
                });
            }
        }
        for told in std::mem::take(&mut self.told) {
            if told.at.elapsed() > TOLD_FOR {
                continue;
            }
            if told.by <= kept {
                self.told.push_back(told);
                continue;
            }
            let mut end = told.end;
            if is_lost(end.granted)
                && let Some(facts) = &end.facts
            {
                end.granted = Some(0);
                restores.push_back(Restore {
                    facts: Arc::clone(facts),
                });
            }
            end.since = Instant::now();
            self.push(What::End(end));
        }
        self.counts.put_back += restores.len() as u64;
        self.restores.append(&mut restores);
        true
    }

    /// What was kept is gone for good: goes on with what is there now, and puts back the holds that are open.
    pub(super) fn accept_loss(&mut self) {
        self.peer.turn += 1;
        self.peer.epoch.clear();
        self.peer.acked = 0;
        self.counts.lost = false;
        self.seen.clear();
        self.told.clear();
        let open = self.open.values_mut().filter(|o| o.granted.is_some());
        let mut restores: VecDeque<_> = open
            .map(|open| {
                open.granted = Some(0);
                Restore {
                    facts: Arc::clone(&open.facts),
                }
            })
            .collect();
        for item in &mut self.queue {
            if let What::End(end) = &mut item.what
                && end.granted.is_some()
                && let Some(facts) = &end.facts
            {
                end.granted = Some(0);
                restores.push_back(Restore {
                    facts: Arc::clone(facts),
                });
            }
        }
        self.counts.put_back += restores.len() as u64;
        self.restores.append(&mut restores);
    }
}
