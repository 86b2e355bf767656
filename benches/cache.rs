//! What a hit takes: by how many entries of 1 KB there are, asked for at random; in the other form than was stored; by the
//! length of the question, whose key is made. Classify and Cache alone; the classifier says always the same.
//!
//! ```sh
//! cargo bench --bench cache
//! ```
//!
//! With a million entries it takes about 4 GB of memory.

#[allow(
    dead_code,
    unused_imports,
    reason = "each bench uses a part of what they share"
)]
mod support;

use criterion::{BatchSize, Criterion};
use support::{Asking, Measure, Question, Upstream, ask, criterion, here, reader};
use tower::Layer;
use tower_genai::cache::{CacheLayer, MemoryStore};

fn entries(criterion: &mut Criterion) {
    // As a test it is only to be seen to run.
    let benched = std::env::args().any(|argument| argument == "--bench");
    let sizes: &[u64] = if benched {
        &[10, 1_000, 100_000, 1_000_000]
    } else {
        &[10, 100]
    };
    let store = MemoryStore::new(8 << 30);
    let layer = CacheLayer::new().single_tenant(true).store(store.clone());
    let service = (reader(), layer).layer(Upstream::new(false));
    let question = Question::new(1, false);
    let mut there = 0;
    let mut group = criterion.benchmark_group("hit");
    for size in sizes {
        for number in there..*size {
            ask(&service, question.request("http://localhost", number));
        }
        there = *size;
        assert_eq!(store.entries() as u64, there, "none was driven out");
        group.bench_function(format!("of {size} entries"), |bencher| {
            let next = || question.request("http://localhost", fastrand::u64(..there));
            let batch = BatchSize::NumIterations(32);
            bencher.iter_batched(next, |request| ask(&service, request), batch);
        });
        assert_eq!(store.entries() as u64, there, "all were hits");
    }
    group.finish();
}

fn forms(criterion: &mut Criterion) {
    for (stored, asked, name) in [
        (false, true, "plain, asked as a stream"),
        (true, false, "streamed, asked plain"),
        (true, true, "streamed"),
    ] {
        let layer = CacheLayer::new().single_tenant(true);
        let service = (reader(), layer).layer(Upstream::new(stored));
        ask(&service, Asking::new(1, stored).again().next());
        let asking = Asking::new(1, asked).again();
        criterion.measure("form", name, &service, asking);
    }
}

fn keys(criterion: &mut Criterion) {
    for kilobytes in [1, 10, 100] {
        let name = format!("{kilobytes} KB");
        let asking = Asking::new(kilobytes, false).again();
        let read = reader().layer(Upstream::new(false));
        criterion.measure("key, without", &name, &read, asking.clone());
        let layer = CacheLayer::new().single_tenant(true);
        let service = (reader(), layer).layer(Upstream::new(false));
        criterion.measure("key, with a hit", &name, &service, asking);
    }
}

fn main() {
    let runtime = here();
    let _entered = runtime.enter();
    let mut criterion = criterion();
    forms(&mut criterion);
    keys(&mut criterion);
    entries(&mut criterion);
    criterion.final_summary();
}
