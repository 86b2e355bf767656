//! A store against a model of it that keeps lists, under paused time.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, advance};

use super::{
    Claim, End, Store, Ticket,
    kept::{Kept, Slot},
};
use crate::idempotency::{
    fingerprint::Fingerprint,
    key::Key,
    record::{Head, Record},
    refused::Refused,
};

const TTL: Duration = Duration::from_secs(100);
const KEY: usize = Kept::KEY;

fn record(bytes: usize) -> Arc<Record> {
    let head = Head {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        outcome: None,
    };
    Arc::new(Record::new(head, Bytes::from(vec![0; bytes])))
}

fn claim(store: &Arc<Store>, key: u8, print: u8) -> Claim {
    let (key, print) = (Key::of_test(key), Fingerprint::of_test(print));
    store.claim(key, print, TTL)
}

fn first(store: &Arc<Store>, key: u8) -> Ticket {
    match claim(store, key, 0) {
        Claim::First(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

fn done(store: &Arc<Store>, key: u8, bytes: usize) {
    let ticket = first(store, key);
    assert!(ticket.resize(bytes));
    ticket.end(End::Done(record(bytes)));
}

fn bytes(store: &Store) -> usize {
    store.kept().bytes()
}

#[tokio::test(start_paused = true)]
async fn a_key_is_forgotten_when_its_time_is_over_and_not_before() {
    let store = Arc::new(Store::new(1 << 20));
    let ticket = first(&store, 1);
    advance(TTL * 10).await;
    assert!(matches!(
        claim(&store, 1, 0),
        Claim::Refused(Refused::InFlight)
    ));
    ticket.end(End::Done(record(10)));
    advance(TTL - Duration::from_millis(1)).await;
    match claim(&store, 1, 0) {
        Claim::Done(_, age) => assert_eq!(age, TTL - Duration::from_millis(1)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        claim(&store, 1, 1),
        Claim::Refused(Refused::Reused)
    ));
    advance(Duration::from_millis(1)).await;
    // Any claim lets go of what has expired.
    first(&store, 2).free();
    assert_eq!((bytes(&store), store.kept().len()), (0, 0));
    first(&store, 1).free();
}

#[tokio::test(start_paused = true)]
async fn those_that_ended_first_go_first_and_none_that_is_under_way() {
    let store = Arc::new(Store::new(4 * KEY));
    let under_way = first(&store, 0);
    let late = first(&store, 1);
    done(&store, 2, 0);
    late.end(End::Failed);
    done(&store, 3, 0);
    assert_eq!(bytes(&store), 4 * KEY);
    // The second of them ended before the one that began earlier.
    let _fourth = first(&store, 4);
    assert!(matches!(
        claim(&store, 1, 0),
        Claim::Refused(Refused::Failed)
    ));
    assert!(matches!(claim(&store, 3, 0), Claim::Done(..)));
    // Two more take the room of both; then all that is there is under way.
    let _fifth = first(&store, 5);
    let _sixth = first(&store, 6);
    assert!(matches!(claim(&store, 7, 0), Claim::Refused(Refused::Full)));
    assert!(matches!(
        claim(&store, 0, 0),
        Claim::Refused(Refused::InFlight)
    ));
    under_way.free();
    first(&store, 7).free();
}

#[tokio::test(start_paused = true)]
async fn an_answer_grows_at_the_cost_of_what_is_over_alone() {
    let store = Arc::new(Store::new(3 * KEY + 100));
    done(&store, 0, 100);
    let growing = first(&store, 1);
    let other = first(&store, 2);
    assert!(growing.resize(KEY + 100));
    assert!(
        matches!(claim(&store, 0, 0), Claim::Refused(Refused::Full)),
        "it is gone"
    );
    assert!(!growing.resize(KEY + 101));
    assert!(!other.resize(1));
    assert_eq!(
        bytes(&store),
        3 * KEY + 100,
        "what does not fit takes nothing"
    );
    assert!(growing.resize(0) && other.resize(1));
    drop((growing, other));
    for key in [1, 2] {
        assert!(matches!(
            claim(&store, key, 0),
            Claim::Refused(Refused::Failed)
        ));
    }
    assert_eq!(bytes(&store), 2 * KEY);
}

#[test]
fn what_a_key_is_counted_for_covers_what_it_takes() {
    // A map is at least 7/16 full, and a queue half.
    let slot = size_of::<(Key, Slot)>() + 1;
    let record = size_of::<Record>() + 2 * size_of::<usize>();
    let taken = slot * 16 / 7 + 2 * size_of::<Key>() + record;
    assert!(taken <= KEY, "{taken}");
}

/// What the store should know of a key.
struct Known {
    key: u8,
    print: u8,
    bytes: usize,
    end: Option<(Instant, Kind)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Done,
    NotKept,
    Failed,
}

struct Model {
    most: usize,
    open: Vec<(Known, Ticket)>,
    over: VecDeque<Known>,
}

impl Model {
    fn bytes(&self) -> usize {
        let open: usize = self.open.iter().map(|(one, _)| one.bytes).sum();
        open + self.over.iter().map(|one| one.bytes).sum::<usize>()
    }

    fn make_room(&mut self, bytes: usize) -> bool {
        let open: usize = self.open.iter().map(|(one, _)| one.bytes).sum();
        if open + bytes > self.most {
            return false;
        }
        while self.bytes() + bytes > self.most {
            self.over.pop_front();
        }
        true
    }

    fn claim(&mut self, store: &Arc<Store>, key: u8, print: u8) {
        let old = |one: &Known| one.end.is_some_and(|(since, _)| since.elapsed() >= TTL);
        self.over.retain(|one| !old(one));
        let open = self.open.iter().map(|(one, _)| one);
        let known = open.chain(&self.over).find(|one| one.key == key);
        let expected = known.map(|one| match one.end {
            _ if one.print != print => "reused",
            None => "in flight",
            Some((_, Kind::Done)) => "done",
            Some((_, Kind::NotKept)) => "not kept",
            Some((_, Kind::Failed)) => "failed",
        });
        let expected = match expected {
            Some(known) => known,
            None if self.make_room(KEY) => "first",
            None => "full",
        };
        let said = match claim(store, key, print) {
            Claim::First(ticket) => {
                let known = Known {
                    key,
                    print,
                    bytes: KEY,
                    end: None,
                };
                self.open.push((known, ticket));
                "first"
            }
            Claim::Done(..) => "done",
            Claim::Refused(Refused::Reused) => "reused",
            Claim::Refused(Refused::InFlight) => "in flight",
            Claim::Refused(Refused::NotKept) => "not kept",
            Claim::Refused(Refused::Failed) => "failed",
            Claim::Refused(Refused::Full) => "full",
        };
        assert_eq!(said, expected, "key {key}, print {print}");
    }

    fn resize(&mut self, at: usize, to: usize) {
        let more = (KEY + to).saturating_sub(self.open[at].0.bytes);
        let fits = more == 0 || self.make_room(more);
        let (known, ticket) = &mut self.open[at];
        assert_eq!(ticket.resize(to), fits);
        if fits {
            known.bytes = KEY + to;
        }
    }

    fn end(&mut self, at: usize, how: u8) {
        let (mut known, ticket) = self.open.swap_remove(at);
        let record_bytes = known.bytes - KEY;
        let kind = match how {
            0 => return ticket.free(),
            1 => {
                ticket.end(End::NotKept);
                Kind::NotKept
            }
            2 => {
                ticket.end(End::Failed);
                Kind::Failed
            }
            3 => {
                drop(ticket);
                Kind::Failed
            }
            _ => {
                ticket.end(End::Done(record(record_bytes)));
                Kind::Done
            }
        };
        if kind != Kind::Done {
            known.bytes = KEY;
        }
        known.end = Some((Instant::now(), kind));
        self.over.push_back(known);
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_it_knows_what_a_model_knows_within_its_bytes() {
    for seed in 0..200 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let most = dice.usize(0..12 * KEY);
        let store = Arc::new(Store::new(most));
        let mut model = Model {
            most,
            open: Vec::new(),
            over: VecDeque::new(),
        };
        for _ in 0..300 {
            let under_way = model.open.len();
            match dice.u8(0..10) {
                0..=3 => model.claim(&store, dice.u8(0..16), u8::from(dice.u8(0..8) == 0)),
                4..=6 if under_way > 0 => {
                    let to = dice.usize(0..3 * KEY);
                    model.resize(dice.usize(0..under_way), to);
                }
                7..=8 if under_way > 0 => model.end(dice.usize(0..under_way), dice.u8(0..8)),
                9 => advance(Duration::from_secs(dice.u64(0..40))).await,
                _ => {}
            }
            let kept = store.kept();
            assert!(kept.adds_up(), "seed {seed}: {kept:?}");
            // The model lets go of what has expired when somebody claims, as the store does.
            assert_eq!(kept.bytes(), model.bytes(), "seed {seed}");
            assert_eq!(
                kept.len(),
                model.open.len() + model.over.len(),
                "seed {seed}"
            );
        }
    }
}
