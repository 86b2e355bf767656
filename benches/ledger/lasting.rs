use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput};
use tokio::runtime::{Builder, Runtime};
use tower_genai::budget::{CutRule, Hold, Ledger, Scope};

use super::scopes::{bound, label, ways};

/// Accounts of one ledger that answers later, alone and 64 in flight.
pub(crate) fn bench(
    c: &mut Criterion,
    name: &str,
    counts: &[usize],
    ledger: impl Fn() -> Arc<dyn Ledger>,
) {
    let runtime = runtime();
    let mut group = c.benchmark_group(name);
    group.sample_size(20);
    for &accounts in counts {
        let ledger = ledger();
        let ways = ways(&ledger, accounts);
        // Every account has spent something, so that none is new.
        runtime.block_on(all(&ways, 256));
        for in_flight in [1, 64] {
            group.throughput(Throughput::Elements(in_flight as u64));
            let id = BenchmarkId::new(
                format!("{in_flight} in flight"),
                format!("{accounts} accounts"),
            );
            let mut next = ways.iter().cycle();
            group.bench_function(id, |bencher| {
                bencher.iter(|| {
                    let calls: Vec<_> = next.by_ref().take(in_flight).map(pair).collect();
                    runtime.block_on(futures::future::join_all(calls))
                });
            });
        }
        runtime.block_on(ledger.flush()).unwrap();
        let seen = runtime.block_on(ledger.snapshot()).unwrap();
        assert!(seen.holds.is_empty(), "every hold has ended");
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn all(ways: &[[Scope; 4]], at_once: usize) {
    for some in ways.chunks(at_once) {
        futures::future::join_all(some.iter().map(pair)).await;
    }
}

/// The end is told and not waited for, as in a call.
async fn pair(way: &[Scope; 4]) {
    let opening = Hold::open(way, bound(), label(), CutRule::Bound);
    let mut hold = opening.await.expect("there is plenty");
    hold.sent();
    hold.settle(bound());
}
