//! The power goes at every write and sync of a run in turn (and the process is killed there): no money is forgotten.

use std::collections::HashMap;

use super::{
    platter::{Left, Platter},
    rig::{nanos, reserve, scope, start, wait},
};
use crate::budget::{CutRule, End, FileLedger, HoldId, Ledger, Scope, Window};

const LIMIT: u64 = 1_000;

/// What the caller knows, and what the provider bills.
#[derive(Debug, Default)]
struct Truth {
    billed: u64,
    /// What was granted: its bound, and what it was settled at.
    holds: HashMap<HoldId, (u64, Option<u64>)>,
    /// Bounds of what was asked for and refused or never answered.
    asked: Vec<u64>,
}

/// Calls of one day, some of which end in every way; on a disk that dies on the way.
fn run(ledger: &std::sync::Arc<FileLedger>, truth: &mut Truth) {
    let org = scope(ledger, "org", LIMIT, Window::Day);
    let team = scope(ledger, "team", LIMIT, Window::Total);
    let ways: [&[Scope]; 2] = [std::slice::from_ref(&org), &[org.clone(), team]];
    for step in 0..12_u64 {
        let bound = 40 + 13 * step;
        let Ok(id) = reserve(ledger, ways[usize::from(step % 3 == 0)], bound) else {
            truth.asked.push(bound);
            continue;
        };
        let cost = bound - 7;
        // It is sent, and the provider bills it whatever happens here.
        truth.billed += if step % 4 == 2 { 0 } else { cost };
        let (end, spent) = match step % 4 {
            0 => (Some(End::Metered(nanos(cost))), Some(cost)),
            1 => (Some(End::AtBound), Some(bound)),
            2 => (Some(End::Released), Some(0)),
            _ => (None, None),
        };
        if let Some(end) = end {
            ledger.settle(id, end.into());
        }
        truth.holds.insert(id, (bound, spent));
        if step % 5 == 4 {
            let _ = wait(ledger.flush());
        }
    }
}

fn check(ledger: &FileLedger, truth: &Truth, what: &str) {
    let snapshot = ledger.snapshot();
    let window = snapshot.account("org").map(|account| &account.windows[0]);
    let spent = window.map_or(0, |window| window.spent.nanos());
    assert!(snapshot.holds.is_empty(), "{what}");
    assert!(spent >= truth.billed, "{what}: {spent} of {}", truth.billed);
    assert!(spent <= LIMIT, "{what}: {spent}");
    // Every hold counts once: as it was ended, or as one of a dead process.
    let expired: HashMap<_, _> = snapshot
        .doubtful
        .iter()
        .filter(|doubt| doubt.expired)
        .map(|doubt| (doubt.id, doubt.charged.nanos()))
        .collect();
    let mut sum = 0;
    for (id, (bound, ended)) in &truth.holds {
        sum += match (expired.get(id), ended) {
            (Some(charged), _) => {
                assert_eq!(charged, bound, "{what}");
                *bound
            }
            (None, Some(spent)) => *spent,
            (None, None) => panic!("{what}: a hold that was granted is not known"),
        };
    }
    // At most the one that was being asked for is there beside them.
    let unasked: Vec<_> = expired
        .iter()
        .filter(|(id, _)| !truth.holds.contains_key(id))
        .collect();
    assert!(unasked.len() <= 1, "{what}: {unasked:?}");
    for (_, charged) in unasked {
        assert!(truth.asked.contains(charged), "{what}");
        sum += charged;
    }
    assert_eq!(spent, sum, "{what}");
}

/// A run that dies at an operation.
fn dies(at: Option<u64>) -> (Platter, Truth) {
    let platter = Platter::default();
    platter.set(|state| state.dies_at = at);
    let mut truth = Truth::default();
    if let Ok(ledger) = start(&platter) {
        run(&ledger, &mut truth);
    }
    (platter, truth)
}

#[test]
fn at_every_write_and_sync() {
    let (whole, truth) = dies(None);
    assert!(truth.billed > 0 && truth.holds.len() > 6, "{truth:?}");
    let operations = whole.lock().operations;
    let mut granted = 0;
    for at in 1..=operations + 1 {
        let (platter, truth) = dies(Some(at));
        granted += truth.holds.len();
        for left in [
            Left::Nothing,
            Left::All,
            Left::Torn,
            Left::Some(at),
            Left::Some(at + 1_000),
        ] {
            let what = format!("operation {at}, {left:?}");
            let disk = Platter::of(platter.after_crash(left));
            let ledger = start(&disk).unwrap_or_else(|error| panic!("{what}: {error}"));
            check(&ledger, &truth, &what);
            // Opened again, it says the same.
            if matches!(left, Left::All) {
                let before = ledger.snapshot();
                drop(ledger);
                assert_eq!(start(&disk).unwrap().snapshot(), before, "{what}");
            }
        }
    }
    assert!(granted > 0);
}

#[test]
fn at_every_write_and_sync_of_the_opening_after_it() {
    let (platter, truth) = dies(Some(60));
    assert!(!truth.holds.is_empty());
    let bytes = platter.after_crash(Left::All);
    for at in 1.. {
        let disk = Platter::of(bytes.clone());
        disk.set(|state| state.dies_at = Some(at));
        let opened = start(&disk).is_ok();
        for left in [Left::Nothing, Left::All, Left::Torn, Left::Some(at)] {
            let what = format!("operation {at} of the opening, {left:?}");
            let disk = Platter::of(disk.after_crash(left));
            let ledger = start(&disk).unwrap_or_else(|error| panic!("{what}: {error}"));
            check(&ledger, &truth, &what);
        }
        if opened {
            break;
        }
    }
}

#[test]
fn a_late_end_of_a_hold_that_died_counts_once() {
    let (platter, truth) = dies(None);
    let (id, (bound, _)) = truth
        .holds
        .iter()
        .find(|(_, (_, end))| end.is_none())
        .unwrap();
    let disk = Platter::of(platter.after_crash(Left::All));
    let ledger = start(&disk).unwrap();
    let before = super::rig::spent(&ledger, "org");
    ledger.settle(*id, End::Metered(nanos(1)).into());
    ledger.settle(*id, End::Metered(nanos(9)).into());
    drop(ledger);
    let ledger = start(&disk).unwrap();
    ledger.settle(*id, End::Metered(nanos(20)).into());
    assert_eq!(super::rig::spent(&ledger, "org"), before - bound + 1);
}

#[test]
fn a_hold_of_the_crate_s_own_is_known_too() {
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    let org = [scope(&ledger, "org", LIMIT, Window::Day)];
    let label = crate::budget::HoldLabel::new("model", "provider");
    let opening = crate::budget::Hold::open(&org, nanos(50), label.clone(), CutRule::Bound);
    let hold = wait(opening).unwrap();
    let disk = Platter::of(platter.after_crash(Left::Nothing));
    let seen = start(&disk).unwrap().snapshot();
    assert_eq!(
        (seen.doubtful[0].id, &seen.doubtful[0].label),
        (hold.id(), &label)
    );
}
