//! What a hold and its settlement cost over four scopes, in each ledger: alone and 64 in flight, among few accounts and
//! among 100 000. Throughput counts pairs of a reserve and a settle.

mod memory;
mod scopes;

use criterion::{Criterion, criterion_group, criterion_main};

fn all(c: &mut Criterion) {
    memory::bench(c);
}

criterion_group!(benches, all);
criterion_main!(benches);
