//! What a hold and its settlement cost over four scopes, in each ledger: alone and 64 in flight, among few accounts and
//! among 100 000. Throughput counts pairs of a reserve and a settle.
//!
//! ```sh
//! cargo bench --bench ledger
//! ```
//!
//! Redis is left out where there is no redis-server.

mod lasting;
mod memory;
mod scopes;
mod server;

use std::{cell::Cell, sync::Arc, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use server::Server;
use tower_genai::budget::{FileLedger, Ledger, RedisLedger};

fn all(c: &mut Criterion) {
    // As a test it is only to be seen to run.
    let benched = std::env::args().any(|argument| argument == "--bench");
    let counts: &[usize] = if benched { &[10, 100_000] } else { &[10] };
    memory::bench(c, counts);
    file(c, counts);
    redis(c, counts);
}

fn file(c: &mut Criterion, counts: &[usize]) {
    let directory = std::env::temp_dir().join(format!("tower-genai-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let made = Cell::new(0);
    lasting::bench(c, "file", counts, || -> Arc<dyn Ledger> {
        made.set(made.get() + 1);
        let path = directory.join(format!("{}.redb", made.get()));
        Arc::new(FileLedger::open(path).unwrap())
    });
    let _ = std::fs::remove_dir_all(directory);
}

fn redis(c: &mut Criterion, counts: &[usize]) {
    let Some(server) = Server::start() else {
        eprintln!("left out: no redis-server here; apt-get install redis-server");
        return;
    };
    let made = Cell::new(0);
    lasting::bench(c, "redis", counts, || -> Arc<dyn Ledger> {
        made.set(made.get() + 1);
        let ledger = RedisLedger::new(&server.url()).unwrap();
        let ledger = ledger.name(format!("bench-{}", made.get()));
        Arc::new(ledger.deadline(Duration::from_secs(5)))
    });
}

criterion_group!(benches, all);
criterion_main!(benches);
