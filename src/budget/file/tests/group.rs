use super::{
    platter::Platter,
    rig::{answer, ask, nanos, reserve, scope, spent, start, wait},
};
use crate::budget::{End, HoldId, Ledger, Reserving, Window};

#[test]
fn one_commit_serves_all_who_wait_and_nobody_else_waits() {
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    let org = [scope(&ledger, "org", 1_000, Window::Total)];
    let earlier = reserve(&ledger, &org, 100).unwrap();
    wait(ledger.flush()).unwrap();
    let before = platter.lock().commits;
    wait(ledger.flush()).unwrap();
    let one = platter.lock().commits - before;
    assert!(one > 0);

    platter.set(|state| state.stuck = true);
    let ids: Vec<_> = (0..64).map(|_| HoldId::unique()).collect();
    let first = ask(&ledger, ids[0], &org, 10);
    platter.wait_until_stuck();
    let others: Vec<_> = ids[1..]
        .iter()
        .map(|id| ask(&ledger, *id, &org, 10))
        .collect();
    assert!(
        others
            .iter()
            .all(|other| matches!(other, Reserving::Later(_)))
    );
    // While the disk works, everything else goes on.
    assert_eq!(org[0].allowance().unwrap().held(), nanos(740));
    ledger.settle(earlier, End::Metered(nanos(1)).into());
    assert_eq!(spent(&ledger, "org"), 1);
    assert!(matches!(
        ask(&ledger, HoldId::unique(), &org, 900),
        Reserving::Done(Err(_))
    ));

    let before = platter.lock().commits;
    platter.set(|state| state.stuck = false);
    answer(first).unwrap();
    others.into_iter().for_each(|other| answer(other).unwrap());
    let commits = (platter.lock().commits - before) / one;
    assert!(commits <= 2, "{commits} commits for 64 holds");
}

#[test]
fn nothing_is_granted_before_it_is_on_the_disk() {
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    let org = [scope(&ledger, "org", 1_000, Window::Total)];
    platter.set(|state| state.stuck = true);
    let first = ask(&ledger, HoldId::unique(), &org, 10);
    platter.wait_until_stuck();
    // This one comes too late for the commit that runs.
    let second = ask(&ledger, HoldId::unique(), &org, 10);
    let Reserving::Later(mut second) = second else {
        panic!("it must wait");
    };
    let mut poll = || {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        second.as_mut().poll(&mut context)
    };
    assert!(poll().is_pending());
    platter.set(|state| state.stuck = false);
    answer(first).unwrap();
    wait(second).unwrap();
}

#[test]
fn an_end_is_written_though_nobody_waits() {
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    let org = [scope(&ledger, "org", 1_000, Window::Total)];
    let hold = reserve(&ledger, &org, 100).unwrap();
    platter.set(|state| state.stuck = true);
    ledger.settle(hold, End::Metered(nanos(7)).into());
    // Its commit comes by itself.
    platter.wait_until_stuck();
    platter.set(|state| state.stuck = false);
    wait(ledger.flush()).unwrap();
    let copy = Platter::of(platter.after_crash(super::platter::Left::Nothing));
    assert_eq!(spent(&start(&copy).unwrap(), "org"), 7);
}

#[test]
fn a_reserve_that_is_given_up_leaves_nothing() {
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    let org = [scope(&ledger, "org", 100, Window::Total)];
    platter.set(|state| state.stuck = true);
    let opening = crate::budget::Hold::open(
        &org,
        nanos(100),
        crate::budget::HoldLabel::new("model", "provider"),
        crate::budget::CutRule::Bound,
    );
    let mut opening = Box::pin(opening);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(opening.as_mut().poll(&mut context).is_pending());
    platter.wait_until_stuck();
    drop(opening);
    platter.set(|state| state.stuck = false);
    wait(ledger.flush()).unwrap();
    let copy = Platter::of(platter.after_crash(super::platter::Left::Nothing));
    assert_eq!(spent(&start(&copy).unwrap(), "org"), 0);
    reserve(&ledger, &org, 100).unwrap();
}

#[test]
fn what_the_file_does_not_keep_does_not_wait_for_it() {
    use crate::budget::{Budget, RateLimit};
    let platter = Platter::default();
    let ledger = start(&platter).unwrap();
    platter.set(|state| state.stuck = true);
    let rated = Budget::new("rated")
        .rate(RateLimit::requests(1))
        .ledger(ledger.clone());
    let rated = [rated.scope()];
    let label = crate::budget::HoldLabel::new("model", "provider");
    let reserve = |bound| {
        let ask = crate::budget::Ask::new(HoldId::unique(), &rated, nanos(bound), &label);
        ledger.reserve(&ask.requests(1))
    };
    assert!(matches!(reserve(5), Reserving::Done(Ok(()))));
    assert!(matches!(reserve(5), Reserving::Done(Err(_))));
    platter.set(|state| state.stuck = false);
}
