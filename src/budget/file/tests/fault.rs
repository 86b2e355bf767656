use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tracing_subscriber::{Layer, layer::SubscriberExt};

use super::super::{shared::Shared, store::Store, writer};
use super::{
    platter::{Left, Platter, State},
    rig::{answer, ask, nanos, reserve, scope, spent, start, start_with, wait},
};
use crate::budget::{
    Ask, End, FileLedger, HoldId, HoldLabel, Ledger, LedgerError, Refund, RefundError, RefusedKind,
    Reserving, Window,
};

/// Asks until the ledger can write again.
fn until_well(ledger: &FileLedger) {
    while wait(ledger.flush()).is_err() {
        std::thread::yield_now();
    }
}

/// A disk that fails so: callers are refused, what is known stays known, and all of it is written when it works again.
fn refuses_and_recovers(fault: impl Fn(&mut State, bool)) {
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    let org = [scope(&ledger, "org", 1_000, Window::Total)];
    let kept = reserve(&ledger, &org, 100).unwrap();
    let ended = reserve(&ledger, &org, 100).unwrap();

    platter.set(|state| fault(state, true));
    let refused = reserve(&ledger, &org, 100).unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Unavailable);
    assert_eq!(org[0].allowance().unwrap().held(), nanos(200));
    // From now on at once.
    let refused = ask(&ledger, HoldId::unique(), &org, 100);
    assert!(matches!(refused, Reserving::Done(Err(_))));
    assert!(matches!(
        wait(ledger.flush()),
        Err(LedgerError::Unavailable(_))
    ));
    // Those who fail open go on, and are counted.
    let label = HoldLabel::new("model", "provider");
    let forced = HoldId::unique();
    let open = ledger.reserve(&Ask::new(forced, &org, nanos(900), &label).forced());
    assert!(matches!(open, Reserving::Done(Ok(()))));
    ledger.settle(ended, End::AtBound.into());
    ledger.settle(forced, End::Metered(nanos(890)).into());
    let refund = Refund::of_hold("r", ended, nanos(30));
    assert!(matches!(
        wait(ledger.refund(&refund)),
        Err(RefundError::Ledger(_))
    ));

    platter.set(|state| fault(state, false));
    until_well(&ledger);
    assert_eq!(wait(ledger.refund(&refund)), Ok(nanos(30)));
    ledger.settle(kept, End::Metered(nanos(5)).into());
    wait(ledger.flush()).unwrap();
    let copy = Platter::of(platter.after_crash(Left::Nothing));
    let seen = start(&copy).unwrap().snapshot();
    let window = &seen.account("org").unwrap().windows[0];
    assert_eq!((window.spent, window.open_holds), (nanos(70 + 890 + 5), 0));
    assert_eq!((seen.forced, seen.doubtful.len()), (1, 1));
    assert!(reserve(&ledger, &org, 50).unwrap_err().kind() == RefusedKind::Spent);
    reserve(&ledger, &org, 35).unwrap();
}

#[test]
fn a_full_disk_refuses_and_recovers() {
    refuses_and_recovers(|state, on| state.full = on);
}

#[test]
fn a_failed_fsync_refuses_and_recovers() {
    refuses_and_recovers(|state, on| state.deaf = on);
}

#[test]
fn a_dead_disk_refuses_and_recovers() {
    refuses_and_recovers(|state, on| state.dies_at = on.then_some(0));
}

#[test]
fn a_forced_hold_whose_commit_fails_is_granted_and_kept() {
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    let org = [scope(&ledger, "org", 10, Window::Total)];
    platter.set(|state| state.deaf = true);
    let label = HoldLabel::new("model", "provider");
    let forced = HoldId::unique();
    answer(ledger.reserve(&Ask::new(forced, &org, nanos(50), &label).forced())).unwrap();
    assert_eq!(ledger.snapshot().holds.len(), 1);
    platter.set(|state| state.deaf = false);
    until_well(&ledger);
    let copy = Platter::of(platter.after_crash(Left::Nothing));
    assert_eq!(spent(&start(&copy).unwrap(), "org"), 50);
}

#[test]
fn a_disk_that_does_not_answer_is_not_waited_for() {
    let platter = Platter::default();
    let options = FileLedger::options().patience(Duration::from_millis(20));
    let ledger = start_with(&platter, options).unwrap();
    let org = [scope(&ledger, "org", 100, Window::Total)];
    reserve(&ledger, &org, 10).unwrap();
    platter.set(|state| state.stuck = true);
    let refused = reserve(&ledger, &org, 10).unwrap_err();
    assert_eq!(refused.kind(), RefusedKind::Unavailable);
    assert_eq!(org[0].allowance().unwrap().held(), nanos(10));
    platter.set(|state| state.stuck = false);
    until_well(&ledger);
    let copy = Platter::of(platter.after_crash(Left::Nothing));
    assert_eq!(spent(&start(&copy).unwrap(), "org"), 10);
    reserve(&ledger, &org, 90).unwrap();
}

