use std::{
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use criterion::{Criterion, Throughput};
use tower_genai::{
    budget::{Ask, CutRule, End, Hold, HoldId, Ledger, MemoryLedger, Reserving, Scope},
    money::Usd,
};

use super::scopes::{bound, label, ways};

pub(crate) fn bench(c: &mut Criterion, counts: &[usize]) {
    let mut group = c.benchmark_group("memory");
    for &accounts in counts {
        let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
        let ways = shuffled(ways(&ledger, accounts));
        // Every account has spent something, so that none is new.
        for way in &ways {
            pair(&*ledger, way);
        }
        group.throughput(Throughput::Elements(1));
        let mut next = ways.iter().cycle();
        group.bench_function(format!("ledger/1 in flight/{accounts} accounts"), |b| {
            b.iter(|| pair(&*ledger, next.next().unwrap()));
        });
        group.bench_function(format!("hold/1 in flight/{accounts} accounts"), |b| {
            b.iter(|| open(next.next().unwrap()).settle(bound()));
        });
        group.throughput(Throughput::Elements(64));
        group.bench_function(format!("ledger/64 in flight/{accounts} accounts"), |b| {
            b.iter(|| {
                let ids =
                    std::array::from_fn::<_, 64, _>(|_| reserve(&*ledger, next.next().unwrap()));
                let _ = ids.map(|id| ledger.settle(id, End::Metered(black_box(bound())).into()));
            });
        });
        let snapshot = ledger.allowance(&ways[0][0]).unwrap();
        assert_eq!(snapshot.held(), Usd::ZERO);
        assert!(snapshot.spent() > Usd::ZERO);
    }
}

/// Neighbours in the list are no neighbours in memory.
fn shuffled(mut ways: Vec<[Scope; 4]>) -> Vec<[Scope; 4]> {
    let mut random = fastrand::Rng::with_seed(7);
    random.shuffle(&mut ways);
    ways
}

fn reserve(ledger: &dyn Ledger, way: &[Scope; 4]) -> HoldId {
    let (id, label) = (HoldId::unique(), &*LABEL);
    match ledger.reserve(&Ask::new(id, way, black_box(bound()), label)) {
        Reserving::Done(Ok(())) => id,
        other => panic!("there is plenty, and it answers at once: {other:?}"),
    }
}

fn pair(ledger: &dyn Ledger, way: &[Scope; 4]) {
    let id = reserve(ledger, way);
    ledger.settle(id, End::Metered(black_box(bound())).into());
}

fn open(way: &[Scope; 4]) -> Hold {
    let mut opening = pin!(Hold::open(way, bound(), LABEL.clone(), CutRule::Bound));
    match opening
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(Ok(hold)) => hold,
        other => panic!("there is plenty, and it answers at once: {other:?}"),
    }
}

static LABEL: std::sync::LazyLock<tower_genai::budget::HoldLabel> = std::sync::LazyLock::new(label);
