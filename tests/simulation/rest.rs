//! What must hold when all calls have ended: nothing is held, and every charge is what its provider bills, or stands in
//! the list of those that may be more.

use std::collections::{BTreeMap, BTreeSet};

use tower_genai::budget::End;

use crate::{fleet::Job, tally::Tally, world::World};

pub(crate) fn check(world: World, mut tally: Tally) -> Tally {
    let ledger = &world.ledger;
    ledger.check();
    let open = ledger.with_shadow(|shadow| shadow.open_holds());
    assert_eq!(open, 0, "holds stay");
    world.trace.panic_if_wrong();
    let jobs = world.fleet.clone().into_jobs();
    let mut sent = BTreeSet::new();
    let mut billed: BTreeMap<usize, u64> = BTreeMap::new();
    let mut slack = 0;
    for (at, job) in jobs.iter().enumerate() {
        let hold = job.hold.expect("every call that is sent has a hold");
        assert!(sent.insert(hold), "hold {hold} was sent twice");
        let (bill, _) = job.bill.expect("a call that is over is billed");
        slack += attempt(&world, at, job, &mut tally);
        billed.insert(hold, bill);
        tally.billed += u128::from(bill);
        tally.attempts += 1;
        tally.cuts += u64::from(!job.complete && job.script.head == crate::script::Head::Comes);
    }
    let (mut charged, mut doubtful) = (0_u128, 0_u128);
    let mut by_account: BTreeMap<_, (u128, u128)> = BTreeMap::new();
    for (number, hold) in ledger.holds().iter().enumerate() {
        assert!(
            !hold.granted || hold.told_ends == 1,
            "hold {number} was granted, and ended {} times",
            hold.told_ends
        );
        let Some(fate) = ledger.fate(number) else {
            continue;
        };
        let sum = u128::from(fate.charged.expect("every hold has ended"));
        if !sent.contains(&number) {
            assert!(sum == 0 || fate.doubtful, "hold {number} was never sent");
        }
        charged += sum;
        doubtful += if fate.doubtful { sum } else { 0 };
        let bill = u128::from(billed.get(&number).copied().unwrap_or(0));
        for account in hold.accounts.iter().collect::<BTreeSet<_>>() {
            let sums = by_account.entry(account.clone()).or_default();
            sums.0 += sum;
            sums.1 += bill;
        }
    }
    let excused = i128::from(tally.excused + tally.unbounded > 0) * i128::MAX / 2;
    for (account, (charged, billed)) in &by_account {
        let over = i128::try_from(*charged).unwrap() - i128::try_from(*billed).unwrap();
        assert!(
            over >= -excused,
            "{account}: {charged} charged, {billed} billed"
        );
    }
    ledger.with_shadow(|shadow| {
        for (account, sum) in &shadow.charged {
            let ours = by_account.get(account).map_or(0, |sums| sums.0);
            assert_eq!(*sum, ours, "{account}: all charges together");
        }
        let of_name = |name: &str| -> u128 {
            let accounts = shadow.charged.iter();
            let own = accounts.filter(|(account, _)| account.name() == name);
            own.map(|(_, sum)| *sum).sum()
        };
        for (outer, inner) in world.budgets.nested() {
            let inner = inner.into_iter().map(of_name).sum::<u128>();
            assert!(
                of_name(outer) >= inner,
                "{outer} has less than what is in it"
            );
        }
        (tally.doubtful, tally.exceeded) = (shadow.doubtful, shadow.exceeded);
        tally.expired = shadow.expired;
    });
    let over = i128::try_from(charged).unwrap() - i128::try_from(tally.billed).unwrap();
    let most = i128::try_from(doubtful + slack).unwrap();
    assert!(over <= most, "{over} above the bills, and {most} doubtful");
    (tally.charged, tally.doubtful_sum) = (charged, doubtful);
    let seen = ledger.seen();
    tally.worlds = 1;
    tally.faults = seen.faults;
    tally.refused = seen.refused;
    tally.forced = seen.forced;
    tally.refunds = seen.refunds;
    tally.compared = seen.compared;
    tally
}

/// Checks one attempt's charge against its bill; answers by how much the answer made it look dearer than it was.
fn attempt(world: &World, at: usize, job: &Job, tally: &mut Tally) -> u128 {
    let (Some(number), Some((bill, read))) = (job.hold, job.bill) else {
        unreachable!("checked before")
    };
    let what = || format!("call {at} to provider {}: {:?}", job.provider, job.script);
    let fate = world.ledger.fate(number).expect("what is sent is granted");
    let charged = fate.charged.expect("every hold has ended");
    if fate.bound == 0 || matches!(world.ledger.end(number), Some(End::Counted(_))) {
        // It had no bound, and nobody refuses: what is known of it is counted.
        tally.unbounded += u64::from(charged < bill);
        return u128::from(charged.saturating_sub(bill));
    }
    if charged == 0 {
        assert_eq!(
            bill,
            0,
            "nothing was charged, and {bill} billed: {}",
            what()
        );
        return 0;
    }
    if !fate.doubtful {
        assert_eq!(charged, read, "by the usage, hold {number}: {}", what());
        return u128::from(read - bill);
    }
    if charged < bill {
        let why = format!(
            "hold {number}: {charged} charged, {bill} billed: {}",
            what()
        );
        assert!(job.script.dearer, "{why}");
        tally.excused += 1;
    }
    0
}