#[test]
fn a_stuck_disk_does_not_keep_the_process() {
    let platter = Platter::default();
    let options = FileLedger::options().patience(Duration::from_millis(20));
    let ledger = start_with(&platter, options).unwrap();
    let org = [scope(&ledger, "org", 100, Window::Total)];
    reserve(&ledger, &org, 10).unwrap();
    platter.set(|state| state.stuck = true);
    drop((org, ledger));
    platter.set(|state| state.stuck = false);
}

/// Counts events of this room: errors, and warnings.
#[derive(Clone, Default)]
struct Events(Arc<[AtomicU32; 2]>);

impl Events {
    fn errors(&self) -> u32 {
        self.0[0].load(Ordering::SeqCst)
    }

    fn warnings(&self) -> u32 {
        self.0[1].load(Ordering::SeqCst)
    }
}

impl<S: tracing::Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let level = *event.metadata().level();
        let at = [tracing::Level::ERROR, tracing::Level::WARN];
        if let Some(at) = at.iter().position(|known| *known == level)
            && event.metadata().target().contains("tower_genai::budget")
        {
            self.0[at].fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A ledger without threads: its writer writes when it is told.
fn by_hand(platter: &Platter) -> (Arc<Shared>, Store) {
    let ledger = start(platter).unwrap();
    let shared = ledger.shared_for_tests();
    drop(ledger);
    let mut store = Store::open(Box::new(platter.clone())).unwrap().0;
    let batch = shared.lock().book.write_down();
    store.commit(&batch).unwrap();
    (shared, store)
}

#[test]
fn a_fault_is_told_once() {
    let events = Events::default();
    let subscriber = tracing_subscriber::registry().with(events.clone());
    let dispatch = tracing::Dispatch::new(subscriber);
    let platter = Platter::default();
    let (shared, mut store) = by_hand(&platter);
    tracing::dispatcher::with_default(&dispatch, || {
        for told in 1..3 {
            platter.set(|state| state.deaf = true);
            shared.lock().book.unwritten(None);
            for _ in 0..3 {
                assert!(!writer::commit(&shared, &mut store));
            }
            assert_eq!(events.errors(), told);
            platter.set(|state| state.deaf = false);
            assert!(writer::commit(&shared, &mut store));
        }
    });
}

#[test]
fn a_file_that_others_had_meanwhile_is_lost() {
    let platter = Platter::default();
    let (shared, mut store) = by_hand(&platter);
    platter.set(|state| state.deaf = true);
    shared.lock().book.unwritten(None);
    assert!(!writer::commit(&shared, &mut store));
    platter.set(|state| state.deaf = false);
    // It is free now, and another process takes it.
    drop(start(&platter).unwrap());
    let theirs = platter.after_crash(Left::Nothing);
    for _ in 0..2 {
        assert!(!writer::commit(&shared, &mut store));
        let failing = shared.lock().failing.clone();
        assert!(matches!(failing, Some(LedgerError::Lost(_))), "{failing:?}");
    }
    drop(store);
    // What the other one wrote is there.
    let known = |bytes| {
        Store::open(Box::new(Platter::of(bytes)))
            .unwrap()
            .1
            .unwrap()
    };
    let (before, after) = (known(theirs), known(platter.after_crash(Left::Nothing)));
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

#[test]
fn holds_of_the_dead_are_told_of_one_by_one_but_not_without_bound() {
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    let org = [scope(&ledger, "org", 1_000, Window::Total)];
    for (holds, warnings) in [(3, 3), (50, 21)] {
        for _ in 0..holds {
            reserve(&ledger, &org, 1).unwrap();
        }
        let events = Events::default();
        let subscriber = tracing_subscriber::registry().with(events.clone());
        let copy = Platter::of(platter.after_crash(Left::Nothing));
        let opened = tracing::subscriber::with_default(subscriber, || start(&copy).unwrap());
        assert_eq!((events.errors(), events.warnings()), (0, warnings));
        assert_eq!(opened.snapshot().doubtful.len(), holds);
        for hold in ledger.snapshot().holds {
            ledger.settle(hold.id, End::Released.into());
        }
        wait(ledger.flush()).unwrap();
    }
}
